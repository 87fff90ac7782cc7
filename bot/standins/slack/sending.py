"""What Slack sends to the app: events with their retries, slash commands and interactions without, each once signed.

Over HTTP to one request URL, or through Socket Mode. Acts and verbs put deliveries in by `Sender.queue`; the sender
sends them one after the other in the background and notes how long each acknowledgement took.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

import httpx

from bot.authorities import authorities
from bot.standins.slack.app import SlackApp
from bot.standins.slack.sockets import NotConnected, Sockets
from bot.standins.slack.strict import Violation
from bot.standins.slack.world import Json, World

Kind = Literal["events_api", "slash_commands", "interactive"]
Answer = Json | str | None
USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
RETRIES = 3


@dataclass
class Attempt:
    """One request: what came back (`ok`, or Slack's reason for a retry) and after how many seconds."""

    outcome: str
    seconds: float
    status: int = 0
    retry: bool = True


@dataclass(kw_only=True)
class Delivery:
    """Something that the app is told. `answered` hears the body of the acknowledgement, `failed` the reason."""

    kind: Kind
    name: str
    payload: Json
    answered: Callable[[Answer], None] | None = None
    failed: Callable[[str], None] | None = None
    attempts: list[Attempt] = field(default_factory=list)
    lost: bool = False

    @property
    def acknowledged(self) -> bool:
        return bool(self.attempts) and self.attempts[-1].outcome == "ok"

    def body(self) -> bytes:
        if self.kind == "events_api":
            return json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode()
        if self.kind == "slash_commands":
            return urlencode(self.payload).encode()
        return urlencode({"payload": json.dumps(self.payload, ensure_ascii=False)}).encode()


class Sender:
    """`url` is the app's request URL; with None (and no Socket Mode) nothing is sent."""

    def __init__(self, app: SlackApp, world: World, violations: list[Violation]) -> None:
        self._app = app
        self._world = world
        self._violations = violations
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._held: list[Delivery] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self.sockets = Sockets(app, violations)
        self.socket_mode = False
        self.url: str | None = None
        self.log: list[Delivery] = []
        self.lose = 0
        self.patience = 3.0
        self.retry_waits = (0.0, 0.05, 0.2)
        """Seconds before each retry; Slack's own are 0, 60 and 300."""

    def queue(self, delivery: Delivery) -> Delivery:
        if self.url is None and not self.socket_mode:
            return delivery
        self._put(delivery)
        return delivery

    def repeat(self, delivery: Delivery) -> Delivery:
        """The same event once more, as when Slack has missed the acknowledgement."""
        return self.queue(Delivery(kind=delivery.kind, name=delivery.name, payload=delivery.payload))

    async def start(self) -> None:
        self._client = httpx.AsyncClient(trust_env=False, verify=authorities())
        await self.sockets.start()
        self._spawn(self._send_all())

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.sockets.stop()
        if self._client:
            await self._client.aclose()

    async def drain(self) -> None:
        """Returns when everything that was queued has been acknowledged, or given up."""
        await self._queue.join()

    async def verify_url(self) -> bool:
        """Sends a challenge to the request URL: plain, as a form's value or in JSON it must come back."""
        challenge = secrets.token_hex(24)
        payload = {"token": self._app.verification_token, "challenge": challenge, "type": "url_verification"}
        response = await self._post(Delivery(kind="events_api", name="url_verification", payload=payload), 0, "")
        return response.status_code == 200 and challenge in response.text

    @contextmanager
    def held(self) -> Iterator[list[Delivery]]:
        """Deliveries wait in the list, which may be reordered, repeated or emptied; they are sent at the end."""
        self._held = []
        waiting = self._held
        try:
            yield waiting
        finally:
            self._held = None
            for delivery in waiting:
                self._put(delivery)

    def _put(self, delivery: Delivery) -> None:
        if self._held is not None:
            self._held.append(delivery)
            return
        if self.lose > 0:
            self.lose -= 1
            delivery.lost = True
        self.log.append(delivery)
        self._queue.put_nowait(delivery)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_all(self) -> None:
        """First attempts go out in order. Retries must not hold up what comes after."""
        while True:
            delivery = await self._queue.get()
            attempt = Attempt("lost", 0.0) if delivery.lost else await self._attempt(delivery, 0, "")
            if delivery.kind == "events_api" and not delivery.acknowledged and attempt.retry and not delivery.lost:
                self._spawn(self._retry(delivery, attempt.outcome))
            else:
                self._finish(delivery, attempt)

    async def _retry(self, delivery: Delivery, reason: str) -> None:
        attempt = delivery.attempts[-1]
        try:
            for number, wait in zip(range(1, RETRIES + 1), self.retry_waits, strict=True):
                await asyncio.sleep(wait)
                attempt = await self._attempt(delivery, number, reason)
                if delivery.acknowledged or not attempt.retry:
                    break
                reason = attempt.outcome
        finally:
            self._finish(delivery, attempt)

    def _finish(self, delivery: Delivery, attempt: Attempt) -> None:
        if attempt.outcome != "ok" and delivery.failed:
            delivery.failed("operation_timeout" if attempt.outcome == "http_timeout" else "dispatch_failed")
        self._queue.task_done()

    async def _attempt(self, delivery: Delivery, number: int, reason: str) -> Attempt:
        started = asyncio.get_running_loop().time()
        answer: Answer = None
        try:
            if self.socket_mode:
                answer = await self.sockets.deliver(
                    delivery.kind, delivery.payload, (number, reason), patience=self.patience
                )
                attempt = Attempt("ok", 0.0, 200)
            else:
                response = await self._post(delivery, number, reason)
                attempt, answer = _read(response)
        except TimeoutError:
            attempt = Attempt("http_timeout", 0.0)
            self._violations.append(Violation(delivery.name, f"not acknowledged within {self.patience:g} s"))
        except (NotConnected, httpx.HTTPError):
            attempt = Attempt("connection_failed", 0.0)
        attempt.seconds = asyncio.get_running_loop().time() - started
        delivery.attempts.append(attempt)
        if attempt.outcome == "ok" and delivery.answered:
            delivery.answered(answer)
        return attempt

    async def _post(self, delivery: Delivery, number: int, reason: str) -> httpx.Response:
        assert self._client is not None
        assert self.url is not None
        body = delivery.body()
        headers = signed(self._app.signing_secret, body, at=int(self._world.now()))
        headers["Content-Type"] = (
            "application/json" if delivery.kind == "events_api" else "application/x-www-form-urlencoded"
        )
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        async with asyncio.timeout(self.patience):
            return await self._client.post(self.url, content=body, headers=headers, timeout=None)


def signed(secret: str, body: bytes, *, at: int) -> dict[str, str]:
    """Slack's headers: https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    moment = str(at)
    mac = hmac.new(secret.encode(), b"v0:" + moment.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": f"v0={mac}",
    }


def _read(response: httpx.Response) -> tuple[Attempt, Answer]:
    """Slack takes 200 alone for an answer to an interaction; for an event any 2xx will do."""
    if not response.is_success:
        again = response.headers.get("x-slack-no-retry") != "1"
        return Attempt("http_error", 0.0, response.status_code, again), None
    return Attempt("ok", 0.0, response.status_code), _answer(response)


def _answer(response: httpx.Response) -> Answer:
    if not response.content.strip():
        return None
    if "json" in response.headers.get("content-type", ""):
        found = response.json()
        return found if isinstance(found, dict) else str(found)
    return response.text
