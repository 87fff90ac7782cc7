"""What bot and runner say to each other is strict: unknown fields, broken sums and odd names are refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from crds.receipt import Receipt, ReceiptRow, Trust, Way
from crds.result import ProgressBatch, ProgressEvent, Result, Work
from crds.schema import Moment, Part
from crds.work_order import OrderedRepository

Json = dict[str, Any]
SHA = "a" * 40
ROW: Json = {"source": "src/a.py", "kind": "code", "trust": "repository", "offered": 9, "taken": 4, "way": "spans"}
WORK: Json = {"repository": "acme__shop", "base": SHA, "head": SHA, "commits": 1, "bundle": True}
REPOSITORY: Json = {"name": "acme__shop", "url": "u", "commit": SHA, "branch": "main", "writable": True}


@given(st.lists(st.integers(0, 10**6), max_size=20), st.integers(-3, 3))
def test_a_receipt_adds_up_or_is_none(taken: list[int], off: int) -> None:
    rows = [ReceiptRow.model_validate(ROW | {"taken": each, "offered": each}) for each in taken]
    written = {"budget": 10**8, "prompt": max(0, sum(taken) + off), "tokenizer": "cl100k", "rows": rows}
    if written["prompt"] == sum(taken):
        assert Receipt.model_validate(written).prompt == sum(taken)
    else:
        with pytest.raises(ValidationError, match="the rows sum to"):
            Receipt.model_validate(written)


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (Result, {"exit_code": 0, "note": "x"}),
        (Result, {"exit_code": 7}),
        (Result, {}),
        (Result, {"exit_code": 1, "error": "x" * 4001}),
        (Result, {"exit_code": 0, "work": [WORK] * 17}),
        (Result, {"exit_code": 0, "agent": {"subtype": "success", "is_error": False, "turns": 1, "text": "x" * 65537}}),
        (Work, WORK | {"head": "main"}),
        (Work, WORK | {"base": "A" * 40}),
        (Work, WORK | {"commits": -1}),
        (ProgressEvent, {"seq": 0, "kind": "turn"}),
        (ProgressEvent, {"seq": 1, "kind": "shout"}),
        (ProgressBatch, {"events": [{"seq": 1, "kind": "turn"}] * 501}),
        (ReceiptRow, ROW | {"trust": "friend"}),
        (OrderedRepository, REPOSITORY | {"name": "../etc"}),
        (OrderedRepository, REPOSITORY | {"name": "a/b"}),
        (OrderedRepository, REPOSITORY | {"commit": "HEAD"}),
        (OrderedRepository, REPOSITORY | {"token": "x"}),
    ],
)
def test_a_message_that_is_not_as_agreed_is_refused(model: type[BaseModel], document: Json) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(document)


def test_a_message_comes_back_from_json_as_it_was() -> None:
    rows = (ReceiptRow.model_validate(ROW),)
    receipt = Receipt(budget=10, prompt=4, tokenizer="cl100k", rows=rows)
    result = Result(exit_code=0, work=(Work.model_validate(WORK),), receipt=receipt, seconds={"clone": 0.5})
    assert Result.model_validate_json(result.model_dump_json()) == result
    assert (rows[0].trust, rows[0].way) == (Trust.REPOSITORY, Way.SPANS)


def test_messages_and_parts_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Result(exit_code=0).exit_code = 1  # type: ignore[misc]


class Timed(Part):
    at: Moment


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456Z", "2026-01-01T01:00:00+01:00"])
def test_a_moment_is_a_time_with_its_zone(moment: str) -> None:
    assert Timed(at=moment).at == moment


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "12"])
def test_anything_else_is_no_moment(moment: str) -> None:
    with pytest.raises(ValidationError):
        Timed(at=moment)
