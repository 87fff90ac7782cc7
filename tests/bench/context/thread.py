"""A long thread for the benchmark: as many comments of 2 KB as are wanted, the same ones each time, in a work order."""

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from crds.agentic_session import Task
from crds.receipt import Trust
from crds.work_order import Limits, OrderedRepository, Talk, WorkOrder
from tests.bench.context.trees import names

LONG = 2048
"""Characters of a comment."""
_STANDINGS = ("maintainer", "contributor", "bystander", "")


def order_of(comments: int, folder: Path) -> WorkOrder:
    """An order with such a thread, of a repository in this folder."""
    chance, known = random.Random(3), names(6000)
    said = [_comment(number, chance, known) for number in range(comments)]
    body = Talk(
        source="issue", kind="issue", author="ann", trust=Trust.OUTSIDE, at="2026-01-01T00:00:00Z", text=said[0]
    )
    return WorkOrder(
        session="local/context",
        task=Task.FIX,
        request="fix it",
        title="The total is wrong",
        model="none",
        small_model="none",
        priced=False,
        limits=Limits(context_tokens=32_000, total_tokens=None, cost_usd=None, turns=100, seconds=1800, bundle_bytes=1),
        repositories=(OrderedRepository(name="a", url=f"file://{folder}", commit="0" * 40, branch="HEAD", writable=True),),
        talk=(body, *(_talk(number, text) for number, text in enumerate(said))),
    )  # fmt: skip


def _talk(number: int, text: str) -> Talk:
    return Talk(
        source=f"comment {number}",
        kind="comment",
        author=f"user{number % 300}",
        trust=Trust.OUTSIDE,
        standing=_STANDINGS[number % len(_STANDINGS)],
        at=f"2026-01-{1 + number // 200:02}T{number // 60 % 24:02}:{number % 60:02}:00Z",
        text=text,
    )


def _comment(number: int, chance: random.Random, known: list[str]) -> str:
    sentences = _sentences(chance, known)
    text = f"> {next(sentences)}\n\n" if number % 4 == 0 else ""
    text += "".join(islice(sentences, 10)) + "\n\n"
    text += "```python\ndef total(cart):\n    return cart.sum(1)\n```\n\n" if number % 3 == 0 else ""
    while len(text) < LONG:
        text += next(sentences)
    return text[:LONG]


def _sentences(chance: random.Random, known: list[str]) -> Iterator[str]:
    while True:
        words = [known[int(len(known) * chance.random() ** 2)] for _ in range(chance.randint(6, 16))]
        if chance.random() < 0.15:
            words[2] = f"`{words[2]}.{words[3]}()`"
        yield " ".join(words) + ". "
