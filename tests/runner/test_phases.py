"""The phases of a run, and the context that is renewed at their borders where that pays: arithmetic, then the real CLI."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import ResultMessage

from crds.agentic_session import Task
from crds.forecast import Forecast, Interval
from crds.work_order import WorkOrder
from runner.conversation.mask import Masked, Reach, masked, size
from runner.conversation.messages import read
from runner.conversation.renewal import Outlook, behind, least_saved, nearly_full, pays, renewed, turns_left
from runner.phases import Phase, phase_after
from runner.watch import cost_of
from tests.runner.house import Pod, pod_for
from tests.runner.repositories import limits, make_repository, order_for, ordered
from tests.runner.scripted_model import says, uses
from tests.runner.test_conversation import long_run, words


@pytest.mark.parametrize(
    ("phase", "tool", "inputs", "after"),
    [
        (Phase.EXPLORE, "Read", {"file_path": "a.py"}, Phase.EXPLORE),
        (Phase.EXPLORE, "Bash", {"command": "pytest -q"}, Phase.EXPLORE),
        (Phase.EXPLORE, "Edit", {"file_path": "a.py"}, Phase.CHANGE),
        (Phase.EXPLORE, "Write", {}, Phase.CHANGE),
        (Phase.CHANGE, "Read", {"file_path": "a.py"}, Phase.CHANGE),
        (Phase.CHANGE, "Bash", {"command": "ls; grep -rn pytest ."}, Phase.CHANGE),
        (Phase.CHANGE, "Bash", {"command": "cd lib && python -m pytest -q tests | tail -5"}, Phase.VERIFY),
        (Phase.CHANGE, "Bash", {"command": 7}, Phase.CHANGE),
        (Phase.VERIFY, "Edit", {}, Phase.CHANGE),
        (Phase.VERIFY, "Bash", {"command": "pytest -q"}, Phase.VERIFY),
        (Phase.VERIFY, "Bash", {"command": "sed -i s/a/b/ a.py && pytest -q"}, Phase.VERIFY),
        (Phase.VERIFY, "Read", {"file_path": "a.py"}, Phase.VERIFY),
        (Phase.EXPLORE, "Bash", {"command": "cat > a.py <<'E'\nx\nE"}, Phase.CHANGE),
        (Phase.EXPLORE, "Bash", {"command": "git apply x.patch && make check"}, Phase.VERIFY),
        (Phase.CHANGE, "Bash", {"command": "timeout 120 pytest"}, Phase.VERIFY),
        (Phase.REPORT, "Read", {}, Phase.EXPLORE),
        (Phase.REPORT, "Write", {}, Phase.CHANGE),
    ],
)
def test_the_phase_by_what_the_agent_uses(phase: Phase, tool: str, inputs: Any, after: Phase) -> None:
    assert phase_after(phase, tool, inputs) is after


def after(saved: int, tokens: int) -> Masked:
    return Masked((), tokens, 1, saved)


@pytest.mark.parametrize(
    ("saved", "tokens", "written", "turns", "used", "worth"),
    [
        (60_000, 20_000, 10_000, 20, 80_000, True),  # 120,000 saved, 11,500 written anew, 4,000 read again
        (60_000, 20_000, 10_000, 2, 80_000, False),  # 12,000 saved
        (60_000, 20_000, 10_000, 0, 190_000, False),  # nothing is left to do
        (9_000, 1_000, 100, 500, 80_000, False),  # not worth the stop
        (20_000, 90_000, 60_000, 10, 100_000, False),  # the cache is worth more
        (20_000, 90_000, 60_000, 10, 130_000, True),  # but the window is nearly full
    ],
)
def test_a_renewal_pays_where_it_saves_more_than_the_cache_is_worth(
    saved: int, tokens: int, written: int, turns: int, used: int, worth: bool
) -> None:
    assert pays(after(saved, tokens), written, Outlook(turns, 200_000, used)) is worth


def test_more_turns_and_less_to_write_never_make_a_renewal_worse() -> None:
    for turns in range(1, 60):
        for written in range(0, 60_000, 7_000):
            if pays(after(30_000, 30_000), written, Outlook(turns, 200_000, 60_000)):
                assert pays(after(30_000, 30_000), written, Outlook(turns + 1, 200_000, 60_000))
                assert pays(after(30_000, 30_000), max(0, written - 7_000), Outlook(turns, 200_000, 60_000))


def test_how_long_a_run_goes_on() -> None:
    assert turns_left(10, 100, None) == 10
    assert turns_left(10, 15, None) == 5
    assert turns_left(10, 100, 25.0) == 15
    assert turns_left(10, 100, 4.0) == 5
    assert turns_left(10, 10, 25.0) == 0


def test_a_renewal_masks_what_is_old_and_counts_what_the_cache_takes_in_anew() -> None:
    messages = read(long_run(10))
    smaller = renewed(messages, words)
    assert smaller == masked(messages, share=0, count=words, reach=Reach.OLD_OUTPUT)
    assert smaller.outputs == 5
    assert smaller.messages[-1] == messages[-1]
    assert behind(messages, smaller, words) == smaller.tokens - size(messages[:2], words)
    short = read(long_run(2))
    assert behind(short, renewed(short, words), words) == 0


def test_in_a_nearly_full_window_more_is_masked_where_the_old_output_alone_is_not_enough() -> None:
    messages = read(long_run(10))
    roomy, full = Outlook(20, 200_000, 100_000), Outlook(20, 200_000, 130_000)
    assert renewed(messages, words, outlook=roomy) == renewed(messages, words)
    assert renewed(messages, words, outlook=full).outputs == 9


@pytest.mark.parametrize(
    ("used", "window", "full"),
    [
        (119_000, 200_000, False),
        (121_000, 200_000, True),
        (27_000, 64_000, False),
        (29_000, 64_000, True),  # the program summarises at 35,000, before three fifths are full
        (590_000, 1_000_000, False),
        (16_000, 32_000, False),
        (17_000, 32_000, True),  # beside an answer of 8,000 the program sends 21,000
    ],
)
def test_when_the_window_is_nearly_full(used: int, window: int, full: bool) -> None:
    assert nearly_full(used, window) is full


def test_in_a_small_window_less_has_to_be_saved() -> None:
    assert [least_saved(window) for window in (32_000, 200_000, 1_000_000)] == [1600, 10_000, 10_000]


def reading(path: Path, looks: int) -> list[Any]:
    """An agent that prints a lot, edits, runs the tests, and closes."""
    file = str(path / "pod/workspace/acme__calc/calc.py")
    test = "python3 -m unittest -q"
    return [
        *([uses("Bash", command=f"seq {number} {number + 2000}")] for number in range(looks)),
        [uses("Read", file_path=file)],
        [
            uses("Edit", file_path=file, old_string="a - b", new_string="a + b"),
            uses("Bash", command="sleep 1; echo both"),
        ],
        [uses("Read", file_path=file)],
        [uses("Edit", file_path=file, old_string="a + b", new_string="b + a")],
        [uses("Bash", command=test)],
        [says("Fixed, and checked.")],
    ]


def mending(path: Path, rounds: int) -> list[Any]:
    """An agent that edits and runs the tests again and again, in its shell, with a lot of output."""
    add = path / "pod/workspace/acme__calc/calc.py"
    turns: list[Any] = []
    for number in range(rounds):
        turns.append([uses("Bash", command=f"sed -i 's/return .*/return b + a + {number}/' {add}")])
        turns.append([uses("Bash", command=f"seq {number} {number + 2000}; python3 -m unittest -q")])
    return [*turns, [says("It does not go.")]]


def expecting(order: WorkOrder, turns: float) -> WorkOrder:
    some = Interval(low=turns, middle=turns, high=turns)
    forecast = Forecast(
        fresh_tokens=some, cached_tokens=some, output_tokens=some, turns=some, usd=None, seconds=some, runs=3
    )
    return order.model_copy(update={"forecast": forecast})


def asked(pod: Pod) -> list[int]:
    """Characters of each request's messages."""
    return [len(str(request["messages"])) for request in pod.model.requests]


