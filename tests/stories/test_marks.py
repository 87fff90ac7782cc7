"""What is settled in a review comes last, and what somebody has hidden on GitHub is left out; neither is needed."""

from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.github.client import graphql_url
from bot.standins.github.world import ReviewComment
from bot.talk import is_outdated
from crds.work_order import WorkOrder
from tests.house import REPOSITORY, House
from tests.played_pods import works
from tests.stories.test_text_changed_since import left_out, order

pytestmark = pytest.mark.long


def settled(made: WorkOrder) -> dict[str, bool]:
    """Each remark's last line, and whether it is settled."""
    return {one.text.rpartition("\n")[2]: one.settled for one in made.talk if one.kind == "diff"}


async def three_remarks(house: House) -> tuple[int, list[ReviewComment]]:
    """A pull request with three remarks on its lines."""
    number = await house.open_pull_request({"src/a.py": "x = 2\ny = 2\nz = 2\n"})
    found = [await house.comment_on_line(number, f"About line {line}.", line=line, by="tom") for line in (1, 2, 3)]
    return number, found


async def reviewed(house: House, number: int) -> WorkOrder:
    house.pods.part = works({}, text="It is good.")
    await house.comment("/vteam review", number=number)
    await house.settle()
    return await order(house)


async def test_what_is_resolved_or_speaks_of_a_line_that_is_no_more_is_settled(house: House) -> None:
    number, [first, second, _] = await three_remarks(house)
    await house.reply_inline(first, "Done.", by="tom")
    await house.github.resolve_conversation(REPOSITORY, first, by="ada")
    await house.push({"src/a.py": "x = 2\ny = 3\nz = 2\n"}, branch="change")
    assert second.outdated
    assert settled(await reviewed(house, number)) == snapshot(
        {"About line 1.": True, "About line 2.": True, "About line 3.": False, "Done.": True}
    )


@pytest.mark.parametrize("how", [{"status": 502}, {"status": 403}, {"cut": "after"}])
async def test_without_graphql_what_rest_tells_is_told_and_the_session_goes_on(
    house: House, how: dict[str, Any]
) -> None:
    number, [first, *_] = await three_remarks(house)
    await house.github.resolve_conversation(REPOSITORY, first, by="ada")
    await house.push({"src/a.py": "x = 2\ny = 3\nz = 2\n"}, branch="change")
    house.github.fail_next("POST", r"/api/graphql$", times=99, **how)
    assert settled(await reviewed(house, number)) == snapshot(
        {"About line 1.": False, "About line 2.": True, "About line 3.": False}
    )


async def test_what_was_hidden_is_left_out_but_never_the_request(house: House) -> None:
    number, [first, *_] = await three_remarks(house)
    spam = await house.comment("Buy shoes!", by="grace", number=number)
    await house.github.hide(REPOSITORY, spam, by="ada", why="spam")
    await house.github.hide(REPOSITORY, first, by="ada")
    await house.github.hide(REPOSITORY, await house.review(number, "Hm.", by="grace"), by="ada", why="resolved")
    await house.bot.stop()
    await house.github.hide(REPOSITORY, await house.comment("/vteam review", number=number), by="ada")
    house.pods.part = works({}, text="It is good.")
    await house.bot.start()
    await house.settle()
    made = await order(house)
    assert left_out(made) == snapshot(
        [
            ("comment", "grace", "hidden on GitHub as spam"),
            ("review", "grace", "hidden on GitHub as resolved"),
            ("diff", "tom", "hidden on GitHub as off-topic"),
        ]
    )
    assert [one.text for one in made.talk if one.trigger] == ["/vteam review"]


async def test_what_was_hidden_in_an_issue_is_left_out_too(house: House) -> None:
    with house.github.held_webhooks() as held:
        oldest = await house.comment("Buy shoes!", by="grace")
        for number in range(120):
            await house.comment(f"Number {number}.", by="grace")
        held.clear()
    await house.github.hide(REPOSITORY, oldest, by="ada", why="spam")
    house.pods.part = works({}, text="Because.")
    await house.comment("/vteam ask why?")
    await house.settle()
    assert left_out(await order(house)) == snapshot([("comment", "grace", "hidden on GitHub as spam")])


def test_a_remark_on_a_whole_file_has_no_line_and_is_not_outdated_for_that() -> None:
    assert not is_outdated({"subject_type": "file", "line": None})
    assert is_outdated({"subject_type": "line", "line": None})
    assert not is_outdated({"line": 3})


@pytest.mark.parametrize(
    ("api", "address"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://git.example.com/api/v3/", "https://git.example.com/api/graphql"),
    ],
)
def test_graphql_is_where_github_has_it(api: str, address: str) -> None:
    assert graphql_url(api) == address
