"""Repositories come to their pinned commits, or a sentence says why not; nothing that they bring along is run."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crds.work_order import OrderedRepository
from runner.endings import PrerequisiteFailed
from runner.workspace import Patience, prepare
from tests.runner.repositories import git, hardened_git, make_repository, ordered

ONCE = Patience(1)


async def test_each_repository_stands_at_its_pinned_commit_on_the_work_branch(tmp_path: Path) -> None:
    one = make_repository(tmp_path / "one")
    pinned = ordered(one, name="acme__one")
    one.commit({"later.py": "later\n"})
    two = ordered(make_repository(tmp_path / "two"), name="acme__two", writable=False)
    await prepare([pinned, two], tmp_path / "workspace", git=hardened_git(tmp_path), patience=ONCE)
    clone = tmp_path / "workspace/acme__one"
    assert git(clone, "rev-parse", "HEAD").strip() == pinned.commit
    assert git(clone, "branch", "--show-current").strip() == "vteam/work"
    assert not (clone / "later.py").exists()
    assert (tmp_path / "workspace/acme__two/calc.py").exists()
    assert not list((clone / ".git/hooks").glob("*"))


async def test_a_pinned_commit_that_is_the_head_of_nothing_any_more_is_still_found(tmp_path: Path) -> None:
    one = make_repository(tmp_path / "one")
    pinned = ordered(one)
    one.git("commit", "--quiet", "--amend", "-m", "Pushed over")
    await prepare([pinned], tmp_path / "workspace", git=hardened_git(tmp_path), patience=ONCE)
    assert git(tmp_path / "workspace" / pinned.name, "rev-parse", "HEAD").strip() == pinned.commit


def changed(tmp_path: Path, **values: object) -> OrderedRepository:
    folder = tmp_path / "one"
    repository = make_repository(folder) if not folder.exists() else None
    assert repository is not None
    return ordered(repository).model_copy(update=values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ".."}, "'..', which is no folder name"),
        ({"name": ".git"}, "'.git', which is no folder name"),
        ({"url": "ssh://git@example/x"}, "none of https, http, file"),
        ({"url": "ext::sh -c touch% HIT"}, "none of https, http, file"),
        ({"url": "--upload-pack=touch HIT"}, "none of https, http, file"),
        ({"url": "https://ann:secret@git.example/x"}, "carries a password"),
        ({"url": "file:///nowhere/at/all"}, "acme__calc cannot be read"),
        ({"commit": "f" * 40}, "acme__calc cannot be read"),
        ({"branch": "gone", "commit": "f" * 40}, "acme__calc cannot be read"),
    ],
)
async def test_what_cannot_be_read_is_told(tmp_path: Path, values: dict[str, object], words: str) -> None:
    repositories = [changed(tmp_path, **values)]
    with pytest.raises(PrerequisiteFailed) as failure:
        await prepare(repositories, tmp_path / "workspace", git=hardened_git(tmp_path), patience=ONCE)
    assert words in str(failure.value)
    assert "secret" not in str(failure.value)
    assert "HIT" not in git(tmp_path / "one", "ls-files", "--others")


async def test_two_repositories_of_one_name_are_refused(tmp_path: Path) -> None:
    one = ordered(make_repository(tmp_path / "one"))
    with pytest.raises(PrerequisiteFailed, match="twice"):
        await prepare([one, one], tmp_path / "workspace", git=hardened_git(tmp_path), patience=ONCE)


async def test_a_server_that_is_away_is_asked_again_and_then_told(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/x.git"
        away = changed(tmp_path, url=url)
        with pytest.raises(PrerequisiteFailed, match=r"acme__calc cannot be read: .*127\.0\.0\.1"):
            await prepare([away], tmp_path / "workspace", git=hardened_git(tmp_path), patience=Patience(2, 0.01))


@contextlib.asynccontextmanager
async def listening(answer: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that notes the head of each request and gives one answer."""
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/acme/calc.git", heads


async def test_no_answer_is_asked_of_a_person_and_a_refusal_is_final(tmp_path: Path) -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with listening(refusal) as (url, heads):
        one = changed(tmp_path, url=url)
        with pytest.raises(PrerequisiteFailed, match="403"):
            await prepare([one], tmp_path / "workspace", git=hardened_git(tmp_path, url), patience=Patience(4, 60.0))
    assert len(heads) == 1
    assert "authorization" not in heads[0].lower()
