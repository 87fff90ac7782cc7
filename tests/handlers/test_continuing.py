"""Whether a session goes on with an earlier conversation: the decision alone."""

from dataclasses import replace
from typing import Any

import pytest

from crds.agentic_session import Task
from handlers.continuing import Conversation, why_afresh

HERE = Conversation(
    Task.FIX, 7, "", frozenset({"https://forge/acme/shop"}), frozenset({"https://forge/acme/shop/issues/2"})
)
IN_SLACK = replace(HERE, slack="T1:C1:100.1")


@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        ({}, {}),
        ({"task": Task.ASK}, {}),
        ({"task": Task.REVIEW}, {"task": Task.FIX}),
        ({"task": Task.REVIEW}, {"task": Task.REVIEW}),
        ({}, {"task": Task.ASK}),
        ({"repositories": frozenset()}, {}),
        ({"threads": frozenset()}, {}),
        ({}, {"slack": "T1:C1:100.1"}),
        ({"slack": "T1:C1:100.1"}, {"slack": "T1:C1:100.1"}),
        ({"slack": "T1:C1:"}, {"slack": "T1:C1:100.1"}),
        ({}, {"private": frozenset({"https://forge/acme/shop"})}),
    ],
)
def test_it_goes_on_where_nothing_was_read_that_may_not_be_read_now(earlier: Any, now: Any) -> None:
    assert why_afresh(replace(HERE, **earlier), replace(HERE, **now), ended=True) == ""


@pytest.mark.parametrize(
    ("earlier", "now", "why"),
    [
        ({}, {"task": Task.REVIEW}, "a review begins afresh"),
        ({}, {"repository_id": 8}, "held in another place"),
        ({"slack": "T1:C1:100.1"}, {}, "held in another place"),
        ({"slack": "T1:C1:100.1"}, {"slack": "T1:C1:100.2"}, "held in another place"),
        ({"slack": "T1:C1:"}, {"slack": "T1:C12:100.2"}, "held in another place"),
        ({"slack": "T1:C1:"}, {}, "held in another place"),
        ({"repositories": frozenset({"https://forge/acme/safe"})}, {}, "has read a repository"),
        ({"threads": frozenset({"https://forge/acme/safe/issues/1"})}, {}, "was given an issue"),
        ({"private": frozenset({"https://forge/acme/shop"})}, {}, "private that is public now"),
    ],
)
def test_it_begins_afresh_where_something_would_come_to_another_place(earlier: Any, now: Any, why: str) -> None:
    assert why in why_afresh(replace(HERE, **earlier), replace(HERE, **now), ended=True)


def test_a_conversation_that_goes_on_is_not_taken_up() -> None:
    assert "has not ended" in why_afresh(HERE, HERE, ended=False)
