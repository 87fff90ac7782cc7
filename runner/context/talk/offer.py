"""What people said, as pieces of context in their tiers, the worthiest of each first. Called by `collect.py`. Pure.

The trigger and the text of the thread are the task; the changes with the remarks on their lines, other threads and
other repositories' files have tiers of their own; all else is the thread. Whatever is not offered is still a piece,
without a text and with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crds.agentic_session import Task
from crds.code_talk import CHANGES, PATCHES
from crds.receipt import Trust, Way
from crds.work_order import LeftOut, Talk, WorkOrder, text_digest
from runner.context import count
from runner.context.pieces import Piece, Tier
from runner.context.sanitise import Sanitised, one_line, sanitise
from runner.context.talk import changes, related, remarks
from runner.context.talk.fold import counted, folded
from runner.context.talk.machines import REMARKS
from runner.context.talk.media import numbers_of
from runner.context.talk.prepare import prepared
from runner.context.talk.said import BODIES, Said
from runner.context.talk.score import scene_of, scored
from runner.context.talk.telling import telling

LEAST = 40
LONG_REQUEST = 200
"""Characters of a request that is not said twice where the message that asked has it too."""
FEW_WORDS = 6
"""Words beside the request in a message that says no more than it: the bot's name, the verb."""
MOST_LINE = 160
"""Characters of a message that is told in one line."""


@dataclass(frozen=True)
class Offered:
    pieces: tuple[Piece, ...]
    words: tuple[str, ...]
    """The messages of the thread itself by their time, without what is folded: what the code is ranked by."""
    images: frozenset[int] = frozenset()
    """Numbers of the images that the texts name, without those of what is folded."""
    places: str = ""
    """Where the pull request's changes stand: the code is ranked by that as well."""


def offered(order: WorkOrder, talk: Sequence[tuple[Talk, Sanitised]], *, request: str, title: str) -> Offered:
    """All talk of an order, scored and folded. `request` and `title` are sanitised."""
    told = [one for one in talk if one[0].kind not in PATCHES]
    said = remarks.hunks_once(_folded(prepared(told, numbers_of(order))))
    best = scored(said, scene_of(said, asked=f"{title}\n{request}"))
    own = [one for one in best if not _beside(one)]
    known = {each.digest: sanitise(each.text).text.strip() for each in order.summaries}
    pieces = [_piece(one, known) for one in [*own, *related.most_telling([one for one in best if _beside(one)])]]
    patches = changes.pieces(talk)
    # A review is about the changes, while a fix is about what was said to them.
    first = CHANGES if order.task is Task.REVIEW else ""
    offers = [one for one in patches if one.kind == first] + pieces + [one for one in patches if one.kind != first]
    words = tuple(one.text for one in said if not _beside(one) and not one.folded)
    images = frozenset[int]().union(*(one.images for one in said if not one.folded))
    found = (*_tasks(offers, title, request), *_counted(said))
    return Offered(found, words, images, changes.places(patches))


def _folded(said: Sequence[Said]) -> list[Said]:
    """The messages with why they are folded; what somebody has linked to itself is never."""
    return [*folded([one for one in said if not one.talk.named]), *(one for one in said if one.talk.named)]


def left_out(note: LeftOut) -> Piece:
    """Nothing of it is in the order: it is only a row of the receipt."""
    return Piece(Tier.THREAD, note.source, note.kind, note.author, Trust.OUTSIDE, "", at=note.at, reason=note.reason)


def _beside(one: Said) -> bool:
    """Whether it stands in another thread."""
    return bool(one.talk.thread) and not one.is_task


def _piece(one: Said, known: Mapping[str, str]) -> Piece:
    talk, digest = one.talk, text_digest(one.talk.text)
    empty = one.folded or not one.text.strip()
    found = Piece(
        _tier(one),
        talk.source,
        "trigger" if talk.trigger and talk.kind not in BODIES else talk.kind,
        talk.author,
        talk.trust,
        "" if empty else one.text,
        at=talk.at,
        least=LEAST,
        reason=one.folded or ("; ".join(one.notes) if one.text.strip() else "empty"),
        score=None if one.is_task else round(one.score, 3),
        offered=count.about(one.clean) if one.cut or one.folded else None,
    )
    if empty:
        return found
    return replace(
        found,
        way=Way.SPANS if one.cut else Way.WHOLE,
        trigger=talk.trigger,
        place=_place(one, found.tier),
        standing=talk.standing,
        digest=digest,
        summary="" if talk.trigger else known.get(digest, ""),
        line="" if one.is_task else _line(one),
    )


def _tier(one: Said) -> Tier:
    if one.is_task:
        return Tier.TASK
    if one.talk.kind == "linked_file":
        return Tier.LINKED
    if one.talk.thread:
        return Tier.RELATED
    return Tier.REMARKS if one.talk.kind in REMARKS else Tier.THREAD


def _place(one: Said, tier: Tier) -> str:
    if tier is Tier.REMARKS:
        return remarks.sort_key(one)
    if tier is Tier.RELATED:
        return related.sort_key(one)
    asked = tier is Tier.TASK and one.talk.trigger
    return f"{int(asked)}|{one.moment:017.3f}|{one.talk.source}"


def _line(one: Said) -> str:
    place = remarks.place_of(one.text)
    where = f" on {place.path}:{place.line}" if place else ""
    who = one_line(one.talk.author, 60) or one.talk.kind
    told = telling(place.rest if place else one.text)[:MOST_LINE]
    return f"{who}{where}, {one_line(one.talk.at, 10)}: {told}"


def _tasks(pieces: Sequence[Piece], title: str, request: str) -> list[Piece]:
    """The trigger before the text of the thread, which bears the title; what the request says too is not said twice."""
    found = [_task(piece, title, request) if piece.tier is Tier.TASK else piece for piece in pieces]
    return sorted(found, key=lambda piece: (piece.tier is not Tier.TASK, not piece.trigger))


def _task(piece: Piece, title: str, request: str) -> Piece:
    body = piece.kind in BODIES
    text = _beside_request(piece.text, request.strip())
    reason = piece.reason if text else "says what the request says" if piece.text.strip() else "empty"
    if text or body:
        text = (_heading(title, text) if body else "") + text
    return replace(piece, text=text, reason=reason)


def _beside_request(text: str, request: str) -> str:
    """What a message says besides the request, which stands above it: all of it where that is short, or not in it."""
    if text.strip() == request:
        return ""
    before, found, after = text.partition(request) if len(request) > LONG_REQUEST else (text, "", "")
    if found and len(f"{before} {after}".split()) <= FEW_WORDS:
        return ""
    return f"{before}[here stands the request]{after}" if found else text


def _heading(title: str, text: str) -> str:
    """The issue's title above its text, unless it stands there already."""
    return f"{title}\n\n" if title and " ".join(text[:4000].split())[: len(title)] != title else ""


def _counted(said: Sequence[Said]) -> list[Piece]:
    text = counted(said)
    return [Piece(Tier.THREAD, "counted", "folded", "", Trust.OUTSIDE, text, inline=True)] if text else []
