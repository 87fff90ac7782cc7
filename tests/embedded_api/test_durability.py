"""What was answered is on disk: restarts, kills, full disks, compaction."""

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.embedded.api import ApiStore, api_app
from bot.embedded.api.history import Bounds
from tests.conformance.api_client import Api, served
from tests.conformance.crd import of, widget
from tests.embedded_api.conftest import ADMIN, GROUP, WIDGETS, Open


async def test_a_watch_goes_on_where_it_was_cut_by_a_restart(opened: Open) -> None:
    async with opened() as (api, _):
        await api.create(WIDGETS, of(WIDGETS, widget("before")))
        revision = (await api.get(WIDGETS)).body["metadata"]["resourceVersion"]
        await api.create(WIDGETS, of(WIDGETS, widget("a")))
        await api.patch(f"{WIDGETS}/before", {"spec": {"turns": 2}})
        await api.delete(f"{WIDGETS}/a")
    async with opened() as (api, _), api.watch(WIDGETS, resourceVersion=revision) as watch:
        seen = [(event["type"], event["object"]["metadata"]["name"]) for event in await watch.take(3)]
        assert seen == [("ADDED", "a"), ("MODIFIED", "before"), ("DELETED", "a")]
        await api.create(WIDGETS, of(WIDGETS, widget("after")))
        assert (await watch.next())["object"]["metadata"]["name"] == "after"


async def test_a_selecting_watch_still_knows_after_a_restart_what_it_had_seen(opened: Open) -> None:
    async with opened() as (api, store):
        document = of(WIDGETS, widget("a"))
        document["metadata"]["labels"] = {"team": "x"}
        await api.create(WIDGETS, document)
        compaction = store.compact()
        assert compaction is not None
        await asyncio.wrap_future(compaction)
        revision = (await api.get(WIDGETS)).body["metadata"]["resourceVersion"]
        await api.patch(f"{WIDGETS}/a", {"metadata": {"labels": {"team": "y"}}})
    async with opened() as (api, _), api.watch(WIDGETS, resourceVersion=revision, labelSelector="team=x") as watch:
        event = await watch.next()
        assert (event["type"], event["object"]["metadata"]["labels"]) == ("DELETED", {"team": "x"})


async def test_a_restart_loses_nothing_and_writes_nothing(opened: Open, tmp_path: Path) -> None:
    async with opened() as (api, _):
        for name in ("a", "b"):
            await api.create(WIDGETS, of(WIDGETS, widget(name)))
        await api.delete(f"{WIDGETS}/a")
        before = (await api.get(WIDGETS)).body
    async with opened() as (api, store):
        after = (await api.get(WIDGETS)).body
        assert after == before
        assert store.revision == int(before["metadata"]["resourceVersion"])


async def test_tokens_outlive_a_restart(opened: Open) -> None:
    path = "/api/v1/namespaces/default/serviceaccounts/default"
    async with opened() as (api, _):
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = (await api.create(f"{path}/token", body)).body["status"]["token"]
    async with opened() as (api, _):
        assert (await api.as_user(token).get("/api")).code == 200


async def test_after_compaction_the_past_is_expired_and_the_present_is_there(opened: Open) -> None:
    async with opened() as (api, store):
        for name in ("a", "b", "c"):
            await api.create(WIDGETS, of(WIDGETS, widget(name)))
        first = (await api.get(WIDGETS, limit=1)).body["metadata"]
        old = first["resourceVersion"]
        await api.delete(f"{WIDGETS}/c")
        compaction = store.compact()
        assert compaction is not None
        await asyncio.wrap_future(compaction)
        async with api.watch(WIDGETS, resourceVersion=old) as watch:
            error = await watch.next()
            assert error["type"] == "ERROR"
            assert (error["object"]["code"], error["object"]["reason"]) == (410, "Expired")
        expired = await api.get(WIDGETS, limit=1, **{"continue": first["continue"]})
        assert (expired.code, expired.reason) == (410, "Expired")
        onward = await api.get(WIDGETS, limit=5, **{"continue": expired.body["details"]["continue"]})
        assert [item["metadata"]["name"] for item in onward.body["items"]] == ["b"]
        exact = await api.get(WIDGETS, resourceVersion=old, resourceVersionMatch="Exact")
        assert (exact.code, exact.reason) == (410, "Expired")
    async with opened() as (api, _):
        assert [item["metadata"]["name"] for item in (await api.get(WIDGETS)).body["items"]] == ["a", "b"]


async def test_compaction_keeps_one_row_an_object(opened: Open, tmp_path: Path) -> None:
    async with opened() as (api, store):
        await api.create(WIDGETS, of(WIDGETS, widget("a")))
        for turns in range(1, 20):
            await api.patch(f"{WIDGETS}/a", {"spec": {"turns": turns}})
        await api.create(WIDGETS, of(WIDGETS, widget("gone")))
        await api.delete(f"{WIDGETS}/gone")
        compaction = store.compact()
        assert compaction is not None
        await asyncio.wrap_future(compaction)
    with sqlite3.connect(tmp_path / "api.db") as connection:
        query = "SELECT name, count(*) FROM revisions WHERE resource = ? GROUP BY name"
        assert connection.execute(query, (f"widgets.{GROUP}",)).fetchall() == [("a", 1)]
    connection.close()


