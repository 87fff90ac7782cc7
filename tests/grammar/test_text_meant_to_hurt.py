"""Text that is meant to hurt is read in part: what ordinary text has is never cut, and the start always counts."""

import pytest

from handlers.command import Command, read_commands
from handlers.grammar.blocks import MOST_COST, affordable
from handlers.grammar.parse import MOST_READ
from tests.bench.grammar import HOSTILE, LARGEST, ORDINARY

FIX = "/vteam fix it"


@pytest.mark.parametrize("name", HOSTILE)
def test_the_command_before_it_is_read_whatever_follows(name: str) -> None:
    piece = HOSTILE[name]
    body = f"{FIX}\n\n{piece * (LARGEST // len(piece))}\n\n"
    first = read_commands(body)[0]
    assert isinstance(first, Command)
    assert (first.verb, first.line) == ("fix", 1)


@pytest.mark.parametrize(
    "text", [*ORDINARY, "- an item of a list as people write it\n", "| a cell | another cell | and one |\n"]
)
def test_ordinary_text_is_read_to_its_end_however_long_it_is(text: str) -> None:
    lines = (text * (LARGEST // len(text))).split("\n")
    assert affordable(lines) == len(lines)
    after = [one.line for one in read_commands("\n".join([*lines, "", FIX])) if isinstance(one, Command)]
    assert after == [len(lines) + 2]


def test_more_lines_than_anybody_writes_are_cut() -> None:
    assert affordable(["a"] * 50_000) == MOST_COST
    assert affordable(["- a"] * 50_000) == MOST_COST // 5
    assert affordable(["- - - - a"] * 50_000) == MOST_COST // 17


def test_of_a_flood_of_commands_the_first_are_read() -> None:
    assert len(read_commands("/vteam fix\n" * 1000)) == MOST_READ


def test_what_stands_behind_a_table_counts_and_nothing_in_it() -> None:
    table = f"| a | {FIX} |\n|---|---|\n| @vteam fix that | {FIX} |"
    [read] = read_commands(f"- x\n\n{table}\n\n{FIX}\n")
    assert isinstance(read, Command)
    assert read.line == 7
