"""A kubelet and a runner played by the test, at the wire: pods that run no process, but speak the real runner API.

The house gives each pod a part to play (`works`, `dies`, `hangs` …). The token is a real projected one, git and the
bundle are real; only the agent and the processes are left out, so that a whole story takes a tenth of a second.
"""

import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from bot.cluster import PODS, Cluster, Conflict, Json, NotFound, Upserted
from bot.errors import Later
from bot.standins.github.commits import NewCommit, import_stream
from bot.standins.github.git import Person

AGENT = Person("agent", "agent@example.com")
NOW = "2026-01-01T00:00:00Z"
GIT_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "agent",
    "GIT_AUTHOR_EMAIL": "agent@example.com",
    "GIT_COMMITTER_NAME": "agent",
    "GIT_COMMITTER_EMAIL": "agent@example.com",
}


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Runs git in a test's own folder."""
    ran = subprocess.run(
        ["git", *arguments], cwd=folder, env=GIT_ENVIRONMENT, input=stdin, capture_output=True, check=True
    )
    return ran.stdout.decode().strip()


@dataclass
class PodLife:
    """What a part may use: the pod's addresses and token, and the cluster as its kubelet sees it."""

    cluster: Cluster
    pod: Json
    http: aiohttp.ClientSession
    environment: dict[str, str]
    audience: str

    @property
    def names(self) -> tuple[str, str]:
        return self.pod["metadata"]["namespace"], self.pod["metadata"]["name"]

    async def token(self) -> str:
        namespace, _ = self.names
        account = self.pod["spec"]["serviceAccountName"]
        made = await self.cluster.create_token(
            account, namespace, audiences=[self.audience], seconds=3600, pod=self.pod
        )
        return str(made["token"])

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """A call to the runner API, tried until it is answered: the real runner does so too."""
        for _ in range(600):
            try:
                headers = {"Authorization": f"Bearer {await self.token()}"}
                async with self.http.request(
                    method, self.environment["VTEAM_API_URL"] + path, headers=headers, **_fresh(more)
                ) as answer:
                    if answer.status < 500:
                        body = await answer.read()
                        return answer.status, (json.loads(body) if body else None)
            except (aiohttp.ClientError, Later, OSError):
                pass
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{method} {path}: no answer")

    async def status(self, **status: Any) -> None:
        namespace, name = self.names
        with suppress(NotFound):
            await self.cluster.patch(PODS, name, {"status": status}, namespace=namespace, subresource="status")

    async def runs(self) -> None:
        running = {"name": "runner", "ready": True, "restartCount": 0, "image": "x", "imageID": "x"}
        await self.status(
            phase="Running", startTime=NOW, containerStatuses=[running | {"state": {"running": {"startedAt": NOW}}}]
        )

    async def ends(self, code: int, *, reason: str = "", disrupted: bool = False) -> None:
        ended = {"exitCode": code, "reason": reason or ("Completed" if code == 0 else "Error")}
        state = {"name": "runner", "ready": False, "restartCount": 0, "image": "x", "imageID": "x"}
        conditions = [
            {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet", "lastTransitionTime": NOW}
        ]
        await self.status(
            phase="Succeeded" if code == 0 else "Failed",
            containerStatuses=[state | {"state": {"terminated": ended | {"startedAt": NOW, "finishedAt": NOW}}}],
            **({"conditions": conditions} if disrupted else {}),
        )


def _fresh(more: dict[str, Any]) -> dict[str, Any]:
    """Form data can be sent once only: a part gives a function that makes it."""
    return {key: value() if callable(value) else value for key, value in more.items()}


Part = Callable[[PodLife], Awaitable[None]]


def works(
    files: dict[str, str],
    *,
    text: str = "I fixed it.",
    final: bool = True,
    exit_code: int = 0,
    ran: str = "",
    more: Json | Callable[[Json], Json] | None = None,
) -> Part:
    """The pod reads its order, clones, runs a command, commits these files, hands in a bundle, and ends.

    `more`: further fields of its result document, or a function from the order to them.
    """

    async def part(life: PodLife) -> None:
        await life.runs()
        status, order = await life.call("GET", "/order")
        if status != 200:
            await life.ends(2)
            return
        event = {"seq": 1, "kind": "tool", "text": "Edit", "detail": next(iter(files), ""), "turn": 1}
        command = {"seq": 2, "kind": "tool", "text": "Bash", "detail": ran, "turn": 2}
        await life.call("POST", "/progress", json={"events": [event, command] if ran else [event]})
        _, token = await life.call("POST", "/token")
        with tempfile.TemporaryDirectory() as folder:
            work, bundle = await asyncio.to_thread(commit, Path(folder), order["repositories"][0], token, files)
            await hand_in(life, [work] if files else [], {work["repository"]: bundle} if files else {}, text=text,
                          final=final, exit_code=exit_code, more=more(order) if callable(more) else more)  # fmt: skip
        await life.ends(exit_code)

    return part


async def hand_in(
    life: PodLife,
    work: list[Json],
    bundles: dict[str, bytes],
    *,
    text: str,
    final: bool = True,
    exit_code: int = 0,
    more: Json | None = None,
) -> int:
    """PUT result; the status of the answer."""
    agent = {"subtype": "success", "is_error": exit_code != 0, "turns": 3, "session_id": "s-1", "text": text}
    document = {"exit_code": exit_code, "work": work, "agent": agent, "error": "" if exit_code == 0 else text}
    document |= more or {}

    def form() -> aiohttp.FormData:
        data = aiohttp.FormData()
        data.add_field("document", json.dumps(document), content_type="application/json")
        for name, bundle in bundles.items():
            data.add_field(f"bundle:{name}", bundle, content_type="application/octet-stream", filename="x.bundle")
        return data

    status, _ = await life.call("PUT", f"/result?final={str(final).lower()}", data=form)
    return int(status)


def commit(folder: Path, repository: Json, token: Json, files: dict[str, str]) -> tuple[Json, bytes]:
    """A clone with one commit, and the bundle of it. Runs in a thread."""
    url = repository["url"].replace("://", f"://{token['username']}:{token['password']}@")
    git(folder, "init", "--quiet", ".")
    fetch(folder, url, repository["commit"])
    new = NewCommit(files=files, message="Fix it", author=AGENT, at=datetime.now(UTC))
    git(folder, "fast-import", "--quiet", stdin=import_stream("vteam/work", new, repository["commit"]))
    head = (folder / ".git/refs/heads/vteam/work").read_text().strip()
    git(folder, "bundle", "create", "--quiet", "work.bundle", f"{repository['commit']}..vteam/work")
    work = {"repository": repository["name"], "base": repository["commit"], "head": head, "commits": 1, "bundle": True}
    return work, (folder / "work.bundle").read_bytes()


def fetch(folder: Path, url: str, commit: str) -> None:
    """Fetches one commit, patiently as the real runner does."""
    for attempt in range(5):
        try:
            git(folder, "fetch", "--quiet", "--depth=1", url, commit)
        except subprocess.CalledProcessError:
            if attempt == 4:
                raise
            time.sleep(0.05)
        else:
            return


def dies(code: int = 1, *, reason: str = "", disrupted: bool = False) -> Part:
    """The pod starts, and its container ends so without a word."""

    async def part(life: PodLife) -> None:
        await life.runs()
        await life.ends(code, reason=reason, disrupted=disrupted)

    return part


def hangs() -> Part:
    """The pod runs and says nothing more."""

    async def part(life: PodLife) -> None:
        await life.runs()

    return part


def cannot_be_placed(message: str) -> Part:
    """No node takes the pod."""

    async def part(life: PodLife) -> None:
        condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        await life.status(phase="Pending", conditions=[condition | {"lastTransitionTime": NOW}])

    return part


@dataclass
class PlayedKubelet:
    """Follows pods and plays their parts; `part` is what the next pods do."""

    cluster: Cluster
    audience: str = "vteam-bot"
    part: Part = field(default_factory=hangs)
    parts: list[Part] = field(default_factory=list)
    """Parts of the first pods, before `part` is played by all others."""
    playing: set[asyncio.Task[None]] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    lives: list[PodLife] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    async def run(self) -> None:
        async with aiohttp.ClientSession() as http:
            async for change in self.cluster.follow(PODS):
                if isinstance(change, Upserted):
                    self._noted(change.object, http)

    def _noted(self, pod: Json, http: aiohttp.ClientSession) -> None:
        if "deletionTimestamp" in pod["metadata"]:
            task = asyncio.create_task(self._gone(pod))
        elif pod["metadata"]["uid"] in self.seen:
            return
        else:
            self.seen.add(pod["metadata"]["uid"])
            environment = {entry["name"]: entry.get("value", "") for entry in pod["spec"]["containers"][0]["env"]}
            life = PodLife(self.cluster, pod, http, environment, self.audience)
            self.lives.append(life)
            task = asyncio.create_task(self._played(life, self.parts.pop(0) if self.parts else self.part))
        self.playing.add(task)
        task.add_done_callback(self.playing.discard)

    async def _played(self, life: PodLife, part: Part) -> None:
        try:
            await part(life)
        except (TimeoutError, NotFound, subprocess.CalledProcessError, KeyError) as fault:
            self.faults.append(fault)

    async def _gone(self, pod: Json) -> None:
        metadata = pod["metadata"]
        with suppress(Conflict, Later, NotFound):
            await self.cluster.delete(PODS, metadata["name"], namespace=metadata["namespace"], grace=0)
