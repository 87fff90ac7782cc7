"""Takes a runner's bundle into a bare repository of the bot's own and reads what it holds. Called by publish.py.

The bundle is hostile: its objects are checked by git's fsck, stay packed, and are looked at, never checked out.
"""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from bot.git import GitRefused, Remote, git
from bot.scratch import scratch_folder
from handlers.bundle_policy import BundleFacts

SUBMODULE = "160000"
INCOMING = "refs/vteam/incoming"


@dataclass(frozen=True)
class Claim:
    """What a result says of its bundle."""

    base: str
    head: str


class Caches:
    """Bare repositories by address, so that only what is new is fetched; one user of each at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def repository(self, url: str) -> AsyncIterator[Path]:
        """The bare repository of an address, made where it is not there yet."""
        name = hashlib.sha256(url.encode()).hexdigest()[:20]
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            path = self._folder / f"{name}.git"
            if not (path / "HEAD").exists():
                await _begin(path)
            yield path


async def _begin(path: Path) -> None:
    await asyncio.to_thread(path.mkdir, parents=True, exist_ok=True, mode=0o700)
    await git(path, "init", "--quiet", "--bare", ".")


async def take_in(folder: Path, remote: Remote, claim: Claim, bundle: bytes) -> BundleFacts:
    """Fetches the base from its home and the work from the bundle; what the work touches. Raises GitRefused."""
    try:
        return await _taken_in(folder, remote, claim, bundle)
    except GitRefused:
        # A crash or a full disk may have left the cache broken; a bundle that is bad is refused again.
        await asyncio.to_thread(shutil.rmtree, folder)
        await _begin(folder)
        return await _taken_in(folder, remote, claim, bundle)


async def _taken_in(folder: Path, remote: Remote, claim: Claim, bundle: bytes) -> BundleFacts:
    await fetch_commit(folder, remote, claim.base)
    async with scratch_folder("bundle") as place:
        file = place / "work.bundle"
        await asyncio.to_thread(file.write_bytes, bundle)
        await _fetch_bundle(folder, str(file), claim)
    await _descends(folder, claim)
    return await _facts(folder, claim)


async def fetch_commit(folder: Path, remote: Remote, commit: str) -> None:
    """Makes a commit of the remote present here, without its history."""
    if await _present(folder, commit):
        return
    try:
        await git(folder, "fetch", "--quiet", "--no-tags", "--depth=1", remote.url, commit, remote=remote)
    except GitRefused:
        # A server may hand out only the heads of branches; then take those, with their history.
        heads = "+refs/heads/*:refs/vteam/heads/*"
        await git(folder, "fetch", "--quiet", "--no-tags", remote.url, heads, remote=remote)


async def _present(folder: Path, commit: str) -> bool:
    try:
        await git(folder, "cat-file", "-e", f"{commit}^{{commit}}")
    except GitRefused:
        return False
    return True


async def _fetch_bundle(folder: Path, file: str, claim: Claim) -> None:
    listed = (await git(folder, "bundle", "list-heads", file)).decode(errors="replace")
    names = [line.partition(" ")[2] for line in listed.splitlines() if line.startswith(claim.head)]
    if not names:
        raise GitRefused("the bundle does not hold the commit that the result names")
    await git(folder, "fetch", "--quiet", "--no-tags", file, f"+{names[0]}:{INCOMING}/{claim.head}")


async def _descends(folder: Path, claim: Claim) -> None:
    try:
        await git(folder, "merge-base", "--is-ancestor", claim.base, claim.head)
    except GitRefused:
        raise GitRefused("the work does not build on the commit that it was to start from") from None


async def _facts(folder: Path, claim: Claim) -> BundleFacts:
    between = f"{claim.base}..{claim.head}"
    count = int(await git(folder, "rev-list", "--count", between))
    raw = await git(folder, "log", "--format=", "--raw", "-z", "-m", "--no-renames", "--no-abbrev", between)
    changes = list(_changes(raw))
    paths = tuple(dict.fromkeys(path for _, path in changes))
    submodules = tuple(path for mode, path in changes if mode == SUBMODULE)
    return BundleFacts(commits=count, paths=paths, submodules=submodules)


def _changes(raw: bytes) -> list[tuple[str, str]]:
    """(new mode, path) of each entry of `git log --raw -z`: `:old new sha sha STATUS NUL path NUL`."""
    fields = [field.decode(errors="surrogateescape").lstrip("\n") for field in raw.split(b"\0") if field.strip()]
    pairs = zip(fields[::2], fields[1::2], strict=True)
    return [(entry.split(" ")[1], path) for entry, path in pairs]
