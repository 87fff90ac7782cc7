"""However a session ends, its status says what was expected of it beside what it has used; the pull request does too."""

from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot

from crds.agent_loop import Run
from crds.agentic_session import Task
from crds.forecast import Forecast, Interval
from crds.learning import forecast
from crds.receipt import Measured, Receipt, ReceiptRow, Trust, Way
from crds.result import AgentOutcome
from crds.session_status import AgenticSessionStatus
from crds.work_order import Continuation, Limits, OrderedRepository, WorkOrder
from handlers import decide
from handlers.effects import Publish, RecordRun, SetStatus
from handlers.events import Report, SessionObserved, Used
from handlers.finished_run import finished_run
from handlers.plan import FinishedRun, Plan
from tests.handlers.worlds import (
    BASE,
    BROKEN,
    CHECKPOINT,
    FINAL,
    FOLDER,
    LATE,
    LEFT,
    LIVE,
    NO_CHANGE,
    NOW,
    PENDING,
    RUNNING,
    STARTED,
    URL,
    USED,
    Json,
    died,
    resource,
    result,
    world,
)

MODEL = "claude-sonnet-5-5"
LIMITS = Limits(context_tokens=32_000, total_tokens=None, cost_usd=5.0, turns=60, seconds=900, bundle_bytes=1 << 20)
FORECAST = forecast(Run(repository="7", task=Task.FIX, model=MODEL, prompt=20_000), [])
PLAN = Plan(MODEL, "", LIMITS, 1_000_000, 1.0, FORECAST)
PULLED_NEVER = replace(PENDING, waiting="ErrImagePull", created_at=NOW - 1000)
FAILED, STOPPED = Report(True, result(1, work=False, error="no")), Report(False, result(143, work=False))


def order(**more: Any) -> WorkOrder:
    main = OrderedRepository(name=FOLDER, url=URL, commit=BASE, branch="main", writable=True)
    usual: dict[str, Any] = {
        "session": "vteam/fix-12-abc", "task": "fix", "request": "Fix it.", "title": "t", "model": MODEL,
        "small_model": "claude-haiku-5-5", "priced": True, "limits": LIMITS, "repositories": (main,), "talk": (),
        "forecast": FORECAST,
    }  # fmt: skip
    return WorkOrder(**{**usual, **more})


def begun(event: SessionObserved, ordered: WorkOrder | None) -> SessionObserved:
    """A session that has started by this plan; its runner has fetched its order, or died before that."""
    return replace(event, standing=replace(event.standing, order=ordered))


def not_begun(event: SessionObserved, **plan: Any) -> SessionObserved:
    return replace(event, standing=replace(event.standing, plan=replace(PLAN, **plan)))


def status_after(event: SessionObserved) -> AgenticSessionStatus:
    """What the status holds once the session has ended: what the start wrote, and the end over it."""
    session, written = event.session, Json()
    before = not_begun(world(resource()))
    for look in (before, event) if session.status.job_name else (event,):
        for effect in decide(look):
            if isinstance(effect, SetStatus):
                written = _merged(written, effect.patch)
    return AgenticSessionStatus.model_validate(written)


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return old | {name: _merged(old.get(name), value) for name, value in new.items()}


