"""What bytes are is told by themselves, and no bytes can hurt who looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.images.sniff import Seen, Unfit, look
from crds.images import MEDIA_TYPES, MOST_EDGE
from tests.images.pictures import gif, jpeg, png, webp

COMMENT = b"\xff\xfe\0\x06\xff\xc0ab"
"""A JPEG comment that holds what looks like a frame."""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png(3, 2), Seen("image/png", 3, 2)),
        (gif(300, 200), Seen("image/gif", 300, 200)),
        (jpeg(640, 480), Seen("image/jpeg", 640, 480)),
        (jpeg(640, 480, frame=0xC2), Seen("image/jpeg", 640, 480)),
        (jpeg(640, 480, more=COMMENT), Seen("image/jpeg", 640, 480)),
        (jpeg(640, 480, more=b"\xff\xff"), Seen("image/jpeg", 640, 480)),
        (webp(800, 600), Seen("image/webp", 800, 600)),
        (webp(800, 600, kind=b"VP8L"), Seen("image/webp", 800, 600)),
        (webp(800, 600, kind=b"VP8X"), Seen("image/webp", 800, 600)),
        (png(MOST_EDGE, 1), Seen("image/png", MOST_EDGE, 1)),
    ],
)
def test_the_four_formats_tell_their_size(data: bytes, expected: Seen) -> None:
    assert look(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Unfit("none")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Unfit("none")),
        (b"<!DOCTYPE html><title>Sign in</title>", Unfit("none")),
        (b"BM" + b"\0" * 60, Unfit("none")),
        (png(1, 1)[:20], Unfit("none")),
        (png(3, 2)[:-12], Unfit("cut")),
        (webp(8, 6)[:-1], Unfit("cut")),
        (gif(0, 5), Unfit("none")),
        (jpeg(4, 0), Unfit("none")),
        (b"\xff\xd8\xff\xda\0\x02\xff\xd9", Unfit("none")),
        (gif(MOST_EDGE + 1, 5), Unfit("edge", MOST_EDGE + 1, 5)),
    ],
)
def test_what_is_none_is_told_why(data: bytes, expected: Unfit) -> None:
    assert look(data) == expected


HEADS = [png(3, 2), gif(3, 2), jpeg(3, 2), webp(3, 2), webp(3, 2, kind=b"VP8L"), webp(3, 2, kind=b"VP8X")]


@given(head=st.sampled_from([b"", *HEADS]), cut=st.integers(0, 60), tail=st.binary(max_size=200))
def test_any_bytes_are_an_image_within_the_bounds_or_none(head: bytes, cut: int, tail: bytes) -> None:
    found = look(head[:cut] + tail)
    if isinstance(found, Seen):
        assert found.media_type in MEDIA_TYPES
        assert 1 <= min(found.width, found.height) <= max(found.width, found.height) <= MOST_EDGE


@given(segments=st.lists(st.integers(0, 0xFFFF), max_size=2000))
def test_a_jpeg_of_nothing_but_segments_is_read_to_its_end_once(segments: list[int]) -> None:
    body = b"".join(b"\xff\xe1" + size.to_bytes(2) for size in segments)
    assert isinstance(look(b"\xff\xd8" + body), Unfit)