async def test_a_watcher_that_falls_behind_is_told_so(opened: Open) -> None:
    """Its connection is full, so it does not read; history moves on without it, and then it is told to list again."""
    async with opened(bounds=Bounds(events=10)) as (api, store):
        made = (await api.create(WIDGETS, of(WIDGETS, widget("a")))).body
        async with api.watch(WIDGETS, resourceVersion=made["metadata"]["resourceVersion"]) as watch:
            watch.holds_little()
            fill = "x" * 200_000
            for number in range(40):
                await api.patch(f"{WIDGETS}/a", {"spec": {"extra": {"fill": f"{number}{fill}"}}})
            await asyncio.sleep(0)
            gone = store.history.over_bounds()
            assert gone
            ending = (await watch.rest())[-500:]
            assert b'"type":"ERROR"' in ending
            assert b'"reason":"Expired"' in ending


async def test_writes_that_arrive_together_are_committed_together_and_all(opened: Open) -> None:
    async with opened() as (api, _):
        creates = [api.create(WIDGETS, of(WIDGETS, widget(f"w{number}"))) for number in range(100)]
        answers = await asyncio.gather(*creates)
        assert {answer.code for answer in answers} == {201}
        versions = [int(answer.body["metadata"]["resourceVersion"]) for answer in answers]
        assert len(set(versions)) == 100
    async with opened() as (api, _):
        assert len((await api.get(WIDGETS)).body["items"]) == 100


async def test_of_many_writers_with_one_version_exactly_one_wins(opened: Open) -> None:
    async with opened() as (api, _):
        made = (await api.create(WIDGETS, of(WIDGETS, widget("a")))).body
        bodies = [made | {"spec": made["spec"] | {"turns": turns}} for turns in range(1, 11)]
        answers = await asyncio.gather(*(api.replace(f"{WIDGETS}/a", body) for body in bodies))
        assert sorted(answer.code for answer in answers) == [200] + [409] * 9


SERVER = """
import asyncio, sys, uvicorn
from pathlib import Path
from bot.embedded.api import ApiStore, api_app, load_crds
from tests.conformance.crd import crd
store = ApiStore.open(Path(sys.argv[1]))
load_crds(store, [crd(sys.argv[2])])
config = uvicorn.Config(api_app(store, admin_token=sys.argv[3]), port=int(sys.argv[4]), log_level="error")
asyncio.run(uvicorn.Server(config).serve())
"""


async def test_what_was_answered_survives_a_kill(opened: Open, tmp_path: Path, unused_port: int) -> None:
    """The server process is killed while it is written to; each write that it answered is there afterwards."""
    arguments = ["-c", SERVER, str(tmp_path / "api.db"), GROUP, ADMIN, str(unused_port)]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    answered: list[str] = []
    try:
        async with aiohttp.ClientSession() as session:
            api = Api(session, f"http://127.0.0.1:{unused_port}", ADMIN)
            await _until_up(api, process)
            writers = [asyncio.create_task(_write(api, f"w{number}", answered)) for number in range(8)]
            while len(answered) < 100:
                await asyncio.sleep(0.005)
            os.kill(process.pid, signal.SIGKILL)
            await asyncio.gather(*writers)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    async with opened() as (api, _):
        found = {item["metadata"]["name"] for item in (await api.get(WIDGETS)).body["items"]}
        assert set(answered) <= found


async def _until_up(api: Api, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            try:
                await api.get("/readyz")
                return
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
    raise AssertionError(f"the server has ended with {process.returncode}")


async def _write(api: Api, prefix: str, answered: list[str]) -> None:
    number = 0
    while True:
        number += 1
        try:
            answer = await api.create(WIDGETS, of(WIDGETS, widget(f"{prefix}-{number}")))
        except aiohttp.ClientError:
            return
        assert answer.code == 201
        answered.append(f"{prefix}-{number}")


async def test_a_store_that_cannot_commit_says_so_and_goes_on_reading(tmp_path: Path) -> None:
    """Another process holds the file's write lock: nothing is acknowledged, nothing half done is seen."""
    store = ApiStore.open(tmp_path / "locked.db")
    try:
        async with served(api_app(store, admin_token=ADMIN)) as url, aiohttp.ClientSession() as session:
            api = Api(session, url, ADMIN)
            maps = "/api/v1/namespaces/default/configmaps"
            document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
            intruder = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
            intruder.execute("BEGIN IMMEDIATE")
            refused = await api.create(maps, document)
            assert (refused.code, refused.reason) == (500, "InternalError")
            assert (await api.get(f"{maps}/a")).code == 404
            intruder.execute("ROLLBACK")
            intruder.close()
            assert (await api.create(maps, document)).code == 201
    finally:
        store.close()


async def test_a_store_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    ApiStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (b"99",))
    connection.close()
    with pytest.raises(ValueError, match="format 99"):
        ApiStore.open(path)
