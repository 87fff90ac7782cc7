"""One container as the kubelet holds it: start its supervisor, hear how it ended, ask it to stop. No policy."""

import asyncio
import sys
from dataclasses import asdict, dataclass, field
from typing import Self

import orjson
import structlog

from bot.embedded.kubelet.confine import ROOT, interpreter_environment
from bot.embedded.kubelet.fence import Fence
from bot.embedded.kubelet.processes import end, memory, strays

log = structlog.get_logger()

MARK = "VTEAM_POD_UID"  # in the environment of all of a pod's processes: how strays are found
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from bot.embedded.kubelet.supervise import main; main()"


@dataclass(frozen=True)
class Plan:
    """What to run: real paths only, and the whole environment. `fence` None means unconfined."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    log: str
    log_bytes: int = 10 * 1024 * 1024
    fence: Fence | None = None


@dataclass(frozen=True)
class Ended:
    """How a container ended; `refused` says why it never started."""

    code: int
    refused: str = ""


@dataclass
class Container:
    """A running supervisor. `ended` is done when no process of the tree is left, and not before."""

    plan: Plan
    process: asyncio.subprocess.Process
    started: asyncio.Event = field(default_factory=asyncio.Event)
    pid: int = 0
    own: frozenset[int] = frozenset()  # the supervisor and its relay: part of the tree, but not of the container

    @classmethod
    async def start(cls, plan: Plan) -> Self:
        """Start the supervisor with an empty environment; the main process follows, see `started` and `ended`."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", _BOOT, str(ROOT)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=interpreter_environment(),
            cwd="/",
            start_new_session=True,
        )
        container = cls(plan, process)
        container._say(orjson.dumps(asdict(plan)))
        return container

    def stop(self) -> None:
        """SIGTERM to the main process."""
        self._say(b"TERM")

    def kill(self) -> None:
        """End the whole tree now."""
        self._say(b"KILL")

    def _say(self, command: bytes) -> None:
        if self.process.stdin and not self.process.stdin.is_closing():
            self.process.stdin.write(command + b"\n")

    async def ended(self) -> Ended:
        """Wait for the end of the whole tree."""
        result: Ended | None = None
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            result = self._hear(orjson.loads(line)) or result
        complaint = await self._close()
        if result is None and not self.started.is_set():
            return Ended(127, f"the supervisor did not start: {complaint}")
        if result is None:
            result = Ended(137)  # both halves of the supervisor were killed at once
            await asyncio.to_thread(end_strays, self.plan.env.get(MARK, ""))
        return result

    def _hear(self, report: dict[str, object]) -> Ended | None:
        match report:
            case {"event": "started", "pid": int(pid), "own": list(own)}:
                self.pid, self.own = pid, frozenset(own)
                self.started.set()
            case {"event": "ended", "code": int(code)}:
                return Ended(code)
            case {"event": "refused", "message": str(message)}:
                return Ended(127, message)
        return None

    async def _close(self) -> str:
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        complaint = (await self.process.stderr.read())[-2000:].decode("utf-8", "replace").strip()
        await self.process.wait()
        self.process.stdin.close()
        if complaint:
            log.error("supervisor_failed", pid=self.process.pid, why=complaint)
        return complaint

    def memory(self) -> int:
        """Bytes that the tree holds; reads /proc, so call it from a thread."""
        return memory(self.process.pid, without=self.own)


def end_strays(pod_uid: str) -> int:
    """End processes of a pod that no supervisor holds any more; reads all of /proc, so call it from a thread."""
    found = strays(f"{MARK}={pod_uid}") if pod_uid else []
    end(found)
    return len(found)
