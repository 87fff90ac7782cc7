"""What the bot says in the stand-in workspace: once, whatever is lost on the way; refused in words; at Slack's pace."""

import pytest
from inline_snapshot import snapshot

from bot.errors import Later
from bot.slack.client import Slack, SlackRefused
from bot.slack.heard import SlashCommand
from bot.slack.hearing import read
from bot.standins.github.wire import When
from handlers.events import SlackThread
from handlers.slack_words import CHOOSE, STOP, Button, Menu, SlackMessage
from tests.slack.conftest import Rig

HELLO = SlackMessage("**Hello** from [the issue](https://github.com/acme/shop/issues/1).")


def calls(rig: Rig, method: str) -> int:
    return sum(method in str(call) for call in rig.workspace.calls)


async def test_an_answer_in_a_thread(rig: Rig) -> None:
    place = await rig.said()
    stop = Button(STOP, "Stop", "vteam/s-1", style="danger", confirm="Stop this session?")
    await rig.messages.post_once(place, "progress-1", SlackMessage("- [x] accepted\n- [ ] working", buttons=(stop,)))
    menu = Menu(CHOOSE, "q-1", "Choose a repository", ("acme/shop", "acme/till"))
    await rig.messages.post_once(place, "question-1", SlackMessage("Which one?", mention=place.user, menu=menu))
    assert rig.workspace.thread("dev", place.ts) == snapshot("""\
#dev
@ada:
    The login test is flaky.
@vteam (app):
    •   ☑ accepted
    •   ☐ working
    [Stop]
@vteam (app):
    @ada Which one?
    [Choose a repository ▾ acme/shop | acme/till]\
""")
    assert rig.workspace.violations == []


async def test_the_same_message_twice_is_one(rig: Rig) -> None:
    place = await rig.said()
    first = await rig.messages.post_once(place, "a", HELLO)
    assert await rig.messages.post_once(place, "a", HELLO) == first
    assert await rig.messages.post_once(place, "b", HELLO) != first
    assert len(rig.workspace.messages("dev", thread_ts=place.ts)) == 3


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_post_whose_answer_was_lost_is_not_repeated(rig: Rig, when: When) -> None:
    place = await rig.said()
    rig.workspace.fail_next("chat.postMessage", cut=when)
    with pytest.raises(Later):
        await rig.messages.post_once(place, "a", HELLO)
    await rig.messages.post_once(place, "a", HELLO)
    assert len(rig.workspace.messages("dev", thread_ts=place.ts)) == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_message_that_begins_a_thread_is_posted_once_too(rig: Rig, when: When) -> None:
    rig.workspace.fail_next("chat.postMessage", cut=when)
    with pytest.raises(Later):
        await rig.messages.post_once(rig.place(), "a", HELLO)
    ts = await rig.messages.post_once(rig.place(), "a", HELLO)
    assert [message.ts for message in rig.workspace.messages("dev")] == [ts]


async def test_a_message_is_found_behind_many_others(rig: Rig) -> None:
    place = await rig.said()
    for number in range(230):
        await rig.workspace.say("dev", f"line {number}", by="grace", thread_ts=place.ts)
    ts = await rig.messages.post_once(place, "a", HELLO)
    assert await rig.messages.find(place, "a") == ts
    assert len(await rig.messages.replies(place)) == 232


async def test_progress_is_one_message_that_is_edited(rig: Rig) -> None:
    place = await rig.said()
    ts = await rig.messages.upsert(place, None, "progress", SlackMessage("one"))
    assert await rig.messages.upsert(place, ts, "progress", SlackMessage("two")) == ts
    rig.clock.ahead += 10
    assert await rig.messages.upsert(place, None, "progress", SlackMessage("three")) == ts
    assert rig.workspace.thread("dev", place.ts).splitlines()[-1].strip() == "three"
    assert await rig.messages.find(place, "progress") == ts  # an edit keeps what the message is known by


async def test_a_progress_message_that_somebody_deleted_is_posted_again(rig: Rig) -> None:
    place = await rig.said()
    ts = await rig.messages.upsert(place, None, "progress", SlackMessage("one"))
    await rig.workspace.delete(rig.workspace.last("dev"))
    again = await rig.messages.upsert(place, ts, "progress", SlackMessage("two"))
    assert again != ts
    assert await rig.messages.find(place, "progress") == again


async def test_edits_keep_slacks_pace_and_nobody_sleeps(rig: Rig) -> None:
    place = await rig.said()
    ts = await rig.messages.post_once(place, "progress", SlackMessage("one"))
    await rig.messages.edit(place, ts, SlackMessage("two"))
    with pytest.raises(Later) as later:  # 1.2 seconds between two edits of one message
        await rig.messages.edit(place, ts, SlackMessage("three"))
    assert 0 < later.value.after <= 1.2
    rig.clock.ahead += 1.3
    await rig.messages.edit(place, ts, SlackMessage("three"))


async def test_all_edits_together_stay_below_fifty_a_minute(rig: Rig) -> None:
    place = await rig.said()
    sent = []
    for number in range(12):
        sent.append(await rig.messages.post_once(place, f"progress-{number}", HELLO))
        rig.clock.ahead += 1.0
    passed, began = 0, rig.clock()
    for _ in range(60):
        for ts in sent:
            try:
                await rig.messages.edit(place, ts, SlackMessage("now"))
                passed += 1
            except Later:
                pass
        rig.clock.ahead += 1.0
    assert 40 <= passed <= 9 + 0.75 * (rig.clock() - began)
    assert rig.workspace.violations == []


