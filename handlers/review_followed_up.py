"""A review of the bot's own pull request, without a command → a session that does what it asks for. Called by `decide`.

It starts what nobody has called for by name, so that it holds back: it counts only from a person with write access
who asks for something. Who may only read is not refused either, for many review who never think of the bot; the pull
request itself says who is heard. Pure.
"""

from crds.agentic_session import Phase, Task
from handlers import wording
from handlers.answering import login
from handlers.asked import Remark, ReviewFollowedUp, SessionBrief
from handlers.courtesy import asks
from handlers.effects import CreateSession, Effect, Intent, React, Reply
from handlers.naming import marker, session_name, text_intent
from handlers.places import AsItStood
from handlers.policy import may
from handlers.session_spec import spec_of

MOST_EYES = 5
"""Remarks of one review that get a pair of eyes."""


def review_followed_up(event: ReviewFollowedUp) -> list[Effect]:
    """The session that does what the review asks for; nothing where it asks for nothing, or its author may not."""
    if not event.open or event.commanded or event.actor.person.kind != "User" or not may(event.actor, Task.RUN):
        return []
    remarks = [one for one in event.remarks if _counts(event, one)]
    if not remarks and not _body_counts(event):
        return []
    if event.ground.namespace is None:
        words = wording.not_served(login(event), event.thread.repository)
        return [Reply(event.thread, marker("reply", f"{event.message.key}-unserved"), words)]
    eyes = _seen(event, remarks)
    return eyes if _joins(event) else [*eyes, _session(event, event.ground.namespace)]


def _counts(event: ReviewFollowedUp, remark: Remark) -> bool:
    """Whether a remark asks for something. What people discuss among themselves is not for the bot."""
    return not remark.among_others and asks(remark.text)


def _body_counts(event: ReviewFollowedUp) -> bool:
    """Whether the review's own text asks; one that requests changes says so by that."""
    text = event.message.text or ""
    return bool(text.strip()) and (event.state == "changes_requested" or asks(text))


def _seen(event: ReviewFollowedUp, remarks: list[Remark]) -> list[Effect]:
    """The eyes that say at once: I have read this. A review takes no reactions, its remarks do."""
    if not remarks:
        return [React(event.thread, None, "eyes")]
    return [React(event.thread, one.id, "eyes", remark=True) for one in remarks[:MOST_EYES]]


def _joins(event: ReviewFollowedUp) -> bool:
    """Whether a session of the same person, for an earlier review, has not begun, and will read this one as well.

    It waits for another one's end, and its order is made after that: so it is as long as the other one works.
    """
    working = {one.name for one in _others(event) if not one.ended}
    return any(
        one.after in working
        and one.phase == Phase.PENDING
        and not one.begun
        and one.requester_id == event.actor.person.id
        and one.source.startswith("review-")
        for one in _others(event)
    )


def _others(event: ReviewFollowedUp) -> list[SessionBrief]:
    """The sessions of the pull request and of its issue that this very review has not asked for, oldest first."""
    known = {one.name: one for one in (*event.issues, *event.sessions) if one.source != event.message.key}
    return sorted(known.values(), key=lambda one: one.created_at)


def _session(event: ReviewFollowedUp, namespace: str) -> CreateSession:
    """On with the work of the last session: its task, its options, what it knows. It begins when that one has ended."""
    work = [one for one in _others(event) if Task(one.task).writes and one.namespace == namespace]
    last = work[-1] if work else None
    working = [one.name for one in work if not one.ended]
    thread, message, person = event.thread, event.message, event.actor.person
    intent = Intent(
        namespace=namespace,
        # Named by no task: the next delivery of the same review may find another session to be the last.
        name=session_name("review", thread.number, _key(event)),
        thread=thread,
        requester=person.login,
        requester_id=person.id,
        source_url=message.url,
        request=wording.review_request(),
        task=last.task if last else Task.RUN,
        source=message.key,
        parent=last.name if last else None,
        stood=AsItStood(at=message.created_at, text=message.text, body=thread.body),
        after=working[-1] if working else "",
    )
    return CreateSession(intent, spec_of(intent, event.ground.clone_url, parent=last.spec if last else None))


def _key(event: ReviewFollowedUp) -> str:
    message = f"{event.message.kind}:{event.message.id}:followed-up"
    return text_intent(event.thread.repository_id, event.thread.number, message, 0)
