"""One pod's life on this node, from its acceptance to its last status: volumes, containers, deadline, memory, end.

The kubelet starts `run` as a task, tells it by `notice`, `stop` and `kill`, and ends it by cancellation. Whatever
happens, no process and no directory of the pod is left when `run` returns.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

from bot.cluster import PODS, Conflict, Json, NotFound, Refused
from bot.embedded.kubelet import pod_status, volumes
from bot.embedded.kubelet.container import Container, Ended, Plan
from bot.embedded.kubelet.disk import limits, watch_disk
from bot.embedded.kubelet.memory import watch_memory
from bot.embedded.kubelet.pod_status import Running, State, Terminated, Verdict, Waiting
from bot.embedded.kubelet.preparation import Place, Prepared, prepare
from bot.embedded.kubelet.sources import Missing, Unsupported
from bot.embedded.times import now
from bot.errors import Later

log = structlog.get_logger()

RETRY = 1.0


class PodRun:
    """The run of one pod; it never starts twice."""

    def __init__(self, pod: Json, place: Place) -> None:
        self.pod, self._place = pod, place
        self.done = False
        spec = pod["spec"]
        self._states: dict[str, State] = {c["name"]: Waiting() for c in spec["containers"]}
        self._init: dict[str, State] = {c["name"]: Waiting() for c in spec.get("initContainers") or []}
        self._live: dict[str, Container] = {}
        self._endings: dict[str, asyncio.Task[Ended]] = {}
        self._watchers: list[asyncio.Task[None]] = []
        self._out_of_memory: set[str] = set()
        self._verdict: Verdict | None = None
        self._started = now()
        self._changed, self._stopping = asyncio.Event(), asyncio.Event()

    def notice(self, pod: Json) -> None:
        """The pod as the API has it now."""
        self.pod = pod

    def stop(self, grace: float, verdict: Verdict | None = None) -> None:
        """SIGTERM, and after `grace` seconds the end of all; a second call changes nothing."""
        if self._stopping.is_set():
            return
        self._verdict = self._verdict or verdict
        self._stopping.set()
        for container in self._live.values():
            container.stop()
        asyncio.get_running_loop().call_later(max(0.0, grace), self.kill)

    def kill(self) -> None:
        """End all processes now."""
        self._stopping.set()
        self._kill_live()

    def _kill_live(self) -> None:
        for container in self._live.values():
            container.kill()

    async def run(self) -> None:
        """Live it through. Its last line of defence: what nobody expected ends as a failed pod with words."""
        try:
            await self._write_status()  # a start time on record means: this pod may have run
            async with self._watched():
                await self._live_through()
        except Exception as unexpected:  # the last line: a pod must not stay without an end
            log.exception("pod_run_failed", **self._name)
            self._verdict = Verdict("KubeletError", f"the kubelet failed: {unexpected}")
        finally:
            await self._end_processes()
            await asyncio.to_thread(volumes.remove, self._place.layout.root)
        self._settle()
        await self._write_status()
        self.done = True
        log.info("pod_ended", phase=self._phase, **self._name)

    @property
    def _name(self) -> dict[str, str]:
        return {"pod": self.pod["metadata"]["name"], "namespace": self.pod["metadata"]["namespace"]}

    @property
    def _phase(self) -> str:
        return pod_status.phase(self._states, self._init, self._verdict)

    async def _live_through(self) -> None:
        try:
            prepared = await self._unless_stopped(self._prepared())
            if prepared is None:
                return
            for token, due in prepared.tokens:
                self._watchers.append(asyncio.create_task(token.rotate(due, now)))
            for name, plan in prepared.init:
                if not await self._succeeds(name, plan):
                    return
        except Unsupported as refusal:
            self._verdict = Verdict("UnexpectedAdmissionError", str(refusal))
            return
        await asyncio.gather(*(self._contain(name, plan, self._states) for name, plan in prepared.containers))

    async def _prepared(self) -> Prepared:
        while True:
            try:
                return await prepare(self.pod, self._place)
            except Missing as missing:
                self._wait("CreateContainerConfigError", str(missing))
                pause = RETRY
            except NotFound as missing:  # its ServiceAccount, that is: a token cannot be had yet
                self._wait("ContainerCreating", str(missing))
                pause = RETRY
            except Later as later:
                pause = max(RETRY, later.after)
            await asyncio.sleep(pause)

    def _wait(self, reason: str, message: str) -> None:
        waiting: State = Waiting(reason, message)
        if waiting not in self._states.values():
            self._states = dict.fromkeys(self._states, waiting)
            self._changed.set()

    async def _unless_stopped[T](self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of the work, or None when the pod is to stop before."""
        working, stopping = asyncio.create_task(work), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            working.cancel()
            stopping.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)

    async def _succeeds(self, name: str, plan: Plan) -> bool:
        await self._contain(name, plan, self._init)
        state = self._init[name]
        return isinstance(state, Terminated) and state.code == 0 and not self._stopping.is_set()

    async def _contain(self, name: str, plan: Plan, states: dict[str, State]) -> None:
        """Run one container to its end."""
        if self._stopping.is_set():
            return
        container = self._live[name] = await Container.start(plan)
        if self._stopping.is_set():
            container.kill()
        begun = now()
        ending = self._endings[name] = asyncio.create_task(container.ended())
        starting = asyncio.create_task(container.started.wait())
        try:
            await asyncio.wait({ending, starting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                log.info("container_started", container=name, pid=container.pid, **self._name)
                self._tell(states, name, Running(begun, container.pid))
            ended = await asyncio.shield(ending)
        finally:
            starting.cancel()
        del self._live[name], self._endings[name]
        reason, message = self._reason(name, ended.code, ended.refused)
        self._tell(states, name, Terminated(ended.code, reason, begun, now(), message, container.pid))

    def _reason(self, name: str, code: int, refused: str) -> tuple[str, str]:
        if refused:
            return "ContainerCannotRun", refused
        if name in self._out_of_memory:
            return "OOMKilled", ""
        return ("Error", "") if code else ("Completed", "")

    def _tell(self, states: dict[str, State], name: str, state: State) -> None:
        states[name] = state
        self._changed.set()

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Run what goes on beside the containers: reports, the deadline, memory limits, token rotation."""
        self._watchers = [asyncio.create_task(self._report_changes())]
        memory = watch_memory(self.pod, self._live, self._out_of_memory)
        self._watchers += [asyncio.create_task(watch) for watch in memory]
        if disk := limits(self.pod, self._place.layout):
            self._watchers.append(asyncio.create_task(watch_disk(disk, self._evict)))
        if (seconds := self.pod["spec"].get("activeDeadlineSeconds")) is not None:
            self._watchers.append(asyncio.create_task(self._end_at_deadline(seconds)))
        try:
            yield
        finally:
            for watcher in self._watchers:
                watcher.cancel()
            await asyncio.wait(self._watchers)

    async def _end_at_deadline(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        late = Verdict("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
        self.stop(self.pod["spec"].get("terminationGracePeriodSeconds", 30), late)

    def _evict(self, message: str) -> None:
        self.stop(0, Verdict("Evicted", message))

    async def _report_changes(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._write_status()

    async def _write_status(self) -> None:
        """Until it is written, or the pod is gone."""
        metadata = self.pod["metadata"]
        where = {"namespace": metadata["namespace"], "subresource": "status"}
        while True:
            try:
                self.pod = await self._place.cluster.patch(PODS, metadata["name"], self._status(), **where)
            except Later as later:
                await asyncio.sleep(later.after)
            except (NotFound, Conflict):
                return  # gone, or another pod has its name
            except Refused as refused:
                log.error("pod_status_refused", why=str(refused), **self._name)
                return
            else:
                return

    def _status(self) -> Json:
        report = pod_status.Report(self.pod, self._states, self._init, self._started, now(), self._verdict)
        # The uid is a precondition: another pod may have got the name meanwhile.
        return {"metadata": {"uid": self.pod["metadata"]["uid"]}, "status": pod_status.status(report)}

    async def _end_processes(self) -> None:
        """Also when this task is being cancelled: nothing may outlive it."""
        self._kill_live()
        if self._endings:
            await asyncio.wait(self._endings.values())

    def _settle(self) -> None:
        """What never started will never start."""
        if self._stopping.is_set() and not self._verdict:
            message = "The container could not be located when the pod was deleted."
            for states in (self._states, self._init):
                for name, state in states.items():
                    if not isinstance(state, Terminated):
                        states[name] = Terminated(137, "ContainerStatusUnknown", now(), now(), message)
