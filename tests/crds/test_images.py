"""Images: what an image costs, which models take one, and how a text names them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.images import CLI_EDGE, SHARP, STANDARD, Named, image_tokens, images_in, sight_of, takes_images


@pytest.mark.parametrize(
    ("width", "height", "standard", "sharp"),
    [
        (1, 1, 1, 1),
        (200, 200, 64, 64),
        (1000, 1000, 1296, 1296),
        (1092, 1092, 1521, 1521),
        (1920, 1080, 1560, 2691),  # as the API was seen to count it
        (1280, 720, 1196, 1196),
        (3000, 2000, 1536, 3456),
        (8000, 20, 56, 72),
    ],
)
def test_an_image_costs_its_patches(width: int, height: int, standard: int, sharp: int) -> None:
    assert image_tokens(width, height, "claude-sonnet-4-5") == standard
    assert image_tokens(width, height, "claude-opus-5-5") == sharp


@given(width=st.integers(1, 8000), height=st.integers(1, 8000))
def test_no_image_costs_more_than_its_model_sees(width: int, height: int) -> None:
    for model, sight in (("claude-haiku-4-5", STANDARD), ("claude-opus-5-5", SHARP)):
        assert 1 <= image_tokens(width, height, model) <= sight.tokens
        assert image_tokens(width, height, model) == image_tokens(height, width, model)


def test_older_models_see_less() -> None:
    older = (
        "claude-3-5-sonnet-20241022",
        "claude-opus-4",
        "claude-opus-4-1",
        "claude-opus-4-20250514",
        "claude-opus-4-6",
    )
    assert {sight_of(name) for name in older} == {STANDARD}
    assert {sight_of(name) for name in ("claude-opus-4-7", "claude-opus-5-5", "claude-sonnet-5", "unheard")} == {SHARP}
    assert SHARP.edge > CLI_EDGE


def test_claude_takes_images_and_what_nobody_knows_does_not() -> None:
    assert takes_images("claude-haiku-4-5-20251001")
    assert not takes_images("qwen2.5-coder:32b")
    assert not takes_images("my-own-model")


def test_a_text_names_its_images_in_their_order() -> None:
    text = '![a](https://x/1.png "t") and <IMG alt=\'b c\' src=https://x/2.png> ![](<https://x/3.png>) <img alt="none">'
    assert list(images_in(text)) == [
        Named("a", "https://x/1.png"),
        Named("b c", "https://x/2.png"),
        Named("", "https://x/3.png"),
    ]
