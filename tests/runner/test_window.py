"""How full the agent's window is: asked once a turn, one question at a time, and in nobody's way."""

import asyncio
from pathlib import Path
from typing import Any

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


async def test_a_slow_answer_is_not_asked_for_twice_and_one_that_fails_is_nobodys_trouble() -> None:
    answers: list[asyncio.Future[dict[str, Any]]] = []

    async def ask() -> dict[str, Any]:
        answers.append(asyncio.get_running_loop().create_future())
        return await answers[-1]

    told = Told()
    window = Window(ask, told)  # type: ignore[arg-type]
    for number in (1, 2, 3):
        window.turn(number)
        await turns_of_the_loop()
    assert len(answers) == 1
    answers[0].set_result({"totalTokens": 5000, "maxTokens": 200_000, "percentage": 3})
    await turns_of_the_loop()
    window.turn(4)
    await turns_of_the_loop()
    answers[1].set_exception(Exception("Control request timeout: get_context_usage"))
    await turns_of_the_loop()
    window.turn(5)
    await turns_of_the_loop()
    answers[2].set_result({"totalTokens": "many"})
    await turns_of_the_loop()
    window.turn(6)
    await turns_of_the_loop()
    window.close()
    await turns_of_the_loop()
    assert answers[3].cancelled()
    assert told.news == [News("context", turn=1, context_tokens=5000, context_window=200_000)]


async def test_each_turn_of_a_real_run_tells_how_full_the_window_is(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    turns = [[uses("Bash", command=f"sleep 1; echo {number}")] for number in range(3)]
    order = order_for(ordered(calc), window_tokens=150_000)
    async with pod_for(tmp_path / "pod", order, *turns, [says("Done.")]) as pod:
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    told = [event for event in pod.api.events if event.kind == "context"]
    assert len(told) >= 2
    assert {event.context_window for event in told} == {150_000}
    assert all(event.context_tokens is not None and 0 < event.context_tokens < 150_000 for event in told)
