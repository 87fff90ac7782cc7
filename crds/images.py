"""Images of a conversation: how a text names them, what an order tells of them, which models take them, what they cost.

Pure. The bot finds and fetches them, the runner packs them; both must agree on all of this. Nothing here decides
whether an image is one: bot/images/ looks at its bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Literal

from pydantic import Field

from crds.model_names import find
from crds.receipt import Trust
from crds.schema import Message
from crds.usage import price_of

MediaType = Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
MEDIA_TYPES: tuple[MediaType, ...] = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What the Messages API takes."""
MOST_ATTACHED = 8
MOST_LISTED = 40
"""Images that an order tells of; further ones are only named in their texts."""
MOST_BYTES = 3_932_160
"""Of one image: as base64 it has 5 MiB then, which is the API's limit."""
MOST_BYTES_TOGETHER = 12 * 2**20
"""With each turn all of them are sent again, and a request may have 32 MB."""
MOST_EDGE = 8000
"""Pixels of an edge that the API takes."""
PATCH = 28
"""Pixels of the square that is one token."""
CLI_EDGE = 2000
"""Pixels to which the agent's own program scales a longer edge, before it sends the image (seen by running it)."""
NOTE_TOKENS = 85
"""What the agent's program writes beside each image (where it has put it, and how it was scaled), with the image's
label: 45 to 85 tokens as seen by running it."""


class OrderedImage(Message):
    """An image that a piece of the order's talk names: with the address that stands in the text, never a signed one."""

    number: Annotated[int, Field(ge=1, le=MOST_LISTED)]
    source: Annotated[str, Field(max_length=1024)]
    """Of the piece that names it."""
    author: Annotated[str, Field(max_length=256)] = ""
    trust: Trust = Trust.OUTSIDE
    """That of the piece: what is written in an image is worth no more."""
    at: str = ""
    alt: Annotated[str, Field(max_length=500)] = ""
    url: Annotated[str, Field(max_length=2000)]
    media_type: MediaType | None = None
    """By its bytes; None where they are not at hand."""
    width: Annotated[int, Field(ge=0, le=MOST_EDGE)] = 0
    height: Annotated[int, Field(ge=0, le=MOST_EDGE)] = 0
    size: Annotated[int, Field(ge=0, le=MOST_BYTES)] = 0
    """Bytes."""
    digest: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """SHA-256 of its bytes, by which the runner asks for them; empty where they are not at hand."""
    reason: Annotated[str, Field(max_length=300)] = ""
    """Why it is only named, in words; empty where its bytes are at hand."""


@dataclass(frozen=True)
class Named:
    """An image as a text names it."""

    alt: str
    url: str


# Nothing is given back once it has matched: what is written to match almost would be tried in a million ways.
IMAGE = re.compile(r"!\[(?P<alt>[^\]\n]{0,500}+)\]\(\s{0,100}+<?+(?P<url>[^\s)>]{1,2000}+)>?+[^)\n]{0,300}+\)")
TAG = re.compile(r"<img\b(?P<told>[^<>]{0,3000}+)>", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*["']?(?P<url>[^"'\s>]{1,2000})""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"(?P<double>[^"]{0,500})"|'(?P<single>[^']{0,500})')""", re.IGNORECASE)


def of_markdown(found: re.Match[str]) -> Named:
    """What a match of IMAGE names."""
    return Named(found["alt"], found["url"])


def of_tag(found: re.Match[str]) -> Named:
    """What a match of TAG names; its address is empty where it has none."""
    source, alt = _SRC.search(found["told"]), _ALT.search(found["told"])
    name = (alt["double"] or alt["single"] or "") if alt else ""
    return Named(name, source["url"] if source else "")


def images_in(text: str) -> Iterator[Named]:
    """The images that a Markdown text names with an address, in their order; those in code too."""
    if "![" not in text and "<img" not in text.lower():
        return
    found = [(one.start(), of_markdown(one)) for one in IMAGE.finditer(text)]
    found += [(one.start(), of_tag(one)) for one in TAG.finditer(text)]
    yield from (named for _, named in sorted(found, key=lambda pair: pair[0]) if named.url)


@dataclass(frozen=True)
class Sight:
    """How large a model sees an image: it is scaled down to both bounds, its shape kept."""

    edge: int
    tokens: int


STANDARD, SHARP = Sight(1568, 1568), Sight(2576, 4784)
_STANDARD = re.compile(r"claude-(3|haiku-4|sonnet-4|opus-4($|-[0-6]($|-)|-20))")


def takes_images(model: str) -> bool:
    """Whether the model is known to take images: Claude from 3 on does, others as far as `open_models` says."""
    known = find(model)
    return price_of(model) is not None or (known is not None and known[0].images)


def sight_of(model: str) -> Sight:
    """The sharp one where nobody knows: it costs more, so that nothing is counted too low."""
    return STANDARD if _STANDARD.match(model) else SHARP


def image_tokens(width: int, height: int, model: str) -> int:
    """Tokens of an image: ⌈width/28⌉ · ⌈height/28⌉ of the largest size of its shape within the model's bounds.

    Source: Anthropic, "Vision" and "Coordinates and bounding boxes" (platform.claude.com/docs/en/build-with-claude/
    vision and …/vision-coordinates), read in November 2026 from public copies; an earlier edition said
    width · height / 750, which is the same but for the rounding. The bounds are 1568 pixels and 1568 tokens, from
    Opus 4.7 on 2576 and 4784. Checked against published counts: 1920 × 1080 is 1,560 and 2,691 tokens.
    """
    sight = sight_of(model)
    long, short = max(width, height), min(width, height)
    if short < 1:
        return 0
    for edge in range(min(long, sight.edge, CLI_EDGE), 0, -1):
        tokens = ceil(edge / PATCH) * ceil(max(1, round(edge * short / long)) / PATCH)
        if tokens <= sight.tokens:
            return tokens
    return 1
