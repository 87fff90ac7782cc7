"""Programs as children of the tests: `vteam` as a person starts it, and what is left in the process table afterwards.

Used by the stories of this folder. A child gets the environment that it is given and nothing else of this process's.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.embedded.kubelet.processes import Process, all_processes, look_up

VTEAM = Path(sys.executable).with_name("vteam")
PATIENCE = 180.0


@dataclass(frozen=True)
class Ran:
    """A program that has ended."""

    code: int
    out: str
    err: str


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a person's shell would give, with everything that is written down in `folder`."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder / "tmp"), "LANG": "C.UTF-8"}
    return kept | {"COLUMNS": "200"} | more


@asynccontextmanager
async def started(*arguments: str, env: Mapping[str, str], cwd: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`vteam` with these arguments, while the block runs."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        str(VTEAM), *arguments, env=env, cwd=cwd, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    try:
        yield process
    finally:
        await end(process)
        await process.communicate()


async def end(process: asyncio.subprocess.Process) -> None:
    """Ends it in order, so that it ends its own children; and for certain."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(60):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def vteam(*arguments: str, env: Mapping[str, str], cwd: Path) -> Ran:
    """`vteam` to its end."""
    async with started(*arguments, env=env, cwd=cwd) as process, asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())


def speaking_of(text: str) -> list[str]:
    """The command lines of the processes (but this one) that have the text in their arguments or environment."""
    wanted, found = text.encode(), []
    for process in all_processes():
        words, variables = read(process.pid, "cmdline"), read(process.pid, "environ")
        if process.pid != os.getpid() and (wanted in words or wanted in variables):
            found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return found


def read(pid: int, name: str) -> bytes:
    """A file of a process in /proc; empty where the process is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def alive(processes: list[Process]) -> Iterator[Process]:
    """Those that have not ended."""
    for process in processes:
        state = read(process.pid, "stat").rpartition(b")")[2].split()
        now = look_up(process.pid)
        if now and now.started == process.started and state and state[0] != b"Z":
            yield process


async def gone(processes: list[Process]) -> None:
    """Waits until none of them lives; nothing tells when, so it is looked for."""
    async with asyncio.timeout(60):
        while any(alive(processes)):
            await asyncio.sleep(0.02)


def kill(processes: list[Process]) -> None:
    """SIGKILL to each."""
    for process in alive(processes):
        with suppress(ProcessLookupError):  # it may end, and be waited for, meanwhile
            os.kill(process.pid, signal.SIGKILL)
