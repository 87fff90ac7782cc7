"""`python -m tests.bench`, run by `make bench`: measures group after group and prints one table.

It asserts nothing on time; an aim that is missed is marked in the table, and the exit status is 0 all the same.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console

from tests.bench import commands, embedded_api, first_request, forecast, gateway, grammar, memory, webhooks
from tests.bench.context import packing
from tests.bench.report import Row, document, show

GROUPS: dict[str, Callable[..., Awaitable[list[Row]]]] = {
    "webhooks": webhooks.measure,
    "commands": commands.measure,
    "first-request": first_request.measure,
    "memory": memory.measure,
    "api": embedded_api.measure,
    "grammar": grammar.measure,
    "gateway": gateway.measure,
    "forecast": forecast.measure,
    "context": packing.measure,
}


def main(arguments: list[str]) -> None:
    """Measures what was asked for."""
    options = _options(arguments)
    rows = asyncio.run(_measured(options.only or list(GROUPS), quick=options.quick))
    show(rows)
    if options.json:
        options.json.write_text(document(rows), "utf-8")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measures the bot and prints one table.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: about a minute")
    parser.add_argument("--only", action="append", choices=GROUPS, help="this group only; may be given again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args(arguments)


async def _measured(names: list[str], *, quick: bool) -> list[Row]:
    console, rows = Console(stderr=True), list[Row]()
    for name in names:
        console.print(f"[dim]measuring {name} …[/]")
        rows += await GROUPS[name](quick=quick)
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
