"""The receipt and the window on a terminal, by rich. Called by command.py; decides nothing.

Sources and reasons are foreign text: never read as rich's markup, and no control character of theirs reaches the
terminal.
"""

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from crds.receipt import Measured, Receipt, ReceiptRow
from crds.windows import WindowEstimate

BAR = 40
MOST_ROWS = 60
NARROW = 88
"""Columns of a terminal below which the sources' names would be squeezed out."""
MOST_WIDE = 16
"""Columns of a kind or an author."""
_COLUMNS: dict[str, JustifyMethod] = {
    "source": "left", "kind": "left", "author": "left", "trust": "left", "taken": "right", "offered": "right",
    "score": "right", "how": "left",
}  # fmt: skip
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red", "white")


def receipt_shown(receipt: Receipt, *, columns: int) -> RenderableType:
    """Parts against the budget, then the sources, those that take most first: in few columns what matters most."""
    hidden = f"; {receipt.hidden_characters:,} hidden characters taken out" if receipt.hidden_characters else ""
    stable = f"; {receipt.stable:,} at the start stay the same" if receipt.stable else ""
    total = f"{receipt.prompt:,} of {receipt.budget:,} tokens ({receipt.tokenizer}){stable}{hidden}"
    sources = _sources(receipt, narrow=columns < NARROW)
    served = [plain(receipt.window)] if receipt.window else []
    return Group(Text(total, style="bold"), _parts(receipt), *served, *_measured(receipt.measured, receipt), sources)


def _measured(found: Measured | None, receipt: Receipt) -> list[RenderableType]:
    """What the model's server counted, and what its cache was expected to hold and held; nothing before a run."""
    if found is None:
        return []
    beside = f", {found.overhead:,} of them beside the prompt" if found.overhead is not None else ""
    cache = f"{receipt.expected_cached:,} expected in the prompt cache, {found.cache_read:,} read from it"
    line = f"first request: {found.request:,} tokens{beside}; {cache}, {found.cache_write:,} written to it"
    return [Text(line, style="dim")]


def _parts(receipt: Receipt) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for number, total in enumerate(one for one in receipt.by_kind() if one.taken):
        width = max(1, round(BAR * total.taken / max(1, receipt.budget)))
        bar = Text("█" * min(BAR, width), style=COLOURS[number % len(COLOURS)])
        left_out = f", {total.dropped:,} left out" if total.dropped else ""
        sources = f"{total.sources:,} source{'s' * (total.sources != 1)}{left_out}"
        grid.add_row(plain(total.kind), f"{total.taken:,}", bar, sources)
    return grid


def _sources(receipt: Receipt, *, narrow: bool) -> RenderableType:
    table = Table(box=None, header_style="dim", pad_edge=False, expand=True)
    table.add_column("source", overflow="fold", ratio=2, min_width=16)
    shown = ("source", "taken", "how") if narrow else tuple(_COLUMNS)
    for name in shown[1:-1]:
        table.add_column(name, justify=_COLUMNS[name], no_wrap=True, overflow="ellipsis", max_width=MOST_WIDE)
    table.add_column("how", no_wrap=True, overflow="ellipsis", ratio=1 if narrow else 2)
    rows = receipt.worthiest(MOST_ROWS)
    for row in rows:
        cells = _cells(row)
        table.add_row(*([cells[name] for name in shown]))
    if len(receipt.rows) > len(rows):
        table.add_row(f"… and {len(receipt.rows) - len(rows):,} more")
    return table


def _cells(row: ReceiptRow) -> dict[str, Text]:
    score = "" if row.score is None else f"{row.score:.2f}"
    how = f"{row.way.value}{': ' + row.reason if row.reason else ''}"
    cells = (row.source, row.kind, row.author, row.trust.value, f"{row.taken:,}", f"{row.offered:,}", score, how)
    return dict(zip(_COLUMNS, map(plain, cells), strict=True))


def window_shown(found: WindowEstimate) -> RenderableType:
    """How the window follows from the GPU's memory, line by line."""
    grid = Table.grid(padding=(0, 2))
    gpus = f"{found.gpus} × {_gib(found.gpu_bytes)}" if found.gpus > 1 else _gib(found.gpu_bytes)
    for what, amount in (
        ("model", f"{found.model} ({found.weights})"),
        ("memory", f"{gpus}, of which a server takes {_gib(found.usable_bytes)}"),
        ("weights", _gib(found.weights_bytes)),
        ("buffers", _gib(found.overhead_bytes)),
        ("cache", f"{found.bytes_per_token:,} bytes a token, so that {found.by_memory:,} tokens fit"),
        ("window", f"{found.window:,} tokens; the model was made for {found.native:,}"),
    ):
        grid.add_row(Text(what, style="dim"), plain(amount))
    return grid


def _gib(amount: int) -> str:
    return f"{amount / 2**30:.1f} GiB"


def plain(text: str) -> Text:
    """Foreign text as it stands: no markup, no control characters."""
    return Text("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))
