"""Deleting objects: preconditions, grace periods, finalizers and propagation, up to the staged revision.

`writes` calls `delete` for requests, `garbage` for what owners and namespaces take with them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from bot.embedded.api.admission import NAMESPACES, Place
from bot.embedded.api.history import Stored
from bot.embedded.api.objects import Outcome, presented
from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import Served
from bot.embedded.api.request import ApiRequest, write_options
from bot.embedded.api.status_errors import bad_request, conflict, forbidden

type Document = dict[str, Any]

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
POLICIES = ("Background", "Foreground", "Orphan")
RETURNS_OBJECT = ("pods", "services", "serviceaccounts", "persistentvolumeclaims")
PROTECTED = ("default", "kube-system", "kube-public", "kube-node-lease")
FINISHED = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """What a delete asks for; `propagation` is empty where the kind's own default shall hold."""

    propagation: str = ""
    grace: int | None = None
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False


def read_options(request: ApiRequest, body: Document | None) -> DeleteOptions:
    """The options of the body, or where there is none those of the query."""
    given = dict(body or {})
    if given.get("kind") not in (None, "DeleteOptions"):
        raise bad_request(f"expected DeleteOptions, got {given.get('kind')}")
    grace = given.get("gracePeriodSeconds", request.number("gracePeriodSeconds"))
    policy = given.get("propagationPolicy") or request.parameter("propagationPolicy")
    orphan = given.get("orphanDependents", request.flag("orphanDependents") or None)
    if orphan is not None and not policy:
        policy = "Orphan" if orphan else "Background"
    if policy and policy not in POLICIES:
        known = ", ".join(f'"{item}"' for item in (*POLICIES, ""))
        raise bad_request(f'propagationPolicy: Unsupported value: "{policy}": supported values: {known}')
    if grace is not None and (not isinstance(grace, int) or grace < 0):
        raise bad_request(f"gracePeriodSeconds: Invalid value: {grace}: must be greater than or equal to 0")
    preconditions = given.get("preconditions") or {}
    dry_run = write_options(request).dry_run or "All" in (given.get("dryRun") or [])
    uid, version = preconditions.get("uid", ""), preconditions.get("resourceVersion", "")
    return DeleteOptions(policy, grace, uid, version, dry_run)


def delete(plane: Plane, place: Place, old: Stored, options: DeleteOptions) -> Outcome:
    """Delete at once, or mark for deletion where grace or finalizers ask for it."""
    served = place.served
    document: Document = orjson.loads(old.body)
    _check(served, document, options)
    grace = _grace(served, document, options)
    finalizers = _finalizers(served, document, options)
    waits = bool(finalizers) or bool(grace) or served.key == NAMESPACES
    if not waits:
        return _remove(plane, served, document, options)
    changed = _mark(document, finalizers, grace)
    if served.key == NAMESPACES and document.get("status", {}).get("phase") != "Terminating":
        document["status"] = {**document.get("status", {}), "phase": "Terminating"}
        changed = True
    if options.dry_run or not changed:
        return Outcome(200, presented(served, orjson.dumps(document)))
    stored, done = plane.store.stage(served.key, "MODIFIED", document)
    return Outcome(200, presented(served, stored.body), done)


def _check(served: Served, document: Document, options: DeleteOptions) -> None:
    metadata = document["metadata"]
    if options.uid and options.uid != metadata["uid"]:
        why = f"Precondition failed: UID in precondition: {options.uid}, UID in object meta: {metadata['uid']}"
        raise conflict(served.type, metadata["name"], why)
    if options.resource_version and options.resource_version != metadata["resourceVersion"]:
        why = (
            f"Precondition failed: ResourceVersion in precondition: {options.resource_version}, "
            f"ResourceVersion in object meta: {metadata['resourceVersion']}"
        )
        raise conflict(served.type, metadata["name"], why)
    if served.key == NAMESPACES and metadata["name"] in PROTECTED[:2]:
        raise forbidden(served.type, metadata["name"], "this namespace may not be deleted")


def _grace(served: Served, document: Document, options: DeleteOptions) -> int:
    """Seconds that a pod gets to end: none where no kubelet has it or it has ended already."""
    if served.key != "pods":
        return 0
    if not document["spec"].get("nodeName") or document.get("status", {}).get("phase") in FINISHED:
        return 0
    if options.grace is not None:
        return options.grace
    return int(document["spec"].get("terminationGracePeriodSeconds", 30))


def _finalizers(served: Served, document: Document, options: DeleteOptions) -> list[str]:
    """The object's finalizers, with those that the propagation policy asks of the garbage collector."""
    present = list(document["metadata"].get("finalizers", ()))
    policy = options.propagation or _standing_policy(present) or served.type.default_propagation
    kept = [item for item in present if item not in (FOREGROUND, ORPHAN)]
    if policy == "Foreground":
        kept.append(FOREGROUND)
    elif policy == "Orphan":
        kept.append(ORPHAN)
    return kept


def _standing_policy(finalizers: list[str]) -> str:
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else ""


def _mark(document: Document, finalizers: list[str], grace: int) -> bool:
    """Set deletionTimestamp, or shorten the grace of what is ending already. Whether anything changed."""
    metadata = document["metadata"]
    before = (metadata.get("deletionTimestamp"), metadata.get("finalizers", []))
    running = metadata.get("deletionGracePeriodSeconds")
    if before[0] is None or (running is not None and grace < running):
        ends = datetime.now(UTC) + timedelta(seconds=grace)
        metadata["deletionTimestamp"] = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        metadata["deletionGracePeriodSeconds"] = grace
        if "generation" in metadata and before[0] is None:
            metadata["generation"] += 1
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    return before != (metadata["deletionTimestamp"], metadata.get("finalizers", []))


def _remove(plane: Plane, served: Served, document: Document, options: DeleteOptions) -> Outcome:
    body = orjson.dumps(document)
    metadata = document["metadata"]
    if options.dry_run:
        done = None
    else:
        metadata.pop("finalizers", None)
        stored, done = plane.store.stage(served.key, "DELETED", document)
        body = stored.body
    if served.type.plural in RETURNS_OBJECT and not served.type.custom:
        return Outcome(200, presented(served, body), done)
    details = {"name": metadata["name"], "group": served.type.group, "kind": served.type.plural, "uid": metadata["uid"]}
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    status["details"] = {key: value for key, value in details.items() if value}
    return Outcome(200, orjson.dumps(status), done)
