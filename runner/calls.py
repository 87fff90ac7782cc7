"""One HTTP call to the runner API, and the calls' patience: what is repeated, how long, and what is final.

Used by `bot_api.py` and by the git credential helper. On the standard library's client, in a thread: it is imported in
30 ms where aiohttp and httpx take ten times that, and each git fetch of the agent pays for it. Knows no paths.
"""

import http.client
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from runner.endings import PrerequisiteFailed, Refused

MOST_ANSWER_BYTES = 256 * 1024 * 1024
FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    retry_after: float | None = None
    etag: str = ""
    """What the server calls the content, where it does."""

    @property
    def detail(self) -> str:
        """The server's reason in words, or the start of what it said."""
        try:
            said = json.loads(self.body)
        except ValueError:
            said = None
        reason = said.get("detail") if isinstance(said, dict) else None
        return str(reason or self.body[:300].decode("utf-8", "replace") or f"status {self.status}")[:2000]


@dataclass(frozen=True)
class Body:
    """What is sent. `chunks` gives it anew for each attempt; `length` is its size in bytes."""

    chunks: Callable[[], Iterator[bytes]]
    length: int
    media_type: str


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    """Below the session's address, with its query."""
    body: Body | None = None
    seconds: float = 60.0
    """How long the call is repeated in all."""
    most: int = MOST_ANSWER_BYTES
    """Bytes of an answer."""


def json_body(text: str) -> Body:
    """A JSON document as a body."""
    data = text.encode("utf-8", "replace")
    return Body(lambda: iter((data,)), len(data), "application/json")


@dataclass(frozen=True)
class Caller:
    """Makes calls for one session. Blocking; run it in a thread."""

    api_url: str
    token_file: Path
    socket_seconds: float = 30.0
    sleep: Callable[[float], None] = field(default=time.sleep)

    def answer(self, call: Call) -> Answer:
        """The final answer: any status but 401, 403, 429 and 5xx.

        Raises Refused for 403 and for 401 with a fresh token, PrerequisiteFailed when the patience is over.
        """
        end = time.monotonic() + call.seconds
        attempt, unauthorised = 0, 0
        while True:
            answer, trouble = self._attempt(call)
            if answer is not None and not _is_passing(answer.status):
                return _final(answer, call)
            unauthorised += answer is not None and answer.status == http.HTTPStatus.UNAUTHORIZED
            delay = _delay(attempt, answer)
            attempt += 1
            if unauthorised > 3:
                raise Refused(f"the bot does not accept this pod's token ({call.method} {call.path})")
            if time.monotonic() + delay > end:
                raise PrerequisiteFailed(f"the bot does not answer ({call.method} {call.path}): {trouble}")
            self.sleep(delay)

    def _attempt(self, call: Call) -> tuple[Answer | None, str]:
        """One try: an answer, or None, and in words what is wrong with it."""
        try:
            answer = self._send(call)
        except (OSError, http.client.HTTPException) as error:
            return None, f"{type(error).__name__}: {error}"
        return answer, f"status {answer.status}, {answer.detail}"

    def _send(self, call: Call) -> Answer:
        connection = self._connection()
        try:
            connection.putrequest(call.method, urlsplit(self.api_url).path + call.path)
            connection.putheader("Authorization", f"Bearer {self._token()}")
            if call.body is not None:
                connection.putheader("Content-Type", call.body.media_type)
            connection.putheader("Content-Length", str(call.body.length if call.body else 0))
            connection.endheaders()
            _send_body(connection, call.body)
            return _read(connection.getresponse(), call.most)
        finally:
            connection.close()

    def _token(self) -> str:
        """Read at each use: the kubelet renews it while we run."""
        return self.token_file.read_text("utf-8").strip()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.api_url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=self.socket_seconds)


def _send_body(connection: http.client.HTTPConnection, body: Body | None) -> None:
    """Sends it; a server that closes early has answered already (413), so what it said is read all the same."""
    if body is None:
        return
    try:
        for chunk in body.chunks():
            connection.send(chunk)
    except (BrokenPipeError, ConnectionResetError):
        return


def _read(response: http.client.HTTPResponse, most: int) -> Answer:
    body = response.read(most + 1)
    if len(body) > most:
        raise http.client.HTTPException("the answer is too long")
    etag = (response.getheader("ETag") or "").strip('"')
    return Answer(response.status, body, _seconds(response.getheader("Retry-After")), etag)


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds; its form as a date is not used by the bot."""
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        return None


def _is_passing(status: int) -> bool:
    """Whether the same call may go well later."""
    return status in (401, 408, 429) or status >= 500


def _final(answer: Answer, call: Call) -> Answer:
    if answer.status == http.HTTPStatus.FORBIDDEN:
        raise Refused(f"the bot refuses {call.method} {call.path}: {answer.detail}")
    return answer


def _delay(attempt: int, answer: Answer | None) -> float:
    """Doubling with jitter, unless the server says how long."""
    if answer is not None and answer.retry_after is not None:
        return answer.retry_after
    # The jitter only spreads calls; it guards nothing.
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0**attempt) * random.uniform(0.5, 1.0)  # noqa: S311
