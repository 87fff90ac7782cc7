"""Watching: from a revision, from the present, with selectors; nothing missed, nothing twice."""

import asyncio

import pytest

from tests.conformance.api_client import Api
from tests.conformance.crd import of, widget


async def test_a_watch_goes_on_where_the_list_ended(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("before")))
    listed = (await api.get(widgets)).body
    await api.create(widgets, of(widgets, widget("between")))
    async with api.watch(widgets, resourceVersion=listed["metadata"]["resourceVersion"]) as watch:
        event = await watch.next()
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "between")
        await api.patch(f"{widgets}/before", {"spec": {"turns": 2}})
        event = await watch.next()
        assert (event["type"], event["object"]["spec"]["turns"]) == ("MODIFIED", 2)
        await api.delete(f"{widgets}/before")
        event = await watch.next()
        assert (event["type"], event["object"]["metadata"]["name"]) == ("DELETED", "before")
        assert await watch.is_quiet()


async def test_a_watch_without_a_version_begins_with_what_is_there(api: Api, widgets: str) -> None:
    for name in ("a", "b"):
        await api.create(widgets, of(widgets, widget(name)))
    for version in ({}, {"resourceVersion": "0"}):
        async with api.watch(widgets, **version) as watch:
            events = await watch.take(2)
            assert {(e["type"], e["object"]["metadata"]["name"]) for e in events} == {("ADDED", "a"), ("ADDED", "b")}


async def test_a_patch_that_changes_nothing_is_no_event(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    async with api.watch(widgets, resourceVersion=made["metadata"]["resourceVersion"]) as watch:
        await api.patch(f"{widgets}/a", {"spec": {"mode": "fix"}})
        await api.patch(f"{widgets}/a", {"spec": {"turns": 1}})
        event = await watch.next()
        assert event["object"]["spec"]["turns"] == 1
        assert await watch.is_quiet()


async def test_an_object_that_leaves_the_selection_is_deleted_for_the_watcher(api: Api, widgets: str) -> None:
    document = of(widgets, widget("a"))
    made = (await api.create(widgets, document)).body
    version = made["metadata"]["resourceVersion"]
    async with api.watch(widgets, resourceVersion=version, labelSelector="team=x") as watch:
        await api.patch(f"{widgets}/a", {"metadata": {"labels": {"team": "x"}}})
        assert (await watch.next())["type"] == "ADDED"
        left = await api.patch(f"{widgets}/a", {"metadata": {"labels": {"team": "y"}}})
        event = await watch.next()
        assert event["type"] == "DELETED"
        assert event["object"]["metadata"]["labels"] == {"team": "x"}
        assert event["object"]["metadata"]["resourceVersion"] == left.body["metadata"]["resourceVersion"]


async def test_the_deleted_event_carries_the_version_of_the_deletion(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    version = int(made["metadata"]["resourceVersion"])
    async with api.watch(widgets, resourceVersion=version) as watch:
        await api.delete(f"{widgets}/a")
        event = await watch.next()
        assert event["type"] == "DELETED"
        assert int(event["object"]["metadata"]["resourceVersion"]) > version


async def test_a_watch_of_one_name_sees_only_that(api: Api, widgets: str) -> None:
    async with api.watch(widgets, fieldSelector="metadata.name=b", resourceVersion="0") as watch:
        await api.create(widgets, of(widgets, widget("a")))
        await api.create(widgets, of(widgets, widget("b")))
        assert (await watch.next())["object"]["metadata"]["name"] == "b"
        assert await watch.is_quiet()


async def test_a_watch_ends_when_its_time_is_up(api: Api, widgets: str) -> None:
    async with api.watch(widgets, timeoutSeconds=1) as watch:
        with pytest.raises(EOFError):
            await watch.next()


async def test_initial_events_end_with_a_bookmark_that_says_so(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    options = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    async with api.watch(widgets, **options) as watch:
        assert (await watch.next())["type"] == "ADDED"
        end = await watch.until("BOOKMARK")
        assert end["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert end["object"]["metadata"]["resourceVersion"]


async def test_no_event_is_missed_or_doubled_between_list_and_watch(api: Api, widgets: str) -> None:
    """Writers run while readers list and watch on: each reader arrives at the same end by counting events once."""

    async def writes(prefix: str) -> None:
        for number in range(15):
            await api.create(widgets, of(widgets, widget(f"{prefix}-{number}")))

    async def reads() -> set[str]:
        listed = (await api.get(widgets)).body
        names = [item["metadata"]["name"] for item in listed["items"]]
        async with api.watch(widgets, resourceVersion=listed["metadata"]["resourceVersion"]) as watch:
            while len(names) < 45:
                names.append((await watch.next())["object"]["metadata"]["name"])
        assert len(set(names)) == len(names)
        return set(names)

    writers = [asyncio.create_task(writes(prefix)) for prefix in "abc"]
    readers = []
    for _ in range(5):
        readers.append(asyncio.create_task(reads()))
        await asyncio.sleep(0.01)
    found = await asyncio.gather(*readers)
    await asyncio.gather(*writers)
    assert all(names == found[0] for names in found)
