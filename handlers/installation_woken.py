"""The App was suspended somewhere and is woken → what waited for that goes on. Called by `decide`; pure."""

from handlers.asked import InstallationWoken
from handlers.effects import Effect, TakeUp, WakeSession


def installation_woken(event: InstallationWoken) -> list[Effect]:
    """Takes up what was asked for meanwhile, and has those told whose sessions ended without a word."""
    untold = [WakeSession(one.namespace, one.name, event.moment) for one in event.sessions if one.untold]
    return [TakeUp(event.installation), *untold]
