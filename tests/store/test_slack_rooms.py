"""The rooms of Slack: links, identities, defaults, and questions that are answered once, whatever happens between."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.store import SlackLink, Store
from bot.store.database import opened
from bot.store.schema import VERSION
from tests.store.conftest import Clock

LINK = SlackLink("T1", "C1", "1.2", "acme/shop", 7, 12, 99, title="Login fails", user="U1")


async def test_a_thread_in_slack_is_about_one_thing_and_the_newest_is_found_from_the_issue(
    store: Store, clock: Clock
) -> None:
    await store.slack_links.put(LINK)
    clock.now += 1
    await store.slack_links.put(replace(LINK, ts="5.6"))
    found = await store.slack_links.get("T1", "C1", "1.2")
    assert found == replace(LINK, linked_at=clock.now - 1)
    newest = await store.slack_links.newest(7, 12)
    assert newest is not None
    assert newest.ts == "5.6"
    clock.now += 1
    await store.slack_links.put(replace(LINK, number=13))
    again = await store.slack_links.get("T1", "C1", "1.2")
    assert again is not None
    assert (again.number, again.linked_at) == (13, clock.now)
    assert await store.slack_links.get("T2", "C1", "1.2") is None
    assert await store.slack_links.newest(8, 12) is None


async def test_who_somebody_is_holds_in_their_workspace_only_and_may_be_said_anew(store: Store) -> None:
    await store.identities.put("T1", "U1", login="ada", github_id=1)
    await store.identities.put("T1", "U1", login="ada-l", github_id=2)
    found = await store.identities.get("T1", "U1")
    assert found is not None
    assert (found.login, found.github_id) == ("ada-l", 2)
    assert await store.identities.get("T2", "U1") is None


async def test_a_channel_has_one_default(store: Store) -> None:
    assert await store.channel_defaults.get("T1", "C1") is None
    await store.channel_defaults.put("T1", "C1", "acme/shop", by="U1")
    await store.channel_defaults.put("T1", "C1", "acme/cart", by="U2")
    assert await store.channel_defaults.get("T1", "C1") == "acme/cart"


async def test_a_question_is_asked_once_answered_once_and_then_closed(store: Store, clock: Clock) -> None:
    assert await store.questions.ask("q", "repository", {"text": "which\0?"}, seconds=600)
    assert not await store.questions.ask("q", "repository", {"text": "again"}, seconds=5)
    assert await store.questions.due() == []
    assert await store.questions.next_due() == clock.now + 600
    clock.now += 601
    [due] = await store.questions.due()
    assert (due.document, due.answer) == ({"text": "which\0?"}, None)
    assert await store.questions.answer("q", {"repository": "acme/shop"}) == {"repository": "acme/shop"}
    assert await store.questions.answer("q", {"repository": "acme/cart"}) == {"repository": "acme/shop"}
    assert [question.id for question in await store.questions.due()] == ["q"], "until it is closed it stays due"
    await store.questions.close("q")
    assert await store.questions.due() == []
    await store.questions.put_off("q", 0)
    assert await store.questions.due() == []
    closed = await store.questions.get("q")
    assert closed is not None
    assert closed.closed
    assert await store.questions.answer("other", {}) is None


async def test_a_question_put_off_may_change_how_it_is_asked(store: Store, clock: Clock) -> None:
    await store.questions.ask("q", "device", {"interval": 5}, seconds=5)
    await store.questions.put_off("q", 10, {"interval": 10})
    found = await store.questions.get("q")
    assert found is not None
    assert (found.document, found.due_at) == ({"interval": 10}, clock.now + 10)


async def test_closed_questions_are_purged(store: Store, clock: Clock) -> None:
    await store.questions.ask("old", "repository", {}, seconds=5)
    await store.questions.ask("open", "repository", {}, seconds=5)
    await store.questions.close("old")
    await store.retention.purge(clock.now + 1)
    assert await store.questions.get("old") is None
    assert await store.questions.get("open") is not None


@pytest.mark.parametrize("table", ["questions", "slack_links", "notes"])
async def test_a_store_of_the_first_version_gets_the_new_rooms(url: str, table: str) -> None:
    async with Store.open(url):
        pass
    database = await opened(url)
    await database.write(lambda connection: connection.execute(text(f"DROP TABLE {table}")))
    await database.write(lambda connection: connection.execute(text("UPDATE schema_version SET version = 1")))
    await database.close()
    async with Store.open(url) as store:
        assert await store.questions.due() == []
        assert await store.slack_links.newest(1, 1) is None
        assert await store.notes.of(1) == []
    database = await opened(url)
    versions = await database.read(
        lambda connection: connection.scalar(text("SELECT max(version) FROM schema_version"))
    )
    await database.close()
    assert versions == VERSION
