"""The kubelet's loop: watches pods, binds them to this node, runs them, and tells the API how they are.

It meets the API server and the Job controller only in the API, so it also serves beside real ones. It keeps nothing
that a restart would lose: pods that had begun before it started are told to have been disrupted, as their processes
are gone.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from bot.cluster import NODES, PODS, AlreadyExists, Cluster, Conflict, Deleted, Json, NotFound, Synced, Upserted
from bot.embedded.kubelet import binding, pod_status, volumes
from bot.embedded.kubelet.confine import CannotConfine, check_confinement
from bot.embedded.kubelet.container import end_strays
from bot.embedded.kubelet.layout import Allowed, Layout
from bot.embedded.kubelet.node import Gpu, Machine, describe, node, node_status
from bot.embedded.kubelet.pod_run import PodRun
from bot.embedded.kubelet.pod_status import Terminated, Verdict
from bot.embedded.kubelet.preparation import Place
from bot.embedded.times import now, parsed
from bot.errors import Later
from bot.work_queue import WorkQueue

__all__ = ["CannotConfine", "Kubelet", "KubeletOptions"]

log = structlog.get_logger()

_LOST = "The kubelet was restarted, and the pod's processes ended with it."
_UNKNOWN = "The container could not be located when the pod was terminated"


@dataclass(frozen=True)
class KubeletOptions:
    """`directory` holds the pods' own directories, `logs` their logs; both belong to this kubelet alone."""

    directory: Path
    logs: Path
    node_name: str = "vteam-local"
    allowed: Allowed = field(default_factory=Allowed)
    binds: bool = True  # False beside a real scheduler


