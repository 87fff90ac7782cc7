"""Guards around the whole suite: no network but loopback, and no child process left behind.

Installed by conftest.py. They listen to the interpreter's own audit events and look at the process table; what they
have seen fails the test, or the run, in which it was. Programs that a test starts are not heard.
"""

import ipaddress
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.embedded.kubelet.processes import Process, descendants
from tests.real.children import alive, read

OUTSIDE_SERVERS = ("VTEAM_CONFORMANCE_KUBECONFIG", "VTEAM_TEST_POSTGRES_URL")
"""Variables by which a person names a server of their own for some tests: then it wants to be reached."""
_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKS_UP = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


class Outside(ConnectionRefusedError):
    """A test wanted to leave this machine."""


class Listener:
    """Hears every audit event of this interpreter: it cannot be taken out again, and so is told when to listen."""

    def __init__(self) -> None:
        self.listens = False
        self.left: list[str] = []

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if self.listens and (event in _CONNECTS or event in _LOOKS_UP):
            host = _host(event, given)
            if not _is_here(host):
                self.left.append(f"{event} {host!r}")
                raise Outside(f"the tests do not leave this machine: {event} {host!r}")


LISTENER = Listener()


def _host(event: str, given: tuple[Any, ...]) -> object:
    if event in _LOOKS_UP:
        return given[0]
    kept = given[0].family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(given[-1], tuple)
    return None if kept else given[-1][0]  # a socket of another family, or one that is connected already


def _is_here(host: object) -> bool:
    text = host.decode("latin-1") if isinstance(host, bytes) else host
    if text in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(text).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def install() -> None:
    """Begins to listen; once a process."""
    if LISTENER.listens or any(os.environ.get(name) for name in OUTSIDE_SERVERS):
        return
    sys.addaudithook(LISTENER)
    LISTENER.listens = True


@contextmanager
def stays_on_this_machine() -> Iterator[None]:
    """Fails where something wanted to leave, even if it was content with the refusal."""
    before = len(LISTENER.left)
    yield
    found = LISTENER.left[before:]
    del LISTENER.left[before:]
    assert not found, f"left this machine: {found}"


@contextmanager
def leaves_no_child(*, patience: float = 60.0) -> Iterator[None]:
    """Fails where a process below this one is left that was not there before. `patience`: seconds that it may end in."""
    before = set(descendants(os.getpid()))
    yield
    until = time.monotonic() + patience
    while (left := _left(before)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left, f"left running: {left}"


def _left(before: set[Process]) -> list[str]:
    mine = alive([process for process in descendants(os.getpid()) if process not in before])
    said = [read(process.pid, "cmdline").replace(b"\0", b" ").decode(errors="replace") for process in mine]
    # multiprocessing's own, which ends with this process.
    return [line or "(no words yet)" for line in said if "multiprocessing.resource_tracker" not in line]
