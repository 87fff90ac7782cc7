"""A private repository is read over HTTP with a fresh token of the bot, which is kept nowhere."""

import os
from asyncio import create_subprocess_exec, subprocess
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from runner.endings import PrerequisiteFailed
from runner.git import Git
from runner.workspace import Patience, prepare
from tests.runner.api import TOKEN, api_serving
from tests.runner.repositories import Repository, git, hardened_git, make_repository, order_for, ordered

EXPECTED = "Basic " + b64encode(b"x-access-token:read-only-secret").decode()


@asynccontextmanager
async def git_serving(repository: Repository, *, heads_only: bool = False) -> AsyncIterator[str]:
    """`git http-backend` for one repository, behind the read token; in its old protocol it gives heads only."""

    async def backend(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != EXPECTED:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        process = await create_subprocess_exec(
            *("git", "http-backend"),
            env=_cgi(request, repository, heads_only=heads_only),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        output, _ = await process.communicate(await request.read())
        head, _, body = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return web.Response(body=body, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", backend)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/calc"
    finally:
        await runner.cleanup()


def _cgi(request: web.Request, repository: Repository, *, heads_only: bool) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(repository.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query_string,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": "" if heads_only else request.headers.get("Git-Protocol", ""),
    }


def contents(folder: Path) -> Iterator[bytes]:
    """Every file below the folder."""
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_private_repository_is_read_and_the_token_is_kept_nowhere(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    (tmp_path / "token").write_text(TOKEN, "utf-8")
    async with api_serving(order_for()) as bot, git_serving(calc) as url:
        plain = hardened_git(tmp_path, url)
        reading = Git({**plain.environment, "VTEAM_API_URL": bot.url})
        order = ordered(calc).model_copy(update={"url": url})
        await prepare([order], tmp_path / "workspace", git=reading, patience=Patience(1))
        assert bot.tokens_given > 0
        clone = tmp_path / "workspace" / order.name
        # The agent's own fetch works as well, with the same environment.
        await reading.run("fetch", "--quiet", "--depth=1", "origin", "main", cwd=clone)
    assert git(clone, "rev-parse", "HEAD").strip() == calc.head
    assert not any(b"read-only-secret" in content for content in contents(tmp_path))
    assert "read-only-secret" not in str(reading.environment)


@pytest.mark.parametrize("gone", [False, True])
async def test_a_server_that_gives_heads_only_is_asked_for_the_branch(tmp_path: Path, gone: bool) -> None:
    calc = make_repository(tmp_path / "calc")
    pinned = ordered(calc)
    if gone:
        calc.git("commit", "--quiet", "--amend", "-m", "Pushed over")
    calc.commit({"later.py": "later"})
    (tmp_path / "token").write_text(TOKEN, "utf-8")
    async with api_serving(order_for()) as bot, git_serving(calc, heads_only=True) as url:
        reading = Git({**hardened_git(tmp_path, url).environment, "VTEAM_API_URL": bot.url})
        order = pinned.model_copy(update={"url": url})
        preparing = prepare([order], tmp_path / "workspace", git=reading, patience=Patience(1))
        if gone:
            with pytest.raises(PrerequisiteFailed, match="does not exist on main any more"):
                await preparing
        else:
            await preparing
            assert git(tmp_path / "workspace" / order.name, "rev-parse", "HEAD").strip() == pinned.commit
