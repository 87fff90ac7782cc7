"""A review of the bot's own pull request: what it goes on from, what it waits for, and what it is no request at all."""

from dataclasses import replace
from typing import Any

import pytest

from crds.agentic_session import Task
from handlers import decide
from handlers.effects import CreateSession, Effect, React, Reply
from handlers.events import Actor, Ground, Message, Permission, Person, Remark, ReviewFollowedUp, SessionBrief
from tests.handlers.worlds import SPEC, THREAD, URL, brief

PULL = replace(THREAD, number=13, pull_request=True)
DONE = brief("Completed", "fix-12-abc", created_at=1.0)
WORKS = brief("Running", "review-13-one", source="review-1", requester_id=42, created_at=2.0)
WAITS = brief("Pending", "review-13-two", source="review-2", requester_id=42, after="review-13-one", created_at=3.0)


def review(text: str = "Rename it.", **more: Any) -> ReviewFollowedUp:
    """Ada's review number 900; `kind`, `permission`, `namespace`, `state` … change what else is known."""
    person = Person("ada", 42, more.pop("kind", "User"))
    given = {"state": "commented", "issues": (DONE,)} | more
    return ReviewFollowedUp(
        thread=PULL,
        message=Message("review", 900, f"{URL}#pullrequestreview-900", "2026-01-01T00:00:00Z", text=text),
        actor=Actor(person, given.pop("permission", Permission.WRITE), given.pop("listed", False)),
        ground=Ground(given.pop("namespace", "vteam"), URL),
        **given,
    )


def made(effects: list[Effect]) -> CreateSession:
    [session] = [effect for effect in effects if isinstance(effect, CreateSession)]
    return session


def test_it_goes_on_with_the_task_and_the_options_of_the_issues_last_work() -> None:
    plan = brief("Completed", "plan-12-def", task="plan", created_at=2.0, spec={**SPEC, "budget": {"costUSD": 9}})
    asked = brief("Completed", "ask-13-def", task="ask", created_at=3.0)
    session = made(decide(review(issues=(DONE, plan), sessions=(asked,))))
    assert (session.spec["task"], session.spec["parent"], session.spec["budget"]) == (
        "plan",
        "plan-12-def",
        {"costUSD": 9},
    )
    assert (session.intent.source, session.intent.after) == ("review-900", "")


def test_work_that_nobody_remembers_is_simply_done() -> None:
    session = made(decide(review(issues=())))
    assert (session.intent.task, session.intent.parent) == (Task.RUN, None)


@pytest.mark.parametrize("known", [(), (WORKS,), (WORKS, WAITS), (brief("Failed", "plan-12-z", task="plan"),)])
def test_it_has_one_name_whatever_else_is_known_by_then(known: tuple[SessionBrief, ...]) -> None:
    first = made(decide(review())).intent
    assert made(decide(review(sessions=known[:1]))).intent.name == first.name
    own = brief("Running", first.name, source="review-900", requester_id=42)
    again = made(decide(review(sessions=(*known[:1], own)))).intent
    assert (again.name, again.after == first.name) == (first.name, False)


def test_it_waits_for_the_last_that_works_on_the_branch() -> None:
    strangers = replace(WAITS, requester_id=7)
    assert made(decide(review(sessions=(WORKS,)))).intent.after == "review-13-one"
    assert made(decide(review(sessions=(WORKS, strangers)))).intent.after == "review-13-two"


def test_it_is_done_with_the_one_that_waits_already_and_only_as_long_as_that_waits() -> None:
    assert decide(review(sessions=(WORKS, WAITS))) == [React(PULL, None, "eyes")]
    for other in (
        replace(WAITS, begun=True),
        replace(WAITS, phase="Running"),
        replace(WAITS, source="comment-1"),
        replace(WAITS, after="review-13-gone"),
    ):
        assert made(decide(review(sessions=(WORKS, other)))).intent.after == "review-13-two"


def test_its_remarks_get_the_eyes() -> None:
    remarks = (Remark(1, "Rename it."), Remark(2, "Thanks!"), Remark(3, "And this.", among_others=True))
    eyes, _ = decide(review("", remarks=remarks))
    assert eyes == React(PULL, 1, "eyes", remark=True)


def test_requested_changes_ask_whatever_their_words() -> None:
    assert decide(review("Nice.", state="changes_requested"))
    assert not decide(review("Nice."))


@pytest.mark.parametrize(
    "no",
    [
        {"text": ""},
        {"open": False},
        {"commanded": True},
        {"permission": Permission.TRIAGE},
        {"kind": "Bot", "listed": True},
        {"text": "", "remarks": (Remark(1, "I think so.", among_others=True),)},
    ],
)
def test_nothing_comes_of_it(no: dict[str, Any]) -> None:
    assert decide(review(**no)) == []


def test_where_nobody_serves_the_repository_any_more_that_is_said() -> None:
    [said] = decide(review(namespace=None))
    assert isinstance(said, Reply)
    assert "no namespace of this installation serves acme/shop" in said.body
