"""The one Slack workspace: its address, its app, its records, its rate limits, and what it has sent to the app.

Every room is handed this. It is built once by `standin.SlackStandIn`.
"""

from __future__ import annotations

from bot.standins.slack.app import SlackApp
from bot.standins.slack.limits import Limits
from bot.standins.slack.sending import Sender
from bot.standins.slack.strict import Violation
from bot.standins.slack.tickets import Tickets
from bot.standins.slack.world import Clock, User, World


class Site:
    def __init__(self, app: SlackApp, clock: Clock) -> None:
        self.app = app
        self.world = World(clock)
        self.url = "http://slack.test"
        self.violations: list[Violation] = []
        self.limits = Limits(self.world)
        self.tickets = Tickets(self.world)
        self.sender = Sender(app, self.world, self.violations)
        self.installed = True
        self.files: dict[str, tuple[bytes, str]] = {}
        """Bytes and media type of what people have dropped into messages, by its path."""
        self.world.users[app.user_id] = User(id=app.user_id, name=app.name, real_name=app.name, bot=True)

    @property
    def api(self) -> str:
        return f"{self.url}/api/"

    def violate(self, place: str, reason: str) -> None:
        self.violations.append(Violation(place, reason))
