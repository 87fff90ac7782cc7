"""What is known to fail is refused here, in one line, before anything that takes a second is imported or started.

Called by the command line. It reads settings and tries ports, no more; clients, stores and servers are not imported.
"""

import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass

from bot.settings import SettingMissing, Settings
from bot.slack.configured import check_slack

ANTHROPIC = "https://api.anthropic.com"


@dataclass(frozen=True)
class Halves:
    """Which halves run in this process."""

    web: bool = True
    reconcile: bool = True


def check(settings: Settings, halves: Halves) -> None:
    """Raises SettingMissing, in one line, where these halves cannot run with these settings."""
    settings.need("github_app_id")
    settings.private_key()
    if halves.web:
        settings.need("github_webhook_secret")
        if settings.model_url == ANTHROPIC:
            settings.need("anthropic_api_key")
        check_slack(settings)
    _check_port(settings.host, settings.port)
    if halves != Halves() and not settings.store_url.startswith("postgresql"):
        raise SettingMissing("VTEAM_DATABASE_URL: halves that run apart share a PostgreSQL database (postgresql://…)")


def _check_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise SettingMissing(f"VTEAM_PORT: cannot listen on {host}:{port}: {error.strerror}") from None


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now; for who must name the port before anything listens. Raises OSError where none is found.

    From below the ports that systems give to whoever names none (Linux: from 32768 on), so that none of those takes it.
    """
    for _ in range(100):
        port = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.create_server((host, port)):
            return port
    raise OSError(f"no free port on {host}")
