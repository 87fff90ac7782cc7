"""A pod's status as a kubelet writes it, from the states of its containers. Pure; `pod_run` and `kubelet` use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.cluster import Json
from bot.embedded.times import stamp

OWN = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


@dataclass(frozen=True)
class Waiting:
    reason: str = "ContainerCreating"
    message: str = ""

    def state(self) -> Json:
        return {"waiting": {"reason": self.reason, **({"message": self.message} if self.message else {})}}


@dataclass(frozen=True)
class Running:
    started: datetime
    pid: int = 0

    def state(self) -> Json:
        return {"running": {"startedAt": stamp(self.started)}}


@dataclass(frozen=True)
class Terminated:
    code: int
    reason: str
    started: datetime
    finished: datetime
    message: str = ""
    pid: int = 0

    def state(self) -> Json:
        times = {"startedAt": stamp(self.started), "finishedAt": stamp(self.finished)}
        words = {"message": self.message} if self.message else {}
        return {"terminated": {"exitCode": self.code, "reason": self.reason, **words, **times}}


type State = Waiting | Running | Terminated


@dataclass(frozen=True)
class Verdict:
    """Why a pod failed as a whole (DeadlineExceeded, …); `disrupted` when it was not the pod's own doing."""

    reason: str
    message: str
    disrupted: bool = False


def phase(states: Mapping[str, State], init: Mapping[str, State], verdict: Verdict | None) -> str:
    """The phase under restartPolicy Never; a verdict counts once nothing runs any more."""
    every = [*init.values(), *states.values()]
    if any(isinstance(state, Running) for state in every):
        return "Running" if any(not isinstance(state, Waiting) for state in states.values()) else "Pending"
    broken = any(isinstance(state, Terminated) and state.code for state in every)
    if verdict or broken:
        return "Failed"
    return "Succeeded" if all(isinstance(state, Terminated) for state in states.values()) else "Pending"


@dataclass(frozen=True)
class Report:
    """All that goes into one status."""

    pod: Json
    states: Mapping[str, State]
    init: Mapping[str, State]
    started: datetime
    now: datetime
    verdict: Verdict | None = None


def status(report: Report) -> Json:
    """The whole status; conditions of others (a controller's DisruptionTarget) are kept."""
    spec, reached = report.pod["spec"], phase(report.states, report.init, report.verdict)
    words: Json = {"phase": reached, "conditions": _conditions(report, reached)}
    words |= {"hostIP": "127.0.0.1", "hostIPs": [{"ip": "127.0.0.1"}], "podIP": "127.0.0.1"}
    words |= {"podIPs": [{"ip": "127.0.0.1"}], "startTime": stamp(report.started)}
    words["containerStatuses"] = [_container(c, report.states[c["name"]]) for c in spec["containers"]]
    if spec.get("initContainers"):
        words["initContainerStatuses"] = [_container(c, report.init[c["name"]]) for c in spec["initContainers"]]
    if report.verdict and reached == "Failed":
        words |= {"reason": report.verdict.reason, "message": report.verdict.message}
    return words


def _container(container: Json, state: State) -> Json:
    pid = 0 if isinstance(state, Waiting) else state.pid
    running = isinstance(state, Running)
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": "",
        "containerID": f"process://{pid}" if pid else "",
        "state": state.state(),
        "lastState": {},
        "ready": running,
        "started": running,
        "restartCount": 0,
    }


def _conditions(report: Report, reached: str) -> list[Json]:
    old = {condition["type"]: condition for condition in (report.pod.get("status") or {}).get("conditions") or []}
    wanted = _wanted(report, reached)
    for kind, condition in wanted.items():
        before = old.get(kind)
        moved = before is None or before["status"] != condition["status"]
        time = stamp(report.now) if moved else (before or {}).get("lastTransitionTime")
        condition |= {"type": kind, "lastProbeTime": None, "lastTransitionTime": time}
    return [*(condition for kind, condition in old.items() if kind not in wanted), *wanted.values()]


def _wanted(report: Report, reached: str) -> dict[str, Json]:
    ready = _readiness(report.states, reached)
    initialized: Json = {"status": "True"}
    if reached == "Succeeded":
        initialized["reason"] = "PodCompleted"
    waiting = [n for n, state in report.init.items() if not isinstance(state, Terminated) or state.code]
    if waiting:
        message = f"containers with incomplete status: [{' '.join(waiting)}]"
        initialized = {"status": "False", "reason": "ContainersNotInitialized", "message": message}
    live = reached not in {"Succeeded", "Failed"}
    wanted = {
        "PodReadyToStartContainers": {"status": "True" if live else "False"},
        "Initialized": initialized,
        "Ready": {**ready},
        "ContainersReady": {**ready},
        "PodScheduled": {"status": "True"},
    }
    if report.verdict and report.verdict.disrupted:
        why = {"reason": "TerminationByKubelet", "message": report.verdict.message}
        wanted["DisruptionTarget"] = {"status": "True", **why}
    return wanted


def _readiness(states: Mapping[str, State], reached: str) -> Json:
    if reached in {"Succeeded", "Failed"}:
        return {"status": "False", "reason": "PodCompleted" if reached == "Succeeded" else "PodFailed"}
    unready = [name for name, state in states.items() if not isinstance(state, Running)]
    if not unready:
        return {"status": "True"}
    message = f"containers with unready status: [{' '.join(unready)}]"
    return {"status": "False", "reason": "ContainersNotReady", "message": message}


def unscheduled(pod: Json, message: str, now: datetime) -> Json:
    """The status of a pod that fits nowhere, in the scheduler's words."""
    others = [c for c in (pod.get("status") or {}).get("conditions") or [] if c["type"] != "PodScheduled"]
    time = {"lastProbeTime": None, "lastTransitionTime": stamp(now)}
    words = {"status": "False", "reason": "Unschedulable", "message": message}
    return {"conditions": [*others, {"type": "PodScheduled", **words, **time}]}
