"""Rules about the ids of requirements (FR-001) and success criteria (SC-001): present, well-formed, each once. Pure.

An id is defined where a list item, a table's cell or a paragraph begins with it; anywhere else it is spoken of.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from handlers import wording
from handlers.spec.document import Block, Document
from handlers.spec.faults import Fault
from handlers.spec.sections import CRITERIA, FUNCTIONAL, REQUIRED

_SECTIONS = {"FR": FUNCTIONAL, "SC": CRITERIA}
_BEGINS = re.compile(r"\s*[*_\[]{0,4}((FR|SC)[-_ \u2010-\u2015]?[0-9][\w.-]{0,20}|(FR|SC)-[\w.-]{1,20})", re.IGNORECASE)
_FORM = re.compile(r"(?:FR|SC)-[0-9]{3,6}")
_SPOKEN = re.compile(r"(?<![\w-])(?:FR|SC)-[0-9]{3,6}(?![\w-])")
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Defined:
    name: str
    """As it is written, without the punctuation after it."""
    kind: str
    """FR or SC."""
    block: Block
    place: int
    """Place of its block among the document's."""

    @property
    def formed(self) -> bool:
        """Whether it is written as ids are."""
        return _FORM.fullmatch(self.name) is not None


def ids(document: Document) -> Iterator[Fault]:
    """The faults of the ids."""
    found = list(_defined(document))
    for kind in _SECTIONS:
        yield from _absent(document, kind, [one for one in found if one.kind == kind])
    first: dict[str, Defined] = {}
    for one in found:
        if not one.formed:
            yield Fault(one.block.line, "id-malformed", "failure", wording.spec_malformed_id(one.name, one.kind))
        elif (earlier := first.setdefault(one.name, one)) is not one:
            yield Fault(one.block.line, "id-twice", "failure", wording.spec_same_id(one.name, earlier.block.line))
        if _is_silent(document, one):
            yield Fault(one.block.line, "id-empty", "failure", wording.spec_says_nothing(one.name))
    yield from _unknown(document, frozenset(first))


def _defined(document: Document) -> Iterator[Defined]:
    for place, block in enumerate(document.blocks):
        begins = _BEGINS.match(block.raw) if block.kind in ("item", "cell", "paragraph") else None
        if begins:
            name = begins[1].rstrip("_.-")
            yield Defined(name, name[:2].upper(), block, place)


def _absent(document: Document, kind: str, found: list[Defined]) -> Iterator[Fault]:
    title = _SECTIONS[kind]
    heading = document.find(title)
    if heading is None:
        return
    section = document.section(heading)
    if not found and any(block.raw.strip() for block in section):
        line = document.blocks[heading].line
        yield Fault(line, "id-missing", "failure", wording.spec_needs_ids(kind, REQUIRED[title].lstrip("# ")))
    named = {one.place for one in found}
    items = range(heading + 1, heading + 1 + len(section)) if named else range(0)
    for place in items:
        block = document.blocks[place]
        if block.kind == "item" and block.depth == 1 and place not in named and not _BEGINS.match(block.raw):
            yield Fault(block.line, "id-absent", "warning", wording.spec_without_id(kind))


def _is_silent(document: Document, one: Defined) -> bool:
    """Whether nothing is said with the id: not behind it, and not in the next cell or in what its item goes on with."""
    begins = _BEGINS.match(one.block.raw)
    if begins and _NOT_WORDS.sub("", one.block.raw[begins.end() :]):
        return False
    following = document.blocks[one.place + 1 : one.place + 2]
    return not any(_goes_on(one.block, block) and _NOT_WORDS.sub("", block.raw) for block in following)


def _goes_on(block: Block, following: Block) -> bool:
    if block.kind == "cell":
        return following.kind == "cell" and following.line == block.line
    return following.depth > block.depth or (following.depth == block.depth > 0 and following.kind != "item")


def _unknown(document: Document, known: frozenset[str]) -> Iterator[Fault]:
    for block in document.blocks:
        told: set[str] = set()
        for spoken in _SPOKEN.finditer(block.text):
            if spoken[0] not in known and spoken[0] not in told:
                told.add(spoken[0])
                yield Fault(block.line_of(spoken.start()), "id-unknown", "warning", wording.spec_unknown_id(spoken[0]))
