"""A text with commands → what is to be done about it: a comment, a review, a remark on a line, the body of something
new. Called by `decide`, and by comment_edited.py for the commands that an edit has added.

Every command gets an answer: a session, a reply, or a refusal with its reason.
"""

from handlers import wording
from handlers.answering import login, reply
from handlers.asked import CommandGiven
from handlers.effects import Effect
from handlers.grammar.words import Command, CommandError, Read
from handlers.policy import speaks
from handlers.verbs import carry_out

MOST_COMMANDS = 10
"""Commands of one text that are carried out: each may start a session."""


def command_given(event: CommandGiven) -> list[Effect]:
    """The effects of all commands of the text, in their order."""
    if not speaks(event.actor):
        return []
    if len(event.commands) > MOST_COMMANDS:
        return [reply(event, "flood", wording.too_many_commands(login(event), MOST_COMMANDS))]
    effects = [effect for read in event.commands for effect in _one(event, read)]
    # One pair of eyes is enough for a text, and two commands to cancel stop what runs once.
    return [effect for place, effect in enumerate(effects) if effect not in effects[:place]]


def _one(event: CommandGiven, read: Read) -> list[Effect]:
    match read:
        case CommandError():
            return [
                reply(event, f"error-{read.line}", wording.not_understood(read, login(event), event.dialect.prefix))
            ]
        case Command():
            return carry_out(event, read)
