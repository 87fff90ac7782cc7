"""Quoted replies: what an earlier message says is named, and nobody's new words go with it."""

import pytest

from crds.work_order import Talk
from runner.context.talk.quoted import elements_quoted, lines_quoted
from tests.runner.repositories import talk
from tests.runner.test_what_was_said import DECIDED, packed, rows, said

ISSUE = talk("The sum is wrong.")
MIA = said(2, DECIDED, author="mia")
FIRST, SECOND = DECIDED.split(", ")


def answer(text: str, *earlier: Talk) -> str:
    """What the prompt tells of a message that answers the earlier ones, or mia's decision."""
    found = packed(ISSUE, *(earlier or (MIA,)), said(9, text, author="tom"))
    frame = found.prompt.partition('source="c9"')[2]
    return frame.partition(">\n")[2].partition("\n</data-")[0]


MARK = "[quotes mia, 2026-01-02]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"> {DECIDED}\n\nThen so.", f"{MARK}\n\nThen so."),
        (f"- > {DECIDED}\n\n  Then so.", f"- {MARK}\n\n  Then so."),
        (f"1. Words.\n\n   > {FIRST},\n   > {SECOND}\n", f"1. Words.\n\n{MARK}"),
        (f"<blockquote>\n<p>{DECIDED}</p>\n</blockquote>\nThen so.", f"{MARK}\nThen so."),
        (f"> {FIRST}\n> [...]\n> {SECOND}\n\nThen so.", f"{MARK}\n\nThen so."),
        (f"> {FIRST},\n{SECOND}\n\nThen so.", f"{MARK}\n\nThen so."),
        (f"> {FIRST},\n>\n> {SECOND}\nThen so, all of you here.", f"{MARK}\nThen so, all of you here."),
        (f"> {DECIDED}\nNo.", f"{MARK}\nNo."),
        (f"> {DECIDED}\nWe should not.\n{SECOND}", f"{MARK}\nWe should not.\n{SECOND}"),
        (f"> {DECIDED}\n- no\n", f"{MARK}\n- no"),
        (f"> {FIRST}\n\n> {SECOND}\n\nBoth.", f"{MARK}\n\n{MARK}\n\nBoth."),
        (f"```\n> {DECIDED}\n```\nAs code.", f"```\n> {DECIDED}\n```\nAs code."),
        ("> The manual says that all sums are floats\n\nSo.", "> The manual says that all sums are floats\n\nSo."),
        (f"<blockquote>{DECIDED}\n\nThen so.", f"<blockquote>{DECIDED}\n\nThen so."),
    ],
)
def test_a_quote_is_named_in_whatever_form_and_new_words_stay(text: str, told: str) -> None:
    assert answer(text) == told


def test_a_quote_of_a_few_words_is_named_where_one_message_alone_says_them() -> None:
    yes = said(2, "Looks right. Yes please.\nUse `a + b`", author="mia")
    assert answer("> Yes please.\n\nThen I do it.", yes) == f"{MARK}\n\nThen I do it."
    twice = (yes, said(3, "Yes please!", author="ann"))
    assert answer("> Yes please.\n\nThen I do it.", *twice) == "> Yes please.\n\nThen I do it."
    assert answer("> Use `a - b`\n\nNo.", yes) == "> Use `a - b`\n\nNo."
    assert answer("> Yes\n\nThen I do it.", yes) == "> Yes\n\nThen I do it."


def test_what_is_not_shown_of_its_source_stays_quoted() -> None:
    report = "Unit tests failed: 1 of 20\n\nThe step for the login timed out after nine minutes on windows"
    old = said(2, report, author="ci[bot]", standing="bot")
    new = said(3, "Unit tests passed", author="ci[bot]", standing="bot")
    quoting = said(9, "> The step for the login timed out after nine minutes on windows\n\nI saw this one too.")
    found = packed(ISSUE, old, new, quoting)
    assert rows(found)["c2"].taken == 0
    assert "> The step for the login timed out after nine minutes on windows" in found.prompt
    assert "> +1" in packed(ISSUE, said(2, "+1"), said(9, "> +1\n\nIt is not so.")).prompt


def test_a_mail_in_another_language_carries_no_earlier_message() -> None:
    mail = f"Bien.\n\nEl lun, 5 ene 2026 a las 10:00, mia (<x@example.com>) escribió:\n\n> {DECIDED}\n"
    assert answer(mail) == f"Bien.\n\n{MARK}"


def test_quotes_are_found_with_their_place() -> None:
    text = "a\n- > one\n  > two\nrest\n\n> > deep\n"
    quotes = list(lines_quoted(text))
    assert [(quote.lead, quote.said, quote.lazy) for quote in quotes] == [
        ("- ", " one\n two", ("rest\n",)),
        ("", " > deep", ()),
    ]
    assert [text[quote.start : quote.end] for quote in quotes] == ["- > one\n  > two\nrest\n", "> > deep\n"]
    nested = "<blockquote>a<blockquote>b</blockquote>c</blockquote>d</blockquote>"
    assert [quote.said for quote in elements_quoted(nested)] == ["a b c"]
