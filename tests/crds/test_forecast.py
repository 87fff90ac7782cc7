"""Forecasts: the arithmetic of a loop, and how past runs move it."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.agent_loop import PastRun, Run, expected, least_usd
from crds.agentic_session import Task
from crds.censored import settled
from crds.forecast import Interval
from crds.learning import calibrated, forecast, likely_prompt, own, pinball, usual_turns
from crds.overhead import overhead
from crds.usage import Tokens, cost, price_of

SHOP = Run(repository="1", task=Task.FIX, model="claude-sonnet-5-5", prompt=20_000)


def past(run: Run = SHOP, *, times: float = 1.0, turns: float | None = None) -> PastRun:
    """A run that used so many times what the arithmetic says."""
    base = expected(run)
    tokens = Tokens(
        cache_write=round(base.fresh * times), cache_read=round(base.cached * times), output=round(base.output * times)
    )
    price = price_of(run.model)
    return PastRun(
        run=run,
        tokens=tokens,
        turns=round(turns if turns is not None else base.turns * times),
        usd=float(cost(tokens, price)) if price else None,
        seconds=base.seconds * times,
    )


def test_a_loop_writes_each_token_once_and_reads_it_in_every_later_turn() -> None:
    made = expected(SHOP)
    first = overhead(Task.FIX, SHOP.model) + 20_000
    # Turn by turn: 500 tokens said and 1,000 read are added to what is sent again.
    sent = [first + 1500 * turn for turn in range(28)]
    assert made.fresh == first + 27 * 1500
    assert made.cached == sum(sent[:-1])
    assert made.output == 14_000
    dollars = made.fresh * 2.5 + made.cached * 0.2 + made.output * 10
    assert made.usd == pytest.approx(dollars / 1e6, rel=1e-6)


def test_what_is_not_known_yet_is_wide_around_the_arithmetic() -> None:
    made = forecast(SHOP, [])
    assert made.runs == 0
    assert made.basis.startswith("no run of fix yet")
    assert made.turns.middle == pytest.approx(28, rel=0.01)
    assert made.turns.low < 14
    assert made.turns.high > 56
    assert made.usd is not None
    assert made.usd.middle == pytest.approx(expected(SHOP).usd or 0, rel=0.01)


def test_a_model_without_a_price_has_no_dollars() -> None:
    assert forecast(SHOP.model_copy(update={"model": "some-local-model"}), []).usd is None


def test_runs_of_the_very_kind_replace_the_guess() -> None:
    none, some, many = (forecast(SHOP, [past(times=3.0)] * count) for count in (0, 5, 60))
    assert none.turns.middle < some.turns.middle <= many.turns.middle
    assert many.turns.middle == pytest.approx(84, rel=0.05)
    assert many.turns.high - many.turns.low < none.turns.high - none.turns.low
    assert many.basis == "60 runs of fix here with claude-sonnet-5-5"


def test_the_nearest_runs_count_most() -> None:
    elsewhere = SHOP.model_copy(update={"repository": "2"})
    other = elsewhere.model_copy(update={"model": "claude-opus-5-5"})
    short = [past(other, times=0.3)] * 50
    assert forecast(SHOP, short).turns.middle < 11  # nothing else is known
    # The same model in another repository, against any number of runs of another model.
    assert forecast(SHOP, [*[past(elsewhere, times=3.0)] * 12, *short]).turns.middle > 56
    # Its own runs, against any number of runs elsewhere.
    own = forecast(SHOP, [*[past(times=0.5)] * 20, *[past(elsewhere, times=5.0)] * 180])
    assert own.turns.middle < 21
    assert own.basis == "20 runs of fix here with claude-sonnet-5-5, 180 elsewhere"


def test_other_tasks_do_not_count() -> None:
    asked = [past(SHOP.model_copy(update={"task": Task.ASK}), times=9.0)] * 50
    assert forecast(SHOP, asked) == forecast(SHOP, [])


def test_one_odd_run_does_not_move_the_middle_far() -> None:
    calm = [past(times=1.0)] * 10
    odd = forecast(SHOP, [past(times=1000.0), *calm])
    assert odd.turns.middle < 2 * forecast(SHOP, calm).turns.middle
    assert odd.turns.middle == pytest.approx(28, rel=0.15)


def test_a_forecast_follows_the_size_of_the_prompt() -> None:
    history = [past(times=2.0)] * 30
    small, large = (forecast(SHOP.model_copy(update={"prompt": size}), history) for size in (2_000, 100_000))
    assert large.fresh_tokens.middle > 3 * small.fresh_tokens.middle
    assert small.turns.middle == pytest.approx(large.turns.middle)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 3)), max_size=30), st.integers(0, 10**6))
def test_an_interval_is_always_in_order(runs: list[tuple[float, int]], prompt: int) -> None:
    history = [past(SHOP.model_copy(update={"repository": str(name)}), times=times) for times, name in runs]
    made = forecast(SHOP.model_copy(update={"prompt": prompt}), history)
    for one in (made.fresh_tokens, made.cached_tokens, made.output_tokens, made.turns, made.usd, made.seconds):
        assert one is not None
        assert 0 <= one.low <= one.middle <= one.high < math.inf


def test_nine_of_ten_runs_stay_below_the_upper_end_once_it_has_learned() -> None:
    dice = random.Random(4)
    runs = [past(times=math.exp(dice.gauss(0.4, 0.5))) for _ in range(400)]
    made = forecast(SHOP, runs[:200])
    later = [run.turns for run in runs[200:]]
    assert 0.84 < sum(turns <= made.turns.high for turns in later) / 200 < 0.96
    assert 0.05 < sum(turns <= made.turns.low for turns in later) / 200 < 0.17


def test_a_prompt_is_expected_as_large_as_it_was_here() -> None:
    known = [past(SHOP.model_copy(update={"prompt": size})) for size in (9_000, 10_000, 30_000)]
    most = SHOP.model_copy(update={"prompt": 32_000})
    assert likely_prompt(most, []) == 25_600
    assert likely_prompt(most, known) == 10_000
    assert likely_prompt(SHOP.model_copy(update={"prompt": 4_000}), known) == 4_000


def test_foreign_runs_do_not_hide_how_large_its_prompts_were() -> None:
    foreign = past(SHOP.model_copy(update={"repository": "2"}))
    known = [past(SHOP.model_copy(update={"prompt": 900}))] * 50
    assert likely_prompt(SHOP.model_copy(update={"prompt": 32_000}), [*[foreign] * 500, *known]) == 900


def test_the_prompt_of_a_conversation_that_goes_on_is_like_that_of_others_that_did() -> None:
    afresh = [past(SHOP.model_copy(update={"prompt": 20_000}))] * 50
    went_on = [past(SHOP.model_copy(update={"prompt": 1_500, "earlier": 40_000}))] * 3
    most = SHOP.model_copy(update={"prompt": 32_000})
    further = most.model_copy(update={"earlier": 30_000})
    assert (likely_prompt(most, went_on + afresh), likely_prompt(further, went_on + afresh)) == (20_000, 1_500)
    assert likely_prompt(further, afresh) == 20_000
    assert likely_prompt(most, went_on) == 25_600, "what it says of the conversation says nothing of a fresh prompt"


def test_an_earlier_conversation_is_sent_with_every_turn() -> None:
    further = SHOP.model_copy(update={"earlier": 90_000})
    plain, more = expected(SHOP), expected(further)
    assert more.fresh - plain.fresh == 90_000
    assert more.cached - plain.cached == 27 * 90_000
    assert (more.usd or 0) - (plain.usd or 0) == pytest.approx(90_000 * (2.5 + 27 * 0.2) / 1e6, rel=1e-6)


def test_a_conversation_that_went_on_is_no_departure_of_ordinary_runs() -> None:
    history = [past(SHOP.model_copy(update={"earlier": 90_000}))] * 60
    made, plain = forecast(SHOP, history), expected(SHOP)
    assert made.usd is not None
    assert made.usd.middle == pytest.approx(plain.usd or 0, rel=0.02)


def test_the_weight_of_what_was_cut_goes_to_all_that_went_further() -> None:
    assert settled([(1, 1, False), (2, 1, True), (3, 1, False), (4, 1, False)]) == [(1, 1), (3, 1.5), (4, 1.5)]
    assert settled([(2, 1, True), (2, 1, False)]) == [(2, 1), (2, 1)], "nothing went further"
    assert settled([]) == []


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 3), st.booleans()), max_size=40))
def test_no_weight_is_lost_and_none_moves_to_the_left(seen: list[tuple[float, float, bool]]) -> None:
    found = settled(seen)
    assert sum(weight for _, weight in found) == pytest.approx(sum(weight for _, weight, _ in seen))
    for value, _ in found:
        right = sum(weight for other, weight in found if other >= value)
        assert right >= sum(weight for other, weight, _ in seen if other >= value) - 1e-6


def capped(dice: random.Random, *, usd: float, cap: float) -> PastRun:
    """A run that would cost so much in the middle, and that its budget ends."""
    made, base = usd * math.exp(dice.gauss(0.0, 0.738)), expected(SHOP).usd or 1.0
    run = past(times=min(made, cap) / base)
    return run.model_copy(update={"usd": min(made, cap), "cut": made > cap})


@pytest.mark.parametrize(("usd", "cap"), [(1.15, 1.0), (1.15, 2.0), (0.6, 1.0)])
def test_what_budgets_have_cut_is_learned_as_this_much_or_more(usd: float, cap: float) -> None:
    """Of 200 runs that would cost $0.45, 1.15 and 2.96 (10, 50, 90 %) a budget of $1 cuts more than half."""
    dice = random.Random(8)
    runs = [capped(dice, usd=usd, cap=cap) for _ in range(200)]
    truth = [usd * math.exp(z * 0.738 * 1.2816) for z in (-1, 0, 1)]
    made, naive = forecast(SHOP, runs).usd, forecast(SHOP, [run for run in runs if not run.cut]).usd
    assert made is not None
    assert naive is not None
    assert [made.low, made.middle] == pytest.approx(truth[:2], rel=0.2)
    # What lies beyond the budget nobody has seen: the guess has the last word there, and it is a wide one.
    assert 0.8 * truth[2] < made.high < 1.4 * truth[2]
    assert naive.high < 0.75 * truth[2]
    if cap < usd:
        assert naive.middle < 0.65 * truth[1]


def test_runs_that_were_cut_are_told_and_make_nothing_sure() -> None:
    runs = [past().model_copy(update={"cut": True})] * 3 + [past()] * 5
    assert forecast(SHOP, runs).basis == "8 runs of fix here with claude-sonnet-5-5, 3 of these cut by a limit"
    assert own(SHOP, runs) == 5


def test_the_turns_of_a_repository_are_those_of_all_models_there() -> None:
    other = SHOP.model_copy(update={"model": "claude-opus-5-5"})
    here = [past(turns=10), past(other, turns=40), past(turns=40), past(turns=50)]
    elsewhere = [past(SHOP.model_copy(update={"repository": "2"}), turns=1)] * 9
    assert usual_turns(SHOP, elsewhere + here, least=4) == 40
    assert usual_turns(SHOP, elsewhere + here, least=5) is None


def test_no_first_answer_costs_less_than_its_fixed_parts() -> None:
    needed = least_usd(Task.FIX, "claude-sonnet-5-5")
    assert needed is not None
    assert float(needed) == pytest.approx((3655 * 2.5 + 1024 * 10) / 1e6)
    assert least_usd(Task.FIX, "some-local-model") is None


def test_the_loss_is_least_at_the_true_quantiles() -> None:
    sharp, wide = Interval(low=1, middle=2, high=3), Interval(low=0, middle=2, high=9)
    assert pinball(2.0, sharp) < pinball(2.0, wide)
    assert pinball(4.0, sharp) == pytest.approx((0.1 * 3 + 0.5 * 2 + 0.9 * 1) / 3)
    assert pinball(0.0, sharp) == pytest.approx((0.9 * 1 + 0.5 * 2 + 0.1 * 3) / 3)


def test_the_models_own_count_is_learned_from_what_it_reports() -> None:
    assert calibrated([]) == 1.0
    assert calibrated([(10_000, 13_000)]) == pytest.approx(math.sqrt(1.3))
    assert calibrated([(10_000, 13_000)] * 50) == pytest.approx(1.3, rel=0.01)
    assert calibrated([(10_000, 13_000)] * 50 + [(1, 10_000_000)] * 20) == pytest.approx(1.3, rel=0.01)
    assert calibrated([(1, 10_000_000)] * 50) == 3.0
