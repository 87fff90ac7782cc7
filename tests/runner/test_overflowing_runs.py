"""Runs of the real agent's program whose requests are too long for the window: they go on, or end with clear words."""

from pathlib import Path
from typing import Any

import pytest

from crds.agentic_session import Task
from crds.work_order import WorkOrder
from runner.renewal import MOST_OVERFLOWS
from tests.runner.house import pod_for
from tests.runner.repositories import Repository, limits, make_repository, order_for, ordered
from tests.runner.scripted_model import Turn, says, uses
from tests.runner.test_overflow import OLD_VLLM, VLLM


def many_files(folder: Path) -> Repository:
    files = {f"m{n}.py": "".join(f"value_{n}_{k} = {k}\n" for k in range(500)) for n in range(16)}
    return make_repository(folder / "calc", files)


def reads(folder: Path, *numbers: int) -> list[Any]:
    return [uses("Read", file_path=str(folder / f"pod/workspace/acme__calc/m{n}.py")) for n in numbers]


def asking(calc: Repository, window: int) -> WorkOrder:
    return order_for(ordered(calc), task=Task.ASK, window_tokens=window, limits=limits(turns=100))


async def test_a_turn_that_prints_more_than_the_window_holds_does_not_end_the_run(tmp_path: Path) -> None:
    order = asking(many_files(tmp_path), 32_000)
    turns: list[Turn] = [reads(tmp_path, *range(12)), reads(tmp_path, 15), [says("It is in m15.py.")]]
    async with pod_for(tmp_path / "pod", order, *turns) as pod:
        pod.model.counts = True
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    assert [event.text for event in pod.api.events if event.kind == "context" and event.text][:1] == ["renewed"]
    asked = str(pod.model.requests[1]["messages"])
    assert "Look at less at once" in asked
    assert "/acme__calc/m0.py` (" in asked
    assert "value_11_7 = 7" in asked
    assert 6 <= asked.count("masked; run it again if needed") < 12
    agent = pod.api.final.agent
    assert agent is not None
    assert (agent.text, agent.is_error) == ("It is in m15.py.", False)
    assert "Prompt is too long" not in [event.text for event in pod.api.events]
    assert {event.turn for event in pod.api.events if event.kind == "turn"} == {1, 2, 3}


async def test_a_server_that_finds_a_request_too_long_in_its_own_words_is_heard(tmp_path: Path) -> None:
    """It holds less than was thought."""
    order = asking(many_files(tmp_path), 32_000)
    async with pod_for(tmp_path / "pod", order, reads(tmp_path, 0, 1, 2), [says("It is in m15.py.")]) as pod:
        pod.model.counts, pod.model.holds, pod.model.too_long = True, 12_500, VLLM
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    assert pod.api.final.agent is not None
    assert pod.api.final.agent.text == "It is in m15.py."
    assert "masked; run it again if needed" in str(pod.model.requests[-1]["messages"])


@pytest.mark.long
async def test_an_agent_that_goes_on_printing_too_much_is_ended_with_words(tmp_path: Path) -> None:
    order = asking(many_files(tmp_path), 32_000)
    turns = [reads(tmp_path, *range(12)) for _ in range(MOST_OVERFLOWS + 3)]
    async with pod_for(tmp_path / "pod", order, *turns) as pod:
        ended = await pod.run()
    assert ended.code == 1
    assert len(pod.model.requests) == MOST_OVERFLOWS + 1
    assert pod.api.final.error.startswith("A request did not fit into the model's window of 32,000 tokens")
    assert "Name a model with a larger one" in pod.api.final.error


async def test_a_first_prompt_that_is_too_long_ends_the_run_at_once(tmp_path: Path) -> None:
    async with pod_for(tmp_path / "pod", asking(many_files(tmp_path), 32_000)) as pod:
        pod.model.counts, pod.model.holds, pod.model.too_long = True, 3000, OLD_VLLM
        ended = await pod.run()
    assert ended.code == 1
    assert len(pod.model.requests) == 1
    assert "did not fit into the model's window" in pod.api.final.error
    assert "400: Prompt is too long" in pod.api.final.error


@pytest.mark.long
async def test_what_the_newest_turn_prints_is_counted_before_the_program_would_summarise(tmp_path: Path) -> None:
    """Four small turns, and one that would fill the window of 64,000 tokens: no server has counted its output yet."""
    small = [reads(tmp_path, n) for n in range(4)]
    order = asking(many_files(tmp_path), 64_000)
    async with pod_for(tmp_path / "pod", order, *small, reads(tmp_path, *range(4, 12)), [says("In m15.py.")]) as pod:
        pod.model.counts = True
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    assert [event.text for event in pod.api.events if event.kind == "context" and event.text] == ["renewed"]
    assert pod.api.final.agent is not None
    assert pod.api.final.agent.text == "In m15.py."


@pytest.mark.long
async def test_a_small_window_holds_a_run_of_many_turns(tmp_path: Path) -> None:
    """Each look is a fourth of what the program sends in a window of 20,000 tokens."""
    prose = "The lock of the table is taken by the writer and given back by the reader that comes after it.\n" * 120
    calc = make_repository(tmp_path / "calc", {f"m{n}.py": f"# module {n}\n{prose}" for n in range(16)})
    found = "m{0} holds the lock of orders_{0}. {1}"
    why = "It is taken by who writes an order, and who reads it next gives it back. " * 6
    looks: list[Turn] = [[says(found.format(n, why)), *reads(tmp_path, n)] for n in range(16)]
    async with pod_for(tmp_path / "pod", asking(calc, 20_000), *looks, [says("Done.")]) as pod:
        pod.model.counts = True
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    assert pod.api.final.agent is not None
    assert pod.api.final.agent.text == "Done."
    last = str(pod.model.requests[-1]["messages"])
    assert last.count("The older part of this conversation is left out here") == 1
    assert "m15 holds the lock of orders_15." in last
    assert "fix the sum in" in last