async def test_a_rate_limit_is_heeded_by_whoever_calls_next(rig: Rig) -> None:
    place = await rig.said()
    await rig.slack.me()
    rig.workspace.limits.refuse_next("conversations.replies", retry_after=7)
    with pytest.raises(Later) as later:
        await rig.messages.find(place, "a")
    assert later.value.after == 7
    with pytest.raises(Later) as later:
        await rig.messages.find(place, "a")
    assert 6 < later.value.after <= 7
    rig.clock.ahead += 8
    assert await rig.messages.find(place, "a") is None
    assert rig.workspace.violations == []


async def test_what_slack_refuses_is_said_in_words(rig: Rig) -> None:
    place = rig.place(channel="random")
    with pytest.raises(SlackRefused) as refused:
        await rig.messages.post_once(place, "a", HELLO)
    assert refused.value.code in ("not_in_channel", "channel_not_found")
    assert "/invite" in refused.value.words
    assert "Hello" not in str(refused.value)


async def test_a_token_that_is_no_longer_taken_is_said_and_never_shown(rig: Rig) -> None:
    async with Slack("xoxb-no-such-token", rig.workspace.api_url) as stranger:
        with pytest.raises(SlackRefused) as refused:
            await stranger.me()
    assert "install the app again" in refused.value.words
    assert "xoxb" not in str(refused.value) + repr(refused.value)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_slacks_own_trouble_is_for_later(rig: Rig, status: int) -> None:
    rig.workspace.fail_next("auth.test", status=status)
    with pytest.raises(Later):
        await rig.slack.me()
    assert (await rig.slack.me()).user == rig.workspace.registration.user_id


async def test_nobody_there_is_for_later() -> None:
    async with Slack("xoxb-1", "http://127.0.0.1:9/api/") as slack:
        with pytest.raises(Later, match="cannot be reached"):
            await slack.me()


async def test_what_only_the_asker_sees(rig: Rig) -> None:
    await rig.messages.whisper(rig.place(), SlackMessage("just for you"))
    assert rig.workspace.ephemerals("ada") == ["just for you"]
    assert rig.workspace.ephemerals("grace") == []


async def test_a_command_is_answered_where_the_bot_is_no_member(rig: Rig) -> None:
    await rig.workspace.slash("/vteam", "help", by="ada", channel="random")
    await rig.workspace.drain()
    [leased] = await rig.store.inbox.lease(1, 60)
    heard = read(leased.delivery.event, leased.delivery.payload)
    assert isinstance(heard, SlashCommand)
    await rig.messages.respond(heard.response_url, SlackMessage("# Help"))
    assert rig.workspace.ephemerals("ada") == ["On it.", "*Help*"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "https://hooks.slack.test.evil/x", "file:///etc/passwd", ""])
async def test_an_answer_goes_to_slack_and_nobody_else(rig: Rig, url: str) -> None:
    with pytest.raises(SlackRefused, match="foreign_url"):
        await rig.messages.respond(url, HELLO)


async def test_reactions_come_and_go_once(rig: Rig) -> None:
    place = await rig.said()
    await rig.messages.react(place, place.ts, "eyes")
    await rig.messages.react(place, place.ts, "eyes")
    assert "👀 1" in rig.workspace.thread("dev", place.ts)
    await rig.messages.unreact(place, place.ts, "eyes")
    await rig.messages.unreact(place, place.ts, "eyes")
    assert "👀" not in rig.workspace.thread("dev", place.ts)


async def test_a_message_has_an_address(rig: Rig) -> None:
    place = await rig.said()
    assert place.channel in await rig.messages.permalink(place, place.ts)


async def test_users_and_channels_are_asked_for_once_a_minute(rig: Rig) -> None:
    people, ada = rig.people, rig.workspace.user("ada").id
    found = await people.user(ada)
    assert found is not None
    assert (found.id, found.bot, found.guest, found.external) == (ada, False, False, False)
    await people.user(ada)
    assert calls(rig, "users.info") == 1
    rig.clock.ahead += 61
    await people.user(ada)
    assert calls(rig, "users.info") == 2
    assert await people.user("U0NOBODY") is None


@pytest.mark.parametrize(("name", "private", "member"), [("dev", False, True), ("vault", True, True)])
async def test_how_public_a_channel_is(rig: Rig, name: str, private: bool, member: bool) -> None:
    found = await rig.people.channel(rig.workspace.channel(name).id)
    assert found is not None
    assert (found.name, found.private, found.direct, found.member) == (name, private, False, member)
    assert await rig.people.channel("C0NOWHERE") is None


async def test_a_direct_message_is_private(rig: Rig) -> None:
    found = await rig.people.channel(rig.workspace.direct("ada").id)
    assert found is not None
    assert (found.private, found.direct, found.member) == (True, True, True)


async def test_a_message_in_a_thread_that_is_gone(rig: Rig) -> None:
    place = SlackThread("T", rig.workspace.channel("dev").id, "1700000000.000001")
    with pytest.raises(SlackRefused) as refused:
        await rig.messages.post_once(place, "a", HELLO)
    assert refused.value.code == "thread_not_found"
    assert "gone" in refused.value.words
