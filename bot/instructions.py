"""What a repository tells those who work on it, as its default branch has it. Called by bot/orders.py.

Never read from where the session starts: a pull request's head, or any branch, may hold a stranger's text.
"""

from dataclasses import dataclass
from typing import Any

from bot.github import GitHub
from bot.github.contents import Read, entries, read_listed
from bot.github.repositories import RepositoryFacts
from crds.work_order import INSTRUCTION_FILES, InstructionFile, LeftOut
from handlers import wording
from handlers.events import Thread

LARGEST = 64 * 1024
"""Bytes that are kept of one file, from its start."""


@dataclass(frozen=True)
class Instructions:
    files: tuple[InstructionFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    """Files that are there and are not taken: the receipt says so."""


async def instruction_files(github: GitHub, facts: RepositoryFacts) -> Instructions:
    """What the default branch has of such files. Raises Later, GitHubRefused."""
    place = Thread(facts.full_name, facts.id, 0, facts.installation)
    root = await entries(github, place, "", facts.default_branch)
    found = [await _read(github, place, path, (facts.default_branch, root)) for path in INSTRUCTION_FILES]
    return Instructions(
        tuple(one for one in found if isinstance(one, InstructionFile)),
        tuple(one for one in found if isinstance(one, LeftOut)),
    )


async def _read(
    github: GitHub, place: Thread, path: str, where: tuple[str, list[dict[str, Any]]]
) -> InstructionFile | LeftOut | None:
    branch, root = where
    folder, _, _ = path.rpartition("/")
    if folder and not any(entry["name"] == folder for entry in root):
        return None
    listed = await entries(github, place, folder, branch) if folder else root
    read = await read_listed(github, place, path, (branch, listed))
    if read is None or read.trouble == "listed":
        return None
    if read.text is not None:
        return InstructionFile(path=path, text=_start(read))
    return LeftOut(source=path, kind="instructions", author="", at="", reason=wording.instructions_unread(read.trouble))


def _start(read: Read) -> str:
    return (read.text or "").encode()[:LARGEST].decode(errors="ignore")
