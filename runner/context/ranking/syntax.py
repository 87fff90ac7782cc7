"""Has the definitions of files read by a child process, and does without them where that takes too long or breaks it.

Called by corpus.py. One child serves all files and repositories, works while its parent counts words, and is started
anew after a file that ended it. Nothing here raises for what a file holds.
"""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from itertools import chain
from typing import IO, NamedTuple

from runner.context.ranking.definition import LENGTH, Definition, answered, request
from runner.context.ranking.languages import suffix_of

WALL_SECONDS = 15.0
"""For one answer, on a machine so busy that the child has no CPU to use up."""
MOST_ANSWER = 32 * 1024 * 1024
MOST_OF_LANGUAGE = 3
"""Files of a language that may go wrong in one tree: the others of it are not tried any more."""
MOST_OF_ALL = 5
MOST_SECONDS = 30.0
"""Of the child's CPU for one tree. The short list of a large repository takes about two."""
_PASSED = ("PATH", "LD_LIBRARY_PATH")
"""What the child is told of the environment: in it there may be keys, and a grammar may have bugs."""


class Unread(StrEnum):
    """Why a file has no definitions, as the receipt says it."""

    LATE = "its syntax could not be read in time"
    BROKEN = "its syntax could not be read"
    SKIPPED = "its syntax was not read: that of other files could not be"


class File(NamedTuple):
    path: str
    data: bytes

    @property
    def suffix(self) -> str:
        """By which its grammar is known; empty where there is none."""
        return suffix_of(self.path)


Found = Sequence[Definition] | Unread


@dataclass
class Patience:
    """How much trouble one tree has made so far, and whether that is enough."""

    failed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def is_over(self, suffix: str) -> bool:
        """Whether no further file of this suffix is to be read."""
        many = self.failed[suffix] >= MOST_OF_LANGUAGE or self.failed.total() >= MOST_OF_ALL
        return many or self.seconds >= MOST_SECONDS


class Reader:
    """A child process that is started when it is first needed. Threads take turns."""

    def __init__(self, command: Sequence[str] = ()) -> None:
        self._command = command or (sys.executable, "-I", "-m", "runner", "syntax")
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.RLock()
        self._waiting = False

    @property
    def pid(self) -> int:
        """Of the child, or 0 where there is none."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Starts the child, which takes a moment, before it is needed."""
        with self._turn, suppress(OSError):
            self._started()

    def each(self, files: Iterable[File], patience: Patience) -> Generator[tuple[File, Found], None, None]:
        """The files, in order, with their definitions. The child reads the next one while the caller has one."""
        with self._turn:
            try:
                yield from self._each(files, patience)
            finally:
                if self._waiting:  # whoever asked has gone
                    self._end()

    def close(self) -> None:
        """Ends the child. One that is needed again is started again."""
        with self._turn:
            self._end()

    def _each(self, files: Iterable[File], patience: Patience) -> Iterator[tuple[File, Found]]:
        before: tuple[File, Found | None] | None = None
        for file in chain(files, [None]):
            if before is not None and before[1] is None:
                before = before[0], self._heard(before[0], patience)
            now = (file, self._asked(file, patience)) if file is not None else None
            if before is not None:
                yield before[0], before[1] or ()
            before = now

    def _asked(self, file: File, patience: Patience) -> Found | None:
        """None where the child has been asked; else what is known without it."""
        if not file.suffix:
            return ()
        if patience.is_over(file.suffix):
            return Unread.SKIPPED
        try:
            _write(self._started(), request(file.suffix, file.data))
        except OSError as error:
            return self._failed(file, patience, error)
        self._waiting = True
        return None

    def _heard(self, file: File, patience: Patience) -> Found:
        try:
            seconds, found = answered(_message(self._started()))
        except (OSError, ValueError) as error:
            return self._failed(file, patience, error)
        self._waiting = False
        patience.seconds += seconds
        return found

    def _failed(self, file: File, patience: Patience, error: Exception) -> Unread:
        patience.failed[file.suffix] += 1
        late = self._end() == -signal.SIGPROF or isinstance(error, TimeoutError)
        return Unread.LATE if late else Unread.BROKEN

    def _started(self) -> "subprocess.Popen[bytes]":
        """The child. Raises OSError where none can be started."""
        if self._process is not None and (self._waiting or self._process.poll() is None):
            return self._process
        self._end()
        self._process = process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED if name in os.environ},
            bufsize=0,
        )
        for end in (process.stdin, process.stdout):
            os.set_blocking(_number(end), False)
        return process

    def _end(self) -> int | None:
        """Ends the child, if there is one; how it has ended."""
        process, self._process, self._waiting = self._process, None, False
        if process is None:
            return None
        with process:  # closes the pipes, and waits
            process.kill()
        return process.returncode


def _write(process: "subprocess.Popen[bytes]", message: bytes) -> None:
    """Raises OSError."""
    left, until = memoryview(message), time.monotonic() + WALL_SECONDS
    while left:
        left = left[os.write(_when_ready(process.stdin, select.POLLOUT, until), left) :]


def _message(process: "subprocess.Popen[bytes]") -> bytes:
    """The next message of the child. Raises OSError where there is none, or ValueError where it is too long."""
    until = time.monotonic() + WALL_SECONDS
    length = int.from_bytes(_read(process, LENGTH, until))
    if length > MOST_ANSWER:
        raise ValueError("too long an answer")
    return _read(process, length, until)


def _read(process: "subprocess.Popen[bytes]", length: int, until: float) -> bytes:
    found = bytearray()
    while len(found) < length:
        more = os.read(_when_ready(process.stdout, select.POLLIN, until), length - len(found))
        if not more:
            raise BrokenPipeError("the child has ended")
        found += more
    return bytes(found)


def _when_ready(end: IO[bytes] | None, event: int, until: float) -> int:
    """The descriptor of a pipe's end, once it can be used. Raises TimeoutError."""
    number, poll = _number(end), select.poll()
    poll.register(number, event)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        raise TimeoutError("the child has not answered")
    return number


def _number(end: IO[bytes] | None) -> int:
    if end is None:
        raise BrokenPipeError("the child has no pipe")
    return end.fileno()


@cache
def shared() -> Reader:
    """The one of this process. Whoever has read all ends its child; else that ends with this process."""
    return Reader()
