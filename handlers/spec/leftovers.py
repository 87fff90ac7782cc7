"""Rules about what must not be left in a specification: open questions and parts of the template. Pure.

Called by `check`. Questions count in text only; what the template sets in code marks is looked for there too.
"""

import re
from collections.abc import Iterator

from handlers import wording
from handlers.spec.document import Block, Document
from handlers.spec.faults import Fault

# "No [NEEDS CLARIFICATION] markers remain" is a line of the template's own checklist.
_QUESTION = re.compile(r"(?<!\bno )\[NEEDS CLARIFICATION\b:?\s*([^\]\n]{0,300})", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\[FEATURE NAME\]|\[###-feature-name\]|\[DATE\]|\$ARGUMENTS\b|\[Brief Title\]"
    r"|\[(?:Describe (?:this user journey|how this can be tested)|Explain the value and why)[^\]\n]{0,300}\]?"
    r"|\[(?:initial state|action|expected outcome|boundary condition|error scenario)\]"
    r"|\[(?:specific capability|key interaction|data requirement|behavior), e\.g\.[^\]\n]{0,300}\]?"
    r"|\[(?:Measurable|User satisfaction|Business) metric, e\.g\.[^\]\n]{0,300}\]?"
    r"|\[Assumption about[^\]\n]{0,300}\]?|\[Entity [0-9]\]|\[What it represents[^\]\n]{0,300}\]?"
    r"|\[Add more user stories[^\]\n]{0,300}\]?"
)


def leftovers(document: Document) -> Iterator[Fault]:
    """What is left of the template, and what is still open."""
    for block in document.blocks:
        if block.kind == "code":
            continue
        yield from _questions(block)
        yield from _placeholders(block)
        yield from _comments(block)


def _questions(block: Block) -> Iterator[Fault]:
    for found in _QUESTION.finditer(block.text):
        words = wording.spec_unclear(found[1].strip())
        yield Fault(block.line_of(found.start()), "needs-clarification", "failure", words)


def _placeholders(block: Block) -> Iterator[Fault]:
    lines = set()
    for found in _PLACEHOLDER.finditer(block.raw):
        line = block.line_of(found.start())
        if line not in lines:  # one a line: a scenario of the template has three
            lines.add(line)
            yield Fault(line, "placeholder", "failure", wording.spec_placeholder(found[0]))


def _comments(block: Block) -> Iterator[Fault]:
    for comment in block.comments:
        if not comment.closed:
            yield Fault(block.line + comment.line, "comment-open", "failure", wording.spec_open_comment())
        if "ACTION REQUIRED" in comment.text:
            yield Fault(block.line + comment.line, "template-comment", "warning", wording.spec_template_comment())
