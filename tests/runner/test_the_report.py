"""What is handed back: bundles of several repositories, their limit, and what the bot refuses."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from crds.result import ProgressBatch, ProgressEvent, Result
from crds.work_order import WorkOrder
from runner.bot_api import BotApi
from runner.calls import Call, Caller
from runner.endings import PrerequisiteFailed
from runner.progress import News, Progress, telling
from runner.report import Reporter
from runner.workspace import prepare
from tests.runner.api import TOKEN, StandInApi, api_serving
from tests.runner.repositories import hardened_git, limits, make_repository, order_for, ordered

DONE = Result(exit_code=0)


def api_of(stand_in: StandInApi, folder: Path) -> BotApi:
    (folder / "token").write_text(TOKEN, "utf-8")
    return BotApi(Caller(stand_in.url, folder / "token"))


@asynccontextmanager
async def reporting(folder: Path, order: WorkOrder) -> AsyncIterator[tuple[Reporter, StandInApi]]:
    """A reporter over cloned repositories, and the bot that it reports to."""
    git = hardened_git(folder)
    await prepare(order.repositories, folder / "workspace", git=git)
    async with api_serving(order) as stand_in:
        yield Reporter(api_of(stand_in, folder), order, folder / "workspace", folder / "tmp", git), stand_in
        assert stand_in.unexpected == []


async def test_each_writable_repository_has_its_bundle_and_a_readable_one_has_none(tmp_path: Path) -> None:
    origins = {name: make_repository(tmp_path / name) for name in ("one", "two", "idle", "read")}
    repositories = [ordered(origin, name=name, writable=name != "read") for name, origin in origins.items()]
    async with reporting(tmp_path, order_for(*repositories)) as (reporter, bot):
        for name in ("one", "two", "read"):
            (tmp_path / "workspace" / name / "new.py").write_text(name, "utf-8")
        sent = await reporter.send(DONE, await reporter.gather(mend=True), final=True)
    handed = bot.handed[0]
    assert handed.document == sent
    assert [(work.repository, work.commits, work.bundle) for work in sent.work] == [("one", 1, True), ("two", 1, True)]
    for name in ("one", "two"):
        assert origins[name].show(origins[name].take(handed.bundles[name]), "new.py") == name
    assert set(handed.bundles) == {"one", "two"}
    assert not list((tmp_path / "tmp").iterdir())


async def test_a_bundle_over_the_limit_is_told_and_not_sent(tmp_path: Path) -> None:
    order = order_for(ordered(make_repository(tmp_path / "calc")), limits=limits(bundle_bytes=10_000))
    async with reporting(tmp_path, order) as (reporter, bot):
        (tmp_path / "workspace/acme__calc/noise.bin").write_bytes(os.urandom(20_000))
        await reporter.send(DONE, await reporter.gather(mend=True), final=True)
    result = bot.final
    assert result.exit_code == 1
    assert result.error.startswith("The work in acme__calc takes ")
    assert result.error.endswith("and 0.01 MB may be handed back.")
    assert (result.work[0].commits, result.work[0].bundle) == (1, False)
    assert bot.handed[0].bundles == {}


async def test_work_that_the_bot_does_not_take_is_told_without_it(tmp_path: Path) -> None:
    order = order_for(ordered(make_repository(tmp_path / "calc")))
    async with reporting(tmp_path, order) as (reporter, bot):
        (tmp_path / "workspace/acme__calc/new.py").write_text("x", "utf-8")
        bot.answers["result"] = [web.json_response({"detail": "it touches the workflows"}, status=422)]
        await reporter.send(DONE, await reporter.gather(mend=True), final=True)
    assert (bot.final.exit_code, bot.final.work) == (1, ())
    assert bot.final.error == "The work was not taken: it touches the workflows"


async def test_a_bundle_larger_than_any_buffer_streams(tmp_path: Path) -> None:
    origin = make_repository(tmp_path / "calc")
    order = order_for(ordered(origin), limits=limits(bundle_bytes=100_000_000))
    async with reporting(tmp_path, order) as (reporter, bot):
        (tmp_path / "workspace/acme__calc/noise.bin").write_bytes(os.urandom(6_000_000))
        bot.answers["result"] = [web.json_response({"detail": "starting"}, status=503)]
        await reporter.send(DONE, await reporter.gather(mend=True), final=True)
    assert len(bot.handed[0].bundles["acme__calc"]) > 6_000_000
    origin.take(bot.handed[0].bundles["acme__calc"])


async def test_progress_is_numbered_above_what_the_bot_has_and_sent_once(tmp_path: Path) -> None:
    async with api_serving(order_for()) as bot:
        bot.events = [ProgressEvent(seq=41, kind="phase", text="an earlier pod")]
        async with telling(api_of(bot, tmp_path)) as progress:
            progress.tell(News("phase", "workspace"))
            progress.tell(News("tool", "Bash", "curl -H 'Authorization: Bearer abcdefghijklmn0p' \ud800" + "x" * 5000))
            bot.answers["progress"] = [web.json_response({"detail": "starting"}, status=503) for _ in range(2)]
    assert [event.seq for event in bot.events] == [41, 42, 43]
    assert "abcdefghijklmn0p" not in bot.events[-1].detail
    assert len(bot.events[-1].detail) == 2000


async def test_progress_beyond_the_last_number_and_beyond_the_queue_is_not_told(tmp_path: Path) -> None:
    async with api_serving(order_for()) as bot:
        bot.events = [ProgressEvent(seq=19_999, kind="phase")]
        progress = Progress(api_of(bot, tmp_path))
        for number in range(2500):
            progress.tell(News("text", str(number)))
        await progress.flush()
        assert [(event.seq, event.text) for event in bot.events[1:]] == [(20_000, "500")]
        assert await api_of(bot, tmp_path).progress(ProgressBatch(events=())) == 20_000


async def test_the_transcript_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    async with api_serving(order_for()) as bot:
        api = api_of(bot, tmp_path)
        assert await api.transcript("one") is None
        await api.append_transcript("one", [{"uuid": "1", "text": "漢\ud800"}])
        await api.append_transcript("one/a b?c", [{"uuid": "2"}])
        assert await api.transcript("one") == [{"uuid": "1", "text": "漢\ud800"}]
        assert await api.transcript_subpaths() == ["one", "one/a b?c"]
        assert await api.transcript("one/a b?c") == [{"uuid": "2"}]


def stumbling(*statuses: int) -> list[web.Response]:
    return [
        web.json_response({"detail": "not now"}, status=status, headers={"Retry-After": "0"}) for status in statuses
    ]


async def test_a_bot_that_stumbles_is_asked_again_with_the_token_as_it_is_then(tmp_path: Path) -> None:
    async with api_serving(order_for()) as bot:
        bot.answers = {"order": stumbling(503, 429, 401, 502), "result": stumbling(500)}
        api = api_of(bot, tmp_path)
        assert await api.order() == bot.order
        bot.token = "pod-token-2"
        (tmp_path / "token").write_text("pod-token-2\n", "utf-8")
        await api.put_result(DONE, {}, final=False)
    assert [handed.final for handed in bot.handed] == [False]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (stumbling(403), "the bot refuses GET /order: not now"),
        (stumbling(404), "the bot refuses GET /order with 404: not now"),
        (stumbling(401, 401, 401, 401), "the bot does not accept this pod's token"),
        ([web.json_response({"task": "dance"})], "the work order is not understood"),
        ([web.Response(text="<html>", status=200)], "the work order is not understood"),
    ],
)
async def test_a_refusal_is_final_and_told(tmp_path: Path, answers: list[web.Response], words: str) -> None:
    async with api_serving(order_for()) as bot:
        bot.answers = {"order": answers}
        with pytest.raises(PrerequisiteFailed, match=words):
            await api_of(bot, tmp_path).order()


async def test_a_bot_that_is_away_is_given_up_when_the_patience_is_over(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/sessions/team/one"
        (tmp_path / "token").write_text(TOKEN, "utf-8")
        asked: list[float] = []
        caller = Caller(address, tmp_path / "token", sleep=asked.append)
        with pytest.raises(PrerequisiteFailed, match="the bot does not answer"):
            caller.answer(Call("GET", "/order", seconds=0.5))
    assert all(0 < delay <= 5 for delay in asked)