class Kubelet:
    """One node."""

    def __init__(self, cluster: Cluster, options: KubeletOptions) -> None:
        self._cluster, self._options, self._allowed = cluster, options, options.allowed
        self._pods: dict[str, Json] = {}
        self._runs: dict[str, PodRun] = {}
        self._gpus: dict[str, tuple[Gpu, ...]] = {}
        self._assumed: dict[str, Json] = {}  # bound, but the watch has not said so yet
        self._binding = asyncio.Lock()
        self._queue = WorkQueue("pods", self._step)
        self._machine = Machine(options.node_name, 0, 0)

    def allow_connect(self, *ports: int) -> None:
        """Let pods that start from now on connect to these ports, too."""
        self._allowed = replace(self._allowed, ports=(*self._allowed.ports, *ports))

    async def run(self) -> None:
        """Work for ever; cancelled, it ends all pods' processes before it returns. Raises CannotConfine."""
        found = await asyncio.to_thread(check_confinement, fenced=self._allowed.fenced)
        self._allowed = replace(self._allowed, isolated=found.isolated)
        await asyncio.to_thread(self._clear_stale)
        self._machine = await describe(self._options.node_name)
        synced = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._register(), name="register node")
            group.create_task(self._follow(synced), name="follow pods")
            await synced.wait()
            group.create_task(self._queue.run(), name="pod workers")

    def _clear_stale(self) -> None:
        """Directories, and in the worst case processes, of a kubelet that was killed."""
        pods = self._options.directory
        pods.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in pods.iterdir():
            count = end_strays(directory.name)
            volumes.remove(directory)
            log.info("stale_pod_cleared", uid=directory.name, processes=count)

    async def _register(self) -> None:
        while True:
            try:
                await self._register_once()
            except Later as later:
                await asyncio.sleep(later.after)
            else:
                return

    async def _register_once(self) -> None:
        name = self._machine.name
        try:
            await self._cluster.create(NODES, node(self._machine))
        except AlreadyExists:
            await self._cluster.patch(NODES, name, {"metadata": {"labels": self._machine.labels}})
        await self._cluster.patch(NODES, name, {"status": node_status(self._machine, now())}, subresource="status")
        log.info("node_ready", node=name, gpus=len(self._machine.gpus))

    async def _follow(self, synced: asyncio.Event) -> None:
        async with aclosing(self._cluster.follow(PODS)) as changes:
            async for change in changes:
                match change:
                    case Upserted(pod):
                        self._notice(pod)
                    case Deleted(pod):
                        self._pods.pop(pod["metadata"]["uid"], None)
                        self._queue.add(pod["metadata"]["uid"])
                        self._room_made()
                    case Synced():
                        await asyncio.to_thread(self._clear_logs, {*self._pods})
                        synced.set()

    def _notice(self, pod: Json) -> None:
        uid = pod["metadata"]["uid"]
        self._pods[uid] = pod
        if pod["spec"].get("nodeName") not in {None, self._machine.name}:
            return
        if pod["spec"].get("nodeName"):
            self._assumed.pop(uid, None)
        self._queue.add(uid)
        if _terminal(pod):
            self._room_made()

    def _room_made(self) -> None:
        """What did not fit may fit now; the oldest first."""
        waiting = [pod for pod in self._pods.values() if not pod["spec"].get("nodeName")]
        for pod in sorted(waiting, key=lambda pod: str(pod["metadata"].get("creationTimestamp"))):
            self._queue.add(pod["metadata"]["uid"])

    def _clear_logs(self, known: set[str]) -> None:
        self._options.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in self._options.logs.iterdir():
            if directory.name.rpartition("_")[2] not in known:
                volumes.remove(directory)

    async def _step(self, uid: str) -> float | None:
        pod, run = self._pods.get(uid), self._runs.get(uid)
        if pod is None:
            await self._forget(uid, run)
        elif run and not (run.done and _terminal(pod)):
            run.notice(pod)
            if "deletionTimestamp" in pod["metadata"]:
                run.stop(pod["metadata"].get("deletionGracePeriodSeconds") or 0)
        else:
            self._release(uid)
            await self._settle(pod)
        return None

    async def _forget(self, uid: str, run: PodRun | None) -> None:
        """The pod is gone from the API: so are its processes, its place, and its logs."""
        self._assumed.pop(uid, None)
        if run and not run.done:
            run.kill()
            return  # the end of the run comes back here
        self._release(uid)
        for directory in self._options.logs.glob(f"*_{uid}"):
            await asyncio.to_thread(volumes.remove, directory)

    def _release(self, uid: str) -> None:
        self._runs.pop(uid, None)
        if self._gpus.pop(uid, None):
            self._room_made()

    async def _settle(self, pod: Json) -> None:
        """A pod without a run: bind it, run it, or end it."""
        deleting, begun = "deletionTimestamp" in pod["metadata"], (pod.get("status") or {}).get("startTime")
        if _terminal(pod):
            if deleting:
                await self._delete(pod)
        elif deleting or begun:
            await self._write_lost(pod, disrupted=bool(begun and not deleting))
        elif not pod["spec"].get("nodeName"):
            await self._bind(pod)
        else:
            self._start(pod)

    async def _delete(self, pod: Json) -> None:
        """The last step of a graceful deletion is the kubelet's."""
        metadata = pod["metadata"]
        if metadata.get("deletionGracePeriodSeconds") != 0:
            where = {"namespace": metadata["namespace"], "uid": metadata["uid"]}
            await self._cluster.delete(PODS, metadata["name"], grace=0, **where)

    async def _write_lost(self, pod: Json, *, disrupted: bool) -> None:
        """A pod that has no processes (any more) ends as failed; a disruption is no fault of its own."""
        begun = parsed((pod.get("status") or {}).get("startTime")) or now()
        gone = Terminated(137, "ContainerStatusUnknown", begun, now(), _UNKNOWN)
        states, init = (
            {c["name"]: gone for c in pod["spec"].get(key) or []} for key in ("containers", "initContainers")
        )
        verdict = Verdict("NodeShutdown", _LOST, disrupted=True) if disrupted else None
        status = pod_status.status(pod_status.Report(pod, states, init, begun, now(), verdict))
        await self._patch_status(pod, status)
        log.info("pod_lost", pod=pod["metadata"]["name"], disrupted=disrupted)

    async def _patch_status(self, pod: Json, status: Json) -> None:
        metadata = pod["metadata"]
        patch = {"metadata": {"uid": metadata["uid"]}, "status": status}
        where = {"namespace": metadata["namespace"], "subresource": "status"}
        try:
            await self._cluster.patch(PODS, metadata["name"], patch, **where)
        except (NotFound, Conflict):
            log.info("pod_gone", pod=metadata["name"])

    async def _bind(self, pod: Json) -> None:
        uid = pod["metadata"]["uid"]
        if not self._options.binds or pod["spec"].get("schedulingGates") or uid in self._assumed:
            return
        async with self._binding:  # one after the other: each must see what the one before was given
            message = binding.misfit(pod, self._machine, self._running())
            if not message:
                self._assumed[uid] = pod
        if message:
            await self._tell_unschedulable(pod, message)
            return
        try:
            await self._post_binding(pod)
        except Later:
            self._assumed.pop(uid, None)
            raise
        except (Conflict, AlreadyExists, NotFound):
            self._assumed.pop(uid, None)  # bound or gone meanwhile: the watch will tell

    async def _post_binding(self, pod: Json) -> None:
        metadata = pod["metadata"]
        target = {"apiVersion": "v1", "kind": "Node", "name": self._machine.name}
        own = {"name": metadata["name"], "uid": metadata["uid"]}
        body = {"apiVersion": "v1", "kind": "Binding", "metadata": own, "target": target}
        await self._cluster.create(PODS, body, metadata["namespace"], of=(metadata["name"], "binding"))

    async def _tell_unschedulable(self, pod: Json, message: str) -> None:
        conditions = (pod.get("status") or {}).get("conditions") or []
        if not any(c["type"] == "PodScheduled" and c.get("message") == message for c in conditions):
            await self._patch_status(pod, pod_status.unscheduled(pod, message, now()))
            log.info("pod_unschedulable", pod=pod["metadata"]["name"], why=message)

    def _running(self) -> list[Json]:
        bound = [p for p in self._pods.values() if p["spec"].get("nodeName") == self._machine.name and not _terminal(p)]
        return [*bound, *self._assumed.values()]

    def _start(self, pod: Json) -> None:
        uid, metadata = pod["metadata"]["uid"], pod["metadata"]
        taken = {gpu.index for gpus in self._gpus.values() for gpu in gpus}
        free = [gpu for gpu in self._machine.gpus if gpu.index not in taken]
        count = binding.gpu_count(pod)
        if count > len(free):
            raise Later("a GPU that was promised is not free yet")
        self._gpus[uid] = tuple(free[:count])
        logs = self._options.logs / f"{metadata['namespace']}_{metadata['name']}_{uid}"
        layout = Layout(self._options.directory / uid)
        run = self._runs[uid] = PodRun(pod, Place(self._cluster, layout, logs, self._allowed, self._gpus[uid]))
        log.info("pod_started", pod=metadata["name"], namespace=metadata["namespace"])
        self._group.create_task(self._run(uid, run), name=f"pod {metadata['name']}")

    async def _run(self, uid: str, run: PodRun) -> None:
        await run.run()
        self._queue.add(uid)


def _terminal(pod: Json) -> bool:
    return (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}
