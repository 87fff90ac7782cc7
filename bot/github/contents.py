"""Files at a commit, over GitHub's contents API. For bot/spec_facts.py, bot/orders.py and
bot/instructions.py.

What a file is, its folder's list tells: the file's own answer would follow a link to another one.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.github.client import GitHub, GitHubRefused
from handlers.events import Thread

Json = dict[str, Any]

LARGEST = 256 * 1024
"""Bytes of a file that is read."""
MOST_LINES = 10_000
MOST_LISTED = 1000
"""Entries of a folder that GitHub lists."""


@dataclass(frozen=True)
class Read:
    """A file that is there."""

    blob: str
    """Name of its content in git; empty where that is not known."""
    text: str | None
    """None where it is not read."""
    trouble: str = ""
    """Why not: `large`, `long`, `binary`, `link` or `listed`."""


async def entries(github: GitHub, place: Thread, folder: str, commit: str) -> list[Json]:
    """What lies in a folder at a commit; nothing where there is no such folder. GitHub lists 1,000 entries."""
    try:
        found = await _get(github, place, folder, commit)
    except GitHubRefused as refused:
        if refused.status == 404:
            return []
        raise
    return found if isinstance(found, list) else []


async def read_text(github: GitHub, place: Thread, path: str, commit: str) -> Read | None:
    """A file's text at a commit, or None where there is no such file."""
    listed = await entries(github, place, path.rpartition("/")[0], commit)
    return await read_listed(github, place, path, (commit, listed))


async def read_listed(github: GitHub, place: Thread, path: str, where: tuple[str, list[Json]]) -> Read | None:
    """The same, with what its folder holds: `where` is the commit (or branch) and that list."""
    commit, listed = where
    name = path.rpartition("/")[2]
    entry = next((one for one in listed if one["name"] == name), None)
    if entry is None:
        return Read("", None, "listed") if len(listed) >= MOST_LISTED else None
    if entry["type"] == "dir":
        return None
    # A submodule is called a file in a list, and has nothing to download.
    if entry["type"] != "file" or entry["download_url"] is None:
        return Read(entry["sha"], None, "link")
    if entry["size"] > LARGEST:
        return Read(entry["sha"], None, "large")
    return _decoded(await _get(github, place, path, commit))


def _decoded(found: Json) -> Read:
    try:
        text = base64.b64decode(found["content"]).decode()
    except (UnicodeDecodeError, binascii.Error):
        return Read(found["sha"], None, "binary")
    if "\0" in text:
        return Read(found["sha"], None, "binary")
    return Read(found["sha"], None, "long") if text.count("\n") > MOST_LINES else Read(found["sha"], text)


async def _get(github: GitHub, place: Thread, path: str, commit: str) -> Any:
    address = f"/repos/{place.repository}/contents/{quote(path, safe='/')}".rstrip("/")
    return await github.call("GET", address, installation=place.installation, params={"ref": commit})
