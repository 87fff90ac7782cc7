"""The child process that reads syntax: files in, their definitions out, one after another. Started by syntax.py alone.

The grammars are C code, and what they read is a stranger's. So it has bounds of time and memory by which the kernel
ends it, is given no secret, writes no file, and ends with its standard input.
"""

import os
import resource
import signal
import time
from contextlib import suppress
from typing import BinaryIO

from runner.context.ranking.definition import LENGTH, answer
from runner.context.ranking.grammars import definitions
from runner.context.ranking.languages import BY_SUFFIX

SECONDS = 2.0
"""Of CPU for one file. The slowest of the benchmark's 585 large files takes 0.3."""
MOST_MEMORY = 768 << 20
"""Bytes of address space. Half a megabyte of source takes some 30 MB, and what a hostile one takes has no end."""


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers until there is nothing more to read. A file that passes the bounds ends the process."""
    _bounded()
    while length := int.from_bytes(source.read(LENGTH)):
        sink.write(_answer(source.read(length)))
        sink.flush()


def _answer(request: bytes) -> bytes:
    suffix, _, data = request.partition(b"\0")
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    found = definitions(data.decode("utf-8", "replace"), BY_SUFFIX[suffix.decode()])
    signal.setitimer(signal.ITIMER_PROF, 0)
    return answer(time.process_time() - began, found)


def _bounded() -> None:
    """Time is told by a signal, which ends the process within C code as well."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGPROF])
    for kind, bytes_ in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, MOST_MEMORY)):
        with suppress(OSError, ValueError):  # a lower bound is set already, or this system has none
            resource.setrlimit(kind, (bytes_, bytes_))
    with suppress(OSError):  # where memory is short, this is what the kernel should end
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, b"1000")
        finally:
            os.close(descriptor)
