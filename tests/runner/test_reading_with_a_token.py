"""A private repository is read over HTTP with a fresh token of the bot, which is kept nowhere."""

import os
from asyncio import create_subprocess_exec, subprocess
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.standins.served import served
from runner.endings import PrerequisiteFailed
from runner.git import Git
from runner.workspace import Patience, prepare
from tests.runner.api import TOKEN, api_serving, token_of
from tests.runner.repositories import Repository, git, hardened_git, make_repository, order_for, ordered

SECRET = "read-only-secret"


@asynccontextmanager
async def git_serving(
    repository: Repository, *, heads_only: bool = False, secrets: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """`git http-backend` for one folder of repositories, each behind its own read token, or behind none; in its old
    protocol it gives heads only."""
    wanted = {repository.path.name: SECRET} if secrets is None else secrets

    async def backend(request: web.Request) -> web.Response:
        secret = wanted.get(request.path.split("/")[1])
        if secret and request.headers.get("Authorization") != _basic(secret):
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
    async with served(app) as port:
        yield f"http://127.0.0.1:{port}/{repository.path.name}"


def _basic(secret: str) -> str:
    return "Basic " + b64encode(f"x-access-token:{secret}".encode()).decode()


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


async def test_each_repository_is_read_with_its_own_token_and_a_public_one_with_none(tmp_path: Path) -> None:
    """The App is installed in two places, and a token is of one; the third repository is everybody's."""
    mine, theirs, public = (make_repository(tmp_path / "forge" / name) for name in ("mine", "theirs", "public"))
    (tmp_path / "token").write_text(TOKEN, "utf-8")
    secrets = {"mine": "secret-1", "theirs": "secret-2"}
    async with api_serving(order_for()) as bot, git_serving(mine, secrets=secrets) as url:
        forge = url.rpartition("/")[0]
        others = [token_of("secret-2", urls=[f"{forge}/theirs"])]
        bot.read_token = token_of("secret-1", urls=[f"{forge}/mine.git"], others=others)
        reading = Git({**hardened_git(tmp_path, forge).environment, "VTEAM_API_URL": bot.url})
        orders = [
            ordered(one, name=one.path.name).model_copy(update={"url": f"{forge}/{one.path.name}"})
            for one in (mine, theirs, public)
        ]
        await prepare(orders, tmp_path / "workspace", git=reading, patience=Patience(1))
        given = bot.tokens_given
        stranger = ordered(public, name="x").model_copy(update={"url": f"{forge}/public"})
        await prepare([stranger], tmp_path / "elsewhere", git=reading, patience=Patience(1))
        assert bot.tokens_given == given > 0, "what everybody may read needs no token"
    for one in (mine, theirs, public):
        assert git(tmp_path / "workspace" / one.path.name, "rev-parse", "HEAD").strip() == one.head
    assert not any(b"secret-" in content for content in contents(tmp_path))


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
