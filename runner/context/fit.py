"""Fits the pieces of one tier into what the tier may take: whole, or as spans, a summary, an outline, a line, or not.

Pure; called by `pack.py`. The first of the pieces are served first, and none takes so much that the others go without.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from crds.code_talk import PATCHES
from crds.receipt import Trust, Way
from runner.context import count
from runner.context.extract import spans, summary
from runner.context.frame import framed, lines_framed, tag_for
from runner.context.pieces import Piece, Taken, Tier
from runner.context.talk.changes import hunks_within
from runner.context.talk.logs import Logs

JOIN = 4
"""Tokens that a line break between two frames may cost beyond what each costs alone."""
_CUT = "cut to the budget"
USED_UP = "the budget is used up"
_MOST_OF_ONE = {Tier.THREAD: 0.4, Tier.REMARKS: 0.4, Tier.RELATED: 0.4}
"""The share of its tier that one piece may take while others are cut."""
OF_IMAGES = 0.5
"""The share of its tier that images may take together while texts are cut."""
LINES = 0.15
"""The share of a tier that is kept for lines where not all of it fits."""
ALMOST = 0.3
"""The share of a text from which its paragraphs are shown; below it, its sentences."""
SPARSE = 0.5
"""The share of the room that paragraphs must fill to be better than sentences."""
LEAST_START = 60
"""Tokens of a start that are worth standing before the outline."""
OUTLINE = "Its headings, rules and commands:"
DENSEST = 40
"""Characters that one token holds at most in any text worth counting."""
CLOSE = 0.05
"""The share of what is kept of logs by which it need not be known better how much fits."""
MOST_GROWN = 16
"""How often logs are cut anew, to what the room holds."""
WORTH = 40
"""Tokens left over for which a cut piece is fitted again."""
MOST_AGAIN = 12
"""Pieces that are fitted again."""


@dataclass(frozen=True)
class Sized:
    piece: Piece
    tokens: int
    """Of its text, estimated where that is long, and of the image beside it."""

    @property
    def offered(self) -> int:
        return max(self.tokens, self.piece.offered or 0)


@dataclass(frozen=True)
class Form:
    """A text that a piece may go in as."""

    text: str
    way: Way
    reason: str


def sized(pieces: Sequence[Piece], enough: int) -> list[Sized]:
    """The pieces with their tokens: counted until `enough` are together, estimated from there on."""
    found, total = list[Sized](), 0
    for piece in pieces:
        tokens = piece.beside + (count.about(piece.text) if total <= enough else len(piece.text) // 4)
        found.append(Sized(piece, tokens))
        total += tokens
    return found


def wanted(pieces: Sequence[Sized]) -> int:
    """Tokens that all of them take whole, with their frames."""
    return sum(_cost(one.piece, one.tokens) for one in pieces if one.piece.text.strip()) + _shared(pieces)


def cost_of(taken: Sequence[Taken]) -> int:
    """Tokens that they take, with their frames."""
    lines = {one.piece.trust for one in taken if one.inline and one.text}
    alone = sum(one.tokens + (JOIN if one.inline else overhead(one.piece)) for one in taken if one.text)
    return alone + sum(_line_frame(trust) for trust in lines)


def fitted(pieces: Sequence[Sized], room: int, asked: frozenset[str]) -> list[Taken]:
    """What is taken of each, in their order, in at most `room` tokens. `asked`: terms of what is asked for."""
    if wanted(pieces) <= room:
        return [whole(one) for one in pieces]
    return _Fitting(pieces, room, asked).taken()


class _Fitting:
    """The pieces of a tier in which not all have room: first a fair part for each, then what is left, then lines."""

    def __init__(self, pieces: Sequence[Sized], room: int, asked: frozenset[str]) -> None:
        self._pieces, self._asked, self._room = pieces, asked, room
        self._found: dict[int, Taken] = {}
        self._left = room - self._for_lines()

    def taken(self) -> list[Taken]:
        self._each()
        self._again()
        self._left += self._for_lines()
        self._lines()
        return [self._found.get(number) or dropped(one) for number, one in enumerate(self._pieces)]

    def _for_lines(self) -> int:
        asked = sum(len(one.piece.line) // 3 + JOIN for one in self._pieces)
        return min(int(self._room * LINES), asked)

    def _each(self) -> None:
        for number, one in enumerate(self._pieces):
            if one.piece.text.strip() and not one.piece.inline:
                self._take(number, _in(one, min(self._left, self._share(one.piece)), self._asked))

    def _share(self, piece: Piece) -> int:
        """Tokens that the piece may take at most."""
        if piece.image:
            return int(self._room * OF_IMAGES) - sum(
                _taken_cost(one) for one in self._found.values() if one.piece.image
            )
        return int(self._room * (_MOST_OF_ONE.get(piece.tier, 1.0) if len(self._pieces) > 1 else 1.0))

    def _again(self) -> None:
        """What is left over goes to those that were cut, the first of them first."""
        cut = [number for number, one in self._found.items() if one.reason.endswith(_CUT)]
        for number in cut[:MOST_AGAIN]:
            if self._left < WORTH:
                return
            room = self._left + _taken_cost(self._found[number])
            self._left = room
            self._take(number, _in(self._pieces[number], room, self._asked) or self._found[number])

    def _lines(self) -> None:
        frames = set[Trust]()
        for number, one in enumerate(self._pieces):
            line = one.piece.text if one.piece.inline else one.piece.line
            if number in self._found or not line.strip() or not one.piece.text.strip():
                continue
            taken = _as_line(one, line)
            cost = taken.tokens + JOIN + (0 if one.piece.trust in frames else _line_frame(one.piece.trust))
            if cost <= self._left:
                frames.add(one.piece.trust)
                self._found[number] = taken
                self._left -= cost

    def _take(self, number: int, taken: Taken | None) -> None:
        if taken is not None:
            self._found[number] = taken
            self._left -= _taken_cost(taken)


def _taken_cost(taken: Taken) -> int:
    return taken.tokens + overhead(taken.piece)


def _in(one: Sized, room: int, asked: frozenset[str]) -> Taken | None:
    """The piece in so much room, its frame included; None where that is worth nothing."""
    inside = room - overhead(one.piece)
    if one.tokens <= inside:
        taken = whole(one)
        if taken.tokens <= inside:
            return taken
    if inside < one.piece.least or one.piece.image:
        return None
    form = next((form for form in _forms(one, inside, asked) if form.text and count.count(form.text) <= inside), None)
    return taken_as(one, form) if form else None


def _forms(one: Sized, room: int, asked: frozenset[str]) -> Iterator[Form]:
    """The forms in which a piece that is too long may go in, the best first."""
    piece, much = one.piece, room >= ALMOST * one.tokens
    if piece.kind in PATCHES:
        yield from _hunks(piece, room, much=much)
        return
    if piece.start_only:
        yield from _starts(piece, room)
        return
    if piece.summary and not much:
        yield Form(piece.summary, Way.SUMMARY, "summarised by a model")
    if piece.tier is Tier.TASK:
        lean = _with_logs_to(piece.text, room)
        if lean and lean != piece.text:
            yield Form(lean, Way.SPANS, f"its logs {_CUT}")
    told = spans(piece.text, room, asked) if much or piece.tier is Tier.TASK else ""
    if count.count(told) < SPARSE * room:  # where one paragraph alone is too long, sentences say more
        yield Form(summary(piece.text, room, asked), Way.SUMMARY, f"its sentences {_CUT}")
    yield Form(told, Way.SPANS, _CUT)
    yield Form(ends(piece.text, room, start_only=False), Way.SPANS, _CUT)


def _hunks(piece: Piece, room: int, *, much: bool) -> Iterator[Form]:
    """Whole hunks; else the start of the first, where that is much of them; else their headings."""
    yield Form(hunks_within(piece.text, room), Way.SPANS, f"its hunks {_CUT}")
    if much or not piece.outline:
        yield Form(ends(piece.text, room, start_only=True), Way.SPANS, _CUT)
    told = ends(piece.outline, room, start_only=True) if count.count(piece.outline) > room else piece.outline
    yield Form(told, Way.OUTLINE, f"the headings of its hunks: {_CUT}")


def _with_logs_to(text: str, room: int) -> str:
    """The text with as much of its long logs as fits in the room; empty where not even their least does."""
    logs = Logs(text)
    least, most, times, found = 0.0, 0.0, 1.0, ""
    for _ in range(MOST_GROWN):
        lean = logs.cut(times)
        if len(lean) <= DENSEST * room and count.count(lean) <= room:
            least, found = times, lean
        elif not found:
            return ""
        else:
            most = times
        # Twice as much until it is too much, then by halves between what fits and what does not.
        times = (least + most) / 2 if most else 2 * least
        if lean == text or (most and most - least < CLOSE * least):
            break
    return found


def _starts(piece: Piece, room: int) -> Iterator[Form]:
    """The start with the outline below it, where there is room for both; else the outline; else the start."""
    outline = f"{OUTLINE}\n{piece.outline}"
    left = room - count.count(outline) - JOIN if piece.outline else -1
    if left >= LEAST_START and (start := ends(piece.text, left, start_only=True)):
        yield Form(f"{start}\n{outline}", Way.SPANS, f"its start, and its headings and rules: {_CUT}")
    if piece.outline:
        told = piece.outline if left + JOIN >= 0 else ends(piece.outline, room, start_only=True)
        yield Form(told, Way.OUTLINE, f"its headings and rules: {_CUT}")
    yield Form(ends(piece.text, room, start_only=True), Way.SPANS, _CUT)


def ends(text: str, room: int, *, start_only: bool) -> str:
    """Start and end of the text with a mark between, in at most `room` tokens; empty where not even the mark fits."""
    offered, keep = count.about(text), room
    while keep > 0:
        first = keep if start_only else keep * 2 // 3
        start, end = count.head(text, first), count.tail(text, keep - first)
        found = f"{start}\n[… {max(0, offered - keep):,} tokens cut here …]\n{end}".rstrip()
        over = count.count(found) - room
        if over <= 0:
            return found
        keep -= over
    return ""


def whole(one: Sized) -> Taken:
    """The piece with all of its text, exactly counted."""
    piece = one.piece
    if not piece.text.strip():
        return Taken(piece, "", Way.DROPPED, piece.reason or "empty", one.offered, 0)
    text = " ".join(piece.text.split()) if piece.inline else piece.text
    tokens = count.count(text) + piece.beside
    return Taken(piece, text, piece.way, piece.reason, max(one.offered, tokens), tokens, piece.inline)


def taken_as(one: Sized, form: Form) -> Taken:
    """The piece in another form than its whole text."""
    tokens = count.count(form.text)
    reason = "; ".join(part for part in (one.piece.reason, form.reason) if part)
    return Taken(one.piece, form.text, form.way, reason, max(one.offered, tokens), tokens)


def lacks_summary(taken: Taken) -> bool:
    """Whether so little of the piece's text went in that a summary of it would have stood in its place."""
    piece = taken.piece
    less = piece.text.strip() and taken.text != piece.text and taken.way is not Way.DROPPED
    return bool(less) and not piece.summary and taken.tokens < ALMOST * count.about(piece.text)


