"""The bot's own bare repositories are only caches: one that a crash has left broken is begun anew, and nobody hears."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crds.agentic_session import Phase
from tests.house import REPOSITORY, House
from tests.played_pods import works

pytestmark = pytest.mark.long


def locked(cache: Path) -> None:
    """A fetch was killed: git refuses to go on beside its lock."""
    (cache / "shallow.lock").touch()


def half_made(cache: Path) -> None:
    """The bot was killed while it made the repository."""
    for path in cache.iterdir():
        if path.is_file():
            path.unlink()
    (cache / "HEAD").write_text("")


def cut_off(cache: Path) -> None:
    """The commits are there, and where their history ends is not written down."""
    (cache / "shallow").unlink()


def emptied(cache: Path) -> None:
    """A disk that ran full, or was mended."""
    for path in (cache / "objects" / "pack").iterdir():
        path.chmod(0o600)
        path.write_bytes(b"")


@pytest.mark.parametrize("breaks", [locked, half_made, cut_off, emptied])
async def test_a_cache_that_is_broken_is_begun_anew(house: House, breaks: Callable[[Path], None]) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.comment("/vteam fix it")
    await house.settle()
    [cache] = (house.bot.settings.data_dir / "git").iterdir()
    breaks(cache)
    await house.github.push_commit(REPOSITORY, "main", files={"other.txt": "by somebody\n"}, by="ada")
    second = await house.open_issue("And another one")
    house.pods.part = works({"src/a.py": "x = 3\n"})
    await house.comment("/vteam fix this too", number=second)
    await house.settle()
    assert {session.phase for session in await house.sessions()} == {Phase.COMPLETED}, house.plain(
        house.github.thread(REPOSITORY, second)
    )
    assert len(house.github.pull_requests(REPOSITORY)) == 2
