"""Names images and attachments instead of their markup; those that may go along by the number that the order gives.

Pure; called by `prepare.py`. Nothing is fetched. What stands in code stays.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crds.fences import fenced
from crds.images import IMAGE, TAG, of_markdown, of_tag
from crds.images import Named as Image
from crds.work_order import WorkOrder

MOST_ALT, MOST_URL = 120, 300
_FILE = re.compile(
    r"(?<!!)\[(?P<name>[^\]\n]{1,300}+)\]\((?P<url>https?://[^\s)]{1,300}/(?:user-attachments/files|files|attachments)"
    r"/[^\s)]{1,1500}+)\)"
)


@dataclass(frozen=True)
class Named:
    text: str
    images: int
    files: int
    numbers: frozenset[int] = frozenset()
    """Of those images that have one."""


Numbers = Mapping[str, int]
"""The numbers of images, by their addresses as they stand in the texts."""
NONE: Numbers = {}


def numbers_of(order: WorkOrder) -> Numbers:
    """Of those images of an order whose bytes are at hand."""
    return {one.url: one.number for one in order.images if one.digest}


def named(text: str, numbers: Numbers = NONE) -> Named:
    """The text with each image and attachment as `[image: what, where]`, or `[image 2: what, where]`."""
    if not any(mark in text for mark in ("![", "<img", "<IMG", "/files/", "/attachments/")):
        return Named(text, 0, 0)
    parts = [Named(part, 0, 0) if code else _in_prose(part, numbers) for code, part in fenced(text)]
    return Named(
        "".join(part.text for part in parts),
        sum(part.images for part in parts),
        sum(part.files for part in parts),
        frozenset().union(*(part.numbers for part in parts)),
    )


def _in_prose(text: str, numbers: Numbers) -> Named:
    seen: set[int] = set()

    def told(image: Image) -> str:
        number = numbers.get(image.url, 0)
        seen.update({number} - {0})
        return _told(image.alt, image.url, f"image {number}" if number else "image")

    text, images = IMAGE.subn(lambda found: told(of_markdown(found)), text)
    text, tags = TAG.subn(lambda found: told(of_tag(found)), text)
    text, files = _FILE.subn(lambda found: _told(found["name"], found["url"], "attachment"), text)
    return Named(text, images + tags, files, frozenset(seen))


def _told(name: str, url: str, kind: str) -> str:
    told = ", ".join(part for part in (name.strip()[:MOST_ALT], url[:MOST_URL]) if part)
    return f"[{kind}: {told}]" if told else f"[{kind}]"
