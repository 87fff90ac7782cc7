"""The receipt as people read it: parts against the budget, what the cache held, what the model itself counts."""

from inline_snapshot import snapshot

from crds.receipt import Measured, Receipt, ReceiptRow, Trust, Way
from handlers.wording.receipt import MOST_ROWS, receipt_block


def row(kind: str, taken: int, *, source: str = "a.py", way: Way = Way.WHOLE) -> ReceiptRow:
    return ReceiptRow(
        source=source, kind=kind, trust=Trust.REPOSITORY, offered=max(taken, 100), taken=taken, way=way, score=0.5
    )


def receipt(*rows: ReceiptRow, measured: Measured | None = None, stable: int = 0) -> Receipt:
    total = sum(one.taken for one in rows)
    return Receipt(budget=1000, prompt=total, tokenizer="t", rows=rows, measured=measured, stable=stable)


def test_it_shows_the_parts_and_what_the_model_counted() -> None:
    measured = Measured(request=1500, overhead=700, cache_read=650)
    shown = receipt_block(
        receipt(
            row("code", 600),
            row("code", 0, way=Way.DROPPED, source="b.py"),
            row("task", 150, source="https://github.test/acme/shop/issues/1"),
            measured=measured,
            stable=200,
        )
    )
    assert shown == snapshot("""\
<details><summary>Context: 750 of 1,000 tokens</summary>

| part | sources | tokens | of the budget |
| --- | ---: | ---: | --- |
| code | 1 of 2 | 600 | `████████████░░░░░░░░` 60% |
| task | 1 | 150 | `███░░░░░░░░░░░░░░░░░` 15% |

- 200 tokens at the start stay the same, so that the prompt cache can hold them.
- The first request had 1,500 tokens, 700 of them beside the prompt (tools, system prompt).
- Nothing of it was expected in the prompt cache. Found there: 650.
- The model counts 800 tokens for this prompt, +6.7% against the count here.

| source | kind | author | trust | taken | offered | score | how |
| --- | --- | --- | --- | ---: | ---: | ---: | --- |
| `a.py` | code |  | repository | 600 | 600 | 0.50 | whole |
| `https://github.test/acme/shop/issues/1` | task |  | repository | 150 | 150 | 0.50 | whole |
| `b.py` | code |  | repository | 0 | 100 | 0.50 | dropped |
</details>\
""")


def test_no_kind_and_no_source_breaks_out_of_its_table() -> None:
    hostile = "`|\n| evil | <!-- @everyone [x](javascript:1)"
    shown = receipt_block(receipt(row(hostile[:60], 10, source=hostile)))
    assert all(line.startswith(("|", "<", "-")) or not line for line in shown.splitlines())
    assert "<!--" not in shown
    assert "@everyone" not in shown


def test_a_long_receipt_is_cut_and_says_so() -> None:
    rows = [row("code", 1, source=f"f{number}.py") for number in range(MOST_ROWS + 5)]
    assert "| … and 5 more | | | | 5 | | | |" in receipt_block(receipt(*rows))


def test_a_rule_that_left_files_out_is_shown_before_what_takes_least() -> None:
    rows = [row("code", 1, source=f"f{number}.py") for number in range(MOST_ROWS + 5)]
    told = receipt_block(receipt(*rows, row("left out", 0, source="3 entries: z/sum.py")))
    assert "`3 entries: z/sum.py`" in told
    assert "| … and 6 more |" in told
