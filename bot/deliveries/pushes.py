"""`push`: commits that may change specifications. Called by `read`; what a push says is read by bot/pushes.py."""

from bot.deliveries.heard import Heard, Ignored
from bot.deliveries.payload import Json
from bot.pushes import push
from handlers.grammar.words import Dialect


def pushed(payload: Json, dialect: Dialect) -> Heard | Ignored:
    """What a push says."""
    heard = push(payload)
    return Ignored(heard) if isinstance(heard, str) else heard
