"""Processes of the benchmark: each server in one of its own, and what they have cost so far.

A child says where it listens in its first line, and ends when its standard input does: none outlives the benchmark,
however that ends.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.embedded.kubelet.confine import CannotConfine, check_confinement

START_SECONDS = 60.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Child:
    """A running server process; `said` is its first line."""

    pid: int
    said: dict[str, Any]
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        return str(self.said["url"])

    @property
    def cpu(self) -> float:
        """Seconds of CPU of all its threads since its start."""
        return cpu_of(self.pid)

    async def next_line(self) -> dict[str, Any]:
        """What it says next."""
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return found


@asynccontextmanager
async def child(kind: str, **options: Any) -> AsyncIterator[Child]:
    """A server of tests/bench/servers.py, up and ready."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.servers", kind, json.dumps(options, default=str)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"the {kind} server did not start: its last words stand above")
        yield Child(process.pid, json.loads(line), process)
    finally:
        process.stdin.close()
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def load(**job: Any) -> dict[str, float]:
    """Runs one job of tests/bench/load.py in a process of its own; what it measured."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate(json.dumps(job).encode())
    if process.returncode:
        raise RuntimeError(f"the load process ended with {process.returncode}")
    found: dict[str, float] = json.loads(said)
    return found


def cannot_confine() -> bool:
    """Whether the kernel here cannot fence agents in: then they run without a fence."""
    try:
        check_confinement(fenced=True)
    except CannotConfine:
        return True
    return False


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used, those of its ended threads too (Linux's CPU clock of a process)."""
    return time.clock_gettime((~pid << 3) | 2)


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024
