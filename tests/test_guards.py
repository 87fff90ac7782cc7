"""The guards see what they are there to see."""

import asyncio
import socket
import subprocess
import sys

import pytest

from tests.guards import LISTENER, Outside, leaves_no_child, stays_on_this_machine

needs_the_guard = pytest.mark.skipif(not LISTENER.listens, reason="a server outside was named for these tests")


@needs_the_guard
@pytest.mark.parametrize("host", ["192.0.2.1", "example.invalid", "2001:db8::1"])
async def test_nobody_leaves_this_machine(host: str) -> None:
    with pytest.raises(AssertionError, match="left this machine"), stays_on_this_machine():
        await _tries_to_leave(host)


async def _tries_to_leave(host: str) -> None:
    with pytest.raises(Outside):
        socket.create_connection((host, 80), timeout=1)
    with pytest.raises(OSError, match="do not leave"):
        await asyncio.open_connection(host, 80)


async def test_loopback_is_open() -> None:
    async with await asyncio.start_server(lambda _, out: out.close(), "127.0.0.1", 0) as server:
        _, writer = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
        writer.close()
        await writer.wait_closed()


def _sleeper() -> subprocess.Popen[bytes]:
    """A child that has said a word: one that has only just begun has none in /proc yet."""
    program = "import time; print(flush=True); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    return child


def test_a_child_that_is_left_is_seen() -> None:
    child = None
    try:
        with pytest.raises(AssertionError, match=r"left running.*sleep"), leaves_no_child(patience=0.1):
            child = _sleeper()
    finally:
        if child is not None:
            child.kill()
            child.communicate()


def test_a_child_that_is_ending_is_waited_for() -> None:
    with leaves_no_child():
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.2)"])
    child.wait()
