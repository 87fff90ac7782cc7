"""The SDK's SessionStore on the runner API: mirrors the agent's transcript to the bot, and loads it back.

Handed to the SDK by `agent.py`. Keyed by our session alone: the SDK's project key is the working directory, and the pod
that resumes has another one. A failing mirror never stops the agent (the SDK repeats, then reports it).
"""

from typing import cast

from claude_agent_sdk import SessionKey, SessionListSubkeysKey, SessionStoreEntry

from runner.bot_api import BotApi


class TranscriptStore:
    """The transcript of this session, kept by the bot. The protocol's other methods are optional; we have no use."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def append(self, key: SessionKey, entries: list[SessionStoreEntry]) -> None:
        """Adds a batch of entries."""
        await self._api.append_transcript(key.get("subpath"), [dict(entry) for entry in entries])

    async def load(self, key: SessionKey) -> list[SessionStoreEntry] | None:
        """All entries, or None where nothing was ever written."""
        entries = await self._api.transcript(key.get("subpath"))
        return None if entries is None else [cast("SessionStoreEntry", entry) for entry in entries]

    async def list_subkeys(self, key: SessionListSubkeysKey) -> list[str]:
        """Names of the transcripts of sub-agents."""
        return await self._api.transcript_subpaths()
