"""A terminal for a child: a pseudo-terminal whose screen is read as text, with what flashed by in between."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.children import end as end_process

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r")
COLUMNS, ROWS = 200, 50
CTRL_C = b"\x03"
_ON_IT = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
"""Makes the pseudo-terminal the controlling one, so that its Ctrl-C and its end reach the child as signals."""


@dataclass
class Terminal:
    """What a child writes to its terminal."""

    process: asyncio.subprocess.Process
    screen: int
    written: bytearray = field(default_factory=bytearray)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    reading: asyncio.Task[None] | None = None

    @property
    def text(self) -> str:
        """All that was ever shown, without colours and cursor movements."""
        return CONTROL.sub("", self.written.decode("utf-8", "replace"))

    async def until(self, words: str, *, seconds: float = 180.0) -> None:
        """Waits until the words have been shown."""
        async with asyncio.timeout(seconds), self.news:
            await self.news.wait_for(lambda: words in self.text)

    async def ended(self, *, seconds: float = 180.0) -> int:
        """The exit status, when all has been read."""
        async with asyncio.timeout(seconds):
            status = await self.process.wait()
            assert self.reading is not None
            await self.reading
        return status

    def type(self, keys: bytes) -> None:
        """What a person types."""
        os.write(self.screen, keys)

    async def _read(self) -> None:
        while data := await asyncio.to_thread(_read, self.screen):
            async with self.news:
                self.written += data
                self.news.notify_all()


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 65536)
    except OSError:  # EIO: the last one who could write has gone
        return b""


@asynccontextmanager
async def on_a_terminal(command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> AsyncIterator[Terminal]:
    """The command on a terminal of its own, while the block runs."""
    screen, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", _ON_IT, *command),
            env={**env, "TERM": "xterm-256color"},
            cwd=cwd,
            stdin=end,
            stdout=end,
            stderr=end,
            start_new_session=True,
        )
    finally:
        os.close(end)
    terminal = Terminal(process, screen)
    terminal.reading = asyncio.create_task(terminal._read())
    try:
        yield terminal
    finally:
        await end_process(process)
        await terminal.reading
        os.close(screen)