GIVEN: Json = STARTED | {"outcome": {"branches": []}}
STOP = {"phase": "Stopping", "conditions": []}
ENDS = {
    "done": begun(world(resource(status=GIVEN), LIVE, RUNNING, report=FINAL, used=USED), order()),
    "nothing to change": begun(world(resource(status=STARTED), LIVE, LEFT, report=NO_CHANGE, used=USED), order()),
    "failed": begun(world(resource(status=STARTED), LIVE, RUNNING, report=FAILED, used=USED), order()),
    "told to stop": begun(world(resource(status=GIVEN, stop="ada"), None, report=STOPPED, used=USED), order()),
    "out of time": begun(world(resource(status=GIVEN), LATE, report=CHECKPOINT, used=USED), order()),
    "out of memory": begun(world(resource(status=STARTED), BROKEN, died(137, "OOMKilled"), used=USED), order()),
    "evicted": begun(world(resource(status=STARTED), BROKEN, died(1, disrupted=True), used=USED), order()),
    "its Job deleted": begun(world(resource(status=STARTED), None, used=USED), order()),
    "died before its first call": begun(world(resource(status=STARTED), BROKEN, died(1)), order()),
    "died before its order": begun(world(resource(status=STARTED), BROKEN, died(1)), None),
    "image not found": begun(world(resource(status=STARTED), LIVE, PULLED_NEVER), None),
    "cancelled before it began": not_begun(world(resource(stop="ada"))),
    "too small a budget": not_begun(world(resource()), refused="A budget of $0.01 does not pay for it."),
    "a repository that it may not read": not_begun(world(resource(), foreign=("acme/secret",))),
}


@pytest.mark.parametrize("event", ENDS.values(), ids=ENDS.keys())
def test_every_end_has_forecast_and_actual_in_its_status(event: SessionObserved) -> None:
    status = status_after(event)
    assert status.phase is not None
    assert status.phase.ended
    budget = status.budget
    assert budget is not None
    assert budget.forecast is not None
    assert budget.forecast.usd is not None
    assert budget.forecast.usd.middle == pytest.approx(FORECAST.usd.middle if FORECAST.usd else 0, abs=1e-3)
    used = event.standing.used
    assert (budget.used_usd, budget.used_tokens) == (float(used.usd), used.tokens.total)
    assert status.usage is not None
    assert status.usage.output_tokens == used.tokens.output
    # A session that asked no model has nothing that could be compared, but it may have taken its time.
    assert (budget.forecast_error is not None) is bool(used.calls)
    assert (budget.used_seconds is not None) is bool(event.session.status.start_time)


def test_the_pull_request_says_it_too() -> None:
    event = begun(world(resource(status=STARTED), LIVE, RUNNING, report=FINAL, used=USED), order())
    event = replace(event, standing=replace(event.standing, order=order(forecast=EVEN)))
    [publish] = [effect for effect in decide(event) if isinstance(effect, Publish)]
    body = publish.plans[0].pull_request_body
    start = body.index("<details><summary>Forecast")
    assert body[start : body.index("</details>", start)] == snapshot("""\
<details><summary>Forecast: it took 4% of what was expected</summary>

| | expected | used |
| --- | ---: | ---: |
| dollars | 5.00–20.00 | 0.42 |
| turns | 5–20 | 3 |
| minutes | 0.1–0.3 | 1.0 |
| tokens sent for the first time | 5–20 | 1,200 |
| tokens read from the cache | 5–20 | 0 |
| tokens of output | 5–20 | 300 |

It stood on: 3 runs.
""")
    assert "<details><summary>Forecast" in publish.plans[0].section


TEN = Interval(low=5, middle=10, high=20)
EVEN = Forecast(fresh_tokens=TEN, cached_tokens=TEN, output_tokens=TEN, turns=TEN, usd=TEN, seconds=TEN, runs=3,
                basis="3 runs")  # fmt: skip


def measured(prompt: int | None) -> Receipt:
    row = ReceiptRow(source="a", kind="code", trust=Trust.BOT, offered=1000, taken=1000, way=Way.WHOLE)
    found = Measured(request=9_000, prompt=prompt, overhead=7_800, cache_read=4_000, cache_write=4_990)
    return Receipt(budget=2000, prompt=1000, tokenizer="t", rows=(row,), expected_cached=4_200, measured=found)


def with_receipt(prompt: int | None, **ordered: Any) -> SessionObserved:
    given = Report(True, result().model_copy(update={"receipt": measured(prompt)}))
    return begun(world(resource(status=GIVEN), LIVE, RUNNING, report=given, used=USED), order(**ordered))


