"""A script that repairs a repository with the agent's real tools: run the tests, read, edit, run the tests again.

What to change is given; what it says follows what the tools have answered, and it says so if the tests still fail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.standins.messages.script import Block, Conversation, Say, Script, Use

FAILED = re.compile(r"^(?:FAIL|ERROR): (\S+)", re.MULTILINE)
RAN = re.compile(r"^Ran (\d+) tests?", re.MULTILINE)
ABSOLUTE = re.compile(r"^/\S.*$", re.MULTILINE)


@dataclass(frozen=True)
class FileEdit:
    path: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Repair:
    """Paths are relative to the repository's root. The files in `edits` must be among those in `reading`."""

    test_command: str
    search: str
    reading: Sequence[str]
    finding: str
    edits: Sequence[FileEdit]
    summary: str


def fix_script(repair: Repair) -> Script:
    def see_it_fail(conversation: Conversation) -> Sequence[Block]:
        command = f"git rev-parse --show-toplevel && {repair.test_command} 2>&1 | tail -n 40"
        return [Say("I start with the tests, to see the bug."), _bash(command, "Run the tests")]

    def look(conversation: Conversation) -> Sequence[Block]:
        root = repository_root(conversation)
        said = _what_the_tests_say(conversation)
        search = {"pattern": repair.search, "path": root, "output_mode": "content", "-n": True}
        reads = [Use("Read", {"file_path": f"{root}/{path}"}) for path in repair.reading]
        return [Say(f"{said} Now the code behind it."), Use("Grep", search), *reads]

    def mend(conversation: Conversation) -> Sequence[Block]:
        root = repository_root(conversation)
        return [Say(repair.finding), *(_edit(root, edit) for edit in repair.edits)]

    def try_again(conversation: Conversation) -> Sequence[Block]:
        command = f"{repair.test_command} 2>&1 | tail -n 40; git diff --stat"
        return [Say("Now the tests again."), _bash(command, "Run the tests again")]

    def report(conversation: Conversation) -> Sequence[Block]:
        if passed(conversation):
            return [Say(repair.summary)]
        return [Say(f"My change did not do it. {_what_the_tests_say(conversation)}")]

    return Script([see_it_fail, look, mend, try_again, report])


def repository_root(conversation: Conversation) -> str:
    """What `git rev-parse --show-toplevel` has answered; else where the client says that it works."""
    first = conversation.results[0].text if conversation.results else ""
    found = ABSOLUTE.search(first)
    return found[0].strip() if found else conversation.working_directory


def passed(conversation: Conversation) -> bool:
    """Whether the last run of the tests ended well."""
    text = "\n".join(result.text for result in conversation.last_results)
    return bool(RAN.search(text)) and not FAILED.search(text)


def _what_the_tests_say(conversation: Conversation) -> str:
    text = "\n".join(result.text for result in conversation.last_results)
    failed, ran = FAILED.findall(text), RAN.search(text)
    if not ran:
        return "The tests did not run."
    if not failed:
        return f"All {ran[1]} tests pass."
    return f"{len(failed)} of {ran[1]} tests fail: " + ", ".join(f"`{name}`" for name in failed) + "."


def _bash(command: str, description: str) -> Use:
    return Use("Bash", {"command": command, "description": description})


def _edit(root: str, edit: FileEdit) -> Use:
    return Use("Edit", {"file_path": f"{root}/{edit.path}", "old_string": edit.old, "new_string": edit.new})
