"""The SDK's SessionStore on the runner API: mirrors the agent's transcript to the bot, and gives one to go on with.

Handed to the SDK by `agent.py`. The bot keys it by our session, and in it by the conversation. The SDK's project key is
the working directory, and the pod that resumes has another one: so this pod's own counts for nothing. A failing mirror
never stops the agent (the SDK repeats, then reports it).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

from claude_agent_sdk import SessionKey, SessionListSubkeysKey, SessionStoreEntry

from runner.conversation.entries import Entry
from runner.conversation.pictures import without_pictures


class Kept(Protocol):
    """What the bot does for transcripts (`bot_api.py`)."""

    async def append_transcript(self, path: str, entries: Sequence[Entry]) -> None: ...
    async def transcript(self, path: str) -> list[Entry] | None: ...
    async def transcript_subpaths(self) -> list[str]: ...


class TranscriptStore:
    """The transcripts of this session, kept by the bot. The protocol's other methods are optional; we have no use.

    `project`: the SDK's key of this pod's folder. `prepared`: conversation → the entries that are resumed instead of
    those that the bot has, which an earlier pod has written: they are checked, and smaller.
    """

    def __init__(self, api: Kept, *, project: str, prepared: Mapping[str, list[Entry]] | None = None) -> None:
        self._api, self._project, self._prepared = api, project, dict(prepared or {})
        self._heard: dict[str, list[Entry]] = {}
        self._known: set[str] = set()
        self._calls: set[str] = set()
        self._more = asyncio.Event()

    def heard(self, session_id: str) -> list[Entry]:
        """What this pod's conversation of that name came to: what it was resumed from, and what was added."""
        return [*self._prepared.get(session_id, ()), *self._heard.get(session_id, ())]

    async def until_heard(self, call: str, seconds: float) -> None:
        """Waits until this call of a tool is in what was heard: it lags behind the agent where the bot is slow."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while call not in self._calls:
                    await self._more.wait()

    def resume_from(self, session_id: str, entries: list[Entry]) -> None:
        """What is added from now on is added to these entries."""
        self._prepared[session_id] = entries
        self._heard.pop(session_id, None)

    async def append(self, key: SessionKey, entries: list[SessionStoreEntry]) -> None:
        """Adds a batch of entries, without the bytes of images."""
        if entries:
            path, kept = self._path(key), [without_pictures(entry) for entry in entries]
            self._hear(path, kept)
            await self._api.append_transcript(path, kept)

    def _hear(self, path: str, entries: Sequence[Entry]) -> None:
        """A batch that the bot did not take comes again, and is heard once."""
        fresh = [entry for entry in entries if entry.get("uuid") not in self._known]
        self._known.update(str(entry["uuid"]) for entry in fresh if entry.get("uuid"))
        self._heard.setdefault(path, []).extend(fresh)
        self._calls.update(_calls(fresh))
        self._more.set()
        self._more = asyncio.Event()

    async def load(self, key: SessionKey) -> list[SessionStoreEntry] | None:
        """All entries, or None where nothing was ever written."""
        path = self._path(key)
        entries = self._prepared[path] if path in self._prepared else await self._api.transcript(path)
        return None if entries is None else [cast("SessionStoreEntry", entry) for entry in entries]

    async def list_subkeys(self, key: SessionListSubkeysKey) -> list[str]:
        """Names of the transcripts of sub-agents. A prepared conversation has none."""
        beside = f"{self._path(key)}/"
        if beside[:-1] in self._prepared:
            return []
        paths = await self._api.transcript_subpaths()
        return [path.removeprefix(beside) for path in paths if path.startswith(beside)]

    def _path(self, key: Mapping[str, Any]) -> str:
        """Where a conversation lies among the session's: those of another folder beside ours."""
        project = "" if key["project_key"] == self._project else f"@{key['project_key']}/"
        beside = f"/{key['subpath']}" if key.get("subpath") else ""
        return f"{project}{key['session_id']}{beside}"


def _calls(entries: Sequence[Entry]) -> Iterator[str]:
    """The names of the calls of tools in these entries."""
    for entry in entries:
        message = entry.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and block.get("type") == "tool_use":
                yield str(block.get("id"))
