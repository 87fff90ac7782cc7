"""A pod on loopback: its surroundings, the runner as a process of its own (warm.py), the stand-ins it speaks to.

Used by the runner's stories. Every process that carries the pod's home is ended with it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crds.work_order import WorkOrder
from tests.runner.api import TOKEN, StandInApi, api_serving
from tests.runner.scripted_model import ScriptedModel, Turn, model_serving
from tests.runner.warm import WARM, Forked


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
    process: Forked | None = None

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    async def run(self) -> Ended:
        await self.start()
        return await self.ended()

    async def start(self) -> None:
        self.process = await WARM.fork(self.environment, self.folder, self.folder / "stderr")

    async def ended(self) -> Ended:
        assert self.process is not None
        code = await self.process.code()
        return Ended(code, (self.folder / "stderr").read_text("utf-8"))

    async def run_cold(self) -> Ended:
        """As a pod starts it: with an interpreter of its own."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "runner"),
            env=self.environment,
            cwd=self.folder,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            _, stderr = await process.communicate()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):  # it may have ended unheard
                    os.killpg(process.pid, signal.SIGKILL)
        return Ended(process.returncode or 0, stderr.decode())

    async def command(self, *arguments: str, told: str = "") -> tuple[int | None, str]:
        """Status and output of one of the runner's small commands, in this pod. `told`: its standard input."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "runner", *arguments),
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        output, _ = await process.communicate(told.encode())
        return process.returncode, output.decode()

    async def until_file(self, path: str) -> None:
        """Waits until a file is in the workspace; nothing tells when, so it is looked for."""
        async with asyncio.timeout(60):
            while not (self.workspace / path).exists():
                await asyncio.sleep(0.02)

    async def until_asked(self) -> None:
        """Waits until the runner has made its first call."""
        async with self.api.news:
            await self.api.news.wait_for(lambda: self.api.asked > 0)

    def stop(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):  # it may have ended unheard
            os.kill(self.process.pid, signal.SIGTERM)

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
    if pod.process is not None and pod.process.ended is None:
        with suppress(ProcessLookupError):  # it may have ended unheard
            os.killpg(pod.process.pid, signal.SIGKILL)
        pod.process.close()
    for number in _of_this_pod(str(folder)):
        with suppress(ProcessLookupError):  # so may these, since they were read
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
