"""A resource read into a session: what can be read is, and what cannot never fails."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.agentic_session import Phase
from handlers.session import DESIRED_PHASE, STOP_ANNOTATION, read_session
from tests.handlers.worlds import NOW, resource

Json = dict[str, Any]


def test_a_new_session_is_pending() -> None:
    session = read_session(resource())
    assert (session.phase, session.key, session.fault) == (Phase.PENDING, "vteam/fix-12-abc", "")
    assert session.created_at == NOW - 90


def test_a_spec_that_cannot_be_read_is_a_fault_and_no_exception() -> None:
    session = read_session(resource({"timeout": "soon"}))
    assert session.fault.startswith("timeout: ")
    assert session.work.repositories == ()


@pytest.mark.parametrize(
    ("annotations", "by"),
    [
        ({}, None),
        ({STOP_ANNOTATION: "@bob"}, "@bob"),
        ({STOP_ANNOTATION: "@bob", DESIRED_PHASE: "Stopped"}, "@bob"),
        ({DESIRED_PHASE: "Stopped"}, "the platform"),
        ({DESIRED_PHASE: "Running"}, None),
    ],
)
def test_who_wants_it_stopped(annotations: dict[str, str], by: str | None) -> None:
    thing = resource()
    thing["metadata"]["annotations"] = annotations
    assert read_session(thing).stop_by == by


@pytest.mark.parametrize(
    "wrong",
    [
        {"usage": "many"},
        {"startTime": "yesterday"},
        {"num_turns": "three"},
        {"total_cost_usd": {}},
        {"conditions": [{"type": "Started"}]},
        {"progress": {"reported": "maybe"}},
        {"budget": 3},
        {"unknown": True},
    ],
)
def test_what_another_operator_wrote_hides_nothing_else(wrong: Json) -> None:
    known = {"phase": "Failed", "jobName": "j", "told": {"result": "10"}}
    status = read_session(resource(status=known | wrong)).status
    assert (status.phase, status.job_name, status.told and status.told.result) == (Phase.FAILED, "j", "10")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["phase", "message", "told", "progress", "outcome", "conditions", "usage", "total_cost_usd", "is_error", "x"]
)


@given(st.dictionaries(FIELDS, JSON, max_size=4))
def test_any_status_is_read(status: Json) -> None:
    assert read_session(resource(status=status)).key == "vteam/fix-12-abc"
