"""Images that a thread names go along: fetched by the bot from the forge's own hosts, never by the pod, and bounded."""

import hashlib

import pytest
from inline_snapshot import snapshot

from crds.images import MOST_BYTES
from crds.receipt import Trust
from crds.work_order import WorkOrder
from tests.house import REPOSITORY, House
from tests.images.pictures import gif, png
from tests.played_pods import Part, PodLife, works
from tests.stories.test_text_changed_since import order

pytestmark = pytest.mark.long

SHOT = png(640, 480)
PARTS = works({"src/a.py": "x = 2\n"})


def shown(made: WorkOrder) -> list[tuple[int, str, str | None, int, int, str]]:
    return [(one.number, one.alt, one.media_type, one.width, one.height, one.reason) for one in made.images]


def asks_for(answers: list[tuple[int, bytes]], *more: str) -> Part:
    """A pod that asks for the bytes of all images of its order, and for these."""

    async def part(life: PodLife) -> None:
        await life.runs()
        _, told = await life.call("GET", "/order")
        for digest in [*(one["digest"] for one in told["images"]), *more]:
            headers = {"Authorization": f"Bearer {await life.token()}"}
            url = f"{life.environment['VTEAM_API_URL']}/images/{digest or 'none'}"
            async with life.http.get(url, headers=headers) as answer:
                answers.append((answer.status, await answer.read()))
        await life.ends(1)

    return part


async def test_an_image_of_the_request_goes_along_and_the_pod_gets_its_bytes(house: House) -> None:
    answers: list[tuple[int, bytes]] = []
    house.pods.part = asks_for(answers, "0" * 64)
    url = house.github.upload(REPOSITORY, SHOT)
    await house.comment(f"/vteam fix what this shows\n\n![the page]({url})")
    await house.settle()
    [image] = (await order(house)).images
    assert image.model_dump(exclude={"source", "url", "at"}) == snapshot(
        {
            "number": 1,
            "author": "ada",
            "trust": Trust.REQUESTER,
            "alt": "the page",
            "media_type": "image/png",
            "width": 640,
            "height": 480,
            "size": 972,
            "digest": "441da7236f6ffdd8fb4cdfa2d9ce7b8d8df8cf2f7a8e82c530714d92266ce613",
            "reason": "",
        }
    )
    assert image.url == url
    assert image.digest == hashlib.sha256(SHOT).hexdigest()
    assert [(status, data == SHOT) for status, data in answers] == [(200, True), (404, False)]


async def test_the_signed_address_is_asked_for_without_credentials_and_told_to_nobody(house: House) -> None:
    house.pods.part = PARTS
    url = house.github.upload(REPOSITORY, SHOT)
    await house.comment(f"/vteam fix this ![a]({url})")
    await house.settle()
    [asked] = house.github.site.uploads.asked
    assert not {"authorization", "cookie"} & set(asked)
    made = await order(house)
    assert made.images[0].digest
    for told in (made.model_dump_json(), house.thread, str(await house.session())):
        assert "jwt=" not in told
        assert "private-user-images" not in told


async def test_what_is_no_image_for_a_model_is_only_named_and_told_why(house: House) -> None:
    house.pods.part = PARTS
    files = [png(9000, 1), b"<html>Sign in</html>", SHOT[:-12], b"\x89PNG\r\n\x1a\n" + b"x" * MOST_BYTES, gif(20, 10)]
    urls = [house.github.upload(REPOSITORY, data) for data in files]
    others = [
        "https://evil.example/a.png",
        "https://github.com/acme/shop/raw/main/plan.svg",
        "data:image/png;base64,AA",
    ]
    text = "\n".join(f"![{number}]({url})" for number, url in enumerate([*urls, *others], 1))
    await house.comment(f"/vteam fix these\n\n{text}")
    await house.settle()
    assert shown(await order(house)) == snapshot(
        [
            (1, "1", None, 0, 0, "only named: 9,000 × 1 pixels are more than 8,000"),
            (2, "2", None, 0, 0, "only named: its bytes are no PNG, JPEG, GIF or WebP"),
            (3, "3", None, 0, 0, "only named: the file is not whole"),
            (4, "4", None, 0, 0, "only named: it is larger than 3.75 MiB"),
            (5, "5", "image/gif", 20, 10, ""),
            (6, "6", None, 0, 0, "only named: it is not on the forge's own image hosts"),
            (7, "7", None, 0, 0, "only named: an SVG is never attached"),
            (8, "8", None, 0, 0, "only named: it is not on the forge's own image hosts"),
        ]
    )


