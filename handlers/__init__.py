"""Decisions: from an event to a list of effects, plain and pure. `ls handlers/` is the bot's table of contents.

`decide` is the one way in, called by bot/worker.py and bot/reconcile.py. Nothing here awaits, reads a clock or the
environment, or knows a client.
"""

from typing import assert_never

from handlers.command_given import command_given
from handlers.effects import Effect
from handlers.events import CommandGiven, Event, IssueLabelled, SessionObserved, SpecPushed
from handlers.issue_labelled import issue_labelled
from handlers.session_observed import session_observed
from handlers.spec_pushed import spec_pushed


def decide(event: Event) -> list[Effect]:
    """What is to be done about an event: all of it, in order."""
    match event:
        case CommandGiven():
            return command_given(event)
        case IssueLabelled():
            return issue_labelled(event)
        case SpecPushed():
            return spec_pushed(event)
        case SessionObserved():
            return session_observed(event)
        case _:
            assert_never(event)
