"""An edited text → what the commands ask for that it did not have before. Called by `decide`; pure.

In the first seconds an edit of a command is a correction of what was asked for, later it is another request.
"""

from collections import Counter
from dataclasses import fields, replace

from handlers import wording
from handlers.answering import login, reply
from handlers.asked import CommandGiven, TextEdited
from handlers.command_given import command_given
from handlers.effects import Effect
from handlers.events import Permission
from handlers.grammar.words import Command, CommandError, Read
from handlers.policy import speaks
from handlers.verbs.start import within_first_seconds


def comment_edited(event: TextEdited) -> list[Effect]:
    """The effects of the commands that are new."""
    new = added(event.before, event.commands)
    if not new or not speaks(event.actor):
        return []
    given = _given(event, new)
    if event.actor.person.id != event.author.id and event.actor.permission < Permission.WRITE:
        return [reply(given, "edited", wording.edited_by_another(login(event), event.author.login))]
    return command_given(given)


def added(before: tuple[Read, ...], after: tuple[Read, ...]) -> tuple[Read, ...]:
    """The commands that a text has now and did not have, wherever they stand in it."""
    known = Counter(_said(read) for read in before)
    new: list[Read] = []
    for read in after:
        known[_said(read)] -= 1
        if known[_said(read)] < 0:
            new.append(read)
    return tuple(new)


def _said(read: Read) -> Read:
    """The command without its place in the text."""
    return replace(read, line=0, column=0) if isinstance(read, CommandError) else replace(read, line=0, ordinal=0)


def _given(event: TextEdited, new: tuple[Read, ...]) -> CommandGiven:
    own = {field.name: getattr(event, field.name) for field in fields(CommandGiven)}
    return CommandGiven(**own | {"commands": new, "edit": True, "corrects": _corrected(event, new)})


def _corrected(event: TextEdited, new: tuple[Read, ...]) -> frozenset[int]:
    """The commands (by ordinal) in whose place the same verb stood some seconds before."""
    if not within_first_seconds(event.message.created_at, event.message.updated_at):
        return frozenset()
    stood = {(one.ordinal, one.verb, one.target) for one in event.before if isinstance(one, Command)}
    commands = [one for one in new if isinstance(one, Command)]
    return frozenset(one.ordinal for one in commands if (one.ordinal, one.verb, one.target) in stood)
