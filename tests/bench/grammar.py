"""Commands in comments and messages: how many one core reads, what the largest costs, and what the worst can cost.

Runs in this process, for it is arithmetic. The floor is the Markdown parser alone on the same text.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from statistics import median

from markdown_it import MarkdownIt

from bot.standins.demo import COMMENT_BODY, ISSUE_BODY
from handlers.command import Dialect, may_hold_command, read_commands, read_slack
from tests.bench.report import Row

GROUP = "command grammar, on one core"
LARGEST = 65_536
"""Characters of the largest comment that GitHub takes."""
COMMAND = "/vteam fix the flaky login test\n\n"
ORDINARY = [COMMENT_BODY, ISSUE_BODY, "LGTM, thank you!", "> did you try it?\n\nYes, on `main`.\n\n- a\n- b\n\n" * 3]
MANY = 10_000
CALLS = [
    "/vteam fix the flaky login test --max-cost 2",
    "Hey @vteam, could you look into this?",
    "- /vteam ask why twice?",
]
SLACK = Dialect(bot_id="U0B0T")
HOSTILE = {
    "quotes in quotes": ">",
    "open brackets": "[",
    "images": "![",
    "emphasis": "*a _b ",
    "code fences": "`",
    "lists in lists": "- ",
    "links": "[a](",
    "autolinks": "<a:",
    "entities": "&#x41;",
    "commands": COMMAND,
    "tabs": "\t- ",
    "HTML": "<!--",
    "table-like": "|-",
    "mentions": "@vteam, ",
    "options": "--draft ",
    "open quotes": '--base "',
    "struck": "~a ",
    "tables": "|a|b|\n|-|-|\n",
    "short lines": "a\n",
    "numbered mentions": "1. @vteam x\n",
    "lists of commands": "- /vteam fix\n",
    "letters": "On 1 Ada wrote:\n",
}


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    return await asyncio.to_thread(_rows, 0.3 if quick else 1.5)


def _rows(seconds: float) -> list[Row]:
    parser = MarkdownIt("commonmark")
    commanded = [COMMAND + text for text in ORDINARY]
    parse = _each(parser.parse, commanded, seconds)
    plain = _each(may_hold_command, ORDINARY, seconds)
    read = _each(read_commands, commanded, seconds)
    large = COMMAND + (COMMENT_BODY * (LARGEST // len(COMMENT_BODY) + 1))[: LARGEST - len(COMMAND)]
    large_parse, large_read = (_each(call, [large], seconds) for call in (parser.parse, read_commands))
    return [
        _row("ordinary comment without a command", plain),
        _row("ordinary comment with a command", read, parse),
        _many("comments, one in three with a command", _comments(every=3)),
        _many("comments, each with a command", _comments(every=1)),
        _many("Slack messages, each with a command", [_message(text) for text in _comments(every=1)]),
        _row("64 KiB comment with a command", large_read, large_parse, aim=("under 100 ms", large_read < 0.1)),
        _worst(),
    ]


def _comments(*, every: int) -> list[str]:
    """Ten thousand ordinary comments, no two alike, every so-manieth with a command or a mention at some place."""
    chance = random.Random(3)
    paragraphs = [part for text in ORDINARY for part in text.split("\n\n") if part.count("```") % 2 == 0]
    made = list[str]()
    for number in range(MANY):
        parts = [chance.choice(paragraphs) for _ in range(chance.randint(1, 5))]
        if number % every == 0:
            parts.insert(chance.randint(0, len(parts)), chance.choice(CALLS))
        made.append("\n\n".join([*parts, f"(#{number})"]))
    return made


def _message(text: str) -> dict[str, object]:
    """A comment as a Slack message: a mention before it, and its text as rich text."""
    words = {"type": "text", "text": f" {text}"}
    section = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": SLACK.bot_id}, words]}
    return {"text": text, "blocks": [{"type": "rich_text", "elements": [section]}]}


def _many(what: str, texts: Sequence[str] | Sequence[dict[str, object]]) -> Row:
    began = time.process_time()
    for text in texts:
        read_commands(text) if isinstance(text, str) else read_slack(text, SLACK)
    each = (time.process_time() - began) / len(texts)
    return _row(f"{MANY:,} ordinary {what}", each, aim=("over 1,000 a second", each < 1e-3))


def _each(call: Callable[[str], object], texts: Sequence[str], seconds: float) -> float:
    """Seconds of CPU for one text: the median of rounds that take about so long together."""
    rounds = list[float]()
    ends = time.perf_counter() + seconds
    while not rounds or time.perf_counter() < ends:
        began = time.process_time()
        for text in texts:
            call(text)
        rounds.append((time.process_time() - began) / len(texts))
    return median(rounds)


def _row(what: str, each: float, floor: float | None = None, *, aim: tuple[str, bool] | None = None) -> Row:
    beside = "" if floor is None else "markdown-it"
    return Row(
        group=GROUP,
        what=what,
        cpu=each,
        per_second=1 / each,
        ratio=each / floor if floor else None,
        beside=beside,
        aim=aim[0] if aim else "",
        met=aim[1] if aim else None,
    )


def _worst() -> Row:
    costs = {name: _once(piece) for name, piece in HOSTILE.items()}
    name = max(costs, key=lambda one: costs[one])
    what = f"64 KiB meant to hurt, worst of {len(costs)}: {name}"
    return Row(group=GROUP, what=what, cpu=costs[name], per_second=1 / costs[name], more=dict(costs))


def _once(piece: str) -> float:
    paragraph = COMMAND.strip() + " " + piece * (1000 // len(piece)) + "\n\n"  # a command in each, so that all is read
    text = paragraph * (LARGEST // len(paragraph))
    began = time.process_time()
    read_commands(text)
    return time.process_time() - began
