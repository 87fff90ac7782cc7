"""A session as the decisions see it: a resource read into frozen data. Made by the shell, used by every handler.

Reading never fails: a spec that cannot be understood becomes a session whose `fault` says why.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from crds.agentic_session import Phase
from crds.session_status import AgenticSessionStatus
from crds.spelling import Unreadable, Work, normalise

FINALIZER = "vteam.ambient-code/told"
STOP_ANNOTATION = "vteam.ambient-code/stop"
WOKEN_ANNOTATION = "vteam.ambient-code/woken"
DESIRED_PHASE = "ambient-code.io/desired-phase"
SESSION_LABEL = "vteam.ambient-code/session"


@dataclass(frozen=True)
class Session:
    namespace: str
    name: str
    uid: str
    generation: int
    work: Work
    status: AgenticSessionStatus
    fault: str = ""
    """Why the spec cannot be run, in words."""
    stop_by: str | None = None
    """Who wants it stopped."""
    deleting: bool = False
    finalizers: tuple[str, ...] = ()
    created_at: float = 0.0
    """Seconds since the epoch."""

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def phase(self) -> Phase:
        """The phase; a session that nobody has seen yet is pending."""
        return self.status.phase or Phase.PENDING


def read_session(resource: dict[str, Any]) -> Session:
    """The session of a raw resource."""
    metadata = resource["metadata"]
    work, fault = _work(resource.get("spec") or {})
    return Session(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        generation=int(metadata.get("generation", 1)),
        work=work,
        fault=fault,
        status=_status(resource.get("status") or {}),
        stop_by=_stop_by(metadata.get("annotations") or {}),
        deleting="deletionTimestamp" in metadata,
        finalizers=tuple(metadata.get("finalizers") or ()),
        created_at=_seconds(metadata.get("creationTimestamp")),
    )


def _seconds(moment: str | None) -> float:
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0


def _work(spec: dict[str, Any]) -> tuple[Work, str]:
    try:
        return normalise(spec), ""
    except Unreadable as error:
        return Work(), str(error)


def _status(status: dict[str, Any]) -> AgenticSessionStatus:
    try:
        return AgenticSessionStatus.model_validate(status)
    except ValidationError as error:
        # Another operator wrote something else here; what else is there still counts.
        wrong = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
        known = AgenticSessionStatus.model_fields
        wrong |= {name for name, field in known.items() if field.alias in wrong}
        return AgenticSessionStatus.model_validate({key: value for key, value in status.items() if key not in wrong})


def _stop_by(annotations: dict[str, str]) -> str | None:
    if STOP_ANNOTATION in annotations:
        return annotations[STOP_ANNOTATION]
    # The platform's own way to stop a session.
    return "the platform" if annotations.get(DESIRED_PHASE) == "Stopped" else None
