"""`status`, `context`, `link`, `help`: verbs that only tell. Called by `carry_out`; pure."""

from handlers import wording
from handlers.answering import login, reply
from handlers.asked import CommandGiven, Elsewhere
from handlers.effects import Effect
from handlers.grammar.words import Command
from handlers.verbs.memory import about_notes, is_about_notes, remembered


def status(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """What runs, and what has run."""
    return [reply(event, f"status-{command.ordinal}", wording.status(place.sessions))]


def context(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """What the last session that has told so was given to read, and what is remembered of the repository."""
    if is_about_notes(command):
        return about_notes(event, command, place)
    last = place.sessions[-1] if place.sessions else None
    told = next(((one, one.receipt) for one in reversed(place.sessions) if one.receipt is not None), None)
    if told is None:
        words = wording.no_receipt(login(event), last, prefix=event.dialect.prefix)
    else:
        words = wording.receipt_of(*told, later=last if last is not told[0] else None)
    all_words = "\n\n".join(filter(None, (words, remembered(event, place))))
    return [reply(event, f"context-{command.ordinal}", all_words)]


def link(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """Linking begins where GitHub cannot know who somebody is: in Slack."""
    return [reply(event, f"link-{command.ordinal}", wording.link_from_slack(login(event), prefix=event.dialect.prefix))]


def give_help(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """The table of verbs."""
    return [reply(event, f"help-{command.ordinal}", wording.help_table(event.dialect.prefix))]
