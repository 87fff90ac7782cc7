"""The loop of the Job controller: watches Jobs and pods, and does what `decide` says. Started by the control plane.

All that it knows comes from the API and may be old: each status is written on condition of the version that it was
computed from, and a pod that exists already is no error. It keeps nothing that a restart would lose.
"""

import asyncio
from contextlib import aclosing

import structlog

from bot.cluster import JOBS, PODS, AlreadyExists, Cluster, Conflict, Deleted, Json, NotFound, Synced, Upserted
from bot.embedded.jobs.decide import Decision, decide
from bot.embedded.jobs.pods import TRACKING, controller_uid
from bot.embedded.times import now
from bot.errors import Later
from bot.work_queue import WorkQueue

log = structlog.get_logger()

_NO_JOB = ""  # the key of the pods that no Job controls


class JobController:
    """One per cluster. `backoff` is the pause after a pod's first failure, in seconds (Kubernetes: 10)."""

    def __init__(self, cluster: Cluster, *, backoff: float = 10.0) -> None:
        self._cluster, self._backoff = cluster, backoff
        self._jobs: dict[str, Json] = {}  # by uid
        self._pods: dict[str, dict[str, Json]] = {}  # by the uid of their Job, then by their own
        self._owner_of: dict[str, str] = {}
        self._queue = WorkQueue("jobs", self._step)
        self._jobs_known, self._pods_known = asyncio.Event(), asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether no Job waits to be looked at; timers may still run."""
        return self._queue.idle

    @property
    def pause(self) -> float:
        """Seconds until the next timer rings; infinite where none runs."""
        return self._queue.pause

    async def run(self) -> None:
        """Work for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_jobs(), name="follow jobs")
            group.create_task(self._follow_pods(), name="follow job pods")
            # A pod without its Job, or a Job without its pods, would look like work that is not there.
            await self._jobs_known.wait()
            await self._pods_known.wait()
            group.create_task(self._queue.run(), name="job workers")

    async def _follow_jobs(self) -> None:
        async with aclosing(self._cluster.follow(JOBS)) as changes:
            async for change in changes:
                match change:
                    case Upserted(job):
                        self._jobs[job["metadata"]["uid"]] = job
                        self._queue.add(job["metadata"]["uid"])
                    case Deleted(job):
                        self._jobs.pop(job["metadata"]["uid"], None)
                        self._queue.add(job["metadata"]["uid"])
                    case Synced():
                        self._jobs_known.set()

    async def _follow_pods(self) -> None:
        async with aclosing(self._cluster.follow(PODS)) as changes:
            async for change in changes:
                match change:
                    case Upserted(pod) | Deleted(pod):
                        self._notice(pod, gone=isinstance(change, Deleted))
                    case Synced():
                        self._pods_known.set()

    def _notice(self, pod: Json, *, gone: bool) -> None:
        uid, owner = pod["metadata"]["uid"], controller_uid(pod) or _NO_JOB
        if before := self._forget(uid):
            self._queue.add(before)
        if not gone and (owner != _NO_JOB or TRACKING in (pod["metadata"].get("finalizers") or [])):
            self._pods.setdefault(owner, {})[uid] = pod
            self._owner_of[uid] = owner
            self._queue.add(owner)

    def _forget(self, uid: str) -> str | None:
        owner = self._owner_of.pop(uid, None)
        if owner is not None:
            self._pods[owner].pop(uid)
            if not self._pods[owner]:
                del self._pods[owner]
        return owner

    async def _step(self, uid: str) -> float | None:
        pods = [*self._pods.get(uid, {}).values()]
        job = self._jobs.get(uid)
        if job is None:
            for pod in pods:
                await self._let_go_of_orphan(pod)
            return None
        decision = decide(job, pods, now(), backoff=self._backoff)
        if decision.status is not None:
            await self._write_status(job, decision.status)
            return 0.0  # on with the next thing, from the new status
        await self._act(job, decision)
        return decision.again

    async def _let_go_of_orphan(self, pod: Json) -> None:
        """A pod whose Job is gone, or was taken from it, has nobody who counts it."""
        metadata = pod["metadata"]
        for owner in metadata.get("ownerReferences") or []:
            job = (
                await self._cluster.get(JOBS, owner["name"], metadata["namespace"]) if owner["kind"] == "Job" else None
            )
            if job and job["metadata"]["uid"] == owner["uid"]:
                raise Later("the watch of Jobs is behind that of pods")
        await self._release(pod)

    async def _write_status(self, job: Json, status: Json) -> None:
        metadata, old = job["metadata"], job.get("status") or {}
        changed = {key: status.get(key) for key in {*old, *status} if status.get(key) != old.get(key)}
        if "uncountedTerminatedPods" in changed:  # a merge patch merges objects: say what leaves it
            uncounted = status["uncountedTerminatedPods"]
            changed["uncountedTerminatedPods"] = {kind: uncounted.get(kind) for kind in ("succeeded", "failed")}
        patch = {"metadata": {"resourceVersion": metadata["resourceVersion"]}, "status": changed}
        try:
            written = await self._cluster.patch(
                JOBS, metadata["name"], patch, namespace=metadata["namespace"], subresource="status"
            )
        except Conflict as stale:
            raise Later("the Job has changed meanwhile", after=0.05) from stale
        except NotFound:
            return
        if metadata["uid"] in self._jobs:
            self._jobs[metadata["uid"]] = written
        self._tell(written, {c["type"] for c in old.get("conditions") or []})

    def _tell(self, job: Json, before: set[str]) -> None:
        for condition in job["status"].get("conditions") or []:
            if condition["type"] not in before:
                why = {"condition": condition["type"], "reason": condition["reason"]}
                log.info("job_condition", job=job["metadata"]["name"], namespace=job["metadata"]["namespace"], **why)

    async def _act(self, job: Json, decision: Decision) -> None:
        metadata = job["metadata"]
        name, namespace = metadata["name"], metadata["namespace"]
        for pod in decision.release:
            await self._release(pod)
        for pod in decision.delete:
            await self._cluster.delete(PODS, pod["metadata"]["name"], namespace=namespace, uid=pod["metadata"]["uid"])
        if decision.create:
            try:
                await self._cluster.create(PODS, decision.create, namespace)
            except AlreadyExists:
                return  # the answer to an earlier create was lost, or the watch is behind
            log.info("pod_created", pod=decision.create["metadata"]["name"], job=name, namespace=namespace)
        if decision.remove_job:
            propagation = "Foreground"  # as Kubernetes' TTL controller does
            await self._cluster.delete(JOBS, name, namespace=namespace, propagation=propagation, uid=metadata["uid"])

    async def _release(self, pod: Json) -> None:
        """Take the tracking finalizer away; on condition of the version seen, as lists are patched whole."""
        metadata = pod["metadata"]
        kept = [finalizer for finalizer in metadata.get("finalizers") or [] if finalizer != TRACKING]
        if len(kept) == len(metadata.get("finalizers") or []):
            return
        patch = {"metadata": {"resourceVersion": metadata["resourceVersion"], "finalizers": kept or None}}
        try:
            await self._cluster.patch(PODS, metadata["name"], patch, namespace=metadata["namespace"])
        except Conflict as stale:
            raise Later("the pod has changed meanwhile", after=0.05) from stale
        except NotFound:
            return
