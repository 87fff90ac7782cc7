"""A tiny API server for the client's tests, served over real HTTP: it remembers, and can be told to fail in each way.

Only the paths that these tests call exist; anything else is an error in the test. Semantics are those of the
conformance tests; what is special here is that a test can cut, silence and expire the watches.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import orjson

type Answer = tuple[int, Any, dict[str, str]]  # status, body, headers
type Send = Callable[[dict[str, Any]], Awaitable[None]]


def pod(name: str, version: int, uid: str = "") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "ns", "uid": uid or f"uid-{name}", "resourceVersion": str(version)}}


def failure(code: int, reason: str, message: str) -> dict[str, Any]:
    return {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}


class Api:
    """Pods in one list, watches as queues of events; `requests` holds (method, path, query, headers, body)."""

    def __init__(self) -> None:
        self.version = 100
        self.pods: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, dict[str, str], dict[str, str], Any]] = []
        self.watches: list[asyncio.Queue[Any]] = []
        self.answers: list[Answer] = []  # each is used once, before anything else
        self.page = 500
        self.watching = asyncio.Event()

    def put(self, name: str, uid: str = "") -> None:
        self.version += 1
        kind = "MODIFIED" if name in self.pods else "ADDED"
        self.pods[name] = pod(name, self.version, uid)
        self._tell({"type": kind, "object": self.pods[name]})

    def drop(self, name: str) -> None:
        self.version += 1
        gone = self.pods.pop(name)
        self._tell(
            {"type": "DELETED", "object": {"metadata": {**gone["metadata"], "resourceVersion": str(self.version)}}}
        )

    def bookmark(self) -> None:
        self._tell({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(self.version)}}})

    def expire(self) -> None:
        self._tell({"type": "ERROR", "object": failure(410, "Expired", "too old resource version")})

    def cut(self) -> None:
        self._tell(None)
        self.watches.clear()
        self.watching.clear()

    def _tell(self, event: Any) -> None:
        for watch in self.watches:
            watch.put_nowait(event)

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        if scope["type"] != "http":
            return
        query = {key: values[-1] for key, values in parse_qs(scope["query_string"].decode()).items()}
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        body = (await receive()).get("body", b"")
        document = orjson.loads(body) if body else None
        self.requests.append((scope["method"], scope["path"], query, headers, document))
        if self.answers:
            await _answer(send, *self.answers.pop(0))
        elif "watch" in query:
            await self._watch(send, query)
        else:
            await _answer(send, *self._list(query))

    def _list(self, query: dict[str, str]) -> Answer:
        start, _, version = query.get("continue", f"0.{self.version}").partition(".")
        items = list(self.pods.values())[int(start) :]
        metadata = {"resourceVersion": version}
        if "limit" in query and len(items) > self.page:
            items = items[: self.page]
            metadata["continue"] = f"{int(start) + self.page}.{version}"
        return 200, {"kind": "PodList", "metadata": metadata, "items": items}, {}

    async def _watch(self, send: Send, query: dict[str, str]) -> None:
        events: asyncio.Queue[Any] = asyncio.Queue()
        for missed in self.pods.values():
            if int(missed["metadata"]["resourceVersion"]) > int(query["resourceVersion"]):
                events.put_nowait({"type": "ADDED", "object": missed})
        self.watches.append(events)
        self.watching.set()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        while (event := await events.get()) is not None:
            await send({"type": "http.response.body", "body": orjson.dumps(event) + b"\n", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(send: Send, code: int, body: Any, headers: dict[str, str]) -> None:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    pairs = [(key.encode(), value.encode()) for key, value in {"content-type": "application/json", **headers}.items()]
    await send({"type": "http.response.start", "status": code, "headers": pairs})
    await send({"type": "http.response.body", "body": content})
