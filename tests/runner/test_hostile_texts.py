"""Texts that are made to take time: whatever is repeated, a text ten times as long takes no hundred times as long."""

import time
from collections.abc import Callable

import pytest

from crds.images import images_in
from crds.imports import imports
from runner.context.extract import decisions_in, failure_in, names_in, spans, summary
from runner.context.outline import outline_of
from runner.context.ranking.query import query_of
from runner.context.said_already import unsaid
from runner.context.sanitise import sanitise, sanitise_code
from runner.context.talk.bots import kind_of
from runner.context.talk.logs import without_long_logs
from runner.context.talk.media import named
from runner.context.talk.noise import noise_in
from runner.context.talk.prepare import prepared
from runner.context.talk.remarks import place_of
from runner.context.talk.reports import failed, job_of
from runner.context.talk.telling import telling
from runner.context.talk.walls import without_housekeeping
from runner.conversation.heard import heard_in
from tests.runner.repositories import talk

PARTS = (
    "<blockquote>", "<blockquote>a</blockquote>", "- >", ">a\na\n",
    "a", " ", "\n", " \n", "`", "~", "~~~", "<", "-", "--a", "#", "a.", "a/", "/a", "a-", "_", '"', "(", "![", "[a](", "- ",
    "> ", "```\n", "at a (", 'File "', "On a\n", "<img ", '<a href="', "<!--", "/blob/a/", "\u4e00", "a:1 ", "@@\n", "\x1b[",
    "![](a", "![a](‹", "![a](<", "![a](http://a/", "[a](https://a/files/", "<img src=",
    "<details>", "</details>", "<details><summary>", "[image: ",
)  # fmt: skip
READERS: tuple[Callable[[str], object], ...] = (
    sanitise, sanitise_code, lambda text: query_of(text, text), names_in, lambda text: decisions_in(text, 3), failure_in,
    lambda text: spans(text, 300, frozenset()), lambda text: summary(text, 300, frozenset()), without_long_logs, named,
    outline_of, kind_of, noise_in, lambda text: place_of("At a:\n\n" + text), heard_in, job_of,
    failed, telling, without_housekeeping, lambda text: list(images_in(text)), lambda text: unsaid(text, text),
    lambda text: list(imports("a.md", text)),
    lambda text: prepared([(talk("x" + text), sanitise(text)), (talk(text, kind="comment"), sanitise(text))]),
)  # fmt: skip
LENGTH = 20_000
"""Characters: what takes the square of its length takes minutes for the whole of these."""
MOST = 2.0
"""Seconds of CPU for one text; the slowest takes a seventh."""


@pytest.mark.parametrize("part", PARTS)
def test_no_repetition_takes_hostile_time(part: str) -> None:
    text = (part * LENGTH)[:LENGTH]
    for reader in READERS:
        began = time.process_time()
        reader(text)
        assert time.process_time() - began < MOST, reader
