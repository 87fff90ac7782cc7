"""What is wrong with a specification, and at which line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.spec import check
from handlers.spec.paths import feature_of, folder_of, is_spec, plan_branch, plan_of
from tests.handlers.specs import GOOD, spoiled, without

LINES = GOOD.splitlines()


def line(text: str) -> int:
    return next(number for number, one in enumerate(LINES, 1) if text in one)


def faults(text: str) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.severity, fault.rule) for fault in check(text)]


def test_a_good_one_has_none() -> None:
    assert check(GOOD) == ()


@pytest.mark.parametrize("marked", ["*(mandatory)*", "_(mandatory)_", "(mandatory)", "**(required)**", ""])
def test_marks_of_headings_do_not_count(marked: str) -> None:
    assert faults(GOOD.replace("*(mandatory)*", marked)) == []


def test_ways_to_write_the_same() -> None:
    assert faults(GOOD.replace("\n", "\r\n")) == []
    assert faults("\ufeff" + GOOD) == []
    assert faults("---\ntitle: x\n---\n" + GOOD) == []
    assert faults(spoiled("## User Scenarios & Testing", "## 1. User scenarios and testing")) == []
    assert faults(spoiled("## Requirements *(mandatory)*", "Requirements\n------------")) == []
    assert faults(spoiled("- **FR-001**: The", "1. FR-001: The")) == []
    table = "| id | what |\n| --- | --- |\n| FR-001 | It sends a code. |\n| FR-002 | It expires. |\n\n## S"
    assert faults(without("- **FR-001", "## Success").replace("## S", table)) == []


SPOILED = {
    "no title": (without("# Feature", "**Feature"), [(1, "failure", "title-missing")]),
    "another title": (spoiled("# Feature Specification: ", "# "), [(1, "warning", "title-form")]),
    "no success criteria": (without("## Success", ""), [(1, "failure", "section-missing")]),
    "a typing error in a heading": (
        spoiled("### Functional Requirements", "### Functional Requirments"),
        [(line("### Functional"), "failure", "section-missing")],
    ),
    "an empty section": (
        without("- **FR-001", "## Success"),
        [(line("### Functional"), "failure", "section-empty")],
    ),
    "an empty section of no weight": (
        without("- What happens", "## Requirements"),
        [(line("### Edge"), "warning", "section-empty")],
    ),
    "only a comment in it": (
        spoiled("- What happens when two codes are asked for? Only the last one counts.", "<!-- none -->"),
        [(line("### Edge"), "warning", "section-empty")],
    ),
    "no story": (
        spoiled("### User Story 1 - Get", "### Get"),
        [(line("## User Scenarios"), "failure", "story-missing")],
    ),
    "a story without scenarios": (
        without("**Acceptance", "### Edge"),
        [(line("### User Story"), "failure", "scenario-missing")],
    ),
    "scenarios that are code": (
        without("1. **Given**", "### Edge").replace("Scenarios**:\n", "Scenarios**:\n\n```\n1. Given When Then\n```\n"),
        [(line("### User Story"), "failure", "scenario-missing")],
    ),
    "a scenario of another form": (
        spoiled("**Then** a mail", "a mail"),
        [(line("1. **Given**"), "warning", "scenario-form")],
    ),
    "no ids": (
        spoiled("- **SC-001**: Nine", "- Nine"),
        [(line("## Success"), "failure", "id-missing")],
    ),
    "a requirement without one": (
        spoiled("- **FR-002**: A", "- A"),
        [(line("FR-002"), "warning", "id-absent")],
    ),
    "a malformed id": (
        spoiled("**FR-002**", "**FR-2**"),
        [(line("FR-002"), "failure", "id-malformed")],
    ),
    "a malformed id with words": (
        spoiled("**FR-002**", "**FR-AUTH-1**"),
        [(line("FR-002"), "failure", "id-malformed")],
    ),
    "the same id twice": (
        spoiled("**FR-002**", "**FR-001**"),
        [(line("FR-002"), "failure", "id-twice")],
    ),
    "an id that says nothing": (
        spoiled("**SC-001**: Nine of ten customers sign in within two minutes.", "**SC-001**:"),
        [(line("SC-001"), "failure", "id-empty")],
    ),
    "an id that is spoken of and not there": (
        spoiled("of FR-001 MUST", "of FR-009 MUST"),
        [(line("FR-002"), "warning", "id-unknown")],
    ),
    "an open question": (
        spoiled("after ten minutes", "after [NEEDS CLARIFICATION: how long?]"),
        [(line("FR-002"), "failure", "needs-clarification")],
    ),
    "an open question in the second line of a paragraph": (
        spoiled("signs in with it.", "signs\nin with [needs clarification]."),
        [(line("A customer") + 1, "failure", "needs-clarification")],
    ),
    "a placeholder in code marks": (
        spoiled("`001-login`", "`[###-feature-name]`"),
        [(line("Feature Branch"), "failure", "placeholder")],
    ),
    "a story of the template": (
        spoiled("Get a code by mail", "[Brief Title]"),
        [(line("### User Story"), "failure", "placeholder")],
    ),
    "a comment of the template": (
        spoiled("Stories in", "ACTION REQUIRED: Stories in"),
        [(line("Stories in"), "warning", "template-comment")],
    ),
}


@pytest.mark.parametrize("way", SPOILED)
def test_each_fault_has_its_line(way: str) -> None:
    text, expected = SPOILED[way]
    assert faults(text) == expected


def test_a_comment_that_is_never_closed_hides_what_follows() -> None:
    found = faults(spoiled("by mail (Priority: P1)\n", "by mail (Priority: P1)\n\n<!-- to do\n"))
    assert (line("### User Story") + 2, "failure", "comment-open") in found
    assert (1, "failure", "section-missing") in found


@pytest.mark.parametrize(
    "hidden",
    [
        "```\n[NEEDS CLARIFICATION: x]\nFR-001: again\n```\n",
        "    [NEEDS CLARIFICATION: x]\n",
        "<!-- [NEEDS CLARIFICATION: x]\n- **FR-001**: again -->\n",
        "No `[NEEDS CLARIFICATION: x]` is left.\n",
        "- [ ] No [NEEDS CLARIFICATION] markers remain\n",
        "A word <!-- [NEEDS CLARIFICATION: x]\n[DATE] --> and another.\n",
    ],
)
def test_code_and_comments_are_no_text(hidden: str) -> None:
    assert faults(spoiled("- What happens", f"{hidden}\n- What happens")) == []


def test_the_earlier_form_has_its_scenarios_beside_the_story() -> None:
    text = spoiled("**Acceptance Scenarios**:", "### Acceptance Scenarios").replace(
        "User Story 1 -", "Primary User Story:"
    )
    assert faults(text) == []


def test_what_stood_in_the_file_is_quoted_in_the_sentence() -> None:
    [fault] = check(spoiled("after ten minutes", "[NEEDS CLARIFICATION: ask @everybody `now`]"))
    assert "@everybody" not in fault.sentence
    assert fault.sentence.startswith("This needs an answer before it can be planned: ask @")


@given(st.lists(st.sampled_from([*LINES, "```", "<!--", "-->", "> a", "- [NEEDS CLARIFICATION", "FR-1", "|a|", "\0"])))
def test_any_text_is_read_without_an_exception_and_the_lines_exist(lines: list[str]) -> None:
    assert all(1 <= fault.line <= max(1, len(lines)) for fault in check("\n".join(lines)))


@given(st.text())
def test_any_characters_too(text: str) -> None:
    check(text)


def test_which_files_are_specifications() -> None:
    assert is_spec("specs/001-login/spec.md")
    assert is_spec(".specify/specs/001-login/spec.md")
    others = (
        "specs/spec.md", "specs/a/b/spec.md", "specs/login.spec.md", "specs/a/x.spec.md", "docs/specs/a/spec.md",
        "Specs/a/spec.md", "specs/a/SPEC.md", "spec.md", "specs/a/spec.md/x", "specs//spec.md", ".specify/specs/spec.md",
    )  # fmt: skip
    assert [path for path in others if is_spec(path)] == []


def test_what_follows_from_the_place() -> None:
    path = ".specify/specs/001-login/spec.md"
    assert (folder_of(path), feature_of(path)) == (".specify/specs/001-login/", "001-login")
    assert plan_of(path) == ".specify/specs/001-login/plan.md"
    assert plan_branch(path) == "vteam/plan-001-login"
    assert plan_branch("specs/../spec.md") == "vteam/plan-feature"
    assert plan_branch("specs/ä b.lock/spec.md") == "vteam/plan-b-lock"


@pytest.mark.parametrize("hostile", ["- a\n" * 10_000, "|a" * 20_000, "<!--" * 60_000, "`" * 260_000, "[" * 260_000])
def test_text_that_is_meant_to_hurt_is_read_to_its_end(hostile: str) -> None:
    assert {fault.rule for fault in check(hostile)} >= {"section-missing"}
