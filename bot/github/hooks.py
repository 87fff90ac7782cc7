"""The App's delivery log: which webhooks GitHub could not hand over, and asking for them again. For bot/sweep.py."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.github.client import GitHub


@dataclass(frozen=True)
class LoggedDelivery:
    id: int
    guid: str
    """The same for all attempts of one delivery: the inbox knows it by this."""
    delivered_at: str
    ok: bool
    event: str


async def log_of_deliveries(github: GitHub) -> AsyncIterator[LoggedDelivery]:
    """The deliveries of the App, newest first."""
    async for entry in github.pages("/app/hook/deliveries", installation=None):
        yield LoggedDelivery(
            id=entry["id"],
            guid=entry["guid"],
            delivered_at=entry["delivered_at"],
            ok=200 <= int(entry["status_code"]) < 300,
            event=entry["event"],
        )


async def redeliver(github: GitHub, delivery: int) -> None:
    """Asks GitHub to send it once more."""
    await github.call("POST", f"/app/hook/deliveries/{delivery}/attempts", installation=None)
