"""What the model's server says of its models' windows. Called by the door for models whose maker publishes none.

Its list of models is asked first; where that says nothing, llama.cpp's `/props` and Ollama's `/api/ps` and `/api/show`.
Ollama decides only when it loads a model, so that it is let load the session's own, as the first call would. It asks
once in a while, never fails, and what it cannot learn is simply not known: a window is a help, not a condition.
"""

from collections.abc import Awaitable, Callable

import aiohttp
import orjson
import structlog

from bot.gateway import served
from bot.gateway.upstream import Upstream
from bot.identity import Kept
from crds.served_window import MOST_TOKENS, OLLAMA_LEAST, ServedWindow
from crds.windows import published_window

log = structlog.get_logger()

KEPT_SECONDS = 300.0
LARGEST_ANSWER = 4 << 20
LOAD_SECONDS = 100.0
"""How long Ollama may take to load a model before the rest is decided without it."""


class Windows:
    """Asks the server now and then; `ticks` gives monotonic seconds."""

    def __init__(self, upstream: Upstream, ticks: Callable[[], float]) -> None:
        self._upstream = upstream
        self._lists: Kept[tuple[bytes]] = Kept(KEPT_SECONDS, ticks)
        self._known: Kept[tuple[ServedWindow | None]] = Kept(KEPT_SECONDS, ticks)

    async def of(self, model: str) -> ServedWindow | None:
        """What the server gives this model; None where it does not say, or where the maker has published it."""
        if published_window(model) is not None:
            return None
        known = self._known.get(model) or self._known.put(model, (await _or_nothing(self._asked(model)),))
        return known[0]

    async def listed(self, model: str) -> ServedWindow | None:
        """The same, of the list of models alone: for a model that is not worth loading for it."""
        return None if published_window(model) is not None else await _or_nothing(self._listed(model))

    async def _asked(self, model: str) -> ServedWindow | None:
        found = await self._listed(model)
        if found is not None:
            return found
        if served.of_llama_cpp(await self._list()):
            return await self._of_llama_cpp()
        running = await self._read("/api/ps")
        return await self._of_ollama(model, running) if served.of_ollama(running) else await self._of_llama_cpp()

    async def _listed(self, model: str) -> ServedWindow | None:
        tokens = served.listed(await self._list()).get(model)
        return ServedWindow(tokens=tokens) if tokens else None

    async def _of_llama_cpp(self) -> ServedWindow | None:
        tokens = served.in_properties(await self._read("/props"))
        return ServedWindow(tokens=tokens, source="llama.cpp") if tokens else None

    async def _of_ollama(self, model: str, running: bytes) -> ServedWindow | None:
        """As it is loaded; else as its own parameters have it; else as it is once loaded, or the least that may be."""
        there, tokens = served.loaded(running, model)
        shown = None if tokens else served.shown(await self._read("/api/show", {"model": model}))
        if shown and not (there or shown.remote or shown.num_ctx):
            tokens = await self._once_loaded(model)
        if tokens:
            return ServedWindow(tokens=tokens, source="ollama")
        return _by_facts(shown) if shown else None  # it does not have the model: the first call will be told

    async def _once_loaded(self, model: str) -> int | None:
        """An empty request loads a model and generates nothing (Ollama's docs/faq.mdx)."""
        try:
            await self._read("/api/generate", {"model": model, "stream": False}, seconds=LOAD_SECONDS)
        except TimeoutError:
            log.info("model_loads_slowly", model=model[:200])
        return served.loaded(await self._read("/api/ps"), model)[1]

    async def _list(self) -> bytes:
        kept = self._lists.get("") or self._lists.put("", (await self._read("/v1/models"),))
        return kept[0]

    async def _read(self, path: str, asked: dict[str, object] | None = None, *, seconds: float = 10.0) -> bytes:
        body = None if asked is None else orjson.dumps(asked)
        return await self._upstream.read(path, LARGEST_ANSWER, body=body, seconds=seconds)


def _by_facts(shown: served.Shown) -> ServedWindow:
    """What follows from what Ollama says of a model that is not loaded: in doubt the least, for the rest is cut off."""
    if shown.remote and shown.native:
        return ServedWindow(tokens=shown.native, source="ollama")
    tokens = min(shown.num_ctx or OLLAMA_LEAST, shown.native or MOST_TOKENS)
    return ServedWindow(tokens=tokens, source="ollama-set" if shown.num_ctx else "ollama-assumed")


async def _or_nothing(asking: Awaitable[ServedWindow | None]) -> ServedWindow | None:
    try:
        return await asking
    except (aiohttp.ClientError, TimeoutError) as trouble:
        log.info("model_windows_unknown", why=type(trouble).__name__)
        return None
