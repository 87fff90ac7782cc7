"""The words about costs: what is expected, and what it was beside that."""

from inline_snapshot import snapshot

from crds.agent_loop import Run
from crds.agentic_session import Task
from crds.forecast import Forecast, Interval
from crds.learning import forecast
from crds.session_status import AgenticSessionStatus
from handlers import wording


def exactly(value: float) -> Interval:
    return Interval(low=value, middle=value, high=value)


def test_an_expectation_is_one_short_line() -> None:
    run = Run(repository="1", task=Task.FIX, model="claude-sonnet-5-5", prompt=20_000)
    assert wording.expected_use(forecast(run, [])) == "expected $0.15–1.95, 8–93 turns, 1–20 min"
    local = run.model_copy(update={"model": "some-local-model"})
    assert wording.expected_use(forecast(local, [])) == "expected 8–93 turns, 1–20 min"


def test_an_expectation_without_a_doubt_is_no_interval() -> None:
    sure = Forecast(
        fresh_tokens=exactly(0), cached_tokens=exactly(0), output_tokens=exactly(0), turns=exactly(3),
        usd=exactly(0.001), seconds=exactly(20), runs=9,
    )  # fmt: skip
    assert wording.expected_use(sure) == "expected $0.01, 3 turns, 1 min"


def test_what_was_used_stands_beside_what_was_expected() -> None:
    interval = {"low": 1.0, "middle": 2.0, "high": 4.0}
    status = AgenticSessionStatus.model_validate(
        {
            "num_turns": 12,
            "usage": {"inputTokens": 5, "cacheCreationInputTokens": 900, "cacheReadInputTokens": 7000, "outputTokens": 60},
            "budget": {
                "usedUSD": 4.0,
                "usedSeconds": 90,
                "forecastError": 0.693,
                "forecast": {
                    "usd": interval, "turns": interval, "seconds": interval, "freshTokens": interval,
                    "cachedTokens": interval, "outputTokens": interval, "runs": 3, "basis": "3 runs `of` <b>fix</b>",
                },
            },
        }
    )  # fmt: skip
    assert wording.forecast_details(status) == snapshot("""\
<details><summary>Forecast: it took 2.0 times what was expected</summary>

| | expected | used |
| --- | ---: | ---: |
| dollars | 1.00–4.00 | 4.00 |
| turns | 1–4 | 12 |
| minutes | 0.0–0.1 | 1.5 |
| tokens sent for the first time | 1–4 | 905 |
| tokens read from the cache | 1–4 | 7,000 |
| tokens of output | 1–4 | 60 |

It stood on: 3 runs of &lt;b>fix&lt;/b>.
</details>\
""")


def test_nothing_was_expected_of_a_model_that_is_scripted() -> None:
    interval = {"low": 1.0, "middle": 2.0, "high": 4.0}
    forecast_of = dict.fromkeys(("usd", "turns", "seconds", "freshTokens", "cachedTokens", "outputTokens"), interval)
    budget = {"usedUSD": 0.1, "usedSeconds": 9, "forecastError": -3.5, "forecast": forecast_of}
    status = AgenticSessionStatus.model_validate({"budget": budget})
    assert wording.forecast_details(status) != ""
    assert wording.forecast_details(status, scripted=True) == ""


def test_nothing_is_said_of_a_session_that_never_ran() -> None:
    assert wording.forecast_details(AgenticSessionStatus()) == ""
    refused = {"budget": {"usedUSD": 0.0, "forecast": {"basis": "no run yet"}}}
    assert wording.forecast_details(AgenticSessionStatus.model_validate(refused)) == ""
