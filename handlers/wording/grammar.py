"""The help text, made of the table of verbs, and the answer to a command that cannot be understood. Pure."""

import unicodedata

from handlers.grammar.options import OPTIONS
from handlers.grammar.verbs import ALIASES, VERBS, Verb
from handlers.grammar.words import CommandError, Dialect
from handlers.quoting import plain_line, quoted

_PREFIX = Dialect().prefix


def usage(verb: Verb, prefix: str = _PREFIX) -> str:
    """How a command is written."""
    parts = [
        f"{prefix} {verb.name}",
        "[target]" if verb.target else "",
        "[options]" if verb.options else "",
        verb.usage,
    ]
    return " ".join(part for part in parts if part)


def commands_table(prefix: str = _PREFIX) -> str:
    """The verbs: usage, meaning, who may and an example of each."""
    rows = [
        f"| `{usage(verb, prefix)}` | {verb.meaning} | {verb.who} | `{prefix} {verb.example}` |"
        for verb in VERBS.values()
    ]
    return "\n".join(["| command | what it does | who may | example |", "| --- | --- | --- | --- |", *rows])


def aliases() -> str:
    """Other words for the verbs."""
    return "Also understood: " + ", ".join(f"`{alias}` = `{verb}`" for alias, verb in ALIASES.items()) + "."


def help_table(prefix: str = _PREFIX) -> str:
    """What can be said: the verbs, and the options folded away."""
    options = f"<details><summary>Options</summary>\n\n{options_table()}\n</details>"
    return "\n\n".join([commands_table(prefix), _behind(), aliases(), options])


def slack_help(prefix: str = _PREFIX) -> str:
    """What can be said, as Slack shows it well: lists in place of tables."""
    verbs = [
        f"- `{usage(verb, prefix)}`: {verb.meaning} ({verb.who}). Example: `{prefix} {verb.example}`"
        for verb in VERBS.values()
    ]
    options = ", ".join(f"`{option.usage}`" for option in OPTIONS.values())
    return "\n\n".join(["\n".join(verbs), _behind(), f"Options: {options}.", aliases()])


def _behind() -> str:
    return (
        "A target is `#12`, `owner/repo#12` or the address of an issue or pull request. "
        "Options stand before the text or close its line. The text runs on to the next command or the end."
    )


def options_table() -> str:
    """The options with their values and the verbs that they go with."""
    rows = [
        f"| `{option.usage}` | {option.meaning} | {option.wanted} | {', '.join(_with(option.name))} |"
        for option in OPTIONS.values()
    ]
    return "\n".join(["| option | what it says | value | with |", "| --- | --- | --- | --- |", *rows])


def _with(option: str) -> list[str]:
    return [f"`{verb.name}`" for verb in VERBS.values() if option in verb.options]


def not_understood(error: CommandError, login: str, prefix: str = _PREFIX) -> str:
    """A command that cannot be understood: the line, a caret below the place, and what is wrong there."""
    hint = f"Did you mean `{plain_line(error.did_you_mean)}`? " if error.did_you_mean else ""
    wrong = quoted(_printable(" ".join(error.message.split())), 500)
    return (
        f"@{login}, I could not understand line {error.line}, from column {error.column} on: {wrong}.\n\n"
        f"{_pointed_at(error)}\n\n{hint}`{prefix} help` lists the commands."
    )


def _pointed_at(error: CommandError) -> str:
    """The line as code, with a caret below the column."""
    line = _printable(error.quoted)
    before = quoted(line[: error.caret])
    caret = "".join(_space_for(character) for character in before) + "^"
    shown = before + quoted(line[error.caret :])
    fence = "`" * max(3, 1 + max((len(run) for run in _runs(shown)), default=0))
    return f"{fence}\n{shown}\n{caret}\n{fence}"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _runs(text: str) -> list[str]:
    return "".join(character if character == "`" else " " for character in text).split()


def _space_for(character: str) -> str:
    """As much space as the character takes."""
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return ""
    return "\u3000" if unicodedata.east_asian_width(character) in "WF" else " "
