"""A label that asks for work → a session, as a comment would have started it. Called by `decide`.

A label that is not ours is nobody's business and gets no answer.
"""

from crds.agentic_session import Task
from handlers import wording
from handlers.command_given import spec_of
from handlers.effects import CreateSession, Effect, Intent, React, Reply
from handlers.events import IssueLabelled
from handlers.naming import label_intent, marker, session_name
from handlers.policy import NEEDED, may_start

LABELS = {
    "vteam": Task.RUN,
    "vteam:run": Task.RUN,
    "vteam:fix": Task.FIX,
    "vteam:plan": Task.PLAN,
    "vteam:review": Task.REVIEW,
}


def issue_labelled(event: IssueLabelled) -> list[Effect]:
    """The effects of a label."""
    task = LABELS.get(event.label)
    if task is None or event.just_asked or event.actor.person.kind != "User":
        return []
    login = event.actor.person.login
    if not may_start(event.actor, task):
        return [_reply(event, wording.may_not_start(
            login, event.thread.repository, needed=NEEDED[task], has=event.actor.permission))]  # fmt: skip
    if event.ground.namespace is None:
        return [_reply(event, wording.not_served(login, event.thread.repository))]
    intent = _intent(event, task, event.ground.namespace)
    spec = spec_of(intent, clone_url=event.ground.clone_url, message=f"label-{event.label}")
    return [React(event.thread, None, "eyes"), CreateSession(intent, spec)]


def _intent(event: IssueLabelled, task: Task, namespace: str) -> Intent:
    thread = event.thread
    name = label_intent(thread.repository_id, thread.number, event.label, event.updated_at)
    return Intent(
        namespace=namespace,
        name=session_name(task, thread.number, name),
        thread=thread,
        requester=event.actor.person.login,
        requester_id=event.actor.person.id,
        source_url=thread.url,
        request="",
        task=task,
    )


def _reply(event: IssueLabelled, body: str) -> Reply:
    return Reply(event.thread, marker("reply", f"label-{event.label}-{event.updated_at}"), body)
