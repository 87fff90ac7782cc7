"""Rules about a specification's frame: its title, the sections that it must have, sections without content. Pure.

The headings are those of GitHub Spec Kit's template for specifications. Called by `check`.
"""

import difflib
from collections.abc import Iterator

from handlers import wording
from handlers.spec.document import Document
from handlers.spec.faults import Fault, Severity

STORIES = "user scenarios & testing"
FUNCTIONAL = "functional requirements"
CRITERIA = "success criteria"
REQUIRED = {
    STORIES: "## User Scenarios & Testing",
    "requirements": "## Requirements",
    FUNCTIONAL: "### Functional Requirements",
    CRITERIA: "## Success Criteria",
}


def frame(document: Document) -> Iterator[Fault]:
    """The faults of the frame."""
    yield from _title(document)
    yield from _missing(document)
    yield from _empty(document)


def _title(document: Document) -> Iterator[Fault]:
    first = next((document.blocks[place] for place in document.headings if document.blocks[place].level == 1), None)
    if first is None:
        yield Fault(1, "title-missing", "failure", wording.spec_needs_title())
    elif not first.title.startswith("feature specification"):
        yield Fault(first.line, "title-form", "warning", wording.spec_title_form(first.raw))


def _missing(document: Document) -> Iterator[Fault]:
    headings = {document.blocks[place].title: document.blocks[place] for place in document.headings}
    others = [title for title in headings if title not in REQUIRED]
    for title, shown in REQUIRED.items():
        if title in headings:
            continue
        close = difflib.get_close_matches(title, others, n=1, cutoff=0.75)
        near = headings[close[0]] if close else None
        words = wording.spec_needs_heading(shown, near.raw if near else "")
        yield Fault(near.line if near else 1, "section-missing", "failure", words)


def _empty(document: Document) -> Iterator[Fault]:
    for place in document.headings:
        heading = document.blocks[place]
        if heading.level == 1 or any(block.raw.strip() for block in document.section(place)):
            continue
        severity: Severity = "failure" if heading.title in REQUIRED else "warning"
        yield Fault(heading.line, "section-empty", severity, wording.spec_empty_section(heading.raw))
