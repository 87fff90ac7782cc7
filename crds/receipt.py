"""The context receipt: what was offered to the prompt, what was taken, and why. The runner writes it, the bot shows it.

The sum of the rows' `taken` (with the one row of kind `frame` that carries the joins) is the prompt's token count.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from crds.schema import Message

LEFT_OUT = "left out"
"""Kind of the rows that stand for all files which a rule left out."""


class Trust(StrEnum):
    """Who answers for a text. Lower trust never sits in the system prompt."""

    BOT = "bot"
    PROJECT = "project"
    REPOSITORY = "repository"
    REQUESTER = "requester"
    OUTSIDE = "outside"


class Way(StrEnum):
    """In what form a piece went in."""

    WHOLE = "whole"
    SPANS = "spans"
    OUTLINE = "outline"
    SUMMARY = "summary"
    DROPPED = "dropped"


class ReceiptRow(Message):
    source: Annotated[str, Field(max_length=1024)]
    """Where the piece is from: a path, a comment's address."""
    kind: Annotated[str, Field(max_length=64)]
    """task, thread, code, instructions, memory, frame …"""
    author: Annotated[str, Field(max_length=256)] = ""
    trust: Trust
    offered: Annotated[int, Field(ge=0)]
    """Tokens of the whole piece."""
    taken: Annotated[int, Field(ge=0)]
    """Tokens of it that are in the prompt."""
    way: Way
    score: float | None = None
    reason: Annotated[str, Field(max_length=512)] = ""


class Measured(Message):
    """The first request as the model's server counted it: calibrates the tokenizer, and tells what the cache held."""

    request: Annotated[int, Field(ge=0)]
    """Input tokens of the first request, of all kinds."""
    prompt: Annotated[int, Field(ge=0)] | None = None
    """Tokens of the prompt alone, as the same server counts them; None where it was not asked, or cannot count."""
    overhead: Annotated[int, Field(ge=0)] | None = None
    """Tokens of the request that are not the prompt: system prompt, tools, reminders. Where the prompt was not counted,
    their share by the bundled tokenizer; None in a conversation that goes on, where nothing tells them apart."""
    cache_read: Annotated[int, Field(ge=0)] = 0
    cache_write: Annotated[int, Field(ge=0)] = 0


class KindTotal(Message):
    """All rows of one kind together."""

    kind: str
    sources: int
    """How many were offered."""
    dropped: int
    """How many of them were left out."""
    offered: int
    taken: int


class Receipt(Message):
    budget: Annotated[int, Field(ge=0)]
    """Tokens that the prompt could hold."""
    prompt: Annotated[int, Field(ge=0)]
    """Tokens that it holds: of its text by the bundled tokenizer, of its images by the model's own formula."""
    tokenizer: Annotated[str, Field(max_length=64)]
    hidden_characters: Annotated[int, Field(ge=0)] = 0
    """Characters of hidden text that were taken out of all pieces."""
    rows: Annotated[tuple[ReceiptRow, ...], Field(max_length=5000)] = ()
    stable: Annotated[int, Field(ge=0)] = 0
    """Tokens at the prompt's start that are the same for later turns and sessions of the repository."""
    expected_cached: Annotated[int, Field(ge=0)] = 0
    """Tokens of the first request, by the model's own count, that were expected in the prompt cache: tools, system
    prompt and stable start, where a session like this had sent them within the cache's time; else none."""
    measured: Measured | None = None
    """What the model's server counted, where the run came so far."""
    window: Annotated[str, Field(max_length=512)] = ""
    """In words, what the model's server said that it holds; empty where it was not asked or did not say."""

    @model_validator(mode="after")
    def _sums(self) -> Self:
        taken = sum(row.taken for row in self.rows)
        if taken != self.prompt:
            raise ValueError(f"the rows sum to {taken} tokens, the prompt has {self.prompt}")
        return self

    def by_kind(self) -> tuple[KindTotal, ...]:
        """The rows together by their kind; the kind that takes the most tokens first."""
        rows: dict[str, list[ReceiptRow]] = {}
        for row in self.rows:
            rows.setdefault(row.kind, []).append(row)
        totals = [_total(kind, of_kind) for kind, of_kind in rows.items()]
        return tuple(sorted(totals, key=lambda total: (-total.taken, total.kind)))

    def worthiest(self, most: int) -> tuple[ReceiptRow, ...]:
        """As many rows as somebody reads: those that take most, and before what takes nothing each rule's own row."""
        rows = sorted(self.rows, key=lambda row: -row.taken)
        rules = [row for row in rows if row.kind == LEFT_OUT][: most // 2]
        others = [row for row in rows if row.kind != LEFT_OUT]
        shown = {id(row) for row in (*others[: most - len(rules)], *rules)}
        return tuple(row for row in rows if id(row) in shown)

    @property
    def counted_by_the_model(self) -> int | None:
        """Tokens of the prompt by the model's own count; None where it is not known."""
        known = self.measured
        if known is None or known.prompt is not None:
            return known.prompt if known else None
        return None if known.overhead is None else max(0, known.request - known.overhead)


def _total(kind: str, rows: list[ReceiptRow]) -> KindTotal:
    return KindTotal(
        kind=kind,
        sources=len(rows),
        dropped=sum(row.way is Way.DROPPED for row in rows),
        offered=sum(row.offered for row in rows),
        taken=sum(row.taken for row in rows),
    )