async def test_at_the_border_of_a_phase_the_next_request_is_smaller_and_the_work_goes_on(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    order = expecting(order_for(ordered(calc), limits=limits(turns=200)), 150.0)
    async with pod_for(tmp_path / "pod", order, *reading(tmp_path, 12)) as pod:
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    sizes = asked(pod)
    assert sizes[14] < sizes[13] / 1.5
    renewed_request = str(pod.model.requests[14]["messages"])
    assert "[output of Bash `seq 0 2000` (" in renewed_request
    assert "Go on where you stopped." in renewed_request
    assert "'both'" in renewed_request
    assert "both" in str(pod.model.requests[15]["messages"])
    told = [(event.kind, event.text) for event in pod.api.events if event.kind in ("phase", "context")]
    shown = [one for one in told if one[1]]
    assert [text for kind, text in shown if kind == "phase"] == [
        "workspace", "context", "agent", "change", "verify", "report",
    ]  # fmt: skip
    assert ("context", "renewed") in shown
    result = pod.api.final
    assert result.agent is not None
    assert (result.agent.text, result.agent.is_error) == ("Fixed, and checked.", False)
    assert result.agent.reported_tokens.output == 20 * len(pod.model.requests)
    commit = calc.take(pod.api.handed[-1].bundles["acme__calc"])
    assert calc.show(commit, "calc.py") == "def add(a, b):\n    return b + a\n"
    assert list(pod.api.transcripts) == [result.agent.session_id]


def part(usd: float | None) -> ResultMessage:
    return ResultMessage(
        subtype="success", duration_ms=1, duration_api_ms=1, is_error=False, num_turns=1, session_id="s",
        total_cost_usd=usd,
    )  # fmt: skip


def test_a_renewed_run_has_cost_what_all_its_parts_have() -> None:
    assert cost_of([part(0.5), part(0.25), part(0.125)]) == 0.875
    assert cost_of([part(None), part(0.25)]) == 0.25
    assert cost_of([part(None)]) is None


@pytest.mark.long
async def test_the_parts_of_a_renewed_run_count_their_cost_from_nought(tmp_path: Path) -> None:
    """The real program: each request costs the same here, so that the sum shows whether one part was counted twice."""
    calc = make_repository(tmp_path / "calc")
    order = expecting(order_for(ordered(calc), limits=limits(turns=200)), 150.0)
    async with pod_for(tmp_path / "pod", order, *reading(tmp_path, 12)) as pod:
        assert (await pod.run()).code == 0
    assert "renewed" in [event.text for event in pod.api.events]
    async with pod_for(tmp_path / "plain", expecting(order, 8.0), [says("Done.")]) as plain:
        assert (await plain.run()).code == 0
    whole, one = pod.api.final.agent, plain.api.final.agent
    assert whole is not None
    assert one is not None
    assert one.reported_cost_usd
    assert whole.reported_cost_usd == pytest.approx(len(pod.model.requests) * one.reported_cost_usd)


async def test_where_it_does_not_pay_nothing_is_renewed(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    order = expecting(order_for(ordered(calc)), 8.0)
    async with pod_for(tmp_path / "pod", order, *reading(tmp_path, 1)) as pod:
        assert (await pod.run()).code == 0
    sizes = asked(pod)
    assert sizes == sorted(sizes)
    assert "renewed" not in [event.text for event in pod.api.events]


@pytest.mark.long
async def test_a_long_cycle_of_mending_and_testing_is_renewed_too(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    order = expecting(order_for(ordered(calc), limits=limits(turns=200)), 150.0)
    async with pod_for(tmp_path / "pod", order, *mending(tmp_path, 14)) as pod:
        assert (await pod.run()).code == 0
    told = [event.text for event in pod.api.events if event.text in ("change", "verify", "report", "renewed")]
    assert told.count("renewed") >= 1
    assert [text for text in told if text != "renewed"] == ["change", "verify"] * 14 + ["report"]
    sizes = asked(pod)
    assert max(sizes) < sum(sizes) / len(sizes) * 2
    assert any(after < before / 1.5 for before, after in pairwise(sizes))


@pytest.mark.long
@pytest.mark.parametrize("window", [32_000, 64_000])
async def test_a_question_whose_window_fills_is_masked_before_the_program_would_summarise(
    tmp_path: Path, window: int
) -> None:
    """In a window of 32,000 tokens the program's own summaries would follow one another from the third turn on."""
    files = {f"m{n}.py": "".join(f"value_{n}_{k} = {k}\n" for k in range(500)) for n in range(16)}
    calc = make_repository(tmp_path / "calc", files)
    folder = tmp_path / "pod/workspace/acme__calc"
    looks = [[says(f"Look {n}."), uses("Read", file_path=str(folder / f"m{n}.py"))] for n in range(16)]
    order = order_for(ordered(calc), task=Task.ASK, window_tokens=window, limits=limits(turns=100))
    async with pod_for(tmp_path / "pod", order, *looks, [says("It is in m15.py.")]) as pod:
        pod.model.counts = True
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    told = [event.text for event in pod.api.events if event.kind == "context" and event.text]
    assert set(told) == {"renewed"}
    last = str(pod.model.requests[-1]["messages"])
    assert last.count("masked; run it again if needed") >= 8
    assert "value_15_7 = 7" in last
    assert all(f"Look {n}." in last for n in range(16))
    assert [event.text for event in pod.api.events if event.kind == "phase"][-2:] == ["agent", "report"]
    agent = pod.api.final.agent
    assert agent is not None
    assert agent.text == "It is in m15.py."
