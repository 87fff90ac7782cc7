"""Small programs that make the process trees of the tests, and the question whether a process still lives."""

import asyncio
import sys
from pathlib import Path

from bot.embedded.kubelet.container import MARK, Container, Plan
from bot.embedded.kubelet.fence import Fence

REFUSES_TO_DIE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {say}; time.sleep(600)"

# A daemon as textbooks make it: fork, setsid, fork again, so that nobody in between knows it.
DAEMON = """
import os, pathlib, signal, sys, time
def daemon(name):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            pathlib.Path(name + ".tmp").write_text(str(os.getpid()))
            os.rename(name + ".tmp", name)
            time.sleep(600)
        os._exit(0)
    os.wait()
    while not os.path.exists(name):
        time.sleep(0.01)
daemon("one")
daemon("two")
"""


def plan(directory: Path, *argv: str, fence: Fence | None = None, log_bytes: int = 1 << 20) -> Plan:
    work = directory / "work"
    work.mkdir(exist_ok=True)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(work), "TMPDIR": str(work), MARK: str(work)}
    return Plan([*argv], env, str(work), str(directory / "log"), log_bytes, fence)


def python(directory: Path, program: str, *, fence: Fence | None = None) -> Plan:
    return plan(directory, sys.executable, "-c", program, fence=fence)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def written(path: Path) -> int:
    """The pid in a file, once it is there: a file is empty before it is written."""
    async with asyncio.timeout(60):
        while not path.exists() or not path.stat().st_size:
            await asyncio.sleep(0.01)
    return int(path.read_text())


async def gone(*pids: int) -> None:
    async with asyncio.timeout(60):
        while any(is_alive(pid) for pid in pids):
            await asyncio.sleep(0.01)


async def started(container: Container) -> int:
    async with asyncio.timeout(60):
        await container.started.wait()
    return container.pid
