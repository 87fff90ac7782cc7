"""What the watches have told: sessions, Jobs and pods by session key. Filled and read by bot/reconcile.py.

A view may lag behind the world; who acts on it reads again first.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from bot.cluster import Json
from handlers.events import JobFacts, PodFacts
from handlers.queueing import Waiting
from handlers.session import SESSION_LABEL, Session, read_session


def key_of(thing: Json) -> str:
    """`namespace/name` of the session that a session, Job or pod belongs to."""
    metadata = thing["metadata"]
    name = (metadata.get("labels") or {}).get(SESSION_LABEL) or metadata["name"]
    return f"{metadata['namespace']}/{name}"


@dataclass
class WorldView:
    sessions: dict[str, Json] = field(default_factory=dict)
    jobs: dict[str, Json] = field(default_factory=dict)
    pods: dict[str, dict[str, Json]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    behind: dict[str, set[str]] = field(default_factory=dict)
    """Who waits for a session's end, by that session's key."""

    def newest_pod(self, key: str) -> Json | None:
        """The youngest pod of a session: the one that counts."""
        pods = self.pods.get(key)
        return max(pods.values(), key=lambda pod: str(pod["metadata"]["creationTimestamp"])) if pods else None

    def waits(self, key: str) -> bool:
        """Whether the session's Job is held back, or its pod finds no node."""
        job, pod = self.jobs.get(key), self.newest_pod(key)
        if job is None or job_facts(job).finished:
            return False
        return bool((job.get("spec") or {}).get("suspend")) or (pod is not None and bool(pod_facts(pod).unschedulable))

    def waiting(self, namespace: str) -> list[Waiting]:
        """The sessions of a namespace that wait."""
        keys = [key for key in self.sessions if key.startswith(f"{namespace}/") and self.waits(key)]
        return [_waiting(read_session(self.sessions[key])) for key in keys]

    def phases(self) -> Counter[str]:
        """How many sessions stand in which phase."""
        return Counter((session.get("status") or {}).get("phase") or "Pending" for session in self.sessions.values())


def _waiting(session: Session) -> Waiting:
    work = session.work
    return Waiting(session.key, session.namespace, work.queue, work.gpu is not None, session.created_at)


def job_facts(job: Json) -> JobFacts:
    """What the decision needs of a Job."""
    status, spec = job.get("status") or {}, job.get("spec") or {}
    conditions = {entry["type"]: entry for entry in status.get("conditions") or [] if entry.get("status") == "True"}
    failed = conditions.get("Failed")
    return JobFacts(
        name=job["metadata"]["name"],
        active=status.get("active", 0),
        succeeded=status.get("succeeded", 0),
        failed=status.get("failed", 0),
        suspended=bool(spec.get("suspend")),
        complete="Complete" in conditions,
        failure=failed.get("reason", "Failed") if failed else None,
        failure_message=failed.get("message", "") if failed else "",
        deleting="deletionTimestamp" in job["metadata"],
    )


def pod_facts(pod: Json) -> PodFacts:
    """What the decision needs of a pod."""
    status = pod.get("status") or {}
    container = next(iter(status.get("containerStatuses") or [{}]))
    state = container.get("state") or {}
    waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
    conditions = {entry["type"]: entry for entry in status.get("conditions") or []}
    scheduled = conditions.get("PodScheduled") or {}
    return PodFacts(
        name=pod["metadata"]["name"],
        phase=status.get("phase", "Pending"),
        waiting=waiting.get("reason", ""),
        waiting_message=waiting.get("message", ""),
        unschedulable=scheduled.get("message", "") if scheduled.get("reason") == "Unschedulable" else "",
        exit_code=ended.get("exitCode"),
        reason=ended.get("reason") or status.get("reason", ""),
        created_at=datetime.fromisoformat(pod["metadata"]["creationTimestamp"]).timestamp(),
        disrupted=(conditions.get("DisruptionTarget") or {}).get("status") == "True",
    )
