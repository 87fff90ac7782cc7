"""Following a list for ever: what the follower hears when watches are cut, silenced, expired, or the server is down."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog

from bot.cluster import PODS, Change, Cluster, Deleted, Synced, Upserted
from bot.serving import Address, serving
from tests.cluster.api import Answer, Api, failure
from tests.ports import own_port


def heard(change: Change) -> str:
    match change:
        case Upserted(found):
            return f"+{found['metadata']['name']}"
        case Deleted(found):
            return f"-{found['metadata']['name']}"
        case Synced():
            return "synced"


async def hear(changes: AsyncGenerator[Change], count: int) -> list[str]:
    async with asyncio.timeout(60):
        return [heard(await anext(changes)) for _ in range(count)]


async def test_everything_that_exists_comes_first_then_each_change(api: Api, cluster: Cluster) -> None:
    api.put("a")
    api.put("b")
    async with aclosing(cluster.follow(PODS)) as changes:
        assert await hear(changes, 3) == ["+a", "+b", "synced"]
        following = asyncio.create_task(hear(changes, 3))
        await api.watching.wait()
        api.put("c")
        api.put("a")
        api.drop("b")
        assert await following == ["+c", "+a", "-b"]


async def test_a_watch_goes_on_where_it_was_cut(api: Api, cluster: Cluster) -> None:
    async with aclosing(cluster.follow(PODS)) as changes:
        await hear(changes, 1)
        following = asyncio.create_task(hear(changes, 2))
        await api.watching.wait()
        api.put("a")
        api.bookmark()
        api.cut()
        await api.watching.wait()
        api.put("b")
        assert await following == ["+a", "+b"]
    watches = [query for _, _, query, _, _ in api.requests if "watch" in query]
    assert [query["resourceVersion"] for query in watches] == ["100", "101"]
    assert all(query["allowWatchBookmarks"] == "true" for query in watches)


async def test_after_410_what_vanished_is_told_and_what_stayed_is_not_repeated(api: Api, cluster: Cluster) -> None:
    api.put("stays")
    api.put("goes")
    api.put("is-made-again", uid="first")
    async with aclosing(cluster.follow(PODS)) as changes:
        await hear(changes, 4)
        following = asyncio.create_task(hear(changes, 5))
        await api.watching.wait()
        watches, api.watches = api.watches, []
        api.drop("goes")
        api.drop("is-made-again")
        api.put("is-made-again", uid="second")
        api.put("new")
        api.watches = watches
        api.expire()
        assert await following == ["-is-made-again", "+is-made-again", "+new", "-goes", "synced"]


async def test_a_silent_watch_is_given_up_and_started_again(api: Api, address: Address) -> None:
    async with Cluster.at(address.url, idle=0.3) as cluster, aclosing(cluster.follow(PODS)) as changes:
        await hear(changes, 1)
        following = asyncio.create_task(hear(changes, 1))
        await api.watching.wait()
        silenced = len(api.watches)
        api.watching.clear()
        await api.watching.wait()
        assert len(api.watches) > silenced
        api.put("a")
        assert await following == ["+a"]


async def test_a_server_that_is_down_is_waited_for_without_spinning(api: Api) -> None:
    port = own_port()
    async with serving(api, port=port, grace=0, log_level="critical") as address:
        pass
    with structlog.testing.capture_logs() as logs:
        async with Cluster.at(address.url) as cluster, aclosing(cluster.follow(PODS)) as changes:
            following = asyncio.create_task(hear(changes, 2))
            await asyncio.sleep(0.5)
            api.put("a")
            async with serving(api, port=port, grace=0, log_level="critical"):
                assert await following == ["+a", "synced"]
    assert 1 <= len([entry for entry in logs if entry["event"] == "watch_interrupted"]) <= 3


async def test_a_server_that_ends_each_watch_at_once_is_not_hammered(api: Api, cluster: Cluster) -> None:
    empty: Answer = (200, b"", {})
    listing: Answer = (200, {"metadata": {"resourceVersion": "100"}, "items": []}, {})
    api.answers = [listing, *[empty] * 50]
    async with aclosing(cluster.follow(PODS)) as changes:
        await hear(changes, 1)
        following = asyncio.create_task(hear(changes, 1))
        await asyncio.sleep(1.0)
        assert len(api.requests) < 8
        following.cancel()
        await asyncio.wait({following})


async def test_a_list_that_breaks_off_is_told_whole_the_next_time(api: Api, cluster: Cluster) -> None:
    for name in "abc":
        api.put(name)
    api.page = 2
    page = {"metadata": {"resourceVersion": "103", "continue": "2.103"}, "items": [api.pods["a"], api.pods["b"]]}
    api.answers = [(200, page, {}), (503, failure(503, "ServiceUnavailable", "leader changed"), {})]
    async with aclosing(cluster.follow(PODS)) as changes:
        assert await hear(changes, 4) == ["+a", "+b", "+c", "synced"]


async def test_one_very_large_object_does_not_break_the_watch(api: Api, cluster: Cluster) -> None:
    async with aclosing(cluster.follow(PODS)) as changes:
        await hear(changes, 1)
        following = asyncio.create_task(hear(changes, 1))
        await api.watching.wait()
        api.pods["big"] = {"metadata": {"name": "big", "uid": "u", "resourceVersion": "200"}, "data": "x" * 6_000_000}
        api._tell({"type": "ADDED", "object": api.pods["big"]})
        assert await following == ["+big"]
