"""A pod's surroundings on loopback: a strict stand-in of the runner API, a scripted model, repositories on disk.

Used by all of the runner's stories. The stand-in holds to the contract of the API (bearer token, idempotent
calls, statuses) and answers anything else with 404 and a note in `unexpected`.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from crds.agentic_session import Task
from crds.receipt import Trust
from crds.result import ProgressBatch, ProgressEvent, Result
from crds.work_order import Limits, OrderedRepository, Talk, WorkOrder
from runner.git import Git, environment
from runner.surroundings import Surroundings
from tests.runner.scripted_model import ScriptedModel, Turn, model_serving

TOKEN = "pod-token-1"
PREFIX = "/sessions/team/one"


@dataclass
class Handed:
    """One result as the bot received it."""

    document: Result
    bundles: dict[str, bytes]
    final: bool


@dataclass
class StandInApi:
    """The bot's side of the runner API."""

    order: WorkOrder
    token: str = TOKEN
    events: list[ProgressEvent] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    transcripts: dict[str | None, list[dict[str, Any]]] = field(default_factory=dict)
    tokens_given: int = 0
    refused: int = 0
    asked: int = 0
    unexpected: list[str] = field(default_factory=list)
    answers: dict[str, list[web.Response]] = field(default_factory=dict)
    """Answers that a call gets before its real one, by the last part of its path."""
    url: str = ""
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def final(self) -> Result:
        """The document of the one final result."""
        finals = [handed.document for handed in self.handed if handed.final]
        assert len(finals) == 1, f"{len(finals)} final results"
        return finals[0]

    @property
    def phases(self) -> list[str]:
        return [event.text for event in self.events if event.kind == "phase"]

    @web.middleware
    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            self.refused += 1
            return web.json_response({"detail": "who is this?"}, status=401)
        self.asked += 1
        async with self.news:
            self.news.notify_all()
        waiting = self.answers.get(request.path.rpartition("/")[2], [])
        if waiting:
            return waiting.pop(0)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def get_order(self, request: web.Request) -> web.Response:
        return web.Response(text=self.order.model_dump_json(), content_type="application/json")

    async def post_token(self, request: web.Request) -> web.Response:
        self.tokens_given += 1
        token = {"username": "x-access-token", "password": "read-only-secret", "expires_at": "2030-01-01T00:00:00Z"}
        return web.json_response(token)

    async def post_progress(self, request: web.Request) -> web.Response:
        batch = ProgressBatch.model_validate_json(await request.read())
        known = {event.seq for event in self.events}
        self.events += [event for event in batch.events if event.seq not in known]
        async with self.news:
            self.news.notify_all()
        assert all(event.seq <= 20_000 for event in batch.events)
        return web.json_response({"last": max((event.seq for event in self.events), default=0)})

    async def post_transcript(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.transcripts.setdefault(body["subpath"], []).extend(body["entries"])
        return web.Response(status=204)

    async def get_transcript(self, request: web.Request) -> web.Response:
        entries = self.transcripts.get(request.query.get("subpath"))
        return web.json_response({"entries": entries} if entries is not None else {}, status=200 if entries else 404)

    async def get_subpaths(self, request: web.Request) -> web.Response:
        return web.json_response({"subpaths": [name for name in self.transcripts if name]})

    async def put_result(self, request: web.Request) -> web.Response:
        form = await request.post()
        document: Result | None = None
        bundles = {}
        for name, value in form.items():
            data = value.file.read() if isinstance(value, web.FileField) else str(value).encode()
            if name == "document":
                document = Result.model_validate_json(data)
            else:
                bundles[name.removeprefix("bundle:")] = data
        assert document is not None
        self.handed.append(Handed(document, bundles, request.query["final"] == "true"))
        return web.Response(status=204)

    async def refuse(self, request: web.Request) -> web.Response:
        self.unexpected.append(f"{request.method} {request.path_qs}")
        return web.json_response({"detail": "no such call"}, status=404)


@asynccontextmanager
async def api_serving(order: WorkOrder) -> AsyncIterator[StandInApi]:
    """Serves the runner API for one order."""
    api = StandInApi(order)
    app = web.Application(middlewares=[api.guard], client_max_size=256 * 1024 * 1024)
    app.router.add_get(f"{PREFIX}/order", api.get_order)
    app.router.add_post(f"{PREFIX}/token", api.post_token)
    app.router.add_post(f"{PREFIX}/progress", api.post_progress)
    app.router.add_post(f"{PREFIX}/transcript", api.post_transcript)
    app.router.add_get(f"{PREFIX}/transcript", api.get_transcript)
    app.router.add_get(f"{PREFIX}/transcript/subpaths", api.get_subpaths)
    app.router.add_put(f"{PREFIX}/result", api.put_result)
    app.router.add_route("*", "/{rest:.*}", api.refuse)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        api.url = f"http://127.0.0.1:{runner.addresses[0][1]}{PREFIX}"
        yield api
    finally:
        await runner.cleanup()


@dataclass
class Repository:
    """A repository on disk that the stories clone from."""

    path: Path

    def git(self, *arguments: str) -> str:
        return git(self.path, *arguments)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def commit(self, files: Mapping[str, str | bytes], message: str = "More") -> str:
        for name, content in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.head

    def take(self, bundle: bytes) -> str:
        """Applies a bundle as the bot does, and returns the commit of its one ref."""
        file = self.path.parent / "taken.bundle"
        file.write_bytes(bundle)
        refs = self.git("bundle", "list-heads", str(file)).splitlines()
        assert len(refs) == 1, refs
        commit, ref = refs[0].split()
        self.git("bundle", "verify", "--quiet", str(file))
        self.git("fetch", "--quiet", str(file), f"+{ref}:refs/taken/work")
        return commit

    def show(self, commit: str, path: str) -> str:
        return self.git("show", f"{commit}:{path}")


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A person", "-c", "user.email=person@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape")


def make_repository(path: Path, files: Mapping[str, str | bytes] | None = None) -> Repository:
    path.mkdir(parents=True)
    repository = Repository(path)
    repository.git("init", "--quiet")
    repository.commit(files if files is not None else {"calc.py": "def add(a, b):\n    return a - b\n"}, "First")
    return repository


def hardened_git(folder: Path, *addresses: str) -> Git:
    """git as the runner runs it, in the folders of a pod."""
    for name in ("workspace", "home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    around = Surroundings(
        api_url="http://127.0.0.1:1",
        model_url="http://127.0.0.1:1",
        token_file=folder / "token",
        workspace=folder / "workspace",
        home=folder / "home",
        tmp=folder / "tmp",
        path=os.environ["PATH"],
    )
    return Git(environment(around, addresses))


def ordered(repository: Repository, *, name: str = "acme__calc", writable: bool = True) -> OrderedRepository:
    return OrderedRepository(
        name=name, url=repository.path.as_uri(), commit=repository.head, branch="main", writable=writable
    )


def limits(**changed: Any) -> Limits:
    usual: dict[str, Any] = {
        "context_tokens": 8000,
        "total_tokens": None,
        "cost_usd": None,
        "turns": 30,
        "seconds": 600,
        "bundle_bytes": 10_000_000,
    }
    return Limits.model_validate(usual | changed)


def talk(text: str, **changed: Any) -> Talk:
    usual: dict[str, Any] = {
        "source": "https://git.example/acme/calc/issues/1",
        "kind": "issue",
        "author": "ann",
        "trust": Trust.OUTSIDE,
        "at": "2026-01-01T00:00:00Z",
    }
    return Talk.model_validate(usual | {"text": text} | changed)


def order_for(*repositories: OrderedRepository, **changed: Any) -> WorkOrder:
    usual: dict[str, Any] = {
        "session": "team/one",
        "task": Task.FIX,
        "request": "fix the sum in `calc.py`",
        "title": "add() subtracts",
        "model": "scripted-1",
        "small_model": "scripted-small",
        "priced": False,
        "limits": limits(),
        "repositories": repositories,
        "talk": (talk("`add(2, 2)` gives 0, it should give 4."),),
        "co_author": "Ann Example <ann@example.com>",
    }
    return WorkOrder.model_validate(usual | changed)


@dataclass
class Ended:
    """A runner process that has ended."""

    code: int
    stderr: str


@dataclass
class Pod:
    """Where a story's runner runs."""

    folder: Path
    api: StandInApi
    model: ScriptedModel
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    async def run(self) -> Ended:
        await self.start()
        return await self.ended()

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "runner"),
            env=self.environment,
            cwd=self.folder,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    async def ended(self) -> Ended:
        assert self.process is not None
        _, stderr = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(self.process.returncode, stderr.decode())

    async def command(self, *arguments: str) -> tuple[int | None, str]:
        """Status and output of one of the runner's small commands, in this pod."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "runner", *arguments),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    async def until_file(self, path: str) -> None:
        """Waits until a file is in the workspace; nothing tells when, so it is looked for."""
        for _ in range(500):
            if (self.workspace / path).exists():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{path} was never written")

    async def until_asked(self) -> None:
        """Waits until the runner has made its first call."""
        async with self.api.news:
            await self.api.news.wait_for(lambda: self.api.asked > 0)

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    async def until_tool(self, name: str) -> None:
        """Waits until the bot has been told that the agent uses a tool."""
        async with self.api.news:
            await self.api.news.wait_for(lambda: any(event.text == name for event in self.api.events))


@asynccontextmanager
async def pod_for(folder: Path, order: WorkOrder, *turns: Turn) -> AsyncIterator[Pod]:
    """A pod for one order with a model that says these turns; ends its processes at the end."""
    async with api_serving(order) as api, model_serving(*turns) as model:
        pod = Pod(folder, api, model, _environment(folder, api, model))
        try:
            yield pod
        finally:
            _end(pod, folder)
        assert api.unexpected == []
        assert model.unexpected == []


def _environment(folder: Path, api: StandInApi, model: ScriptedModel) -> dict[str, str]:
    for name in ("workspace", "home", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "token").write_text(TOKEN, "utf-8")
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "VTEAM_API_URL": api.url,
        "VTEAM_MODEL_URL": model.url,
        "VTEAM_TOKEN_FILE": str(folder / "token"),
        "VTEAM_WORKSPACE": str(folder / "workspace"),
        "VTEAM_MODEL_RETRIES": "1",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
    }


def _end(pod: Pod, folder: Path) -> None:
    """Ends the runner and whatever it left: processes whose home is this pod's."""
    if pod.process is not None and pod.process.returncode is None:
        os.killpg(pod.process.pid, signal.SIGKILL)
    for number in _of_this_pod(str(folder)):
        os.kill(number, signal.SIGKILL)


def _of_this_pod(folder: str) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            variables = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"HOME={folder}/home".encode() in variables:
            yield int(entry.name)
