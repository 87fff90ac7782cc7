"""The verbs: what each of them does, one room for each group. Called by the handlers of texts with commands; pure.

A verb is about the thread that its target names, or about its own; it is answered where it was given.
"""

from collections.abc import Callable

from handlers.answering import allowed, where
from handlers.asked import CommandGiven, Elsewhere
from handlers.effects import Effect, Reply
from handlers.grammar.words import Command
from handlers.verbs.budget import budget
from handlers.verbs.follow import approve, go_on, retry
from handlers.verbs.release import release
from handlers.verbs.start import start
from handlers.verbs.stop import cancel
from handlers.verbs.talk import context, give_help, link, status

type Verb = Callable[[CommandGiven, Command, Elsewhere], list[Effect]]

STARTING = frozenset({"run", "fix", "plan", "review", "ask", "continue", "approve", "retry"})
"""Verbs that end in a session."""

_DOES: dict[str, Verb] = {
    "run": start,
    "fix": start,
    "plan": start,
    "review": start,
    "ask": start,
    "continue": go_on,
    "approve": approve,
    "retry": retry,
    "cancel": cancel,
    "status": status,
    "budget": budget,
    "context": context,
    "ok": release,
    "link": link,
    "help": give_help,
}


def carry_out(event: CommandGiven, command: Command) -> list[Effect]:
    """The effects of one command."""
    place = where(event, command)
    if isinstance(place, Reply):
        return [place]
    # Whoever has asked for a session may stop it: that question is the verb's own.
    refusal = None if command.verb == "cancel" else allowed(event, command, place)
    return [refusal] if refusal else _DOES[command.verb](event, command, place)
