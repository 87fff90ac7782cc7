"""What a session is given before it runs: its model and prompt, and a refusal only where nothing else is certain."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from crds.agent_loop import RHYTHM, PastRun, Run, expected
from crds.agentic_session import Task
from crds.usage import Tokens, cost, price_of
from crds.work_order import Limits
from handlers import wording
from handlers.model_choice import LADDER, Demand, choose
from handlers.planning import Wish, candidates, planned, window_of

SONNET = "claude-sonnet-5-5"


def limits(
    usd: float | None = 5.0, *, context: int = 32_000, tokens: int | None = None, turns: int = 100, seconds: int = 1800
) -> Limits:
    return Limits(
        context_tokens=context, total_tokens=tokens, cost_usd=usd, turns=turns, seconds=seconds, bundle_bytes=1_000_000
    )


def wish(
    usd: float | None = 5.0, *, task: Task = Task.FIX, model: str = SONNET, past: Sequence[PastRun] = (), gpu: str = "",
    tokens: int | None = None, context: int = 32_000, default: str = SONNET,
) -> Wish:  # fmt: skip
    return Wish(
        repository="1", task=task, model=model, limits=limits(usd, context=context, tokens=tokens), default=default,
        gpu=gpu, history=dict.fromkeys(candidates(model, default), past),
    )  # fmt: skip


def cheap_runs(count: int, *, times: float, model: str = SONNET) -> list[PastRun]:
    """Runs of the kind that have used so many times what the arithmetic says."""
    run = Run(repository="1", task=Task.FIX, model=model, prompt=20_000)
    base, price = expected(run), price_of(model)
    assert price
    tokens = Tokens(
        cache_write=round(base.fresh * times), cache_read=round(base.cached * times), output=round(base.output * times)
    )
    one = PastRun(run=run, tokens=tokens, turns=20, usd=float(cost(tokens, price)), seconds=100)
    return [one] * count


def test_a_usual_budget_is_given_as_it_is() -> None:
    plan = planned(wish())
    assert (plan.model, plan.reason, plan.refused, plan.warning) == (SONNET, "", "", "")
    assert plan.limits == limits()
    assert plan.window == 1_000_000


def test_a_cent_does_not_pay_for_a_first_answer_and_what_would_is_said() -> None:
    plan = planned(wish(0.01))
    assert plan.refused == (
        "A budget of $0.01 does not pay for the first answer of claude-sonnet-5-5, which takes $0.0194 before a word "
        "of the request is read. Such work is expected $0.16–2.11, 8–93 turns, 1–20 min. `/vteam budget $2.20` and then "
        "`/vteam retry` would do, or take a cheaper model: `--model claude-haiku-5-5`."
    )


@pytest.mark.parametrize("usd", [0.02, 0.05, 0.3])
def test_a_small_budget_is_never_refused_where_nothing_has_been_learned(usd: float) -> None:
    plan = planned(wish(usd))
    assert plan.refused == ""
    assert plan.warning


def test_a_prompt_is_cut_so_that_the_work_fits_into_the_budget() -> None:
    plan = planned(wish(0.45))
    assert plan.limits.context_tokens == 8_000
    assert plan.forecast.usd is not None
    assert plan.forecast.usd.middle <= 0.45
    assert plan.warning == (
        "The budget of $0.45 is small for this, so the prompt is cut to 8,000 tokens; nothing is spent beyond the "
        "budget."
    )
    assert planned(wish(0.05)).limits.context_tokens == 4_000
    assert planned(wish(0.05, context=3_000)).limits.context_tokens == 3_000


def test_a_budget_that_is_only_tight_is_told_and_not_cut() -> None:
    plan = planned(wish(0.7))
    assert plan.limits.context_tokens == 32_000
    assert plan.warning == "The budget of $0.70 may not be enough; nothing is spent beyond it."


def test_what_runs_have_cost_here_decides_once_there_are_enough() -> None:
    dear = wish(0.1, past=cheap_runs(30, times=3.0))
    assert planned(dear).refused.startswith("A budget of $0.10 is less than nine of ten such runs have cost here:")
    assert planned(wish(0.1, past=cheap_runs(7, times=3.0))).refused == ""
    assert planned(wish(0.1, past=cheap_runs(30, times=0.2))).refused == ""


def test_too_few_tokens_for_a_first_answer_are_refused_in_words() -> None:
    assert planned(wish(tokens=2_000)).refused == (
        "A budget of 2,000 tokens does not reach for a first answer, which takes 4,679. "
        "Raise `spec.budget.totalTokens`, or leave it out."
    )


def test_a_model_without_a_price_has_no_dollars_to_run_out_of() -> None:
    plan = planned(wish(0.01, model="some-local-model"))
    assert (plan.refused, plan.limits.cost_usd, plan.forecast.usd, plan.window) == ("", None, None, None)


def test_the_window_of_a_model_of_our_own_follows_from_its_gpus() -> None:
    assert window_of("Qwen/Qwen2.5-Coder-32B-Instruct-AWQ", "48GB") == 32_768
    assert window_of("Qwen/Qwen3-Coder-30B-A3B-Instruct-FP8", "48GB") == 78_059
    assert window_of("Qwen/Qwen3-Coder-30B-A3B-Instruct-FP8", "37.8Gi") is None  # 7,500: less than the estimate's error
    assert window_of("Qwen/Qwen2.5-Coder-32B-Instruct", "48GB") is None  # it does not fit, so that the GPU is wrong
    assert window_of("something-else", "48GB") is None
    assert window_of("claude-haiku-4-5", "48GB") == 200_000


def test_a_small_window_makes_a_small_forecast() -> None:
    small = planned(wish(model="Qwen/Qwen2.5-Coder-32B-Instruct-AWQ", gpu="48GB"))
    large = planned(wish(model="Qwen/Qwen2.5-Coder-32B-Instruct-AWQ"))
    assert small.window == 32_768
    assert small.forecast.fresh_tokens.middle < large.forecast.fresh_tokens.middle


def test_what_the_model_counts_makes_the_forecast_larger() -> None:
    plain = wish()
    learned = Wish(**{**plain.__dict__, "counts": {SONNET: [(10_000, 13_000)] * 20}})
    assert planned(learned).tokens_per_count == pytest.approx(1.28, abs=0.02)


@pytest.mark.parametrize(
    ("task", "model"),
    [
        (Task.ASK, LADDER[0]),
        (Task.REVIEW, LADDER[1]),
        (Task.FIX, LADDER[1]),
        (Task.RUN, LADDER[1]),
        (Task.PLAN, LADDER[2]),
    ],
)
def test_a_model_is_chosen_by_its_task(task: Task, model: str) -> None:
    plan = planned(wish(task=task, model="auto"))
    assert plan.model == model
    assert plan.reason.startswith(f"{model}: ")


def test_a_large_prompt_takes_a_larger_model_and_a_small_budget_a_cheaper_one() -> None:
    large = planned(wish(task=Task.ASK, model="auto", context=100_000))
    assert large.reason == (
        "claude-sonnet-5-5: a prompt of about 80,000 tokens is too much to tell apart for a smaller one"
    )
    poor = planned(wish(0.3, model="auto"))
    assert poor.reason == (
        "claude-haiku-5-5 in place of claude-sonnet-5-5, which would cost about $0.58: the budget is $0.30"
    )
    assert poor.refused == ""


def test_nothing_is_chosen_where_the_installation_serves_one_model() -> None:
    plan = planned(wish(model="auto", default="some-local-model"))
    assert (plan.model, plan.reason) == ("some-local-model", "some-local-model: the one that this installation serves")


def test_the_choice_is_the_cheapest_where_the_budget_covers_none() -> None:
    demand = Demand(Task.PLAN, 32_000, 0.01)
    assert choose(demand, {LADDER[0]: 0.1, LADDER[1]: 0.4, LADDER[2]: 0.8}.get).model == LADDER[0]
    assert choose(Demand(Task.PLAN, 32_000, None), lambda _: None).model == LADDER[2]


def test_a_conversation_that_goes_on_is_part_of_what_it_will_cost() -> None:
    plain, further = planned(wish()).forecast.usd, planned(replace(wish(), earlier=90_000)).forecast.usd
    assert plain is not None
    assert further is not None
    assert further.middle - plain.middle == pytest.approx(0.71, abs=0.02)
    # No more of it goes along than the runner takes: three budgets of the prompt.
    small = replace(wish(context=8_000), earlier=90_000)
    assert planned(small).forecast == planned(replace(small, earlier=24_000)).forecast


def said(**more: int) -> tuple[str, str, str]:
    """What is expected, what is warned of, and what is refused, where a limit is this."""
    plan = planned(replace(wish(), limits=limits(**more)))
    return wording.expected_use(plan.forecast), plan.warning, plan.refused


def test_nothing_is_expected_beyond_a_limit_and_the_limit_is_told() -> None:
    assert said(turns=3) == snapshot(
        (
            "expected $0.09–0.11, 3 turns, 1 min",
            "The limit of 3 turns will probably end it before it is done: nine of ten such runs take 8 or more.",
            "",
        )
    )
    assert said(turns=60) == snapshot(
        ("expected $0.16–1.16, 8–60 turns, 1–13 min", "The limit of 60 turns may end it before it is done.", "")
    )
    assert said(seconds=60) == snapshot(
        (
            "expected $0.12–0.13, 5–6 turns, 1 min",
            "The limit of 1 min will probably end it before it is done: nine of ten such runs take 1.4 min or more.",
            "",
        )
    )
    assert said(seconds=600) == snapshot(
        ("expected $0.16–0.85, 8–48 turns, 1–10 min", "The limit of 10 min may end it before it is done.", "")
    )


def test_a_budget_of_tokens_is_told_and_cut_for_as_one_of_dollars_is() -> None:
    assert said(tokens=5_000) == snapshot(
        (
            "expected $0.02, 1 turn, 1 min",
            "The budget of 5,000 tokens is small for this, so the prompt is cut to 4,000 tokens; nothing is spent beyond the budget. It will probably end the work before it is done: nine of ten such runs take 150,000 tokens or more.",
            "",
        )
    )
    assert said(tokens=60_000) == snapshot(
        (
            "expected $0.06–0.07, 4–8 turns, 1–2 min",
            "The budget of 60,000 tokens is small for this, so the prompt is cut to 4,000 tokens; nothing is spent beyond the budget. It will probably end the work before it is done: nine of ten such runs take 150,000 tokens or more.",
            "",
        )
    )
    assert said(tokens=800_000) == snapshot(
        (
            "expected $0.11–0.41, 8–39 turns, 1–9 min",
            "The budget of 800,000 tokens is small for this, so the prompt is cut to 4,000 tokens; nothing is spent beyond the budget.",
            "",
        )
    )


def test_a_budget_below_what_nine_of_ten_runs_take_is_said_to_end_the_work() -> None:
    plan = planned(wish(0.05))
    assert (wording.expected_use(plan.forecast), plan.warning) == snapshot(
        (
            "expected $0.05, 3–6 turns, 1–2 min",
            "The budget of $0.05 is small for this, so the prompt is cut to 4,000 tokens; nothing is spent beyond the budget. It will probably end the work before it is done: nine of ten such runs take $0.11 or more.",
        )
    )


def test_what_runs_have_used_in_tokens_decides_once_there_are_enough() -> None:
    runs = cheap_runs(30, times=3.0)
    assert planned(wish(tokens=500_000, past=runs)).refused == snapshot(
        "A budget of 500,000 tokens is less than nine of ten such runs have used here: expected 1,500,000–2,400,000 tokens (30 runs of fix here with claude-sonnet-5-5). Raise `spec.budget.totalTokens`, or leave it out."
    )
    assert planned(wish(tokens=500_000, past=runs[:7])).refused == ""
    assert planned(wish(tokens=20_000_000, past=runs)).refused == ""


def past_turns(task: Task, turns: float, *, count: int = 8) -> list[PastRun]:
    [one] = cheap_runs(1, times=1.0)
    run = one.run.model_copy(update={"task": task})
    return [one.model_copy(update={"run": run, "turns": round(turns)})] * count


@pytest.mark.parametrize(
    ("task", "times", "model"),
    [
        (Task.FIX, 0.3, LADDER[0]), (Task.FIX, 0.5, LADDER[1]), (Task.FIX, 1.8, LADDER[1]), (Task.FIX, 2.1, LADDER[2]),
        (Task.REVIEW, 0.3, LADDER[0]), (Task.REVIEW, 2.1, LADDER[2]), (Task.ASK, 0.3, LADDER[0]),
        (Task.ASK, 2.1, LADDER[1]), (Task.PLAN, 0.3, LADDER[2]), (Task.PLAN, 2.1, LADDER[2]),
    ],
)  # fmt: skip
def test_work_that_was_large_or_small_here_takes_another_class(task: Task, times: float, model: str) -> None:
    runs = past_turns(task, times * RHYTHM[task].turns)
    assert planned(wish(20.0, task=task, model="auto", past=runs)).model == model
    few = past_turns(task, times * RHYTHM[task].turns, count=7)
    assert planned(wish(20.0, task=task, model="auto", past=few)).model == planned(wish(task=task, model="auto")).model


def test_the_reason_for_a_class_more_or_less_is_told() -> None:
    large, small = past_turns(Task.FIX, 61), past_turns(Task.FIX, 7)
    assert [planned(wish(20.0, model="auto", past=runs)).reason for runs in (large, small)] == snapshot(
        [
            "claude-opus-5-5: such work is large here, 61 turns of fix in the middle where 28 are usual",
            "claude-haiku-5-5: such work is small here, 7 turns of fix in the middle where 28 are usual",
        ]
    )
    assert planned(replace(wish(20.0, model="auto"), request=2_345)).reason == snapshot(
        "claude-opus-5-5: the request alone has about 2,300 tokens, more than most ask for at once"
    )
    asked = replace(wish(task=Task.ASK, model="auto"), earlier=50_000)
    assert planned(asked).reason == snapshot(
        "claude-sonnet-5-5: a prompt of about 76,000 tokens is too much to tell apart for a smaller one"
    )


def test_a_class_more_is_taken_only_where_the_budget_pays_for_it() -> None:
    plan = planned(replace(wish(0.7, model="auto"), request=2_345))
    assert (plan.model, plan.reason) == snapshot(
        (
            "claude-sonnet-5-5",
            "claude-sonnet-5-5 in place of claude-opus-5-5, which would cost about $1.16: the budget is $0.70",
        )
    )
