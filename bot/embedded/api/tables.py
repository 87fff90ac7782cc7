"""Tables: what `kubectl get` shows, from a CRD's printer columns or from the columns kept here for built-in kinds."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.embedded.api.history import Stored
from bot.embedded.api.objects import presented
from bot.embedded.api.registry import Column, Served
from bot.embedded.api.request import ApiRequest
from bot.embedded.api.table_paths import read_path

type Document = dict[str, Any]
type Cell = Callable[[Document], Any]

ROWS_AT_ONCE = 200
NAME = {
    "name": "Name",
    "type": "string",
    "format": "name",
    "description": "Name must be unique within a namespace.",
    "priority": 0,
}
AGE = Column("Age", "date", ".metadata.creationTimestamp", "Time since the object was created.")


def rows_of(served: Served) -> bool:
    """Whether the resource can be shown as a table: all can."""
    return bool(served.type.kind)


def age(text: str | None) -> str:
    """How long ago, as kubectl writes it."""
    if not text:
        return "<unknown>"
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(text.replace("Z", "+00:00"))).total_seconds())
    return duration(max(seconds, 0))


def duration(seconds: int) -> str:
    """apimachinery's HumanDuration."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    for limit, text in (
        (seconds < 120, f"{seconds}s"),
        (minutes < 10, _two(minutes, "m", seconds % 60, "s")),
        (minutes < 180, f"{minutes}m"),
        (hours < 8, _two(hours, "h", minutes % 60, "m")),
        (hours < 48, f"{hours}h"),
        (days < 8, _two(days, "d", hours % 24, "h")),
        (days < 730, f"{days}d"),
    ):
        if limit:
            return text
    return _two(days // 365, "y", days % 365, "d") if days < 8 * 365 else f"{days // 365}y"


def _two(first: int, unit: str, second: int, small: str) -> str:
    return f"{first}{unit}{second}{small}" if second else f"{first}{unit}"


def _job_status(job: Document) -> str:
    conditions = {item["type"]: item["status"] for item in job.get("status", {}).get("conditions", ())}
    for name in ("Complete", "Failed"):
        if conditions.get(name) == "True":
            return name
    if "deletionTimestamp" in job["metadata"]:
        return "Terminating"
    if conditions.get("Suspended") == "True":
        return "Suspended"
    return "FailureTarget" if conditions.get("FailureTarget") == "True" else "Running"


def _job_completions(job: Document) -> str:
    done = job.get("status", {}).get("succeeded", 0)
    wanted = job["spec"].get("completions")
    return f"{done}/{wanted}" if wanted is not None else f"{done}/1 of {job['spec'].get('parallelism', 1)}"


def _job_duration(job: Document) -> str:
    status = job.get("status", {})
    if "startTime" not in status:
        return ""
    start = datetime.fromisoformat(status["startTime"].replace("Z", "+00:00"))
    end = status.get("completionTime")
    until = datetime.fromisoformat(end.replace("Z", "+00:00")) if end else datetime.now(UTC)
    return duration(int((until - start).total_seconds()))


def _pod_ready(pod: Document) -> str:
    statuses = pod.get("status", {}).get("containerStatuses", ())
    return f"{sum(bool(item.get('ready')) for item in statuses)}/{len(pod['spec']['containers'])}"


def _pod_status(pod: Document) -> str:
    status = pod.get("status", {})
    reason = status.get("reason") or status.get("phase", "Unknown")
    for item in status.get("containerStatuses", ()):
        state = item.get("state", {})
        for kind in ("waiting", "terminated"):
            if state.get(kind, {}).get("reason"):
                reason = state[kind]["reason"]
    return "Terminating" if "deletionTimestamp" in pod["metadata"] else str(reason)


def _restarts(pod: Document) -> int:
    return sum(item.get("restartCount", 0) for item in pod.get("status", {}).get("containerStatuses", ()))


def _ready_replicas(deployment: Document) -> str:
    return f"{deployment.get('status', {}).get('readyReplicas', 0)}/{deployment['spec'].get('replicas', 1)}"


def _size(key: str) -> Cell:
    return lambda document: len(document.get(key) or {})


BUILT_IN: dict[str, tuple[tuple[str, str, Cell], ...]] = {
    "namespaces": (("Status", "string", lambda d: d.get("status", {}).get("phase", "")),),
    "pods": (
        ("Ready", "string", _pod_ready),
        ("Status", "string", _pod_status),
        ("Restarts", "string", _restarts),
    ),
    "jobs": (
        ("Status", "string", _job_status),
        ("Completions", "string", _job_completions),
        ("Duration", "string", _job_duration),
    ),
    "deployments": (("Ready", "string", _ready_replicas),),
    "configmaps": (("Data", "string", _size("data")),),
    "secrets": (("Type", "string", lambda d: d.get("type", "")), ("Data", "string", _size("data"))),
    "leases": (("Holder", "string", lambda d: (d.get("spec") or {}).get("holderIdentity", "")),),
    "customresourcedefinitions": (("Created At", "date", lambda d: d["metadata"]["creationTimestamp"]),),
    "events": (
        ("Type", "string", lambda d: d.get("type", "")),
        ("Reason", "string", lambda d: d.get("reason", "")),
        ("Object", "string", lambda d: _object_name(d.get("involvedObject") or {})),
        ("Message", "string", lambda d: (d.get("message") or "").strip()),
    ),
}


def _object_name(reference: dict[str, str]) -> str:
    return f"{reference.get('kind', '').lower()}/{reference.get('name', '')}"


def _columns(served: Served) -> list[tuple[Document, Cell]]:
    """Column definitions, each with how to read its cell."""
    if served.type.custom:
        columns = served.columns or (AGE,)
        return [(_definition(column), _custom_cell(column)) for column in columns]
    own = BUILT_IN.get(served.type.plural, ())
    named = [(_definition(Column(name, kind, "", name)), cell) for name, kind, cell in own]
    if served.type.plural == "customresourcedefinitions":
        return named
    return [*named, (_definition(AGE), lambda d: age(d["metadata"].get("creationTimestamp")))]


def _definition(column: Column) -> Document:
    return {
        "name": column.name,
        "type": "string" if column.type == "date" and not column.path else column.type,
        "format": column.format,
        "description": column.description or f"Custom resource definition column (in JSONPath format): {column.path}",
        "priority": column.priority,
    }


def _custom_cell(column: Column) -> Cell:
    def cell(document: Document) -> Any:
        found = read_path(document, column.path)
        if not found:
            return None
        value = found[0] if len(found) == 1 or column.type != "string" else ",".join(str(item) for item in found)
        return _typed(column.type, value)

    return cell


def _typed(kind: str, value: Any) -> Any:
    if kind == "date":
        return age(value) if isinstance(value, str) else "<invalid>"
    if kind == "string":
        return value if isinstance(value, str) else orjson.dumps(value).decode()
    if kind == "integer":
        return int(value) if isinstance(value, int | float) else None
    if kind == "number":
        return float(value) if isinstance(value, int | float) else None
    return value if isinstance(value, bool) else None


def table_of(served: Served, items: Sequence[Stored], metadata: Document, request: ApiRequest) -> Document:
    """The Table object of these items."""
    columns = _columns(served)
    return _table(columns, [_row(served, columns, stored, request) for stored in items], metadata)


async def list_as_table(served: Served, items: Sequence[Stored], metadata: Document, request: ApiRequest) -> Document:
    """`table_of` for long lists: gives way to other requests."""
    columns, rows = _columns(served), []
    for index, stored in enumerate(items, start=1):
        rows.append(_row(served, columns, stored, request))
        if index % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return _table(columns, rows, metadata)


def _table(columns: list[tuple[Document, Cell]], rows: list[Document], metadata: Document) -> Document:
    definitions = [NAME, *(definition for definition, _ in columns)]
    head = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
    return {**head, "columnDefinitions": definitions, "rows": rows}


def _row(served: Served, columns: list[tuple[Document, Cell]], stored: Stored, request: ApiRequest) -> Document:
    document = orjson.loads(presented(served, stored.body))
    row: Document = {"cells": [stored.name, *(cell(document) for _, cell in columns)]}
    included = request.parameter("includeObject") or "Metadata"
    if included == "Object":
        row["object"] = document
    elif included == "Metadata":
        head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
        row["object"] = {**head, "metadata": document["metadata"]}
    return row
