"""Names images and attachments instead of their markup: what they show is not in the prompt, that they are there is.

Pure; called by `prepare.py`. Nothing is fetched. What stands in code stays.
"""

import re
from dataclasses import dataclass

from runner.context.units import fenced

MOST_ALT, MOST_URL = 120, 300
_IMAGE = re.compile(r"!\[(?P<alt>[^\]\n]{0,500})\]\(\s*<?(?P<url>[^\s)>]{1,2000})>?[^)\n]{0,300}\)")
_TAG = re.compile(r"<img\b(?P<told>[^<>]{0,3000})/?>", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*["']?(?P<url>[^"'\s>]{1,2000})""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"(?P<double>[^"]{0,500})"|'(?P<single>[^']{0,500})')""", re.IGNORECASE)
_FILE = re.compile(
    r"(?<!!)\[(?P<name>[^\]\n]{1,300})\]\((?P<url>https?://[^\s)]{1,300}/(?:user-attachments/files|files|attachments)"
    r"/[^\s)]{1,1500})\)"
)


@dataclass(frozen=True)
class Named:
    text: str
    images: int
    files: int


def named(text: str) -> Named:
    """The text with each image and attachment as `[image: what, where]`."""
    if not any(mark in text for mark in ("![", "<img", "<IMG", "/files/", "/attachments/")):
        return Named(text, 0, 0)
    parts = [Named(part, 0, 0) if code else _in_prose(part) for code, part in fenced(text)]
    return Named(
        "".join(part.text for part in parts), sum(part.images for part in parts), sum(part.files for part in parts)
    )


def _in_prose(text: str) -> Named:
    text, images = _IMAGE.subn(lambda found: _told(found["alt"], found["url"]), text)
    text, tags = _TAG.subn(_of_tag, text)
    text, files = _FILE.subn(lambda found: _told(found["name"], found["url"], "attachment"), text)
    return Named(text, images + tags, files)


def _of_tag(found: re.Match[str]) -> str:
    source, alt = _SRC.search(found["told"]), _ALT.search(found["told"])
    name = (alt["double"] or alt["single"] or "") if alt else ""
    return _told(name, source["url"] if source else "")


def _told(name: str, url: str, kind: str = "image") -> str:
    told = ", ".join(part for part in (name.strip()[:MOST_ALT], url[:MOST_URL]) if part)
    return f"[{kind}: {told}]" if told else f"[{kind}]"
