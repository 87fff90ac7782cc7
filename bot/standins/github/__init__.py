"""A GitHub in one process for the demo and the tests; see `standin`."""

from bot.standins.github.app import AppRegistration, register_app
from bot.standins.github.standin import GitHubStandIn
from bot.standins.github.wire import Cut

__all__ = ["AppRegistration", "Cut", "GitHubStandIn", "register_app"]
