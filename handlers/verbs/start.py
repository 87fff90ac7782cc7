"""`run`, `fix`, `plan`, `review`, `ask`: a new session about a thread. Called by `carry_out`; pure."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from crds.agentic_session import Task
from handlers import wording
from handlers.answering import login, reply, seen
from handlers.asked import CommandGiven, Elsewhere, SessionBrief
from handlers.effects import CorrectSession, CreateSession, Effect, Intent
from handlers.grammar.words import Command
from handlers.naming import digest, edit_intent, session_name, text_intent
from handlers.places import AsItStood
from handlers.session_spec import Refused, correction, persona_refused, refused, spec_of, too_many_beside

FIRST_SECONDS = 60.0
"""Seconds in which several events of one person are one intent."""


def start(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """A session of the verb's own task."""
    task = Task(command.verb)
    if task is Task.RUN and event.label_task is not None and place.thread == event.thread:
        task = event.label_task  # the label that the issue was opened with says it more closely
    return session(event, command, place, intent=intent_of(event, command, place, task))


def session(
    event: CommandGiven, command: Command, place: Elsewhere, *, intent: Intent, parent: dict[str, Any] | None = None
) -> list[Effect]:
    """The session of this intent, or why there is none."""
    who = login(event)
    if not intent.namespace:
        return [reply(event, f"unserved-{command.ordinal}", wording.not_served(who, place.thread.repository))]
    spec = spec_of(intent, place.ground.clone_url, options=command.options, parent=parent)
    if no := refused(command.options, place.bounds) or _unfit(spec, place, intent.namespace):
        return [reply(event, f"bounds-{command.ordinal}", wording.not_granted(who, no.why))]
    if command.ordinal in event.corrects:
        known = next((brief for brief in place.sessions if brief.name == intent.name), None)
        if known is not None:
            return _corrected(event, command, known, spec)
    intent = replace(intent, after=_follow_up_at_work(place, intent))
    taken = [] if place.thread == event.thread else [_taken_there(event, command, place)]
    return [seen(event), CreateSession(intent, spec), *taken]


def _unfit(spec: dict[str, Any], place: Elsewhere, namespace: str) -> Refused | None:
    """Why no session may begin with what was asked for and what is taken over together."""
    return persona_refused(spec, place.bounds, namespace) or too_many_beside(spec)


def _follow_up_at_work(place: Elsewhere, intent: Intent) -> str:
    """The session that works on the pull request's branch for a review, or waits to: one at a time works there."""
    if not Task(intent.task).writes or not place.thread.pull_request:
        return ""
    working = [
        one.name
        for one in place.sessions
        if not one.ended and one.source.startswith("review-") and one.namespace == intent.namespace
    ]
    return next((name for name in reversed(working) if name != intent.name), "")


def _taken_there(event: CommandGiven, command: Command, place: Elsewhere) -> Effect:
    return reply(event, f"there-{command.ordinal}", wording.taken_there(login(event), place.thread))


def _corrected(event: CommandGiven, command: Command, known: SessionBrief, spec: dict[str, Any]) -> list[Effect]:
    """An edit in the first seconds: the session that waits does what was meant; for one that works, people decide."""
    patch = correction(known.spec, spec)
    if patch == {}:
        return []
    words = wording.edited_too_late(login(event), known.name, prefix=event.dialect.prefix)
    too_late = reply(event, f"late-{command.ordinal}", words)
    if patch is None or known.begun or not known.waiting:
        return [too_late]
    return [CorrectSession(known.namespace, known.name, known.uid, patch, too_late)]


def intent_of(event: CommandGiven, command: Command, place: Elsewhere, task: Task) -> Intent:
    """Why the session exists: keyed on the text and the command's place in it, whatever delivery brought it."""
    person = event.actor.person
    return Intent(
        namespace=place.ground.namespace or "",
        name=session_name(task, place.thread.number, _key(event, command)),
        thread=place.thread,
        requester=person.login,
        requester_id=person.id,
        source_url=event.message.url,
        request=command.text,
        task=task,
        source=event.message.key,
        diff=event.message.place,
        stood=_stood(event, place),
    )


def _stood(event: CommandGiven, place: Elsewhere) -> AsItStood:
    message = event.message
    at = message.updated_at if event.edit else message.created_at
    return AsItStood(at=at, text=message.text, body=place.thread.body)


def _key(event: CommandGiven, command: Command) -> str:
    thread, message = event.thread, f"{event.message.kind}:{event.message.id}"
    if not event.edit or command.ordinal in event.corrects:
        return text_intent(thread.repository_id, thread.number, message, command.ordinal)
    said = digest(repr(replace(command, line=0)))
    return edit_intent(thread.repository_id, thread.number, message, command=said, updated_at=event.message.updated_at)


def within_first_seconds(earlier: str, later: str) -> bool:
    """Whether the two moments, as payloads have them, are one intent's."""
    try:
        apart = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    except (TypeError, ValueError):
        return False
    return abs(apart.total_seconds()) <= FIRST_SECONDS
