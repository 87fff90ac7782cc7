"""Smart HTTP for the bare repositories: checks who may read and push, and runs `git http-backend` for each call.

Bodies stream in both directions; the process ends with the call. Pushes become events (`push_acts.pushed`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.standins.github import hook, push_acts
from bot.standins.github.acts import Actor
from bot.standins.github.git import environment
from bot.standins.github.site import Site
from bot.standins.github.strict import Refusal, Violation
from bot.standins.github.tokens import Anonymous, AsInstallation, Caller
from bot.standins.github.world import Repository

SERVICES = {"git-upload-pack": "read", "git-receive-pack": "write"}
CHUNK = 64 * 1024
Aftermath = Callable[[], Awaitable[None]]
CHALLENGE = {"WWW-Authenticate": 'Basic realm="GitHub"'}


@dataclass(frozen=True)
class Visit:
    """An admitted call: to which repository, for which service, by whom."""

    repository: Repository
    service: str
    caller: Caller
    advertises: bool


class GitDoor:
    """An ASGI app for `/{owner}/{repo}[.git]/info/refs` and the two services."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            visit = self._admit(request)
        except Refusal as refusal:
            self._note(request, refusal)
            answer = PlainTextResponse(refusal.message, refusal.status, dict(refusal.headers))
            await answer(scope, receive, send)
            return
        if visit.service == "git-receive-pack" and not visit.advertises:
            await self._receive(request, send, visit)
        else:
            await self._serve(request, send, visit)

    def _note(self, request: Request, refusal: Refusal) -> None:
        if refusal.violation:
            self._site.violations.append(Violation(request.method, request.url.path, refusal.violation))

    def _admit(self, request: Request) -> Visit:
        service, advertises = _service(request)
        caller = self._caller(request)
        name = f"{request.path_params['owner']}/{request.path_params['repo'].removesuffix('.git')}"
        world = self._site.world
        repository = world.repository(name) or world.formerly(name)
        if repository is None:
            raise _hidden(caller)
        _check(caller, repository, SERVICES[service])
        if world.repository(name) is None:
            raise self._moved(request, repository)
        return Visit(repository, service, caller, advertises)

    def _moved(self, request: Request, repository: Repository) -> Refusal:
        """git follows this on its first call, and stays at the new address for the rest."""
        rest = request.url.path.partition(request.path_params["repo"])[2]
        search = f"?{request.url.query}" if request.url.query else ""
        return Refusal(301, "", headers={"Location": f"{self._site.url}/{repository.full_name}.git{rest}{search}"})

    def _caller(self, request: Request) -> Caller:
        header = request.headers.get("authorization")
        if not header:
            return Anonymous()
        user, password = _basic(header)
        if user != "x-access-token":
            raise Refusal(401, "Invalid username or token.", headers=CHALLENGE, violation=f"git user {user}")
        try:
            return self._site.tokens.installation_token(password)
        except Refusal as refusal:
            raise Refusal(401, "Invalid username or token.", headers=CHALLENGE) from refusal

    async def _receive(self, request: Request, send: Send, visit: Visit) -> None:
        """A push: what has moved is found by looking before and after, one push a repository at a time."""
        git = self._site.git(visit.repository)
        actor = Actor(self._site.world.add_user(self._site.app.bot_login, "Bot"), via_app=True)
        async with git.receiving:
            before = await git.refs()

            async def aftermath() -> None:
                updates = push_acts.ref_updates(before, await git.refs())
                await push_acts.pushed(self._site, visit.repository, actor, updates=updates)

            await self._serve(request, send, visit, before_end=aftermath)

    async def _serve(self, request: Request, send: Send, visit: Visit, *, before_end: Aftermath | None = None) -> None:
        """`before_end` runs when git is done and before the client is: then it finds its pull request moved."""
        async with _backend(self._variables(request, visit)) as process:
            feeding = asyncio.create_task(_feed(process, request))
            try:
                await _forward(process, send)
                if before_end:
                    await before_end()
                await send({"type": "http.response.body", "body": b""})
            finally:
                feeding.cancel()
                with suppress(asyncio.CancelledError):
                    await feeding

    def _variables(self, request: Request, visit: Visit) -> dict[str, str]:
        path = "info/refs" if visit.advertises else visit.service
        length = request.headers.get("content-length")
        found = {
            "GIT_PROJECT_ROOT": str(self._site.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "PATH_INFO": f"/{self._site.git(visit.repository).path.relative_to(self._site.root)}/{path}",
            "QUERY_STRING": request.url.query,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "REMOTE_ADDR": "127.0.0.1",
            hook.PROTECTED_REF: f"refs/heads/{visit.repository.default_branch}",
            hook.MAY_CHANGE_WORKFLOWS: "yes" if _may_change_workflows(visit.caller) else "no",
        }
        if isinstance(visit.caller, AsInstallation):
            found["REMOTE_USER"] = self._site.app.bot_login
        return environment(self._site.root) | found | ({"CONTENT_LENGTH": length} if length else {})


def _service(request: Request) -> tuple[str, bool]:
    path = request.url.path
    advertises = path.endswith("/info/refs")
    service = request.query_params.get("service", "") if advertises else path.rsplit("/", 1)[-1]
    expected = "GET" if advertises else "POST"
    if service not in SERVICES or request.method != expected:
        raise Refusal(403, "Please upgrade your git client.", violation="not git's smart protocol")
    return service, advertises


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    user, separator, password = decoded.partition(":")
    if not separator:
        raise Refusal(401, "Invalid username or token.", headers=CHALLENGE, violation="not Basic authentication")
    return user, password


def _check(caller: Caller, repository: Repository, level: str) -> None:
    """Reading what is public needs no token; what a stranger may not see asks for one, and then is not there."""
    covered = isinstance(caller, AsInstallation) and caller.covers(repository)
    if isinstance(caller, AsInstallation) and covered and caller.allows("contents", level):
        if level == "write" and repository.archived:
            raise Refusal(403, "This repository was archived so it is read-only.")
        return
    if level == "read" and not repository.private:
        return
    if isinstance(caller, Anonymous):
        raise Refusal(401, "Authentication required", headers=CHALLENGE)
    if repository.private and not covered:
        raise _hidden(caller)
    raise Refusal(403, "Write access to repository not granted.")


def _hidden(caller: Caller) -> Refusal:
    if isinstance(caller, Anonymous):
        return Refusal(401, "Authentication required", headers=CHALLENGE)
    return Refusal(404, "Repository not found.")


def _may_change_workflows(caller: Caller) -> bool:
    return isinstance(caller, AsInstallation) and caller.allows("workflows", "write")


@asynccontextmanager
async def _backend(variables: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`git http-backend` in a session of its own, so that whatever it started can be ended with it."""
    process = await asyncio.create_subprocess_exec(
        "git",
        "http-backend",
        env=variables,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        limit=CHUNK,
    )
    try:
        yield process
        await process.wait()
    finally:
        _kill(process)
        await process.wait()


async def _feed(process: asyncio.subprocess.Process, request: Request) -> None:
    """The request's body into the process. It may stop reading early, and the client may go away."""
    assert process.stdin is not None
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            async for chunk in request.stream():
                if process.stdin.is_closing():  # it has ended already: uvloop's pipe takes no word more
                    break
                process.stdin.write(chunk)
                await process.stdin.drain()
    except ClientDisconnect:
        # http-backend would wait for the rest for ever, and at full speed: at the end of its input it reads again.
        _kill(process)
    process.stdin.close()


def _kill(process: asyncio.subprocess.Process) -> None:
    """The process and whatever it has started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def _forward(process: asyncio.subprocess.Process, send: Send) -> None:
    """The process's CGI answer to the client, all but its end."""
    assert process.stdout is not None
    try:
        head = await process.stdout.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        head = b"Status: 500 Internal Server Error\r\n\r\n"
    status, headers = _cgi_headers(head)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    while chunk := await process.stdout.read(CHUNK):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _cgi_headers(head: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    lines = (line.split(b":", 1) for line in head.split(b"\r\n") if b":" in line)
    pairs = [(name.strip().lower(), value.strip()) for name, value in lines]
    status = next((int(value.split()[0]) for name, value in pairs if name == b"status"), 200)
    return status, [pair for pair in pairs if pair[0] != b"status"]
