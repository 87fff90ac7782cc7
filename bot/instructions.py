"""What a repository tells those who work on it, as its default branch has it. Called by bot/orders.py.

Never read from where the session starts: a pull request's head, or any branch, may hold a stranger's text.
"""

from dataclasses import dataclass
from typing import Any

from bot.github import GitHub
from bot.github.contents import entries, read_listed
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
    read = [await _read(github, place, path, (facts.default_branch, root)) for path in INSTRUCTION_FILES]
    found = [one for of_file in read for one in of_file]
    return Instructions(
        tuple(one for one in found if isinstance(one, InstructionFile)),
        tuple(one for one in found if isinstance(one, LeftOut)),
    )


async def _read(
    github: GitHub, place: Thread, path: str, where: tuple[str, list[dict[str, Any]]]
) -> tuple[InstructionFile | LeftOut, ...]:
    """The file, with a word where its end is left out; the word alone where it is not taken; nothing where none is."""
    branch, root = where
    folder, _, _ = path.rpartition("/")
    if folder and not any(entry["name"] == folder for entry in root):
        return ()
    listed = await entries(github, place, folder, branch) if folder else root
    read = await read_listed(github, place, path, (branch, listed))
    if read is None or read.trouble == "listed":
        return ()
    if read.text is None:
        return (_untold(path, wording.file_unread(read.trouble)),)
    start = read.text.encode()[:LARGEST].decode(errors="ignore")
    cut = () if start == read.text else (_untold(path, wording.instructions_cut(LARGEST // 1024)),)
    return (InstructionFile(path=path, text=start), *cut)


def _untold(path: str, reason: str) -> LeftOut:
    return LeftOut(source=path, kind="instructions", author="", at="", reason=reason)
