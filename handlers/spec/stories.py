"""Rules about user stories: there is one, and each says by which scenarios it is accepted. Pure. Called by `check`."""

import re
from collections.abc import Iterator, Sequence

from handlers import wording
from handlers.spec.document import Block, Document
from handlers.spec.faults import Fault
from handlers.spec.sections import STORIES

_STORY = re.compile(r"(?:primary )?user stor(?:y|ies)\b|us-?[0-9]+\b")
_SCENARIOS = re.compile(r"acceptance (?:scenarios?|criteria)\b")
_LABEL = re.compile(r"\s*(?:\*\*|__)")
SIDE_BY_SIDE = 3
"""Level of the heading that holds the scenarios where they do not stand within their story."""
_STEPS = ("given", "when", "then")


def stories(document: Document) -> Iterator[Fault]:
    """The faults of the user stories."""
    whole = document.find(STORIES)
    if whole is None:
        return
    section = document.section(whole)
    told = [place for place in document.headings if _STORY.match(document.blocks[place].title)]
    if not told and section:
        yield Fault(document.blocks[whole].line, "story-missing", "failure", wording.spec_needs_story())
    shared = _shared(document, section)
    for place in told:
        heading, scenarios = document.blocks[place], _scenarios(document.section(place))
        if not scenarios and not shared:
            yield Fault(heading.line, "scenario-missing", "failure", wording.spec_needs_scenarios(heading.raw))
        yield from (_formless(scenario) for scenario in scenarios if not _whole(scenario))
    yield from (_formless(scenario) for scenario in shared if not _whole(scenario))


def _shared(document: Document, section: Sequence[Block]) -> list[Block]:
    """The scenarios of all stories: the template's earlier form has one list of them, beside the story."""
    for place in document.headings:
        heading = document.blocks[place]
        if heading.level == SIDE_BY_SIDE and heading in section and _SCENARIOS.match(heading.title):
            return _items(document.section(place), depth=1)
    return []


def _scenarios(section: Sequence[Block]) -> list[Block]:
    """The list below the words "Acceptance Scenarios", to the next label or heading."""
    found: list[Block] = []
    depth: int | None = None
    for block in section:
        if _SCENARIOS.match(block.title) and _is_label(block):
            depth = block.depth
        elif depth is not None and _is_label(block) and not (block.kind == "item" and block.depth > depth):
            depth = None  # a scenario may begin with a bold word itself: only what stands outside of its list ends it
        elif depth is not None:
            found += _items([block], depth=depth + 1)
    return found


def _is_label(block: Block) -> bool:
    return block.kind == "heading" or (block.kind in ("paragraph", "item") and _LABEL.match(block.raw) is not None)


def _items(blocks: Sequence[Block], *, depth: int) -> list[Block]:
    return [block for block in blocks if block.kind == "item" and block.depth == depth and block.raw.strip()]


def _whole(scenario: Block) -> bool:
    words = scenario.raw.casefold()
    return all(re.search(rf"\b{step}\b", words) for step in _STEPS)


def _formless(scenario: Block) -> Fault:
    return Fault(scenario.line, "scenario-form", "warning", wording.spec_scenario_form())
