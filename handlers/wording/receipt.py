"""The context receipt for people: folded away, as a bar a kind, with what the cache held, and a row a source. Pure.

Called by the endings and by the answer to `context`. Sources, authors and reasons are foreign text.
"""

from collections.abc import Iterable

from crds.receipt import KindTotal, Measured, Receipt, ReceiptRow
from handlers.quoting import plain_line, quoted_line

MOST_ROWS = 40
BAR = 20
"""Characters of a bar that is the whole budget."""


def receipt_block(receipt: Receipt) -> str:
    """A receipt, folded away."""
    summary = f"Context: {receipt.prompt:,} of {receipt.budget:,} tokens"
    parts = [_bars(receipt), "\n".join(_remarks(receipt)), _table(receipt)]
    body = "\n\n".join(part for part in parts if part)
    return f"<details><summary>{summary}</summary>\n\n{body}\n</details>"


def _bars(receipt: Receipt) -> str:
    totals = [total for total in receipt.by_kind() if total.taken]
    lines = ["| part | sources | tokens | of the budget |", "| --- | ---: | ---: | --- |"]
    lines += [_kind_row(total, receipt.budget) for total in totals]
    return "\n".join(lines)


def _kind_row(total: KindTotal, budget: int) -> str:
    sources = f"{total.sources - total.dropped:,} of {total.sources:,}" if total.dropped else f"{total.sources:,}"
    return f"| {quoted_line(total.kind)} | {sources} | {total.taken:,} | {_bar(total.taken, budget)} |"


def _bar(tokens: int, budget: int) -> str:
    share = min(1.0, tokens / max(1, budget))
    full = min(BAR, max(1, round(share * BAR)))
    return f"`{'█' * full}{'░' * (BAR - full)}` {share:.0%}"


def _remarks(receipt: Receipt) -> Iterable[str]:
    """What the rows do not say."""
    if receipt.window:
        yield f"- {quoted_line(receipt.window, 300)}"
    if receipt.hidden_characters:
        yield f"- {receipt.hidden_characters:,} characters of hidden text were taken out."
    if receipt.stable:
        yield f"- {receipt.stable:,} tokens at the start stay the same, so that the prompt cache can hold them."
    if receipt.measured is not None:
        yield _request(receipt.measured)
        yield _cache(receipt.expected_cached, receipt.measured)
    counted = receipt.counted_by_the_model
    if counted is not None and receipt.prompt:
        off = counted / receipt.prompt - 1
        yield f"- The model counts {counted:,} tokens for this prompt, {off:+.1%} against the count here."


def _request(found: Measured) -> str:
    beside = f", {found.overhead:,} of them beside the prompt (tools, system prompt)" if found.overhead else ""
    return f"- The first request had {found.request:,} tokens{beside}."


def _cache(expected: int, found: Measured) -> str:
    """What was expected in the prompt cache, and what was there."""
    written = f"; {found.cache_write:,} were written to it" if found.cache_write else ""
    if expected:
        why = f"{expected:,} tokens, for a session like it ran less than five minutes before"
        return f"- Expected in the prompt cache: {why}. Found there: {found.cache_read:,}{written}."
    return f"- Nothing of it was expected in the prompt cache. Found there: {found.cache_read:,}{written}."


def _table(receipt: Receipt) -> str:
    rows = receipt.worthiest(MOST_ROWS)
    lines = [
        "| source | kind | author | trust | taken | offered | score | how |",
        "| --- | --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    lines += [_row(row) for row in rows]
    if rest := len(receipt.rows) - len(rows):
        tokens = sum(row.taken for row in receipt.rows) - sum(row.taken for row in rows)
        lines.append(f"| … and {rest} more | | | | {tokens:,} | | | |")
    return "\n".join(lines)


def _row(row: ReceiptRow) -> str:
    how = f"{row.way}{': ' + quoted_line(row.reason, 80) if row.reason else ''}"
    source, kind, author = plain_line(row.source, 100), quoted_line(row.kind), quoted_line(row.author, 40)
    score = "" if row.score is None else f"{row.score:.2f}"
    return (
        f"| `{source or '-'}` | {kind} | {author} | {row.trust} | {row.taken:,} | {row.offered:,} | {score} | {how} |"
    )