async def test_at_most_eight_go_along_the_requests_first_then_the_newest(house: House) -> None:
    house.pods.part = PARTS
    for number in range(1, 10):
        url = house.github.upload(REPOSITORY, png(10 + number, 10, seed=number))
        await house.comment(f"![comment {number}]({url})", by="ada")
    url = house.github.upload(REPOSITORY, png(10, 10, seed=99))
    await house.edit_issue(body=f"![issue]({url})")
    url = house.github.upload(REPOSITORY, SHOT)
    await house.comment(f"/vteam fix ![request]({url}) ![again]({url})")
    await house.settle()
    made = await order(house)
    assert [(one.alt, bool(one.digest)) for one in made.images] == snapshot(
        [
            ("request", True),
            ("issue", True),
            ("comment 9", True),
            ("comment 8", True),
            ("comment 7", True),
            ("comment 6", True),
            ("comment 5", True),
            ("comment 4", True),
            ("comment 3", False),
            ("comment 2", False),
            ("comment 1", False),
        ]
    )


async def test_an_image_in_hidden_text_or_code_is_not_fetched(house: House) -> None:
    house.pods.part = PARTS
    hidden, code = (house.github.upload(REPOSITORY, png(5, 5, seed=seed)) for seed in (1, 2))
    await house.comment(f"/vteam fix this\n\n<!-- ![hidden]({hidden}) -->\n\n```\n![code]({code})\n```")
    await house.settle()
    assert [(one.alt, one.reason) for one in (await order(house)).images] == snapshot(
        [
            ("hidden", "only named: GitHub does not show it in that text now"),
            ("code", "only named: GitHub does not show it in that text now"),
        ]
    )
    assert house.github.site.uploads.asked == []


async def test_an_image_of_a_repository_that_the_session_does_not_read_stays_there(house: House) -> None:
    house.pods.part = PARTS
    await house.github.create_repository("acme/safe", {"a": "b"}, private=True)
    secret = house.github.upload("acme/safe", SHOT)
    await house.comment(f"/vteam fix this ![x]({secret})")
    await house.settle()
    assert [(one.alt, one.reason) for one in (await order(house)).images] == snapshot(
        [("x", "only named: the host that keeps it did not give it")]
    )
    assert house.github.site.uploads.asked == []


async def test_a_redirect_is_not_followed(house: House) -> None:
    house.pods.part = PARTS
    url = house.github.upload(REPOSITORY, SHOT)
    house.github.site.uploads.leads_to = f"{house.github.url}/acme/shop/somewhere-else"
    await house.comment(f"/vteam fix this ![x]({url})")
    await house.settle()
    assert [(one.alt, one.reason) for one in (await order(house)).images] == snapshot(
        [("x", "only named: the host that keeps it did not give it")]
    )


async def test_bytes_are_kept_for_the_session_and_go_when_it_is_old(house: House) -> None:
    house.pods.part = PARTS
    url = house.github.upload(REPOSITORY, SHOT)
    await house.comment(f"/vteam fix this ![x]({url})")
    await house.settle()
    [image], session = (await order(house)).images, await house.session()
    assert house.bot.world is not None
    store = house.bot.world.store
    assert await store.images.get(session.uid, image.digest) == SHOT
    assert await store.images.get("another", image.digest) is None
    await store.retention.purge(house.clock() + 1)
    assert await store.images.get(session.uid, image.digest) is None


async def test_a_forge_that_is_away_for_a_moment_is_asked_again(house: House) -> None:
    house.pods.part = PARTS
    url = house.github.upload(REPOSITORY, SHOT)
    house.github.fail_next("GET", r"/issues/comments/\d+$", status=502)
    await house.comment(f"/vteam fix this ![x]({url})")
    await house.settle()
    assert [bool(one.digest) for one in (await order(house)).images] == [True]


async def test_a_text_that_the_forge_does_not_give_ends_no_session(house: House) -> None:
    house.pods.part = PARTS
    url = house.github.upload(REPOSITORY, SHOT)
    house.github.fail_next("GET", r"/issues/comments/\d+$", status=404)
    await house.comment(f"/vteam fix this ![x]({url})")
    await house.settle()
    assert [one.reason for one in (await order(house)).images] == snapshot(
        ["only named: GitHub does not show it in that text now"]
    )
