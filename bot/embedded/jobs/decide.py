"""What a Job needs next: the whole policy of the Job controller, pure. `controller` calls it until nothing is left.

As in Kubernetes a pod's end is counted in three steps that survive a crash between any two: its uid goes into
status.uncountedTerminatedPods, its finalizer is removed, its uid becomes a number.
Reasons and messages are Kubernetes'.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cluster import Json
from bot.embedded.jobs.failure_policy import Action, judge, unsupported
from bot.embedded.jobs.pods import Seen, next_pod, seen
from bot.embedded.times import parsed, stamp

LONGEST_BACKOFF = 360.0
_TERMINAL = {"Complete": "SuccessCriteriaMet", "Failed": "FailureTarget"}


@dataclass(frozen=True)
class Decision:
    """Do these in this order. `status` is the whole new status; with one, nothing else is done before it is written."""

    status: Json | None = None
    release: Sequence[Json] = ()  # pods to take the tracking finalizer from
    delete: Sequence[Json] = ()
    create: Json | None = None
    remove_job: bool = False
    again: float | None = None  # seconds until time alone changes the answer

    @property
    def idle(self) -> bool:
        return not (self.status or self.release or self.delete or self.create or self.remove_job)


@dataclass(frozen=True)
class _Look:
    """One Job at one moment, with its pods sorted into what they mean."""

    job: Json
    pods: list[Seen]
    now: datetime
    backoff: float

    @property
    def status(self) -> Json:
        return self.job.get("status") or {}

    @property
    def spec(self) -> Json:
        spec: Json = self.job["spec"]
        return spec

    @property
    def suspended(self) -> bool:
        return bool(self.spec.get("suspend"))

    def condition(self, kind: str) -> Json | None:
        for condition in self.status.get("conditions") or []:
            if condition["type"] == kind and condition["status"] == "True":
                found: Json = condition
                return found
        return None

    @property
    def only_failed_are_replaced(self) -> bool:
        policy = self.spec.get("podReplacementPolicy")
        return policy == "Failed" if policy else bool(self.spec.get("podFailurePolicy"))

    def failed(self, pod: Seen) -> bool:
        return pod.phase == "Failed" or (pod.terminating and not self.only_failed_are_replaced)

    @property
    def ignored(self) -> list[Seen]:
        """Failed pods that do not count."""
        return [p for p in self.pods if p.phase == "Failed" and judge(self.job, p.pod).action is Action.IGNORE]


def decide(job: Json, pods: Sequence[Json], now: datetime, *, backoff: float = 10.0) -> Decision:
    """The next thing to do. `pods` are those that the Job controls; `backoff` is the pause after a first failure, in s.

    Pauses double from failure to failure, as in Kubernetes, up to six minutes.
    """
    look = _Look(job, [seen(pod) for pod in pods], now, backoff)
    if (job["spec"].get("managedBy") or "kubernetes.io/job-controller") != "kubernetes.io/job-controller":
        return Decision()
    if look.condition("Complete") or look.condition("Failed"):
        return _after_the_end(look)
    status = _next_status(look)
    if status != look.status:
        return Decision(status=status)
    return _next_pods(look)


def _after_the_end(look: _Look) -> Decision:
    release = [pod.pod for pod in look.pods if pod.tracked]
    end = look.condition("Complete") or look.condition("Failed") or {}
    seconds, ended = look.spec.get("ttlSecondsAfterFinished"), parsed(end.get("lastTransitionTime"))
    if seconds is None or ended is None or "deletionTimestamp" in look.job["metadata"]:
        return Decision(release=release)
    left = (ended + timedelta(seconds=seconds) - look.now).total_seconds()
    return Decision(release=release, remove_job=left <= 0, again=left if left > 0 else None)


def _next_status(look: _Look) -> Json:
    status = deepcopy(look.status)
    _suspension(look, status)
    if not look.suspended and "startTime" not in status:
        status["startTime"] = stamp(look.now)
    _count(look, status)
    _put(status, "active", sum(pod.active for pod in look.pods))
    status["ready"] = sum(pod.ready for pod in look.pods)
    status["terminating"] = sum(pod.terminating for pod in look.pods)
    if target := _target(look, status):
        _aim(look, status, target)
    return status


def _suspension(look: _Look, status: Json) -> None:
    conditions = status.get("conditions") or []
    before = next((c for c in conditions if c["type"] == "Suspended"), None)
    if look.suspended == (before is not None and before["status"] == "True"):
        return
    others = [c for c in conditions if c["type"] != "Suspended"]
    word = "suspended" if look.suspended else "resumed"
    condition = _condition(look, "Suspended", (f"Job{word.title()}", f"Job {word}"))
    status["conditions"] = [*others, {**condition, "status": "True" if look.suspended else "False"}]
    if not look.suspended:
        status["startTime"] = stamp(look.now)  # the deadline counts from the resumption


def _count(look: _Look, status: Json) -> None:
    """One step of the three for each pod that has ended."""
    tracked = {pod.uid for pod in look.pods if pod.tracked}
    uncounted = status.get("uncountedTerminatedPods") or {}
    ignored = {pod.uid for pod in look.ignored}
    kept: Json = {}
    for kind in ("succeeded", "failed"):
        waiting = uncounted.get(kind) or []
        ended = [pod.uid for pod in look.pods if pod.tracked and _ended_as(look, pod, kind) and pod.uid not in ignored]
        released = [uid for uid in waiting if uid not in tracked]
        _put(status, kind, status.get(kind, 0) + len(released))
        if still := [uid for uid in dict.fromkeys([*waiting, *ended]) if uid not in released]:
            kept[kind] = still
    status["uncountedTerminatedPods"] = kept


def _ended_as(look: _Look, pod: Seen, kind: str) -> bool:
    return pod.phase == "Succeeded" if kind == "succeeded" else look.failed(pod)


def _total(status: Json, kind: str) -> int:
    return int(status.get(kind, 0)) + len((status.get("uncountedTerminatedPods") or {}).get(kind) or [])


def _target(look: _Look, status: Json) -> tuple[str, str, str] | None:
    """(Complete or Failed, reason, message) of what this Job is heading for, once that is certain."""
    for end, target in _TERMINAL.items():
        if condition := look.condition(target):
            return end, condition["reason"], condition["message"]
    if why := unsupported(look.job):
        return "Failed", "Unsupported", why
    for pod in look.pods:
        verdict = judge(look.job, pod.pod) if pod.phase == "Failed" else None
        if verdict and verdict.action is Action.FAIL_JOB:
            return "Failed", "PodFailurePolicy", verdict.message
    if _total(status, "failed") + _restarts(look) > look.spec.get("backoffLimit", 6):
        return "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"
    if not look.suspended and (left := _deadline(look, status)) is not None and left <= 0:
        return "Failed", "DeadlineExceeded", "Job was active longer than specified deadline"
    if _total(status, "succeeded"):
        return "Complete", "CompletionsReached", "Reached expected number of succeeded pods"
    return None


def _restarts(look: _Look) -> int:
    """Restarts of containers under restartPolicy OnFailure count as failures, too."""
    statuses = [
        s for pod in look.pods if pod.active for s in (pod.pod.get("status") or {}).get("containerStatuses") or []
    ]
    return sum(int(status.get("restartCount", 0)) for status in statuses)


def _deadline(look: _Look, status: Json) -> float | None:
    """Seconds left of activeDeadlineSeconds."""
    seconds, start = look.spec.get("activeDeadlineSeconds"), parsed(status.get("startTime"))
    if seconds is None or start is None:
        return None
    return (start + timedelta(seconds=seconds) - look.now).total_seconds()


def _aim(look: _Look, status: Json, target: tuple[str, str, str]) -> None:
    """Say where it is heading at once, and that it is there when no pod runs and all are counted."""
    end, *why = target
    if not look.condition(_TERMINAL[end]):
        _add(look, status, _TERMINAL[end], why)
    if status["uncountedTerminatedPods"] or any(not pod.terminal for pod in look.pods):
        return
    _add(look, status, end, why)
    if end == "Complete":
        status["completionTime"] = stamp(look.now)


def _add(look: _Look, status: Json, kind: str, why: Sequence[str]) -> None:
    status["conditions"] = [*(status.get("conditions") or []), _condition(look, kind, why)]


def _condition(look: _Look, kind: str, why: Sequence[str]) -> Json:
    reason, message = why
    time = stamp(look.now)
    words = {"reason": reason, "message": message, "lastProbeTime": time, "lastTransitionTime": time}
    return {"type": kind, "status": "True", **words}


def _put(status: Json, name: str, number: int) -> None:
    # Kubernetes leaves these out when they are zero.
    if number:
        status[name] = number
    else:
        status.pop(name, None)


def _next_pods(look: _Look) -> Decision:
    """With the status as it should be: pods to release, delete and create."""
    uncounted = look.status.get("uncountedTerminatedPods") or {}
    counted = {*(uncounted.get("succeeded") or []), *(uncounted.get("failed") or []), *(p.uid for p in look.ignored)}
    deleting = "deletionTimestamp" in look.job["metadata"]
    heading = look.condition("FailureTarget") or look.condition("SuccessCriteriaMet")
    stop = [pod for pod in look.pods if pod.active and (look.suspended or heading)]
    # Pods that a suspension takes away are no failures: they are let go before anybody counts them.
    let_go = stop if look.suspended and not heading else []
    release = [p.pod for p in look.pods if p.tracked and (p.uid in counted or deleting or p in let_go)]
    if look.suspended or heading or deleting or any(pod.active for pod in look.pods):
        return Decision(release=release, delete=[pod.pod for pod in stop], again=_left(look))
    if look.only_failed_are_replaced and any(pod.terminating for pod in look.pods):
        return Decision(release=release, again=_left(look))
    return _create(look, release)


def _create(look: _Look, release: Sequence[Json]) -> Decision:
    pause = _pause(look)
    if pause > 0:
        return Decision(release=release, again=min([pause, *filter(None, [_left(look)])]))
    return Decision(release=release, create=next_pod(look.job, look.pods), again=_left(look))


def _left(look: _Look) -> float | None:
    return None if look.suspended else _deadline(look, look.status)


def _pause(look: _Look) -> float:
    """Seconds to wait before the next pod: doubling with each counted failure since the last that ended."""
    ignored = {pod.uid for pod in look.ignored}
    ends = [pod.finished for pod in look.pods if pod.phase == "Failed" and pod.uid not in ignored]
    last = max((end for end in ends if end), default=None)
    failures = _total(look.status, "failed")
    if last is None or not failures:
        return 0.0
    wait = min(LONGEST_BACKOFF, look.backoff * float(2 ** min(failures - 1, 10)))
    return wait - (look.now - last).total_seconds()
