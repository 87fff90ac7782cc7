"""`cancel`: stops what runs in a thread, or the one session that is named. Called by `carry_out`; pure."""

from handlers import wording
from handlers.answering import login, reply, seen
from handlers.asked import CommandGiven, Elsewhere, SessionBrief
from handlers.effects import Effect, StopSession
from handlers.grammar.words import Command
from handlers.policy import may, speaks


def cancel(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """Stops all that runs and that this person may stop: with write access everything, else what they asked for."""
    named = _named(command, place)
    if isinstance(named, str):
        words = wording.no_such_session(login(event), named, prefix=event.dialect.prefix)
        return [reply(event, f"unknown-{command.ordinal}", words)]
    running = [brief for brief in named if not brief.ended]
    mine = [brief for brief in running if _may_stop(place, brief)]
    if (running and not mine) or (not may(place.actor, "cancel") and not mine):
        return [reply(event, f"refused-{command.ordinal}", wording.may_not_stop(login(event)))]
    stoppable = [brief for brief in mine if brief.phase != "Stopping"]
    if not stoppable:
        words = wording.already_stopping(login(event)) if mine else wording.nothing_runs(login(event))
        return [reply(event, f"idle-{command.ordinal}", words)]
    return [seen(event), *(StopSession(one.namespace, one.name, f"@{login(event)}") for one in stoppable)]


def _named(command: Command, place: Elsewhere) -> list[SessionBrief] | str:
    """The sessions that are meant; or the name that none of them has."""
    wanted = command.text.split()[0].strip("`.,").removeprefix("vteam/") if command.text.strip() else ""
    found = [one for one in place.sessions if wanted in ("", one.name, f"{one.namespace}/{one.name}")]
    # Words such as "cancel please" name no session: only what looks like a name is taken for one.
    return wanted if not found and _is_name(wanted) else found or list(place.sessions)


def _is_name(word: str) -> bool:
    return word.count("-") >= 2 and any(letter.isdigit() for letter in word)


def _may_stop(place: Elsewhere, brief: SessionBrief) -> bool:
    own = speaks(place.actor) and brief.requester_id == place.actor.person.id
    return own or may(place.actor, "cancel")
