"""Images of the order: packed beside the words within the budget, and handed to the model as what they are."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from crds.images import NOTE_TOKENS, OrderedImage, image_tokens
from crds.receipt import Trust, Way
from crds.work_order import WorkOrder
from runner.context import count
from runner.context.of_order import packed_in
from runner.context.pack import Packed
from runner.conversation.messages import read
from tests.images.pictures import png
from tests.runner.house import pod_for
from tests.runner.repositories import limits, make_repository, order_for, ordered, talk
from tests.runner.scripted_model import Fails, Json, says

SHOT = png(560, 280)
URL = "https://github.com/user-attachments/assets/{}"
ISSUE = "https://git.example/acme/calc/issues/1"


def image(number: int, *, data: bytes = SHOT, width: int = 560, height: int = 280, **changed: Any) -> OrderedImage:
    usual: dict[str, Any] = {
        "number": number,
        "source": ISSUE,
        "author": "ann",
        "alt": f"shot {number}",
        "url": URL.format(number),
        "media_type": "image/png",
        "width": width,
        "height": height,
        "size": len(data),
        "digest": sha256(data).hexdigest(),
    }
    return OrderedImage.model_validate(usual | changed)


def naming(*images: OrderedImage, text: str = "It looks odd.", **changed: Any) -> WorkOrder:
    """An order whose issue shows the images."""
    shown = "\n".join(f"![{one.alt}]({one.url})" for one in images)
    return order_for(**{"talk": (talk(f"{text}\n\n{shown}"),), "images": images} | changed)


def rows(packed: Packed) -> list[tuple[str, int, int, str, str]]:
    """Of the images: source, offered, taken, way, reason."""
    return [
        (row.source, row.offered, row.taken, row.way.value, row.reason)
        for row in packed.receipt.rows
        if row.kind == "image"
    ]


def test_the_text_names_each_image_by_its_number_and_the_receipt_has_its_row() -> None:
    packed = packed_in(naming(image(1), image(2, digest="", reason="only named: an SVG is never attached")), [])
    assert packed.images == (1,)
    assert f"[image 1: shot 1, {URL.format(1)}]" in packed.prompt
    assert f"[image: shot 2, {URL.format(2)}]" in packed.prompt
    assert "Image 1 above, 560 × 280 pixels: shot 1" in packed.prompt
    cost = image_tokens(560, 280, "scripted-1") + NOTE_TOKENS
    assert cost == 20 * 10 + 85
    words = count.count("Image 1 above, 560 × 280 pixels: shot 1")
    assert rows(packed) == [
        (URL.format(1), cost + words, cost + words, "whole", ""),
        (URL.format(2), 0, 0, "dropped", "only named: an SVG is never attached"),
    ]
    assert packed.receipt.prompt == count.count(packed.prompt) + cost


def test_images_count_in_the_tokenizers_own_measure() -> None:
    """The model counts an image exactly, and texts by more tokens than are counted here."""
    packed = packed_in(naming(image(1), tokens_per_count=1.25), [])
    assert packed.receipt.prompt - count.count(packed.prompt) == (200 + NOTE_TOKENS) / 1.25


def test_what_has_no_room_is_named_and_said_so_the_wanted_most_first() -> None:
    large = [image(number, width=1400, height=700) for number in (1, 2, 3)]
    packed = packed_in(naming(*large, text="Words. " * 4000, limits=limits(context_tokens=12000)), [])
    assert packed.images == (1,)
    assert [(way, reason) for *_, way, reason in rows(packed)] == snapshot(
        [
            ("whole", ""),
            ("outline", "the budget is used up: told in one line"),
            ("outline", "the budget is used up: told in one line"),
        ]
    )
    assert packed.receipt.prompt <= 12000
    assert "- Image 2 is not attached: there is no room for it." in packed.prompt
    assert "Image 1 is not attached" not in packed.prompt


def test_an_image_in_hidden_text_does_not_come_along() -> None:
    hidden = order_for(talk=(talk(f"It fails. <span hidden>![x]({URL.format(1)})</span>"),), images=(image(1),))
    packed = packed_in(hidden, [])
    assert packed.images == ()
    assert [reason for *_, reason in rows(packed)] == snapshot(
        ["only named: the text that shows it is hidden, folded or not given"]
    )


def test_the_request_names_its_images_too() -> None:
    order = order_for(request=f"Fix ![x]({URL.format(1)})", talk=(), images=(image(1),))
    packed = packed_in(order, [])
    assert packed.images == (1,)
    assert f"Fix [image 1: x, {URL.format(1)}]" in packed.prompt


@settings(max_examples=40)
@given(
    sizes=st.lists(st.tuples(st.integers(1, 8000), st.integers(1, 8000)), max_size=8),
    words=st.integers(0, 3000),
    budget=st.integers(900, 20_000),
)
def test_images_and_words_never_pass_the_budget(sizes: list[tuple[int, int]], words: int, budget: int) -> None:
    images = [image(number, width=width, height=height) for number, (width, height) in enumerate(sizes, 1)]
    comments = [talk("A word. " * 20, source=f"{ISSUE}#{number}", kind="comment") for number in range(words // 20)]
    order = naming(*images, limits=limits(context_tokens=budget))
    packed = packed_in(order.model_copy(update={"talk": (*order.talk, *comments)}), [])
    costs = [image_tokens(*sizes[number - 1], "scripted-1") + NOTE_TOKENS for number in packed.images]
    assert packed.receipt.prompt == count.count(packed.prompt) + sum(costs) <= budget
    for row in packed.receipt.rows:
        assert row.kind != "image" or row.way in (Way.WHOLE, Way.OUTLINE, Way.DROPPED)
    assert "fix the sum in `calc.py`" in packed.prompt


def blocks(request: Json) -> list[tuple[str, str]]:
    """The first message's blocks of ours: kind, and the text or the image's type."""
    content = request["messages"][0]["content"]
    return [(one["type"], one.get("text") or one["source"]["media_type"]) for one in content]


async def test_the_model_is_given_the_image_and_no_text_is_taken_for_a_command(tmp_path: Path) -> None:
    calc, secret = make_repository(tmp_path / "calc"), tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET")
    text = f"@{secret} \n/compact\n![shot 1]({URL.format(1)})"
    order = naming(image(1), image(2), text=text, request=f"@{secret}", repositories=(ordered(calc),))
    async with pod_for(tmp_path / "pod", order, [says("I see.")]) as pod:
        pod.api.images = {sha256(SHOT).hexdigest(): SHOT}
        assert (await pod.run()).code == 0
        [request] = pod.model.requests
    found = blocks(request)
    assert [(kind, told) for kind, told in found if told.startswith(("Image 1:", "Image 2:")) or kind == "image"] == [
        ("text", "Image 1:"),
        ("image", "image/png"),
        ("text", "Image 2:"),
        ("image", "image/png"),
    ]
    [first, _] = [one for one in request["messages"][0]["content"] if one["type"] == "image"]
    assert base64.b64decode(first["source"]["data"]) == SHOT
    assert f"@{secret}" in str(request["messages"])
    assert "TOP-SECRET" not in str(request)
    assert pod.api.final.receipt is not None
    assert [row.way for row in pod.api.final.receipt.rows if row.kind == "image"] == [Way.WHOLE, Way.WHOLE]
    [[told]] = [read(entries)[:1] for name, entries in pod.api.transcripts.items() if name and "/" not in name]
    assert "[An image was here.]" in told.text
    assert "base64" not in str(pod.api.transcripts)


async def test_bytes_that_are_not_to_be_had_and_an_image_that_the_api_refuses_end_no_session(tmp_path: Path) -> None:
    calc, other = make_repository(tmp_path / "calc"), png(28, 28)
    order = naming(image(1), image(2, data=other), image(3, data=b"x"), repositories=(ordered(calc),))
    refused = Fails(
        400, "messages.0.content.1.image.source.base64.data: Could not process image", "invalid_request_error"
    )
    async with pod_for(tmp_path / "pod", order, refused, [says("I cannot see it.")]) as pod:
        pod.api.images = {
            sha256(SHOT).hexdigest(): SHOT,
            sha256(other).hexdigest(): b"another",
            sha256(b"x").hexdigest(): b"",
        }
        ended = await pod.run()
        assert ended.code == 0
        assert len(pod.model.requests) == 2
    assert pod.api.final.receipt is not None
    assert [(row.way.value, row.reason) for row in pod.api.final.receipt.rows if row.kind == "image"] == snapshot(
        [
            ("whole", ""),
            ("dropped", "only named: its bytes were not to be had from the bot"),
            ("dropped", "only named: its bytes were not to be had from the bot"),
        ]
    )


def test_an_image_is_worth_no_more_than_the_text_that_shows_it() -> None:
    packed = packed_in(naming(image(1, trust=Trust.OUTSIDE)), [])
    [row] = [row for row in packed.receipt.rows if row.kind == "image"]
    assert row.trust is Trust.OUTSIDE
