"""What `vteam demo` and `vteam run` show on a terminal: steps, then the report. rich only; no decisions."""

from collections import Counter

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.spinner import Spinner
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from crds.receipt import Receipt

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red", "white")
BAR = 60


def step(done: bool, words: str) -> RenderableType:
    """One line of the steps: done, or going on."""
    return Text.from_markup(f"[green]✓[/] {escape(words)}") if done else Spinner("dots", text=words, style="cyan")


def steps(finished: list[str], doing: str | None) -> RenderableType:
    """All steps so far, and what goes on now."""
    lines = [step(True, words) for words in finished]
    return Group(*lines, *([step(False, doing)] if doing else []))


def titled(title: str, body: RenderableType) -> RenderableType:
    """A part of the report under its title."""
    return Panel(body, title=title, title_align="left", border_style="dim")


def diff(text: str) -> RenderableType:
    """A diff, coloured."""
    return Syntax(text, "diff", theme="ansi_dark", word_wrap=True, background_color="default")


def receipt_bar(receipt: Receipt) -> RenderableType:
    """The receipt as a bar of tokens by kind of source, with its legend."""
    kinds = Counter[str]()
    for row in receipt.rows:
        kinds[row.kind] += row.taken
    shown = [(kind, tokens) for kind, tokens in kinds.most_common() if tokens]
    bar, legend = Text(), Table.grid(padding=(0, 2))
    for number, (kind, tokens) in enumerate(shown):
        colour = COLOURS[number % len(COLOURS)]
        bar.append("█" * max(1, round(BAR * tokens / max(1, receipt.budget))), style=colour)
        legend.add_row(Text("■", style=colour), kind, f"{tokens:,} tokens")
    bar.append("░" * max(0, BAR - len(bar)), style="dim")
    hidden = f"; {receipt.hidden_characters} hidden characters taken out" if receipt.hidden_characters else ""
    dropped = sum(row.way == "dropped" for row in receipt.rows)
    left_out = f"; {dropped} pieces left out" if dropped else ""
    return Group(bar, legend, Text(f"{receipt.prompt:,} of {receipt.budget:,} tokens{hidden}{left_out}", style="dim"))


def failure(console: Console, words: str) -> None:
    """Says what went wrong, and why the exit status will not be 0."""
    console.print(Text.from_markup(f"[bold red]✗[/] {escape(words)}"))
