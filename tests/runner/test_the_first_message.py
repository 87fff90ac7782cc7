"""The content of the first message: the text alone as ever, or blocks with the stable start first and images before what
speaks of them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runner.first_message import Attached, content

PNG = Attached(1, "image/png", b"\x89PNG")


def text(number: int, found: Any) -> str:
    return str(found[number]["text"])


def test_a_prompt_alone_is_a_text() -> None:
    assert content("Fix it.", stable="Fix") == "Fix it."


def test_images_stand_between_the_stable_start_and_the_rest_each_under_its_number() -> None:
    found = content("Rules.\n\nFix it.", stable="Rules.", images=[PNG, Attached(3, "image/gif", b"GIF89a")])
    assert found == [
        {"type": "text", "text": "Rules."},
        {"type": "text", "text": "Image 1:"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}},
        {"type": "text", "text": "Image 3:"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": "R0lGODlh"}},
        {"type": "text", "text": "\n\nFix it."},
    ]


@given(prompt=st.text(min_size=1), stable=st.text())
def test_no_letter_of_the_prompt_is_lost(prompt: str, stable: str) -> None:
    for start in (stable, prompt[: len(stable)]):
        found = content(prompt, stable=start, images=[PNG])
        assert isinstance(found, list)
        texts = [block["text"] for block in found if block["type"] == "text"]
        assert "".join(one for one in texts if one != "Image 1:").strip() == prompt.strip()
