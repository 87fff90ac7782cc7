"""Looks at bytes: are they an image that a model takes, and how large is it? Pure; never trusts a name or a header.

Reads the few bytes that say so (PNG, JPEG, GIF, WebP) and decodes nothing, so that no file can hurt. An image that says
it is one and is not, is found out by the model's server; the agent's program then leaves it out.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from crds.images import MOST_EDGE, MediaType

Size = tuple[int, int]
_NO_FRAMES = (0xC4, 0xC8, 0xCC)
"""JPEG markers among those of frames that are none: tables, and one that is kept for later."""
_ALONE = (0x01, *range(0xD0, 0xD9))
"""JPEG markers without a length."""


@dataclass(frozen=True)
class Seen:
    media_type: MediaType
    width: int
    height: int


@dataclass(frozen=True)
class Unfit:
    """Why the bytes are no image for a model: `kind` is `none`, `cut` or `edge`."""

    kind: str
    width: int = 0
    height: int = 0


def look(data: bytes) -> Seen | Unfit:
    """What the bytes are."""
    for media_type, begins, size, ends in _FORMATS:
        if begins(data):
            return _judged(media_type, size(data), whole=ends(data))
    return Unfit("none")


def _judged(media_type: MediaType, size: Size | None, *, whole: bool) -> Seen | Unfit:
    if size is None or min(size) < 1:
        return Unfit("none")
    if max(size) > MOST_EDGE:
        return Unfit("edge", *size)
    return Seen(media_type, *size) if whole else Unfit("cut")


def _is_png(data: bytes) -> bool:
    return data.startswith(b"\x89PNG\r\n\x1a\n")


def _png(data: bytes) -> Size | None:
    return _unpacked(">II", data, 16) if data[8:16] == b"\0\0\0\x0dIHDR" else None


def _is_gif(data: bytes) -> bool:
    return data.startswith((b"GIF87a", b"GIF89a"))


def _gif(data: bytes) -> Size | None:
    return _unpacked("<HH", data, 6)


def _is_jpeg(data: bytes) -> bool:
    return data.startswith(b"\xff\xd8\xff")


def _jpeg(data: bytes) -> Size | None:
    """The size of the first frame; None where the picture's data begins before one."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            found = _unpacked(">HH", data, at + 5)
            return (found[1], found[0]) if found else None
        elif marker in (0xD9, 0xDA):
            return None
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _webp(data: bytes) -> Size | None:
    """The size by the first chunk: lossy, lossless or extended."""
    match data[12:16]:
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            found = _unpacked("<HH", data, 26)
            return (found[0] & 0x3FFF, found[1] & 0x3FFF) if found else None
        case b"VP8L" if data[20:21] == b"\x2f" and len(data) >= 25:
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X" if len(data) >= 30:
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def _webp_is_whole(data: bytes) -> bool:
    return int.from_bytes(data[4:8], "little") + 8 <= len(data)


def _unpacked(form: str, data: bytes, at: int) -> Size | None:
    if len(data) < at + struct.calcsize(form):
        return None
    first, second = struct.unpack_from(form, data, at)
    return first, second


_Reader = Callable[[bytes], Size | None]
_Asks = Callable[[bytes], bool]
_FORMATS: tuple[tuple[MediaType, _Asks, _Reader, _Asks], ...] = (
    ("image/png", _is_png, _png, lambda data: b"IEND" in data[-1024:]),
    ("image/jpeg", _is_jpeg, _jpeg, lambda data: b"\xff\xd9" in data),
    ("image/gif", _is_gif, _gif, lambda data: b";" in data[13:][-1024:]),
    ("image/webp", _is_webp, _webp, _webp_is_whole),
)
"""Each format: its name, whether the bytes begin as one, the size that they say, and whether they have an end."""
