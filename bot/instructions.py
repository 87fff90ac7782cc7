"""What a repository tells those who work on it, as its default branch has it. Called by bot/orders.py.

Never read from where the session starts: a pull request's head, or any branch, may hold a stranger's text.
"""

from typing import Any

from bot.github import GitHub
from bot.github.contents import Read, entries, read_listed
from bot.github.repositories import RepositoryFacts
from crds.work_order import INSTRUCTION_FILES, InstructionFile
from handlers.events import Thread

LARGEST = 64 * 1024
"""Bytes that are kept of one file, from its start."""


async def instruction_files(github: GitHub, facts: RepositoryFacts) -> tuple[InstructionFile, ...]:
    """The files of the default branch that are there and can be read. Raises Later, GitHubRefused."""
    place = Thread(facts.full_name, facts.id, 0, facts.installation)
    root = await entries(github, place, "", facts.default_branch)
    found = [await _read(github, place, path, (facts.default_branch, root)) for path in INSTRUCTION_FILES]
    return tuple(file for file in found if file is not None)


async def _read(
    github: GitHub, place: Thread, path: str, where: tuple[str, list[dict[str, Any]]]
) -> InstructionFile | None:
    branch, root = where
    folder, _, _ = path.rpartition("/")
    if folder and not any(entry["name"] == folder for entry in root):
        return None
    listed = await entries(github, place, folder, branch) if folder else root
    read = await read_listed(github, place, path, (branch, listed))
    return InstructionFile(path=path, text=_start(read)) if read is not None and read.text is not None else None


def _start(read: Read) -> str:
    return (read.text or "").encode()[:LARGEST].decode(errors="ignore")