def shortened(taken: Taken) -> bool:
    """Whether something of the piece's text is missing."""
    return bool(taken.piece.text.strip()) and taken.text != taken.piece.text


def _as_line(one: Sized, line: str) -> Taken:
    text = " ".join(line.split())
    tokens, inline = count.count(text), one.piece.inline
    way, reason = (one.piece.way, one.piece.reason) if inline else (Way.OUTLINE, f"{USED_UP}: told in one line")
    return Taken(one.piece, text, way, reason, max(one.offered, tokens), tokens, inline=True)


def dropped(one: Sized, reason: str = USED_UP) -> Taken:
    """The piece left out."""
    told = reason if one.piece.text.strip() else one.piece.reason or "empty"
    return Taken(one.piece, "", Way.DROPPED, told, one.offered, 0)


def overhead(piece: Piece) -> int:
    """Tokens of a piece's frame."""
    return _overhead(piece.kind, piece.source, piece.author, piece.standing, piece.at, piece.trust)


@lru_cache(maxsize=20_000)
def _overhead(kind: str, source: str, author: str, standing: str, at: str, trust: Trust) -> int:
    piece = Piece(Tier.THREAD, source, kind, author, trust, "", at=at, standing=standing)
    return count.count(framed(piece, "", tag_for([]), Way.SUMMARY)) + JOIN


def _cost(piece: Piece, tokens: int) -> int:
    return tokens + (JOIN if piece.inline else overhead(piece))


def _shared(pieces: Sequence[Sized]) -> int:
    """Tokens of the frames in which lines stand together."""
    return sum(map(_line_frame, sorted({one.piece.trust for one in pieces if one.piece.inline})))


@cache
def _line_frame(trust: Trust) -> int:
    return count.count(lines_framed([], trust, tag_for([]))) + JOIN
