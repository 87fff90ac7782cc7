"""What `vteam demo` and `vteam run` show on a terminal: steps, then the report. rich only; no decisions.

Most of the text comes from outside: it is never read as rich's markup, and its control characters never reach the
terminal.
"""

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.spinner import Spinner
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from crds.receipt import Receipt

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red", "white")
BAR = 60
HIDDEN = "\N{REPLACEMENT CHARACTER}"


def steps(finished: list[str], doing: str | None, *, failed: str | None = None) -> RenderableType:
    """All steps so far, what goes on now, and what has failed."""
    lines: list[RenderableType] = [Text.assemble(("✓ ", "green"), plain(words)) for words in finished]
    if doing:
        lines.append(Spinner("dots", text=plain(doing), style="cyan"))
    if failed:
        lines.append(failing(failed))
    return Group(*lines)


def titled(title: str, body: RenderableType) -> RenderableType:
    """A part of the report under its title."""
    shown = plain(body) if isinstance(body, str) else body
    return Panel(shown, title=plain(title), title_align="left", border_style="dim")


def plain(text: str) -> Text:
    """Text from outside, as it stands: no markup, no control characters."""
    return Text(_visible(text))


def _visible(text: str) -> str:
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def markdown(text: str) -> RenderableType:
    """Markdown from outside."""
    return Markdown(_visible(text))


def diff(text: str) -> RenderableType:
    """A diff, coloured."""
    return Syntax(_visible(text), "diff", theme="ansi_dark", word_wrap=True, background_color="default")


def receipt_bar(receipt: Receipt) -> RenderableType:
    """The receipt as a bar of tokens by kind of source, with its legend."""
    shown = [(total.kind, total.taken) for total in receipt.by_kind() if total.taken]
    bar, legend = Text(), Table.grid(padding=(0, 2))
    for number, (kind, tokens) in enumerate(shown):
        colour = COLOURS[number % len(COLOURS)]
        bar.append("█" * max(1, round(BAR * tokens / max(1, receipt.budget))), style=colour)
        legend.add_row(Text("■", style=colour), plain(kind), f"{tokens:,} tokens")
    bar.append("░" * max(0, BAR - len(bar)), style="dim")
    hidden = f"; {receipt.hidden_characters} hidden characters taken out" if receipt.hidden_characters else ""
    dropped = sum(row.way == "dropped" for row in receipt.rows)
    left_out = f"; {dropped} piece{'s' * (dropped > 1)} left out" if dropped else ""
    return Group(bar, legend, Text(f"{receipt.prompt:,} of {receipt.budget:,} tokens{hidden}{left_out}", style="dim"))


def failure(console: Console, words: str) -> None:
    """Says what went wrong, and why the exit status will not be 0."""
    console.print(failing(words))


def failing(words: str) -> Text:
    """A line that says what went wrong."""
    return Text.assemble(("✗ ", "bold red"), plain(words))
