"""A scripted Messages API for the demo and the tests; see `standin`."""

from bot.standins.messages.errors import ApiError, billing, overloaded, rate_limited, unauthorized
from bot.standins.messages.script import Conversation, Say, Script, Think, ToolResult, Use
from bot.standins.messages.standin import MessagesStandIn

__all__ = [
    "ApiError",
    "Conversation",
    "MessagesStandIn",
    "Say",
    "Script",
    "Think",
    "ToolResult",
    "Use",
    "billing",
    "overloaded",
    "rate_limited",
    "unauthorized",
]
