"""Ports for tests that must name one before anything listens there: of up to ten workers of a run no two pick the same."""

import itertools
import os
import socket
from contextlib import suppress

FIRST, EACH, WORKERS = 10_000, 1_000, 10
"""Below those that the bot picks itself (20,000 on), and those that systems give to whoever names none."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_OWN = itertools.cycle(range(FIRST + EACH * _WORKER, FIRST + EACH * (_WORKER + 1)))


def own_port(host: str = "127.0.0.1") -> int:
    """A port that is free now. Raises OSError where none is."""
    for port in itertools.islice(_OWN, EACH):
        with suppress(OSError), socket.create_server((host, port)):
            return port
    raise OSError(f"no free port on {host}")
