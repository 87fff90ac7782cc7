"""How full the agent's window is: asked once a turn, one question at a time, and in nobody's way."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from runner.progress import News
from runner.window import Window
from tests.runner.house import pod_for
from tests.runner.repositories import make_repository, order_for, ordered
from tests.runner.scripted_model import says, uses


class Told:
    """Where the news goes."""

    def __init__(self) -> None:
        self.news: list[News] = []

    def tell(self, news: News) -> None:
        self.news.append(news)


async def turns_of_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Program:
    """Answers questions when the story says so."""

    def __init__(self) -> None:
        self.answers: list[asyncio.Future[dict[str, Any]]] = []
        self.told = Told()
        self.window = Window(self._ask, self.told, size=150_000)  # type: ignore[arg-type]

    async def _ask(self) -> dict[str, Any]:
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]

    async def turn(self, number: int) -> None:
        self.window.turn(number)
        await turns_of_the_loop()

    async def says(self, tokens: object) -> None:
        self.answers[-1].set_result({"totalTokens": tokens, "maxTokens": 200_000, "percentage": 3})
        await turns_of_the_loop()

    async def fails(self) -> None:
        self.answers[-1].set_exception(Exception("Control request timeout: get_context_usage"))
        await turns_of_the_loop()

    @property
    def news(self) -> list[tuple[int, int | None, int | None]]:
        assert {one.kind for one in self.told.news} <= {"context"}
        return [(one.turn, one.context_tokens, one.context_window) for one in self.told.news]


async def test_a_slow_answer_is_not_asked_for_twice_and_the_turn_that_passed_meanwhile_comes_next() -> None:
    program = Program()
    for number in (1, 2, 3):
        await program.turn(number)
    assert len(program.answers) == 1
    await program.says(5000)
    assert len(program.answers) == 2
    await program.says(7000)
    assert program.news == [(1, 5000, 200_000), (3, 7000, 200_000)]
    assert len(program.answers) == 2


async def test_an_answer_that_fails_or_is_none_is_nobodys_trouble_and_is_not_asked_for_again() -> None:
    program = Program()
    await program.turn(1)
    await program.fails()
    assert len(program.answers) == 1
    await program.turn(2)
    await program.says("many")
    assert len(program.answers) == 2
    await program.turn(3)
    program.window.close(0)
    await turns_of_the_loop()
    assert program.answers[2].cancelled()
    assert program.news == []


async def test_the_end_of_a_run_waits_for_what_the_last_turn_took() -> None:
    program = Program()
    await program.turn(1)
    await program.turn(2)
    settling = asyncio.create_task(program.window.settle())
    await turns_of_the_loop()
    await program.says(5000)
    assert not settling.done()
    await program.says(6000)
    await settling
    program.window.close(4000)
    assert program.news == [(1, 5000, 200_000), (2, 6000, 200_000)]


async def test_where_the_answer_does_not_come_in_time_the_last_requests_count_stands_in_for_it() -> None:
    program = Program()
    await program.turn(1)
    await program.window.settle(0.01)
    program.window.close(4000)
    await turns_of_the_loop()
    assert program.answers[0].cancelled()
    assert program.news == [(1, 4000, 150_000)]


@pytest.mark.long
async def test_each_turn_of_a_real_run_tells_how_full_the_window_is(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    turns = [[uses("Bash", command=f"sleep 1; echo {number}")] for number in range(3)]
    order = order_for(ordered(calc), window_tokens=150_000)
    async with pod_for(tmp_path / "pod", order, *turns, [says("Done.")]) as pod:
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    told = [event for event in pod.api.events if event.kind == "context"]
    assert [event.turn for event in told] == [1, 2, 3, 4]
    assert {event.context_window for event in told} == {150_000}
    assert all(1000 < (event.context_tokens or 0) < 150_000 for event in told)


async def test_a_run_of_one_turn_tells_how_full_the_window_was(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    order = order_for(ordered(calc), window_tokens=150_000)
    async with pod_for(tmp_path / "pod", order, [says("Done.")]) as pod:
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    [told] = [event for event in pod.api.events if event.kind == "context"]
    assert (told.turn, told.context_window) == (1, 150_000)
    # The program counts all that it sent, and not what the model says of one request (100 tokens here).
    assert 1000 < (told.context_tokens or 0) < 150_000
