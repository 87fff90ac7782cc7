"""How a command is answered where it was given: a pair of eyes, or words. Called by the handlers; pure."""

from handlers import wording
from handlers.asked import Asked, CommandGiven, Elsewhere
from handlers.effects import React, Reply
from handlers.grammar.words import Command
from handlers.naming import marker
from handlers.policy import may, needed


def seen(event: CommandGiven) -> React:
    """The eyes that say at once: I have read this. A review takes no reactions, so that they stand on its thread."""
    message = event.message
    comment = message.id if message.kind in ("comment", "remark") else None
    return React(event.thread, comment, "eyes", remark=message.kind == "remark")


def reply(event: CommandGiven, kind: str, words: str) -> Reply:
    """An answer in words; `kind` tells it from the other answers to the same text."""
    return Reply(event.thread, marker("reply", f"{event.stamp}-{kind}"), words)


def login(event: Asked) -> str:
    """Who is answered."""
    return event.actor.person.login


def where(event: CommandGiven, command: Command) -> Elsewhere | Reply:
    """The thread that the command is about; or why it cannot be that one."""
    if command.target is None:
        return event.here
    place = event.targets.get(command.target)
    # One sentence for what is not there and for what must not be shown here: an answer would tell them apart.
    if place is None or (place.thread.private and not event.thread.private):
        return reply(event, f"unseen-{command.ordinal}", wording.target_unseen(login(event), command.target))
    return place


def allowed(event: CommandGiven, command: Command, place: Elsewhere) -> Reply | None:
    """Why the person may not do that there, or None where they may."""
    if may(place.actor, command.verb):
        return None
    words = wording.may_not_start(
        login(event), place.thread.repository, needed=needed(command.verb), has=place.actor.permission
    )
    return reply(event, f"refused-{command.ordinal}", words)
