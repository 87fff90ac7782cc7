"""Mentions in plain words, targets in all their ways, and several commands in one text."""

import pytest

from handlers.command import Dialect, Target, read_commands, read_slack
from tests.grammar.reading import command, github, said

REQUESTS = {
    "@vteam": [("help", "")],
    "@vteam!": [("help", "")],
    "@vteam help": [("help", "")],
    "Thanks, @vteam!": [],
    "I like what @vteam did.\n\nI like @vteam.": [("run", "did.\n\nI like @vteam.")],
    "Hey @vteam!": [("help", "")],
    "cc @vteam": [("help", "")],
    "This was written by @vteam.": [],
    "@vteam fix the login test": [("fix", "the login test")],
    "@vteam Fix: the login test": [("fix", "the login test")],
    "@vteam stop": [("cancel", "")],
    "@vteam the login test is flaky again": [("run", "the login test is flaky again")],
    "@vteam fxi it": [("run", "fxi it")],
    "Hey @vteam, could you look at this?": [("run", "could you look at this?")],
    "Hey @vteam,\n\nplease look at this.": [("run", "please look at this.")],
    "Hey @vteam\nfix this\nand that": [("fix", "this\nand that")],
    "Could you look at this, @vteam?": [("run", "Could you look at this")],
    "Could you look at this @vteam?\nIt fails.": [("run", "Could you look at this\nIt fails.")],
    "Fix this, @vteam": [("fix", "this")],
    "Please look at this, @vteam!\nThanks": [("run", "Please look at this\nThanks")],
    "**@vteam fix it**": [("fix", "it")],
    "_@vteam_ fix it": [("fix", "it")],
    "**@vteam** fix **it**": [("fix", "**it**")],
    "# @vteam fix it": [("fix", "it")],
    "<b>@vteam</b> fix it": [("fix", "it")],
    "@vteam /vteam fix it": [("fix", "it")],
    "@vteam /vteam": [("help", "")],
    "@vteam[bot] fix it": [("fix", "it")],
    "@vteam fix a, as @vteam said": [("fix", "a, as @vteam said")],
    "@vteam fix a\n@vteam ask b": [("fix", "a"), ("ask", "b")],
    "/vteam fix a, as @vteam said": [("fix", "a, as @vteam said")],
    "/vteam fix a\n\nThanks, @vteam!": [("fix", "a\n\nThanks, @vteam!")],
    "/vteam fix a\nand @vteam ask b": [("fix", "a"), ("ask", "b")],
    "`@vteam ask no` @vteam fix it": [("fix", "it")],
    "See https://x.example/@vteam and @vteam fix it": [("fix", "it")],
}


@pytest.mark.parametrize(("body", "found"), REQUESTS.items())
def test_what_a_mention_asks_for(body: str, found: list[tuple[str, str]]) -> None:
    assert github(body) == found


def test_the_letter_below_is_no_part_of_the_request() -> None:
    letter = "On Mon, 3 Nov 2025, Ada <ada@example.com> wrote:\n\nWhat shall we do?\n"
    assert github(f"/vteam fix it\n\nThanks\n\n{letter}") == [("fix", "it\n\nThanks")]
    assert github(f"```\n{letter}```\n/vteam fix it") == [("fix", "it")]
    head = "From: a\nDate: b\nTo: c\n"
    assert github(f"It sends this:\n\n```\n{head}```\n\n/vteam fix it") == [("fix", "it")]
    assert github(f"{head}\n/vteam fix it") == []


