"""What was said in the Slack thread before: the agent reads it, with who said it; the issue shows none of it."""

import re

import pytest

from crds.agentic_session import Phase
from crds.images import OrderedImage
from crds.receipt import Trust
from crds.work_order import Talk
from tests.house import REPOSITORY, House
from tests.images.pictures import png
from tests.played_pods import hangs, works
from tests.stories.slack_verbs import defaulted, linked

pytestmark = pytest.mark.long


async def talk(house: House) -> list[Talk]:
    """What the last session's order holds of Slack, before the message that asked."""
    return [piece for piece in await order_talk(house) if piece.kind == "slack" and not piece.trigger]


async def order_talk(house: House) -> tuple[Talk, ...]:
    """What the last session's order holds."""
    assert house.bot.world is not None
    session = (await house.sessions())[-1]
    order = await house.bot.world.store.orders.get(session.uid)
    assert order is not None
    return order.talk


async def images(house: House) -> tuple[OrderedImage, ...]:
    """The images that the last session's order tells of."""
    assert house.bot.world is not None
    order = await house.bot.world.store.orders.get((await house.sessions())[-1].uid)
    assert order is not None
    return order.images


async def test_the_agent_reads_what_was_said_before_it_was_asked(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because of the clock.")
    root = await house.slack_says("Foo Corp sees an empty page", by="grace")
    await house.slack_says("only in May & June", thread_ts=root.ts)
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why?", thread_ts=root.ts)
    await house.slack_says("and Bar Inc too", by="tom", thread_ts=asked.thread_ts)
    await house.settle()
    said = [(piece.author, piece.trust, piece.source, piece.text) for piece in await talk(house)]
    assert said == [
        ("grace", Trust.OUTSIDE, "slack", "Foo Corp sees an empty page"),
        ("ada", Trust.REQUESTER, "slack", "only in May & June"),
    ]
    assert "Foo Corp" not in house.thread
    assert "Foo Corp" not in (await house.session()).work.prompt
    assert house.slack.violations == []


async def test_the_message_that_asked_is_read_whole(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because of the clock.")
    await house.slack_says(f"Production is down since 3.2.\n@vteam ask {REPOSITORY}#1 why?")
    await house.settle()
    assert (await house.session()).work.prompt == "why?"
    asked = [(piece.author, piece.trust, piece.text) for piece in await order_talk(house) if piece.kind == "slack"]
    assert asked == [("ada", Trust.REQUESTER, f"Production is down since 3.2.\n@vteam ask {REPOSITORY}#1 why?")]
    assert "Production" not in house.thread


async def test_a_message_that_was_sent_by_its_menu_is_read_once(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because of the clock.")
    await defaulted(house, "dev")
    words = await house.slack_says("The second page is empty in May", by="grace")
    await house.slack.shortcut(words, "send_to_vteam", by="ada")
    await house.settle()
    said = [piece.text for piece in await order_talk(house) if "empty in May" in piece.text]
    assert said == [(await house.session()).work.prompt]


async def test_what_follows_in_the_thread_reads_on_without_the_bots_words(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because of the clock.")
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why?")
    await house.settle()
    assert await talk(house) == []
    await house.slack_says("And since when?", thread_ts=asked.ts)
    await house.settle()
    assert [(piece.author, piece.text) for piece in await talk(house)] == [("ada", f"@vteam ask {REPOSITORY}#1 why?")]


async def test_of_a_long_thread_the_newest_are_read(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="So.")
    root = await house.slack_says("the beginning", by="grace")
    for number in range(52):
        await house.slack_says(f"{number} " + "x" * 2_000, by="grace", thread_ts=root.ts)
    await house.slack_says(f"@vteam ask {REPOSITORY}#1 why?", thread_ts=root.ts)
    await house.settle()
    pieces = await talk(house)
    assert pieces[-1].text.startswith("51 ")
    assert pieces[-2].text.startswith("50 ")
    asked = len(f"@vteam ask {REPOSITORY}#1 why?")
    assert sum(len(piece.text.encode()) for piece in pieces) + asked == 64 * 1024


async def test_a_slack_that_is_away_stops_no_work_and_the_agent_is_told(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = hangs()
    root = await house.slack_says("Foo Corp sees an empty page", by="grace")
    await house.slack_says(f"@vteam ask {REPOSITORY}#1 why?", thread_ts=root.ts)
    await house.settle()
    house.slack.fail_next("conversations.replies", status=503, times=3)
    await works({}, text="So.")(house.pods.lives[0])
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    [missing] = await talk(house)
    assert (missing.trust, "could not be read" in missing.text) == (Trust.BOT, True)


async def test_what_an_app_says_in_a_row_is_folded(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="So.")
    root = await house.slack.say_as_other_bot("dev", "ALERT: " + "x" * 5_000, name="pager")
    await house.slack_says(f"@vteam ask {REPOSITORY}#1 why?", thread_ts=root.ts)
    await house.settle()
    [piece] = await talk(house)
    assert (piece.author, piece.trust, len(piece.text)) == ("pager", Trust.OUTSIDE, 2_000)


async def test_images_of_the_thread_and_of_the_request_go_along_and_other_files_are_named(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because of the clock.")
    page, mine = png(300, 200), png(30, 20)
    root = await house.slack.say("dev", "It looks so:", by="grace", files={"page.png": page, "a].log": b"log"})
    text = f"@vteam ask {REPOSITORY}#1 why?"
    await house.slack.say("dev", text, by="ada", thread_ts=root.ts, files={"mine.png": mine, "no.png": b"<html>"})
    await house.settle()
    talk = [piece for piece in await order_talk(house) if piece.kind == "slack"]
    said = [(piece.author, re.sub(r"slack-file:F\w+", "slack-file:F", piece.text)) for piece in talk]
    assert said == [
        ("grace", "It looks so:\n![page.png](slack-file:F)\n[file: a).log, not attached]"),
        ("ada", f"{text}\n![mine.png](slack-file:F)\n![no.png](slack-file:F)"),
    ]
    assert [(one.alt, one.author, one.width, one.reason) for one in await images(house)] == [
        ("mine.png", "ada", 30, ""),
        ("no.png", "ada", 0, "only named: its bytes are no PNG, JPEG, GIF or WebP"),
        ("page.png", "grace", 300, ""),
    ]
    assert house.slack.violations == []


async def test_the_token_goes_to_slack_alone_and_no_typed_address_is_a_file(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because of the clock.")
    other = await house.slack.say("dev", "Elsewhere.", by="grace", files={"other.png": png(5, 5)})
    root = await house.slack.say("dev", f"![x](slack-file:{other.files[0]['id']})", by="grace", files={"a.png": b""})
    root.files[0]["url_private"] = f"{house.github.url}/files-pri/T1-F1/a.png"
    await house.slack_says(f"@vteam ask {REPOSITORY}#1 why?", thread_ts=root.ts)
    await house.settle()
    assert {one.reason for one in await images(house)} == {
        "only named: it is not on the forge's own image hosts",
    }
    assert not [call for call in house.github.calls if "files-pri" in call]
