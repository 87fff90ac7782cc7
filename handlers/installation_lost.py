"""The App was removed or suspended → its sessions there end. Called by `decide`; pure.

Where it was removed nobody can be told in the threads any more, so that the words stand in the sessions' status. A
suspended one may come back: then they are said (installation_woken.py).
"""

from handlers.asked import InstallationLost
from handlers.effects import Effect, StopSession


def installation_lost(event: InstallationLost) -> list[Effect]:
    """Stops every session that has lost its ground."""
    return [StopSession(one.namespace, one.name, event.reason) for one in event.sessions if not one.ended]