TARGETS = {
    "#12 now": (Target(12), "now"),
    "#12": (Target(12), ""),
    "#12: now": (Target(12), "now"),
    "acme/shop#12, now": (Target(12, "acme/shop"), "now"),
    "acme/shop #12 now": (Target(12, "acme/shop"), "now"),
    "acme/shop #12abc": (None, "acme/shop #12abc"),
    "acme/shop now": (None, "acme/shop now"),
    "a-b/c.d_e-f#1 now": (Target(1, "a-b/c.d_e-f"), "now"),
    "https://github.com/acme/shop/issues/12 now": (Target(12, "acme/shop"), "now"),
    "http://github.com/acme/shop/pull/12. now": (Target(12, "acme/shop"), "now"),
    "<https://github.com/acme/shop/pull/12> now": (Target(12, "acme/shop"), "now"),
    "https://github.com/acme/shop/pull/12/files now": (Target(12, "acme/shop"), "now"),
    "https://github.com/acme/shop/pull/12/files#diff-0a1R3 now": (Target(12, "acme/shop"), "now"),
    "https://github.com/acme/shop/pull/12/commits/0a1b2c3 now": (Target(12, "acme/shop"), "now"),
    "https://github.com/acme/shop/issues/12#issuecomment-345 now": (Target(12, "acme/shop"), "now"),
    "https://github.com/acme/shop/issues/12?a=b&c=d#x now": (Target(12, "acme/shop"), "now"),
    "https://www.github.com/acme/shop/issues/12 now": (Target(12, "acme/shop"), "now"),
    "HTTPS://GitHub.com/acme/shop/issues/12 now": (Target(12, "acme/shop"), "now"),
}
NO_TARGETS = [
    "#0 now", "#x now", "#012 now", "#12a now", "# 12", "#1234567890", "12 now", "shop#12 now", "acme/#12 now", "/shop#12",
    "-a/shop#12 now", "acme/..#12 now", "a/b/c#12 now", "https://gitlab.com/acme/shop/issues/12 now", "#12#13 now",
    "https://github.com/acme/shop/issues/ now", "https://github.com/acme/shop now", "https://github.com.example/a/b/issues/1",
    "https://github.com/acme/shop/issues/12x now", "https://github.com/acme/shop/commit/12 now", "(#12) now", "GH-12 now",
]  # fmt: skip


@pytest.mark.parametrize(("words", "target", "text"), [(words, *meant) for words, meant in TARGETS.items()])
def test_what_is_a_target(words: str, target: Target, text: str) -> None:
    read = command(f"/vteam fix {words}")
    assert (read.target, read.text) == (target, text)


@pytest.mark.parametrize("words", NO_TARGETS)
def test_what_is_text_and_no_target(words: str) -> None:
    read = command(f"/vteam fix {words}")
    assert (read.target, read.text) == (None, words)


def test_a_target_may_stand_behind_the_options() -> None:
    read = command("/vteam fix --draft #12 --max-turns 5 now")
    assert (read.target, read.text, read.options.max_turns) == (Target(12), "now", 5)


@pytest.mark.parametrize("verb", ["help", "link"])
def test_verbs_without_a_target_leave_it_in_their_text(verb: str) -> None:
    assert command(f"/vteam {verb} #12").target is None


def test_another_forge_has_its_own_addresses() -> None:
    there = Dialect(github_url="https://github.example/")
    [one] = read_commands("/vteam fix https://github.example/acme/shop/issues/12 now", there)
    [two] = read_commands("/vteam fix https://github.com/acme/shop/issues/12 now", there)
    assert (getattr(one, "target", None), getattr(two, "target", None)) == (Target(12, "acme/shop"), None)


def test_handle_and_prefix_are_the_installations_own() -> None:
    own = Dialect(handle="fix-bot", prefix="/fb", bot_id="UFB")
    for body in ("@fix-bot fix it", "/fb fix it", "/FB Fix it", "@Fix-Bot fix it"):
        assert said(read_commands(body, own)) == said(read_slack(body, own)) == [("fix", "it")]
    for body in ("@vteam fix it", "/vteam fix it", "@fix fix it", "@fix-bot2 fix it", "/fbx fix it"):
        assert read_commands(body, own) == read_slack(body, own) == []
    assert said(read_slack("<@UFB> fix it", own)) == [("fix", "it")]


def test_signs_of_a_pattern_in_a_name_mean_themselves() -> None:
    odd = Dialect(handle="a.b", prefix="/a+b")
    assert said(read_commands("/a+b fix it", odd)) == [("fix", "it")]
    assert read_commands("@axb fix it\n/aab fix it", odd) == []
