"""What a repository tells those who work on it, as its default branch has it. Called by bot/orders.py.

Never read from where the session starts: a pull request's head, or any branch, may hold a stranger's text. What such a
file imports (`@docs/style.md`) is read there too.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.github import GitHub
from bot.github.contents import Read, entries, read_listed
from bot.github.repositories import RepositoryFacts
from crds.imports import imports
from crds.work_order import INSTRUCTION_FILES, InstructionFile, LeftOut
from handlers import wording
from handlers.events import Thread

LARGEST = 64 * 1024
"""Bytes that are kept of one file, from its start."""
MOST_IMPORTED = 8
"""Imported files that are looked for."""


@dataclass(frozen=True)
class Instructions:
    files: tuple[InstructionFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    """Files that are there and are not taken: the receipt says so."""


async def instruction_files(github: GitHub, facts: RepositoryFacts) -> Instructions:
    """What the default branch has of such files, and what they import. Raises Later, GitHubRefused."""
    branch = _Branch(github, Thread(facts.full_name, facts.id, 0, facts.installation), facts.default_branch)
    found = [one for path in INSTRUCTION_FILES for one in await branch.told(path)]
    found += await _imported(branch, [one for one in found if isinstance(one, InstructionFile)])
    return Instructions(
        tuple(one for one in found if isinstance(one, InstructionFile)),
        tuple(one for one in found if isinstance(one, LeftOut)),
    )


async def _imported(branch: "_Branch", files: Iterable[InstructionFile]) -> list[InstructionFile | LeftOut]:
    """What these files import, and those in turn, the nearest first."""
    found: list[InstructionFile | LeftOut] = []
    known, waiting = set(INSTRUCTION_FILES), deque(files)
    while waiting:
        one = waiting.popleft()
        for path in imports(one.path, one.text):
            if path in known:
                continue
            if len(known) == len(INSTRUCTION_FILES) + MOST_IMPORTED:
                return [*found, _untold(path, wording.imports_cut(MOST_IMPORTED))]
            known.add(path)
            told = await branch.told(path)
            waiting += [each for each in told if isinstance(each, InstructionFile)]
            found += told
    return found


@dataclass
class _Branch:
    """A branch, each folder of which is listed once."""

    github: GitHub
    place: Thread
    name: str
    folders: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    async def told(self, path: str) -> tuple[InstructionFile | LeftOut, ...]:
        """The file, with a word where its end is left out, or the word alone where it is not taken; or nothing."""
        read = await self._read(path)
        if read is None or read.trouble == "listed":
            return ()
        if read.text is None:
            return (_untold(path, wording.file_unread(read.trouble)),)
        start = read.text.encode()[:LARGEST].decode(errors="ignore")
        cut = () if start == read.text else (_untold(path, wording.instructions_cut(LARGEST // 1024)),)
        return (InstructionFile(path=path, text=start), *cut)

    async def _read(self, path: str) -> Read | None:
        folder = path.rpartition("/")[0]
        top = folder.partition("/")[0]
        if top and not any(entry["name"] == top for entry in await self._listed("")):
            return None
        return await read_listed(self.github, self.place, path, (self.name, await self._listed(folder)))

    async def _listed(self, folder: str) -> list[dict[str, Any]]:
        if folder not in self.folders:
            self.folders[folder] = await entries(self.github, self.place, folder, self.name)
        return self.folders[folder]


def _untold(path: str, reason: str) -> LeftOut:
    return LeftOut(source=path, kind="instructions", author="", at="", reason=reason)
