"""What is said about a pushed specification: each fault, the check as a whole, and what its plan session is told. Pure.

Called by the rules of handlers/spec, by spec_pushed.py and by the plan's session. What stood in the file is quoted.
"""

from handlers.quoting import plain_line


def spec_needs_title() -> str:
    """No heading of the first level."""
    return "The specification has no title. Begin it with `# Feature Specification: ` and the feature's name."


def spec_title_form(title: str) -> str:
    """A title of another form."""
    return f"The title is `{plain_line(title)}`; readers look for `# Feature Specification: ` and the feature's name."


def spec_needs_heading(title: str, near: str) -> str:
    """A section that every specification has is not there."""
    hint = f" Is `{plain_line(near)}` meant to be it?" if near else ""
    return f"The section `{title}` is missing.{hint}"


def spec_empty_section(title: str) -> str:
    """A heading with nothing below it."""
    return f"The section `{plain_line(title)}` is empty. Fill it, or take its heading out if it does not apply."


def spec_needs_story() -> str:
    """No user story."""
    return "There is no user story. Add at least one, as `### User Story 1 - ` and its title."


def spec_needs_scenarios(title: str) -> str:
    """A user story without acceptance scenarios."""
    return (
        f"`{plain_line(title)}` has no acceptance scenario. Add a list below `**Acceptance Scenarios**:`, each as "
        "Given … When … Then …"
    )


def spec_scenario_form() -> str:
    """An acceptance scenario that does not say the three things."""
    return "This acceptance scenario does not say Given, When and Then, so that nobody can tell when it is met."


def spec_needs_ids(kind: str, section: str) -> str:
    """No requirement or criterion."""
    return f"`{section}` names nothing with an id. Write each as a list item that begins with `**{kind}-001**: `."


def spec_malformed_id(written: str, kind: str) -> str:
    """An id of another form."""
    return f"`{plain_line(written, 40)}` cannot be referred to as an id: write `{kind}-` and three digits or more."


def spec_same_id(name: str, line: int) -> str:
    """The same id for two things."""
    return f"`{name}` stands in line {line} already. Give this one the next free number."


def spec_says_nothing(name: str) -> str:
    """An id with no text."""
    return f"`{name}` says nothing yet."


def spec_unknown_id(name: str) -> str:
    """A reference to nothing."""
    return f"`{name}` is spoken of here, and defined nowhere in this file."


def spec_without_id(kind: str) -> str:
    """An item among those with ids that has none."""
    return f"This item has no id, so that nothing can refer to it. Begin it with `**{kind}-` and the next free number."


def spec_unclear(question: str) -> str:
    """An open question."""
    asked = f": {plain_line(question, 200)}" if question else ""
    return f"This needs an answer before it can be planned{asked}"


def spec_placeholder(written: str) -> str:
    """A part of the template that nobody has filled in."""
    return f"`{plain_line(written, 80)}` is the template's own, and still to be filled in."


def spec_template_comment() -> str:
    """A comment of the template."""
    return "This comment is the template's, and asks for something to be done. Do it, then take the comment out."


def spec_open_comment() -> str:
    """A comment that hides all that follows."""
    return "This comment is never closed, so that all that follows it is hidden. Close it with `-->`."