def test_the_status_has_what_was_expected_in_the_cache_and_what_was_there() -> None:
    context = status_after(with_receipt(1_200)).context
    assert context is not None
    assert (context.expected_cached_tokens, context.cached_tokens, context.cache_written_tokens) == (
        4_200,
        4_000,
        4_990,
    )
    assert (context.prompt_tokens, context.counted_tokens) == (1000, 1_200)
    assert (context.request_tokens, context.overhead_tokens) == (9_000, 7_800)


def test_how_the_model_counts_is_learned_of_the_prompt_alone_where_it_was_counted() -> None:
    """What the agent's program sends beside it may grow with the program: that is no matter of how the model counts."""
    counts = {prompt: finished_run(with_receipt(prompt)) for prompt in (1_200, None)}
    known, unknown = counts[1_200], counts[None]
    assert known is not None
    assert unknown is not None
    assert (known.counted, known.request) == (1_000, 1_200)
    assert unknown.counted > 4_000
    assert unknown.request == 0, "the ledger knows the first request"
    [record] = [effect for effect in decide(with_receipt(1_200)) if isinstance(effect, RecordRun)]
    assert record.made == known


def ended_by(subtype: str, *, api_error: str = "", now: float = NOW) -> FinishedRun | None:
    """What is remembered of a run whose agent ended so."""
    agent = AgentOutcome(subtype=subtype, is_error=True, turns=9, api_error=api_error)
    document = result(1, work=False, error="no").model_copy(update={"receipt": measured(None), "agent": agent})
    event = begun(world(resource(status=GIVEN), LIVE, RUNNING, report=Report(True, document), used=USED), order())
    return finished_run(replace(event, now=now))


@pytest.mark.parametrize(
    ("subtype", "api_error", "cut"),
    [
        ("error_max_turns", "", True),
        ("error_max_budget_usd", "", True),
        ("success", "402 the session's budget of $1.00 is spent", True),
        ("success", "529 overloaded", False),
        ("error_during_execution", "", False),
        ("interrupted", "", False),
    ],
)
def test_a_run_that_a_limit_has_ended_would_have_used_this_much_at_least(
    subtype: str, api_error: str, cut: bool
) -> None:
    made = ended_by(subtype, api_error=api_error)
    assert made is not None
    assert (made.whole, made.past.cut) == (False, cut)


def test_an_interrupted_run_was_cut_where_its_time_was_over() -> None:
    late = ended_by("interrupted", now=NOW + 900)
    assert late is not None
    assert late.past.cut
    deadline = begun(world(resource(status=GIVEN), LATE, report=CHECKPOINT, used=USED), order())
    assert CHECKPOINT.result.receipt is None
    unknown = finished_run(deadline)
    assert unknown is not None
    assert not unknown.past.cut, "nobody knows how large its prompt was"
    told = CHECKPOINT.result.model_copy(update={"receipt": measured(None)})
    known = finished_run(begun(world(resource(status=GIVEN), LATE, report=Report(False, told), used=USED), order()))
    assert known is not None
    assert known.past.cut


def test_the_conversation_that_went_on_is_remembered_as_part_of_the_run() -> None:
    further = Continuation(session_id="2f1a0c1e-0000-4000-8000-000000000001", entries=4, heads={})
    made = [finished_run(with_receipt(1_200, **more)) for more in ({}, {"continues": further})]
    # Of the first request's 9,000 tokens the prompt has 1,200, and the fixed parts 3,655.
    assert [one.past.run.earlier for one in made if one] == [0, 9_000 - 1_200 - 3_655]
    small = LIMITS.model_copy(update={"context_tokens": 1_000})
    bounded = finished_run(with_receipt(1_200, continues=further, limits=small))
    assert bounded is not None
    assert bounded.past.run.earlier == 3_000, "no more than may go on, whatever its runner says"


def test_a_run_that_asked_nothing_is_not_learned_from() -> None:
    assert finished_run(begun(world(resource(status=STARTED), BROKEN, died(1), used=Used()), order())) is None
