"""Runners that start warm: one process a worker imports what a session needs, and each pod's runner is forked from it.

Importing takes more than half of the CPU of a runner that does little, and the runner's stories are many. What is
forked is a process of its own with the pod's environment and folder, and runs `python -m runner`'s own `main`. Run as
a program (`-I`, as a pod's runner is) this file is the process that forks; tests/runner/house.py asks it.
"""

import asyncio
import gc
import json
import os
import random
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn


@dataclass
class Forked:
    """A runner that runs; `code` waits for its end."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ended: int | None = None

    async def code(self) -> int:
        """Its exit status; less than nought is the signal that ended it."""
        if self.ended is None:
            self.ended = int(await self.reader.readline())
            self.close()
        return self.ended

    def close(self) -> None:
        self.writer.close()


@dataclass
class WarmRunner:
    """Starts the process that forks when it is first asked for; `stop` ends it."""

    folder: Path | None = None
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    async def fork(self, environment: dict[str, str], cwd: Path, stderr: Path) -> Forked:
        """A new runner with this environment, in this folder, whose standard error goes into a file."""
        reader, writer = await asyncio.open_unix_connection(await asyncio.to_thread(self._address))
        asked = {"environment": environment, "cwd": str(cwd), "stderr": str(stderr)}
        writer.write(json.dumps(asked).encode() + b"\n")
        return Forked(int(await reader.readline()), reader, writer)

    def stop(self) -> None:
        if self.process is not None:
            self.process.communicate()  # it ends with its standard input
        if self.folder is not None:
            shutil.rmtree(self.folder)
        self.process = self.folder = None

    def _address(self) -> Path:
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp())
            command = [sys.executable, "-I", __file__, str(self.folder / "socket")]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert self.process.stdout is not None
            assert self.process.stdout.readline() == b"warm\n"
        return self.folder / "socket"


WARM = WarmRunner()
"""Of this process; tests/runner/conftest.py stops it at the end."""


def serve(address: str) -> None:
    """Forks for whoever connects, until the standard input ends. Holds no thread: none would live on in a fork."""
    import runner.agent
    import runner.start  # noqa: F401

    gc.collect()
    gc.freeze()  # what is shared with the forks stays shared
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    sys.stdout.write("warm\n")
    sys.stdout.flush()
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _answer(connection)
        connection.close()
        _reap(os.WNOHANG)
    _reap(0)


def _reap(how: int) -> None:
    """Lets those go who have answered."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, how)[0]:
            pass


def _answer(connection: socket.socket) -> NoReturn:
    """The runner's parent: tells its pid, waits for it, and tells how it ended."""
    with connection, connection.makefile("rwb", buffering=0) as stream:
        asked = json.loads(stream.readline())
        pid = os.fork()
        if pid == 0:
            _become_a_runner(asked)
        stream.write(b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        with suppress(BrokenPipeError):
            stream.write(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become_a_runner(asked: dict[str, Any]) -> NoReturn:
    os.setsid()
    for number, file in ((0, os.devnull), (1, os.devnull), (2, asked["stderr"])):
        os.dup2(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), number)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["cwd"])
    random.seed()
    status = 70
    try:
        from runner.__main__ import main

        status = main([])
        sys.stderr.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    serve(sys.argv[1])
