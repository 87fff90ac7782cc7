"""The load on one address: `python -m tests.bench.load` with a job as JSON on its standard input, in its own process.

Raw HTTP/1.1 over kept connections, one request after the other on each, so that the client's own cost stays small and
the same for everything that is measured. It knows the servers it speaks to; it is no general client.
"""

import asyncio
import json
import sys
import time
import uuid
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import uvloop

from tests.bench.sampling import percentile

LAST_CHUNK = b"\r\n0\r\n\r\n"
NUMBER = b"00NUMBER"


@dataclass
class Tally:
    """What the connections share: the requests still to be sent, and what was seen of the answers."""

    left: int
    request: Callable[[], bytes]
    statuses: tuple[int, ...]
    seconds: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    """Seconds to the first byte of an answer's body."""


class Connection(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends again."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._answer = bytearray()
        self._body = 0
        self._began = self._first = 0.0
        self._transport: Any = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))

    def _send(self) -> None:
        if self._tally.left <= 0:
            self.done.set_result(None)
            self._transport.close()
            return
        self._tally.left -= 1
        request = self._tally.request()
        self._answer.clear()
        self._body, self._first = 0, 0.0
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._answer += data
        if not self._body:
            head = self._answer.find(b"\r\n\r\n")
            if head < 0:
                return
            self._body = head + 4
        if len(self._answer) == self._body:
            return
        self._first = self._first or now - self._began
        if self._is_whole():
            self._note(now)
            self._send()

    def _is_whole(self) -> bool:
        head = bytes(self._answer[: self._body]).lower()
        if b"transfer-encoding: chunked" in head:
            return self._answer.endswith(LAST_CHUNK)
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        return len(self._answer) - self._body >= length

    def _note(self, now: float) -> None:
        status = int(self._answer[9:12])
        if status not in self._tally.statuses:
            self.done.set_exception(RuntimeError(bytes(self._answer[:2000]).decode("latin-1")))
        self._tally.seconds.append(now - self._began)
        self._tally.first.append(self._first)


async def run(job: dict[str, Any]) -> dict[str, float]:
    """Sends `count` requests over `concurrency` connections; all in seconds."""
    address = urlsplit(job["url"])
    tally = Tally(job["count"], _requests(job), tuple(job.get("statuses", (200, 201, 202))))
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    connections = [
        (await loop.create_connection(lambda: Connection(tally), address.hostname, address.port))[1]
        for _ in range(job["concurrency"])
    ]
    await asyncio.gather(*(connection.done for connection in connections))
    whole, first = sorted(tally.seconds), sorted(tally.first)
    return {
        "wall": time.perf_counter() - began,
        "p50": percentile(whole, 0.5),
        "p99": percentile(whole, 0.99),
        "first_p50": percentile(first, 0.5),
        "first_p99": percentile(first, 0.99),
    }


def _requests(job: dict[str, Any]) -> Callable[[], bytes]:
    """Makes the next request: a new id in the header that `unique` names, a number wherever NUMBER stands."""
    body, address = b64decode(job["body"]), urlsplit(job["url"])
    lines = [f"{job.get('method', 'POST')} {address.path} HTTP/1.1", f"Host: {address.netloc}"]
    lines += [f"{name}: {value}" for name, value in {"Content-Length": len(body), **job["headers"]}.items()]
    head, unique, numbers = "\r\n".join(lines).encode(), job.get("unique"), count(job.get("since", 0))

    def request() -> bytes:
        named = head + f"\r\n{unique}: {uuid.uuid4()}".encode() if unique else head
        whole = named + b"\r\n\r\n" + body
        return whole.replace(NUMBER, b"%08d" % next(numbers)) if NUMBER in whole else whole

    return request


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(run(json.loads(sys.stdin.read())))))
