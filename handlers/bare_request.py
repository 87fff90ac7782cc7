"""A request without words: a label, an assignment. When it is one of its own, and the session that it starts. Pure.

Called by issue_labelled.py and issue_assigned.py. Several events of one person within a minute are one intent: words
come before a label, a label that says more before one that says less, both before an assignment.
"""

from crds.agentic_session import Task
from handlers import wording
from handlers.answering import login
from handlers.asked import IssueAssigned, IssueLabelled
from handlers.effects import CreateSession, Effect, Intent, React, Reply
from handlers.grammar.words import Command
from handlers.naming import marker, session_name
from handlers.places import AsItStood
from handlers.policy import may, needed
from handlers.session_spec import spec_of
from handlers.verbs import STARTING
from handlers.verbs.start import FIRST_SECONDS, within_first_seconds

type Bare = IssueLabelled | IssueAssigned


def request(event: Bare, task: Task, *, source: str, intent: str) -> list[Effect]:
    """The session that a bare request starts, or the words why it does not."""
    thread, person = event.thread, event.actor.person
    if not may(event.actor, task):
        words = wording.may_not_start(login(event), thread.repository, needed=needed(task), has=event.actor.permission)
        return [_reply(event, source, words)]
    if event.ground.namespace is None:
        return [_reply(event, source, wording.not_served(login(event), thread.repository))]
    wanted = Intent(
        namespace=event.ground.namespace,
        name=session_name(task, thread.number, intent),
        thread=thread,
        requester=person.login,
        requester_id=person.id,
        source_url=thread.url,
        request="",
        task=task,
        source=source,
        stood=AsItStood(at=event.opening.updated_at, body=event.opening.body),
    )
    return [React(thread, None, "eyes"), CreateSession(wanted, spec_of(wanted, event.ground.clone_url))]


def said_in_words(event: Bare, task: Task) -> bool:
    """Whether the text of the issue, opened by the same person some seconds before, asks for the same."""
    return _just_opened(event) and any(
        isinstance(one, Command) and one.verb in STARTING and covers(one.verb, task) for one in event.said
    )


def comes_with_a_label(event: Bare, *, beside: str = "") -> bool:
    """Whether an issue that was just opened has a label of ours that says more closely what is wanted."""
    labels = [name for name in event.opening.labels if name != beside and name in event.tasks]
    return _just_opened(event) and any(not beside or event.tasks[name] is not Task.RUN for name in labels)


def just_asked(event: Bare, task: Task, *, source: str) -> bool:
    """Whether this person has asked for the same in this thread within the minute."""
    mine = [one for one in event.sessions if one.requester_id == event.actor.person.id and one.source != source]
    return any(abs(event.now - one.created_at) <= FIRST_SECONDS and covers(one.task, task) for one in mine)


def covers(asked: str, task: Task) -> bool:
    """Whether one request is as good as the other: `run` says nothing of its own."""
    return asked == task or task is Task.RUN or asked == Task.RUN


def _just_opened(event: Bare) -> bool:
    opening = event.opening
    mine = opening.author is not None and opening.author.id == event.actor.person.id
    return mine and within_first_seconds(opening.created_at, opening.updated_at)


def _reply(event: Bare, source: str, words: str) -> Reply:
    return Reply(event.thread, marker("reply", f"{source}-{event.opening.updated_at}"), words)
