"""A small model may put the likeliest files into another order: off unless told, believed no further than the map goes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.context.ranking.choose import map_of
from runner.context.ranking.rerank import question, reordered
from runner.context.small_model import once, pays, words
from tests.runner.house import pod_for
from tests.runner.repositories import limits, make_repository, order_for, ordered
from tests.runner.scripted_model import Fails, Turn, says
from tests.runner.test_ranking import SHOP, best

ISSUE = ("A voucher is not taken off", "`apply_voucher` does nothing to the cart")


def test_what_the_model_names_comes_first_with_its_parts() -> None:
    ranking = best(SHOP, *ISSUE)
    assert ranking.files[0] == "shop/discount.py"
    after = reordered(ranking, "1. `shop/mail.py`\n- shop/cart.py: Cart, add\n")
    assert after.files[:3] == ("shop/mail.py", "shop/cart.py", "shop/discount.py")
    assert sorted(after.files) == sorted(ranking.files)
    worths = [{part.path: part.worth for part in each.parts} for each in (ranking, after)]
    gained = {path: worths[1][path] - worths[0][path] for path in SHOP}
    assert gained["shop/mail.py"] > gained["shop/cart.py"] > gained["shop/discount.py"] == 0
    assert {(part.path, part.chunk) for part in after.parts} == {(part.path, part.chunk) for part in ranking.parts}


@pytest.mark.parametrize(
    "answer",
    ["", "I cannot help with that.", "/etc/passwd\n../../x.py\nshop/none.py", "\0" * 50_000, "shop" * 100_000,
     "x\n" * 5000 + "shop/mail.py"],
)  # fmt: skip
def test_nonsense_changes_nothing(answer: str) -> None:
    ranking = best(SHOP, *ISSUE)
    assert reordered(ranking, answer) == ranking


@given(st.lists(st.one_of(st.sampled_from([*SHOP, "none.py", "- ", "3."]), st.text(max_size=40)), max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_answer_adds_or_loses_a_file(lines: list[str]) -> None:
    ranking = best(SHOP, *ISSUE)
    after = reordered(ranking, "\n".join(lines))
    assert sorted(after.files) == sorted(ranking.files)
    assert len(after.parts) == len(ranking.parts)


def test_the_question_is_bounded_and_shows_the_map() -> None:
    asked = question(map_of(best(SHOP, *ISSUE), 50), "{title}" * 1000, "{said}" * 100_000)
    assert "shop/discount.py: apply_voucher\n" in asked
    assert len(asked) < 10_000


def test_it_is_asked_only_where_the_budget_pays() -> None:
    small = "claude-haiku-5-5"
    assert pays("a question", small, limits(total_tokens=None))
    assert pays("a question", small, limits(total_tokens=100_000))
    assert not pays("a question", small, limits(total_tokens=10_000))
    # 400 tokens of an answer cost $0.002 by its list price, and a question may cost 2 % of the budget.
    assert pays("a question", small, limits(cost_usd=0.2))
    assert not pays("a question", small, limits(cost_usd=0.05))
    assert pays("a question", "some-local-model", limits(cost_usd=0.05))


def test_it_is_asked_once_in_a_session_however_often_the_prompt_is_packed() -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return f"answer {len(asked)}"

    kept = once(ask)
    assert [kept("a"), kept("a"), kept("b")] == ["answer 1"] * 3
    assert asked == ["a"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"content": 3}', b'{"content": [3]}', b"[" * 100_000])
def test_what_is_no_message_has_no_words(body: bytes) -> None:
    assert words(body) == ""


async def _prompt(folder: Path, turn: Turn, *, told: bool) -> tuple[str, int, str]:
    """The agent's first request, how many requests there were, and what the runner said."""
    files = {"mail.py": "def send():\n    pass\n", "sums.py": "def add(a, b):\n    return a - b\n"}
    shop = make_repository(folder / "shop", files)
    async with pod_for(folder / "pod", order_for(ordered(shop)), *([turn] if told else [])) as pod:
        if told:
            pod.environment["VTEAM_CONTEXT_RERANK"] = "1"
        ended = await pod.run()
        assert ended.code == 0
        asked = [str(request["messages"]) for request in pod.model.requests]
        return asked[-1], len(asked), ended.stderr


@pytest.mark.long
async def test_a_pod_that_is_told_to_asks_the_small_model_through_the_gateway(tmp_path: Path) -> None:
    usual, once, _ = await _prompt(tmp_path / "a", [], told=False)
    asked, twice, _ = await _prompt(tmp_path / "b", [says("mail.py")], told=True)
    assert twice == once + 1
    assert asked.index("mail.py: send") < asked.index("sums.py: add")
    assert usual.index("sums.py: add") < usual.index("mail.py: send")


async def test_a_model_that_refuses_leaves_the_ranking_as_it_is(tmp_path: Path) -> None:
    asked, requests, _ = await _prompt(tmp_path, Fails(402, "the budget is spent"), told=True)
    assert requests == 2
    assert asked.index("sums.py: add") < asked.index("mail.py: send")
