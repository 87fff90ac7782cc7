"""A transcript that nobody keeps: the benches measure the agent's requests, not the bot."""

from collections.abc import Sequence

from runner.conversation.entries import Entry
from runner.transcript import TranscriptStore


class _Nobody:
    async def append_transcript(self, path: str, entries: Sequence[Entry]) -> None:
        """Nothing is kept."""

    async def transcript(self, path: str) -> list[Entry] | None:
        return None

    async def transcript_subpaths(self) -> list[str]:
        return []


def unkept() -> TranscriptStore:
    """A store for one run."""
    return TranscriptStore(_Nobody(), project="bench")
