"""The process between the kubelet and a container's main process; `Container` starts it with `python -I -S -c BOOT`.

It starts the confined main process, passes SIGTERM on, keeps the log, and when the main process ends, the kubelet
says so, or the kubelet dies (its pipe closes), it ends every descendant before it goes. It runs as a pair, guard and
supervisor, each a subreaper: if one is killed, the other ends the tree. Standard library only: its start is on the
path from a comment to the first model request.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
from typing import Any, NamedTuple, NoReturn

from bot.embedded.kubelet import namespaces
from bot.embedded.kubelet.fence import Fence, enter
from bot.embedded.kubelet.processes import become_subreaper, die_with_parent, end_descendants, reap

_COMMANDS, _REPORTS = 0, 1  # file descriptors: pipes from and to the kubelet
_CHUNK = 1 << 16


def main() -> NoReturn:
    """The guard: start the supervisor, outlive it, and leave nothing behind."""
    become_subreaper()
    plan, rest = _read_plan()
    guard = os.getpid()
    supervisor = os.fork()
    if supervisor == 0:
        become_subreaper()  # is not inherited
        die_with_parent(signal.SIGTERM)
        os._exit(_Supervisor(plan, rest).run() if os.getppid() == guard else 1)
    os.waitpid(supervisor, 0)
    end_descendants()
    os._exit(0)


def _read_plan() -> tuple[dict[str, Any], bytes]:
    data = b""
    while b"\n" not in data:
        chunk = os.read(_COMMANDS, _CHUNK)
        if not chunk:
            os._exit(1)  # the kubelet died before it said what to do
        data += chunk
    line, _, rest = data.partition(b"\n")
    return json.loads(line), rest


def _report(**what: object) -> None:
    with contextlib.suppress(BrokenPipeError):  # the kubelet is gone; what matters is that the tree ends
        os.write(_REPORTS, json.dumps(what).encode() + b"\n")


class _Log:
    """The container's output in two files, `path` and the older `path`.1, of half the bound each."""

    def __init__(self, path: str, bound: int) -> None:
        self._path, self._half = path, bound // 2
        self._open()

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._fd).st_size

    def write(self, data: bytes) -> None:
        if self._size + len(data) > self._half:
            os.close(self._fd)
            os.replace(self._path, f"{self._path}.1")
            self._open()
        self._size += os.write(self._fd, data)


class _Supervisor:
    """Three things to listen to: the kubelet's commands, the signals (SIGCHLD, SIGTERM), and the container's output."""

    def __init__(self, plan: dict[str, Any], commands: bytes) -> None:
        self._plan = plan
        self._commands = commands
        self._log = _Log(plan["log"], plan["log_bytes"])
        self._signals = _signal_pipe()
        self._main = self._output = -1
        self._doomed = False

    def run(self) -> int:
        started = _start(self._plan)
        self._main, self._output = started.pid, started.output
        if started.refusal:
            end_descendants()
            _report(event="refused", message=started.refusal)
            return 0
        _report(event="started", pid=self._main, own=[os.getpid(), started.relay])
        code = self._wait()
        codes = end_descendants()
        self._drain()
        _report(event="ended", code=codes.get(self._main, 137) if code is None else code)
        return 0

    def _wait(self) -> int | None:
        """Until the main process ends: its code; or until it must go: None."""
        poll = select.poll()
        for fd in (_COMMANDS, self._signals, self._output):
            poll.register(fd, select.POLLIN)
        self._obey(b"")
        while not self._doomed:
            for fd, _ in poll.poll():
                if not self._hear(fd):
                    poll.unregister(fd)
            ended, _ = reap()
            if self._main in ended:
                return ended[self._main]
        return None

    def _hear(self, fd: int) -> bool:
        """Read what came; False when nothing more will come from there."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return True
        if fd == self._output:
            self._log.write(data)
        elif fd == self._signals:
            self._doomed |= signal.SIGTERM in data
        else:
            self._doomed |= not data  # the kubelet has died
            self._obey(data)
        return bool(data)

    def _obey(self, data: bytes) -> None:
        *commands, self._commands = (self._commands + data).split(b"\n")
        for command in commands:
            if command == b"TERM":
                os.kill(self._main, signal.SIGTERM)
            self._doomed |= command == b"KILL"

    def _drain(self) -> None:
        while True:
            try:
                data = os.read(self._output, _CHUNK)
            except BlockingIOError:
                return
            if not data:
                return
            self._log.write(data)


def _signal_pipe() -> int:
    """Signals as bytes to poll for. SIGTERM comes from the kernel when the guard dies, or from an operator."""
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    return reading


class _Started(NamedTuple):
    """The main process, the pipe with its output, the relay beside it (0: none), and why it could not start, if so."""

    pid: int
    output: int
    relay: int
    refusal: str


def _start(plan: dict[str, Any]) -> _Started:
    """Fork and exec the main process."""
    output, output_end = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(output, False)
    trouble, trouble_end = os.pipe2(os.O_CLOEXEC)
    channel, channel_end = socket.socketpair()
    fence = None if plan["fence"] is None else Fence(**plan["fence"])
    pid = os.fork()
    if pid == 0:
        _become(plan, fence, channel_end, (output_end, trouble_end))
    os.close(output_end)
    os.close(trouble_end)
    channel_end.close()
    relay = 0
    if fence and fence.isolated and (listeners := namespaces.taken_over(channel, len(fence.ports))):
        relay = namespaces.start_relay(listeners)
    channel.close()
    with os.fdopen(trouble, "rb") as told:  # closed by a successful exec
        return _Started(pid, output, relay, told.read().decode("utf-8", "replace"))


def _become(plan: dict[str, Any], fence: Fence | None, channel: socket.socket, ends: tuple[int, int]) -> NoReturn:
    """In the child: become the container's main process; whatever fails is written to the second of `ends`."""
    output, trouble = ends
    step = "start"
    try:
        os.setsid()
        _reset_signals()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        step = f"chdir to {plan['cwd']!r}"
        os.chdir(plan["cwd"])
        step = "confine"
        if fence and fence.isolated:
            namespaces.hand_over(channel, namespaces.isolate(fence.ports, fence.tmp))
        if fence:
            enter(fence)
        step = f"exec: {plan['argv'][0]!r}"
        os.execvpe(plan["argv"][0], plan["argv"], plan["env"])  # noqa: S606
    except BaseException as failed:
        reason = failed.strerror if isinstance(failed, OSError) else repr(failed)
        os.write(trouble, f"{step}: {reason}".encode())
    os._exit(127)


def _reset_signals() -> None:
    signal.set_wakeup_fd(-1)
    die_with_parent(signal.SIGKILL)
    # An ignored signal stays ignored through exec, and Python ignores SIGPIPE: `yes | head` would never end.
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit("the kubelet starts this; see container.py")
