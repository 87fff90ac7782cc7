"""Where the forge's images may be fetched from, and where it says that they are. Pure.

GitHub keeps what people drop into a text under an address that a browser may open (`github.com/user-attachments/…`) and
gives a signed one, good for some minutes, in the rendered text (`body_html`). Only hosts that are the forge's own image
hosts are asked, by https, without credentials; so no text can send the bot anywhere else.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import SplitResult, urlsplit

from handlers.events import Thread

GITHUB = "https://github.com"
IMAGE_HOSTS = (
    "private-user-images.githubusercontent.com",
    "user-images.githubusercontent.com",
    "cloud.githubusercontent.com",
)
MOST_HTML = 2_000_000
"""Characters of a rendered text that are read."""
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SVG = re.compile(r"\.svg$", re.IGNORECASE)
_ANCHOR = re.compile(r"(?P<kind>issuecomment-|discussion_r|pullrequestreview-)(?P<id>\d{1,18})")
_ITEM = re.compile(r"/(?P<repository>[^/]+/[^/]+)/(?:issues|pull)/(?P<number>\d{1,10})")


@dataclass(frozen=True)
class Forge:
    """The forge as far as its images go. `url`: where people read it."""

    url: str

    def attachment(self, url: str) -> str:
        """By what an image that people have put on the forge is known in every address of it; empty for any other."""
        parts = _split(url)
        guid = _GUID.findall(parts.path)[-1:] if parts is not None else []
        if parts is None or not guid or not (self._is_own(parts) or parts.hostname in self._hosts):
            return ""
        return str(guid[0]).lower()

    def may_be_fetched(self, url: str) -> bool:
        """Whether the bot may ask there: an image host of the forge, or where the forge itself keeps images."""
        parts = _split(url)
        if parts is None or parts.username is not None or parts.password is not None:
            return False
        if parts.scheme == "https" and _port(parts) == 443 and parts.hostname in self._hosts:
            return True
        return self.url != GITHUB and self._is_own(parts) and bool(self.attachment(url))

    @property
    def _hosts(self) -> tuple[str, ...]:
        """GitHub's image hosts; those of an enterprise's own server are beside it."""
        own = urlsplit(self.url).hostname or ""
        return IMAGE_HOSTS if self.url == GITHUB else (f"media.{own}", f"private-user-images.{own}")

    def _is_own(self, parts: SplitResult) -> bool:
        own = urlsplit(self.url)
        return (parts.scheme, parts.hostname, _port(parts)) == (own.scheme, own.hostname, _port(own))


def forge_at(url: str) -> Forge:
    """The forge at this address."""
    return Forge(url.rstrip("/").lower())


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_svg(url: str) -> bool:
    """Whether it says of itself that it is a drawing, which no model takes."""
    parts = _split(url)
    return parts is not None and bool(_SVG.search(parts.path))


def item_path(source: str, own: Thread, *, elsewhere: bool) -> str:
    """Where the API tells of the piece with this address, below its repository; empty where it is of another one.

    `elsewhere`: whether the piece stands in another thread than the session's.
    """
    parts = urlsplit(source)
    item = _ITEM.fullmatch(parts.path)
    if item is None or (elsewhere and item["repository"].lower() != own.repository.lower()):
        return ""
    number = item["number"] if elsewhere else str(own.number)
    anchor = _ANCHOR.fullmatch(parts.fragment)
    if anchor is None:
        return f"/issues/{number}" if not parts.fragment else ""
    match anchor["kind"]:
        case "issuecomment-":
            return f"/issues/comments/{anchor['id']}"
        case "discussion_r":
            return f"/pulls/comments/{anchor['id']}"
    return f"/pulls/{number}/reviews/{anchor['id']}"


def shown_in(html: str, forge: Forge) -> Mapping[str, str]:
    """The images that a rendered text shows, by what they are known by, each with an address that may be fetched."""
    reader = _Images()
    reader.feed(html[:MOST_HTML])
    found: dict[str, str] = {}
    for url in reader.urls:
        name = forge.attachment(url)
        if name and forge.may_be_fetched(url):
            found.setdefault(name, url)
    return found


class _Images(HTMLParser):
    """Reads the addresses of a page's images."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.urls += [value for name, value in attrs if name == "src" and value]
