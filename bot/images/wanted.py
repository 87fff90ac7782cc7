"""Which images the talk of an order names, and which of them are wanted first. Pure.

The request's own come first, then those of the text of the thread, then the newest; those of other threads last. Each
image counts once, however often it is quoted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.images.places import Forge, is_svg, item_path
from crds.code_talk import CODE_KINDS
from crds.images import MOST_LISTED, Named, OrderedImage, images_in
from crds.work_order import Talk
from handlers import wording
from handlers.events import Thread

BODIES = ("issue", "spec")
SLACK = "slack"
"""Kind of talk of a Slack thread, and the path of what is there."""


@dataclass(frozen=True)
class Wanted:
    """An image that a piece names."""

    piece: Talk
    named: Named
    known_as: str
    """What the forge's addresses of it have in common; empty where it is none of the forge's."""
    path: str
    """Where the API tells of its piece, below the repository; `slack` there; empty where that cannot be asked."""

    @property
    def why_not(self) -> str:
        """Why it is not to be had, as far as its address tells; empty where it may be."""
        if is_svg(self.named.url):
            return wording.image_is_a_drawing()
        if not self.known_as:
            return wording.image_elsewhere()
        return "" if self.path else wording.image_of_another_repository()

    def told(self, number: int, reason: str) -> OrderedImage:
        """The image as an order tells of it, without its bytes."""
        piece = self.piece
        return OrderedImage(
            number=number,
            source=piece.source[:1024],
            author=piece.author[:256],
            trust=piece.trust,
            at=piece.at,
            alt=self.named.alt[:500],
            url=self.named.url,
            reason=reason[:300],
        )


def wanted(talk: Sequence[Talk], own: Thread, forge: Forge, in_slack: Collection[str] = ()) -> list[Wanted]:
    """The images of the talk, those that are wanted most first; as many as an order may tell of.

    `in_slack`: the addresses by which the talk names those of its Slack thread.
    """
    found: dict[str, Wanted] = {}
    oldest_first = sorted(talk, key=lambda one: one.at)  # what was said in one second stays in its order
    for piece in oldest_first[::-1]:
        for named in images_in(piece.text) if piece.kind not in CODE_KINDS else ():
            there = piece.kind == SLACK and named.url in in_slack
            one = Wanted(piece, named, named.url, SLACK) if there else _wanted(piece, named, own, forge)
            key = one.known_as or named.url
            if key not in found or _rank(one) < _rank(found[key]):
                found[key] = one
    return sorted(found.values(), key=_rank)[:MOST_LISTED]


def _wanted(piece: Talk, named: Named, own: Thread, forge: Forge) -> Wanted:
    path = item_path(piece.source, own, elsewhere=bool(piece.thread)) if own.number else ""
    return Wanted(piece, named, forge.attachment(named.url), path)


def _rank(one: Wanted) -> tuple[bool, bool, bool]:
    """Sorts the likes of it; what is alike stays as it comes, the newest first."""
    piece = one.piece
    return bool(piece.thread), not piece.trigger, piece.kind not in BODIES
