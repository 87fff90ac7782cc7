"""The App's webhook: signs deliveries, sends each once over HTTP in the background, and logs what became of it.

Acts put deliveries in by `DeliveryLog.queue`; nothing is ever sent a second time unless somebody asks for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from bot.authorities import authorities
from bot.standins.github.app import AppRegistration
from bot.standins.github.world import World

TIMEOUT_SECONDS = 10.0
HOOK_ID = 99
USER_AGENT = "GitHub-Hookshot/0a1b2c3"


@dataclass(kw_only=True)
class Delivery:
    """One line of the App's delivery log: a request and what was answered, if it was sent at all."""

    id: int
    guid: str
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    url: str
    body: bytes
    delivered_at: datetime
    redelivery: bool = False
    lost: bool = False
    status: str = "pending"
    status_code: int = 0
    duration: float = 0.0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status_code < 400

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


class DeliveryLog:
    """The queue, the sender and the log. `url` is where deliveries go; with None the App has no webhook."""

    def __init__(self, app: AppRegistration, world: World) -> None:
        self._app = app
        self._world = world
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._held: list[Delivery] | None = None
        self._sender: asyncio.Task[None] | None = None
        self.url: str | None = None
        self.lose = 0
        self._log: dict[int, Delivery] = {}

    def queue(self, event: str, payload: Mapping[str, Any]) -> None:
        if self.url is None:
            return
        installation, repository = payload.get("installation") or {}, payload.get("repository") or {}
        self._put(
            Delivery(
                id=self._world.new_id(),
                guid=str(uuid.uuid4()),
                event=event,
                action=payload.get("action"),
                installation_id=installation.get("id"),
                repository_id=repository.get("id"),
                url=self.url,
                body=json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode(),
                delivered_at=self._world.now(),
            )
        )

    def redeliver(self, delivery: Delivery) -> Delivery:
        """The same request again: same GUID, same body, a log line of its own."""
        again = Delivery(
            id=self._world.new_id(),
            guid=delivery.guid,
            event=delivery.event,
            action=delivery.action,
            installation_id=delivery.installation_id,
            repository_id=delivery.repository_id,
            url=self.url or delivery.url,
            body=delivery.body,
            delivered_at=self._world.now(),
            redelivery=True,
        )
        self._put(again)
        return again

    def find(self, delivery_id: int) -> Delivery | None:
        return self._log.get(delivery_id)

    @property
    def newest_first(self) -> Iterator[Delivery]:
        return reversed(self._log.values())

    def start(self) -> None:
        self._sender = asyncio.create_task(self._send_all(), name="github webhooks")

    async def stop(self) -> None:
        if self._sender:
            self._sender.cancel()
            with suppress(asyncio.CancelledError):
                await self._sender
            self._sender = None

    async def drain(self) -> None:
        """Returns when every delivery that was queued has been sent and answered, or has failed."""
        await self._queue.join()

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
        self._log.setdefault(delivery.id, delivery)
        self._queue.put_nowait(delivery)

    async def _send_all(self) -> None:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, verify=authorities()) as client:
            while True:
                delivery = await self._queue.get()
                try:
                    await self._send(client, delivery)
                finally:
                    self._queue.task_done()

    async def _send(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        delivery.request_headers = self._headers(delivery)
        if delivery.lost:
            delivery.status, delivery.status_code = "failed to connect to host", 502
            return
        started = asyncio.get_running_loop().time()
        try:
            answer = await client.post(delivery.url, content=delivery.body, headers=delivery.request_headers)
        except httpx.TimeoutException:
            delivery.status, delivery.status_code = "timed out", 504
        except httpx.HTTPError:
            delivery.status, delivery.status_code = "failed to connect to host", 502
        else:
            _note_answer(delivery, answer)
        delivery.duration = round(asyncio.get_running_loop().time() - started, 2)

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        key = self._app.webhook_secret.encode()
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Hook-ID": str(HOOK_ID),
            "X-GitHub-Hook-Installation-Target-ID": str(self._app.app_id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature": "sha1=" + hmac.new(key, delivery.body, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": "sha256=" + hmac.new(key, delivery.body, hashlib.sha256).hexdigest(),
        }


def _note_answer(delivery: Delivery, answer: httpx.Response) -> None:
    delivery.status_code = answer.status_code
    delivery.status = "OK" if answer.is_success else f"Invalid HTTP Response: {answer.status_code}"
    delivery.response_headers = dict(answer.headers)
    delivery.response_body = answer.text
