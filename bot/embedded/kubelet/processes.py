"""Process trees, read from /proc: who descends from whom, how much memory they hold, and how to end them all.

The supervisor ends trees with it, the kubelet measures them and looks for strays. Standard library only. A subreaper
(PR_SET_CHILD_SUBREAPER) inherits every orphan below it, so setsid and double forks do not hide a process from it.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process table; `started` (ticks since boot) tells a reused pid apart."""

    pid: int
    parent: int
    started: int


def become_subreaper() -> None:
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(number: int) -> None:
    """Have the kernel send this signal when the parent dies; the caller checks getppid() afterwards."""
    _prctl(_PR_SET_PDEATHSIG, number)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *(ctypes.c_ulong(word) for word in (value, 0, 0, 0))) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def look_up(pid: int) -> Process | None:
    """The process with this pid, or None when there is none (any more)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            stat = file.read()
    except OSError:
        return None
    # The name in parentheses may hold anything, so the fields are counted from its end.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return Process(pid, int(fields[1]), int(fields[19]))


def all_processes() -> Iterator[Process]:
    for name in os.listdir("/proc"):
        if name.isdigit() and (process := look_up(int(name))):
            yield process


def descendants(root: int) -> list[Process]:
    """All processes below `root`, children before grandchildren, without itself."""
    children = _children if os.path.exists("/proc/thread-self/children") else _by_parent()
    found: list[Process] = []
    generation = children(root)
    while generation:
        found += generation
        generation = [child for parent in generation for child in children(parent.pid)]
    return found


def _by_parent() -> Callable[[int], list[Process]]:
    """For a kernel without CONFIG_PROC_CHILDREN: one look at the whole process table."""
    table: dict[int, list[Process]] = {}
    for process in all_processes():
        table.setdefault(process.parent, []).append(process)
    return lambda pid: table.get(pid, [])


def _children(pid: int) -> list[Process]:
    # The kernel's own list, thread by thread: a look at every process of the machine would be too slow for a fork bomb.
    pids: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                pids += map(int, file.read().split())
    return [process for process in map(look_up, pids) if process]


def end(processes: Iterable[Process]) -> None:
    """SIGKILL each of them, by pidfd: a pid that has been given to another process meanwhile is left alone."""
    for process in processes:
        try:
            handle = os.pidfd_open(process.pid)
        except OSError:
            continue
        try:
            now = look_up(process.pid)
            if now and now.started == process.started:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            pass
        finally:
            os.close(handle)


def reap() -> tuple[dict[int, int], bool]:
    """Exit codes (128 + n for signal n) of the children that have ended, and whether any child is left."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended, False
        if pid == 0:
            return ended, True
        code = os.waitstatus_to_exitcode(status)
        ended[pid] = code if code >= 0 else 128 - code


def end_descendants() -> dict[int, int]:
    """End everything below this process, which must be a subreaper; returns only when nothing is left.

    Gives the exit codes of those that it reaped. A subreaper without children has no descendants at all: that is the
    proof. Processes that keep forking lose: each round kills all that it sees, and their children fall to us.
    """
    codes: dict[int, int] = {}
    last: set[int] = set()
    pause = 0.0005
    while True:
        ended, more = reap()
        codes |= ended
        if not more:
            return codes
        seen = descendants(os.getpid())
        end(seen)
        pids = {process.pid for process in seen}
        if pids == last:  # nobody new: they only need time to die
            time.sleep(pause)
            pause = min(0.1, pause * 2)
        last = pids


def memory(root: int, *, without: Collection[int] = ()) -> int:
    """Bytes of anonymous and shared memory that the tree below `root` holds (mapped files are not its own)."""
    return sum(_resident(process.pid) for process in descendants(root) if process.pid not in without)


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith((b"RssAnon:", b"RssShmem:")))


def strays(mark: str) -> list[Process]:
    """Processes whose environment was started with this `NAME=value`: the last resort after a lost supervisor."""
    wanted = mark.encode()
    return [process for process in all_processes() if wanted in _environment(process.pid)]


def _environment(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []
