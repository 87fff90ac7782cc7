"""The pods of a Job: which are its own, in what state they are, and the next one to create. Pure; used by `decide`."""

import hashlib
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from bot.cluster import Json
from bot.embedded.times import parsed

TRACKING = "batch.kubernetes.io/job-tracking"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # those of generateName


@dataclass(frozen=True)
class Seen:
    """One pod as the Job controller sees it."""

    pod: Json
    phase: str
    deleting: bool
    tracked: bool

    @property
    def uid(self) -> str:
        return str(self.pod["metadata"]["uid"])

    @property
    def terminal(self) -> bool:
        return self.phase in {"Succeeded", "Failed"}

    @property
    def active(self) -> bool:
        return not self.terminal and not self.deleting

    @property
    def terminating(self) -> bool:
        return not self.terminal and self.deleting

    @property
    def ready(self) -> bool:
        conditions = (self.pod.get("status") or {}).get("conditions") or []
        return not self.terminal and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    @property
    def finished(self) -> datetime | None:
        """When its last container ended."""
        statuses = (self.pod.get("status") or {}).get("containerStatuses") or []
        ends = [parsed(((s.get("state") or {}).get("terminated") or {}).get("finishedAt")) for s in statuses]
        return max((end for end in ends if end), default=None)


def seen(pod: Json) -> Seen:
    metadata = pod["metadata"]
    phase = (pod.get("status") or {}).get("phase") or "Pending"
    return Seen(pod, phase, "deletionTimestamp" in metadata, TRACKING in (metadata.get("finalizers") or []))


def controller_uid(pod: Json) -> str | None:
    """The uid of the Job that controls this pod, if one does."""
    for owner in pod["metadata"].get("ownerReferences") or []:
        if owner.get("controller") and owner["kind"] == "Job" and owner["apiVersion"].startswith("batch/"):
            return str(owner["uid"])
    return None


def next_pod(job: Json, existing: list[Seen]) -> Json:
    """The pod to create beside the existing ones.

    The suffix of its name is computed from them: when the answer to a create is lost, or the watch lags behind, a
    second attempt meets the same name and is refused instead of making a second pod.
    """
    metadata, template = job["metadata"], deepcopy(job["spec"]["template"])
    labels = {**((template.get("metadata") or {}).get("labels") or {}), **_labels(metadata)}
    own: Json = {
        "name": metadata["name"][:57] + "-" + _suffix(job, existing),
        "generateName": metadata["name"][:57] + "-",
        "namespace": metadata["namespace"],
        "labels": labels,
        "finalizers": [TRACKING],
        "ownerReferences": [_owner(metadata)],
    }
    if annotations := (template.get("metadata") or {}).get("annotations"):
        own["annotations"] = annotations
    return {"metadata": own, "spec": template["spec"]}


def _labels(metadata: Json) -> dict[str, str]:
    uid, name = metadata["uid"], metadata["name"][:63]
    return {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }


def _owner(metadata: Json) -> Json:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _suffix(job: Json, existing: list[Seen]) -> str:
    failed = (job.get("status") or {}).get("failed", 0)
    known = ",".join(sorted(pod.uid for pod in existing))
    number = int.from_bytes(hashlib.sha256(f"{job['metadata']['uid']} {failed} {known}".encode()).digest()[:8])
    return "".join(_LETTERS[(number // len(_LETTERS) ** place) % len(_LETTERS)] for place in range(5))
