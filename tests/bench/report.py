"""Rows of the benchmark, and the two ways they are shown: one table for people, JSON for whoever compares runs.

Figures are seconds, bytes and counts; a row's `ratio` is its own figure over that of the peer or floor that it names.
"""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

MICRO, MILLI = 1e-6, 1e-3


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; what was not measured is None."""

    group: str
    what: str
    cpu: float | None = None
    """Seconds of CPU for one."""
    p50: float | None = None
    p99: float | None = None
    per_second: float | None = None
    value: float | None = None
    unit: str = ""
    """Of `value`: s, bytes, or what is counted."""
    ratio: float | None = None
    beside: str = ""
    """What the ratio is to."""
    aim: str = ""
    met: bool | None = None
    note: str = ""
    """A sentence for below the table."""
    more: dict[str, float | str] = field(default_factory=dict)
    """Figures for the JSON only."""


def table(rows: Sequence[Row]) -> Table:
    """All rows under each other, a line between the groups."""
    shown = Table(title="vTeam bot: benchmark", title_justify="left", caption=_caption(rows), caption_justify="left")
    shown.add_column("what", overflow="fold", min_width=44)
    for name in ("CPU each", "p50", "p99", "a second", "value", "beside"):
        shown.add_column(name, justify="right", no_wrap=name != "beside")
    shown.add_column("aim")
    for before, row in zip([None, *rows], rows, strict=False):
        if before is None or before.group != row.group:
            shown.add_section()
            shown.add_row(f"[bold]{row.group}[/]")
        shown.add_row(*_cells(row))
    return shown


def _cells(row: Row) -> list[str]:
    mark = {None: "", True: "[green]✓[/] ", False: "[yellow]✗[/] "}[row.met]
    return [
        f"  {row.what}",
        duration(row.cpu),
        duration(row.p50),
        duration(row.p99),
        "" if row.per_second is None else f"{row.per_second:,.0f}" if row.per_second >= 10 else f"{row.per_second:.1f}",
        amount(row.value, row.unit),
        "" if row.ratio is None else f"{row.ratio:.2f}× {row.beside}",
        mark + row.aim,
    ]


def _caption(rows: Sequence[Row]) -> str:
    facts = machine()
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    line = f"{facts['cpu']}, {facts['cores']} cores, load {facts['load']:.1f}, Python {facts['python']}"
    return "\n".join([*notes, line])


def duration(seconds: float | None) -> str:
    """Seconds with the unit that suits them."""
    if seconds is None:
        return ""
    if abs(seconds) < MILLI:
        return f"{seconds / MICRO:.0f} µs"
    return f"{seconds / MILLI:.3g} ms" if abs(seconds) < 1 else f"{seconds:.2f} s"


def amount(value: float | None, unit: str) -> str:
    """A value with its unit."""
    if value is None:
        return ""
    match unit:
        case "s":
            return duration(value)
        case "bytes":
            return f"{value / 1024:,.0f} KiB" if value < 1 << 20 else f"{value / (1 << 20):,.1f} MiB"
        case _:
            return f"{value:,.6g} {unit}".strip()


def document(rows: Sequence[Row]) -> str:
    """The rows and the machine they were measured on, as JSON."""
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"at": made, "machine": machine(), "rows": [asdict(row) for row in rows]}, indent=2) + "\n"


def machine() -> dict[str, str | int | float]:
    """What the figures depend on."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def show(rows: Sequence[Row]) -> None:
    """The table on the standard output; as wide as it needs to be where that is a file."""
    console = Console()
    Console(width=None if console.is_terminal else 150).print(table(rows))
