"""`continue`, `approve`, `retry`: a session that follows another one of the thread. Called by `carry_out`; pure."""

from dataclasses import replace

from crds.agentic_session import Phase, Task
from handlers import wording
from handlers.answering import login, reply
from handlers.asked import CommandGiven, Elsewhere, SessionBrief
from handlers.effects import Effect
from handlers.grammar.words import Command
from handlers.verbs.start import intent_of, session


def go_on(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """On with the last session: its task, its options, its conversation, and what the text adds."""
    last = _last_of(event, command, place)
    if not isinstance(last, SessionBrief):
        return last
    intent = replace(
        intent_of(event, command, place, Task(last.task)),
        request=command.text or wording.default_continuation(),
        parent=last.name,
    )
    return session(event, command, place, intent=intent, parent=last.spec)


def retry(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """The last session's request once more, from its start."""
    last = _last_of(event, command, place)
    if not isinstance(last, SessionBrief):
        return last
    before = last.spec.get("initialPrompt") or last.spec.get("prompt") or ""  # in either shape
    request = "\n\n".join(part for part in (str(before), command.text) if part)
    again = last.spec.get("parent")
    intent = replace(intent_of(event, command, place, Task(last.task)), request=request, parent=again)
    return session(event, command, place, intent=intent, parent=last.spec)


def approve(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """The work that the thread's last finished plan describes."""
    before = _before(event, place)
    plans = [one for one in before if one.task == Task.PLAN and one.phase == Phase.COMPLETED]
    if not plans:
        words = wording.nothing_to_approve(login(event), prefix=event.dialect.prefix)
        return [reply(event, f"no-plan-{command.ordinal}", words)]
    if running := [one for one in before if not one.ended]:
        return [_runs(event, command, running[-1])]
    plan = plans[-1]
    intent = replace(
        intent_of(event, command, place, Task.RUN),
        request=wording.approved_request(plan.name, command.text),
        parent=plan.name,
    )
    return session(event, command, place, intent=intent, parent=plan.spec)


def _last_of(event: CommandGiven, command: Command, place: Elsewhere) -> SessionBrief | list[Effect]:
    """The last session of the thread, once it has ended; or the words that say why there is none."""
    mine = _before(event, place)
    if not mine:
        words = wording.no_session_yet(login(event), command.verb, prefix=event.dialect.prefix)
        return [reply(event, f"none-{command.ordinal}", words)]
    if not mine[-1].ended:
        return [_runs(event, command, mine[-1])]
    return mine[-1]


def _runs(event: CommandGiven, command: Command, session: SessionBrief) -> Effect:
    """What is to be followed has not ended."""
    words = wording.still_runs(login(event), session.name, prefix=event.dialect.prefix)
    return reply(event, f"runs-{command.ordinal}", words)


def _before(event: CommandGiven, place: Elsewhere) -> list[SessionBrief]:
    """The thread's sessions that this very text has not asked for: it may be heard a second time."""
    return [one for one in place.sessions if one.spec and one.source != event.message.key]
