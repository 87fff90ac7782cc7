"""What runners have parsed of this session's repositories: fetched beside the clone, read for the prompt, and handed in
once, grown, before the agent runs.

Called by `session.py`. None of it is needed: what does not come in time, or cannot be used, is parsed again. The files
lie outside of the workspace and are gone when the agent starts.
"""

import asyncio
import hashlib
import shutil
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from crds.redaction import redact
from crds.result import SharedCode
from crds.work_order import WorkOrder
from runner.bot_api import BotApi
from runner.calls import Call, Caller
from runner.context.cache import Cache
from runner.context.cache_copy import NoCache, bundled, held, looked_through, slimmed, unpacked
from runner.context.sharing import MOST_PACKED, MOST_UNPACKED, Held, format_name, is_worth_sharing
from runner.endings import NotTaken, PrerequisiteFailed

FETCH_SECONDS = 20.0
"""How long a fetch is repeated, if the clone takes so long."""
SEND_SECONDS = 10.0
CLOSE_SECONDS = 60.0
"""How long it is tried to tell the bot that nothing more will come."""
AT_ONCE = 3
MOST_REPOSITORIES = 8
"""Each may take 160 MB, and one as much again while it is made small; the pod's folder for such files holds 2 GiB."""
_DAY = 86_400


@dataclass
class ParsedCode:
    """The caches of one session."""

    order: WorkOrder
    caller: Caller
    """Speaks to the runner API."""
    folder: Path
    """Made here, and removed by `hand_in`."""
    fetched: dict[str, Held] = field(default_factory=dict)
    """What came in time, by repository."""
    seconds: float = 0.0
    """How long the last of those took."""
    _coming: dict[str, "Future[tuple[Held, float] | None]"] = field(default_factory=dict)
    _open: dict[str, Cache] = field(default_factory=dict)
    _settled: bool = False
    _over: bool = False

    @property
    def names(self) -> list[str]:
        """The repositories that others read as well: those that have a number."""
        return [each.name for each in self.order.repositories if each.id][:MOST_REPOSITORIES]

    def begin(self) -> None:
        """Begins to fetch what is known; nobody waits for it."""
        if not self.names:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        # Not the loop's own threads: nobody waits for one that sits on a dead connection.
        threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="code")
        self._coming = {name: threads.submit(self._fetch, name) for name in self.names}
        threads.shutdown(wait=False)

    @property
    def is_coming(self) -> bool:
        """Whether something is still on its way."""
        return not all(coming.done() for coming in self._coming.values())

    def settle(self) -> None:
        """Takes what has come; what has not is not waited for."""
        self._settled = True
        for name, coming in self._coming.items():
            found = coming.result() if coming.done() else None
            if found is not None:
                self.fetched[name], took = found
                self.seconds = round(max(self.seconds, took), 3)
            coming.cancel()

    def _fetch(self, name: str) -> tuple[Held, float] | None:
        """What the cache of a repository holds, once it lies in its place, and the seconds that it took."""
        began, coming = time.monotonic(), self.folder / f"{name}.coming"
        call = Call("GET", f"/code/{quote(name)}?form={format_name()}", seconds=FETCH_SECONDS, most=MOST_PACKED)
        try:
            answer = self.caller.answer(call)
            if self._settled or answer.status != 200 or hashlib.sha256(answer.body).hexdigest() != answer.etag:
                return None
            unpacked(answer.body, coming)
            return looked_through(coming), time.monotonic() - began
        except (PrerequisiteFailed, OSError) as error:
            _say(f"what is known of {name} cannot be had: {error}")
        except NoCache as error:
            _say(f"what is known of {name} is not used: {error}")
        return None

    def caches(self) -> Mapping[str, Cache]:
        """The caches by repository, opened the first time; none once the agent may have run."""
        if self._over or self._open:
            return self._open
        for name in self.names:
            path = self.folder / f"{name}.db"
            if name in self.fetched:
                (self.folder / f"{name}.coming").replace(path)
            elif not self.order.shares_code:
                continue
            if cache := Cache.open(path, say=_say, read_only=not self.order.shares_code, most_bytes=MOST_UNPACKED):
                self._open[name] = cache
        return self._open

    async def hand_in(self, api: BotApi) -> bool:
        """Hands in what has grown enough, once, and closes; whether anything was taken.

        Raises PrerequisiteFailed where the bot cannot be told that nothing more will come: later the agent could
        speak in the runner's place.
        """
        self._over = True
        try:
            if not self.order.shares_code:
                return False
            return await self._sent(api, await asyncio.to_thread(self._grown))
        finally:
            await asyncio.to_thread(self._close)

    async def _sent(self, api: BotApi, grown: Mapping[SharedCode, Path]) -> bool:
        if grown:
            try:
                return await api.put_code(grown, seconds=SEND_SECONDS)
            except (NotTaken, PrerequisiteFailed, OSError) as error:
                _say(f"what was parsed is not handed in: {error}")
        await api.put_code({}, seconds=CLOSE_SECONDS)
        return False

    def _grown(self) -> dict[SharedCode, Path]:
        """The files that are worth it."""
        found: dict[SharedCode, Path] = {}
        for name, cache in self._open.items():
            usable = cache.writable
            cache.close()
            try:
                file = self._file(name) if usable else None
            except (NoCache, OSError) as error:
                _say(f"what was parsed of {name} is not handed in: {error}")
                continue
            if file is not None:
                found[file[0]] = file[1]
        return found

    def _file(self, name: str) -> tuple[SharedCode, Path] | None:
        path, before = self.folder / f"{name}.db", self.fetched.get(name, Held())
        if not is_worth_sharing(before, held(path), path.stat().st_size):
            return None
        slimmed(path, before, today=int(time.time()) // _DAY)
        bundle = bundled(path, self.folder / f"{name}.going")
        if bundle is None:
            return None
        said = SharedCode(repository=name, format=format_name(), sha256=bundle.sha256, size=bundle.size)
        return said, bundle.path

    def _close(self) -> None:
        for cache in self._open.values():
            cache.close()
        self._open.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def _say(word: str) -> None:
    sys.stderr.write(f"runner: {redact(word)}\n")
