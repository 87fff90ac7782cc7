"""Which comments a session is given: those that stood so when it was asked for."""

import pytest

from handlers.talk_kept import Written, seconds_of, why_left_out

MOMENT = seconds_of("2026-01-01T12:00:00Z") or 0.0
BEFORE, AT, AFTER = "2026-01-01T11:00:00Z", "2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"


@pytest.mark.parametrize(("created", "updated"), [(BEFORE, BEFORE), (AT, AT), (BEFORE, "2026-01-01T11:59:59Z")])
def test_what_stood_so_is_used(created: str, updated: str) -> None:
    assert why_left_out(Written("grace", created, updated), requester="ada", moment=MOMENT) == ""


@pytest.mark.parametrize(
    ("created", "updated"), [(AFTER, AFTER), (BEFORE, AFTER), (BEFORE, AT), ("", ""), (BEFORE, "x")]
)
def test_what_came_or_may_have_changed_since_is_not(created: str, updated: str) -> None:
    assert why_left_out(Written("grace", created, updated), requester="ada", moment=MOMENT)
    assert why_left_out(Written("ada", created, updated), requester="ada", moment=MOMENT) == ""
    assert why_left_out(Written("", created, updated), requester="", moment=MOMENT)
