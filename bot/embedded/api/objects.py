"""Writing objects: create, update and status, each one synchronous step from the latest state to a staged revision.

`writes` (HTTP) and `garbage` (owners, namespaces) call here. Nothing awaits between reading the latest object and
staging its successor, so there is no lost update; the caller awaits `Outcome.done` before it says that it is done.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.embedded.api import managed
from bot.embedded.api.history import Stored
from bot.embedded.api.kinds import strategy_of
from bot.embedded.api.metadata import (
    carry_over,
    check_finalizers,
    check_metadata,
    generated_name,
    new_uid,
    now,
    read_metadata,
)
from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import Served
from bot.embedded.api.request import WriteOptions
from bot.embedded.api.status_errors import (
    ApiError,
    FieldError,
    already_exists,
    bad_request,
    conflict,
    forbidden,
    internal,
    invalid,
    modified,
    not_found,
)
from bot.embedded.api.validate.cel_rules import check_rules
from bot.embedded.api.validate.check import check
from bot.embedded.api.validate.settle import RESERVED, settle

type Document = dict[str, Any]

NAMESPACES = "namespaces"


@dataclass(frozen=True, slots=True)
class Place:
    """One resource as it is served, and where in it."""

    served: Served
    namespace: str = ""
    name: str = ""
    subresource: str = ""


@dataclass(slots=True)
class Outcome:
    """What a write answers: the object's JSON, once `done` (None: nothing had to be written)."""

    code: int
    body: bytes
    done: asyncio.Future[None] | None = None
    warnings: list[str] = field(default_factory=list)


def create(plane: Plane, place: Place, document: Document, options: WriteOptions) -> Outcome:
    """Admit a new object. ApiError: 400, 403 (namespace ends), 404 (no namespace), 409, 422."""
    served = place.served
    if served.terminating:
        raise ApiError(405, "MethodNotAllowed", "create not allowed while custom resource definition is terminating")
    warnings = _admit(document, place, options)
    metadata = document["metadata"]
    if metadata.get("resourceVersion"):
        raise bad_request("resourceVersion should not be set on objects to be created")
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = generated_name(metadata["generateName"])
    _require_namespace(plane, place, metadata)
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion"):
        metadata.pop(key, None)
    metadata["uid"], metadata["creationTimestamp"] = new_uid(), now()
    strategy = strategy_of(served.type)
    if served.type.has_status and not strategy.keeps_status_on_create:
        document.pop("status", None)
    strategy.prepare_create(document)
    if served.type.has_generation:
        metadata["generation"] = 1
    _check(plane, served, document, None)
    name, namespace = metadata["name"], metadata.get("namespace", "")
    if plane.store.latest(served.key, namespace, name) is not None:
        raise already_exists(served.type, name)
    document = _ordered(served, document)
    if options.dry_run:
        return Outcome(201, _presented(served, orjson.dumps(document)), warnings=warnings)
    stored, done = plane.store.stage(served.key, "ADDED", document)
    return Outcome(201, _presented(served, stored.body), done, warnings)


def update(plane: Plane, place: Place, old: Stored, document: Document, options: WriteOptions) -> Outcome:
    """Replace `old`, or its status, by `document`. ApiError: 400, 409, 422."""
    served = place.served
    warnings = _admit(document, place, options)
    before: Document = orjson.loads(old.body)
    metadata = document["metadata"]
    _check_preconditions(served, metadata, before["metadata"])
    document = _merge_halves(served, document, before, status_only=place.subresource == "status")
    metadata = document["metadata"]
    carry_over(metadata, before["metadata"])
    if not place.subresource:
        strategy_of(served.type).prepare_update(document, before)
    _check(plane, served, document, before)
    _bump_generation(served, document, before)
    document = _ordered(served, document)
    managed.track_update(document, before, served, manager=options.manager, subresource=place.subresource)
    if _same(document, before):
        return Outcome(200, _presented(served, old.body), warnings=warnings)
    if options.dry_run:
        return Outcome(200, _presented(served, orjson.dumps(document)), warnings=warnings)
    outcome = commit_update(plane, served, document)
    outcome.warnings = warnings
    return outcome


def commit_update(plane: Plane, served: Served, document: Document) -> Outcome:
    """Stage a checked update; an object on its way out leaves with its last finalizer."""
    metadata = document["metadata"]
    gone = "deletionTimestamp" in metadata and not metadata.get("finalizers") and _may_vanish(served, document)
    stored, done = plane.store.stage(served.key, "DELETED" if gone else "MODIFIED", document)
    return Outcome(200, _presented(served, stored.body), done)


def _may_vanish(served: Served, document: Document) -> bool:
    """A pod waits for its kubelet's grace period; a namespace for its contents."""
    if served.key == NAMESPACES:
        return not document.get("spec", {}).get("finalizers")
    return not document["metadata"].get("deletionGracePeriodSeconds")


def _admit(document: Document, place: Place, options: WriteOptions) -> list[str]:
    """Bring the document into the shape of its kind; return warnings about what was dropped."""
    served = place.served
    _check_kind(document, served)
    metadata, unknown = read_metadata(document)
    if served.type.namespaced:
        given = metadata.setdefault("namespace", place.namespace)
        if given != place.namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    else:
        metadata.pop("namespace", None)
    if place.name and metadata.setdefault("name", place.name) != place.name:
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL ({place.name})"
        )
    unknown += settle(served.schema, document, keep=RESERVED)
    if unknown and options.validation == "Strict":
        raise _strict(served, unknown)
    if options.validation == "Ignore":
        return []
    return [f'unknown field "{path}"' for path in unknown]


def _check_kind(document: Document, served: Served) -> None:
    kind, version = document.get("kind"), document.get("apiVersion")
    if not kind or not version:
        if served.type.custom:
            missing = "Kind" if not kind else "apiVersion"
            text = orjson.dumps(document).decode()[:200]
            raise bad_request(f"Object '{missing}' is missing in '{text}'")
        document["kind"], document["apiVersion"] = served.type.kind, served.type.api_version
        kind, version = served.type.kind, served.type.api_version
    if version != served.type.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({served.type.api_version})"
        )
    if kind != served.type.kind:
        raise bad_request(
            f"{kind} in version {served.type.version!r} cannot be handled as a {served.type.kind}: "
            f"converting ({version}).{kind} to ({served.type.api_version}).{served.type.kind}: unknown conversion"
        )


def _strict(served: Served, unknown: list[str]) -> ApiError:
    listed = ", ".join(f'unknown field "{path}"' for path in unknown)
    kind, version = served.type.kind, served.type.version
    message = f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {listed}'
    return bad_request(message)


def _require_namespace(plane: Plane, place: Place, metadata: Document) -> None:
    if not place.served.type.namespaced:
        return
    stored = plane.store.latest(NAMESPACES, "", place.namespace)
    kind = plane.registry.find("", "v1", NAMESPACES)
    if kind is None:
        raise internal("namespaces are not served")
    if stored is None:
        raise not_found(kind.type, place.namespace)
    if b'"phase":"Terminating"' in stored.body:
        why = f"unable to create new content in namespace {place.namespace} because it is being terminated"
        error = forbidden(place.served.type, metadata.get("name", ""), why)
        message = f"namespace {place.namespace} is being terminated"
        cause = {"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}
        error.details["causes"] = [cause]
        raise error


def _check_preconditions(served: Served, metadata: Document, before: Document) -> None:
    given, present = metadata.get("uid"), before["uid"]
    if given and given != present:
        why = f"Precondition failed: UID in precondition: {given}, UID in object meta: {present}"
        raise conflict(served.type, before["name"], why)
    version = metadata.get("resourceVersion")
    if not version and not served.type.unconditional_update:
        text = "Invalid value: 0x0: must be specified for an update"
        error = FieldError("metadata.resourceVersion", "FieldValueInvalid", text)
        raise invalid(served.type, before["name"], [error])
    if version and version != before["resourceVersion"]:
        raise modified(served.type, before["name"])


def _merge_halves(served: Served, document: Document, before: Document, *, status_only: bool) -> Document:
    """The status subresource writes the status, the main resource the rest."""
    if not served.type.has_status:
        return document
    if not status_only:
        merged = {key: value for key, value in document.items() if key != "status"}
        if "status" in before:
            merged["status"] = before["status"]
        return merged
    merged = {key: value for key, value in before.items() if key != "status"}
    if "status" in document:
        merged["status"] = document["status"]
    merged["metadata"] = dict(before["metadata"])
    if strategy_of(served.type).status_takes_metadata:
        merged["metadata"] = {**document["metadata"]}
        if "ownerReferences" in before["metadata"]:
            merged["metadata"]["ownerReferences"] = before["metadata"]["ownerReferences"]
    elif "managedFields" in document["metadata"]:
        merged["metadata"]["managedFields"] = document["metadata"]["managedFields"]
    return merged


def _check(plane: Plane, served: Served, document: Document, before: Document | None) -> None:
    metadata = document["metadata"]
    errors = list(check_metadata(metadata, served.type.plural, namespaced=served.type.namespaced))
    if before is not None:
        errors += check_finalizers(metadata, before["metadata"])
    shape = check(served.schema, document)
    errors += shape
    if not shape:
        errors += strategy_of(served.type).check(document, before)
    if not errors and served.schema.rules_below:
        errors += check_rules(served.schema, document, before)
    if errors:
        raise invalid(served.type, metadata.get("name", ""), errors)


def _bump_generation(served: Served, document: Document, before: Document) -> None:
    if served.type.has_generation and _spec_part(served, document) != _spec_part(served, before):
        document["metadata"]["generation"] = before["metadata"].get("generation", 0) + 1


def _spec_part(served: Served, document: Document) -> bytes:
    hidden = ("metadata", "status") if served.type.has_status else ("metadata",)
    part = {key: value for key, value in document.items() if key not in hidden}
    return orjson.dumps(part, option=orjson.OPT_SORT_KEYS)


def _same(document: Document, before: Document) -> bool:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS) == orjson.dumps(before, option=orjson.OPT_SORT_KEYS)


def _ordered(served: Served, document: Document) -> Document:
    """Stored objects begin with apiVersion, kind and metadata, in the storage version."""
    ordered: Document = {"apiVersion": served.storage_api_version, "kind": served.type.kind}
    ordered["metadata"] = document["metadata"]
    ordered |= {key: value for key, value in document.items() if key not in ordered}
    return ordered


def _presented(served: Served, body: bytes) -> bytes:
    return presented(served, body)


def presented(served: Served, body: bytes) -> bytes:
    """A stored body under the version in which it was asked for."""
    if served.storage_version == served.type.version:
        return body
    stored = b'{"apiVersion":"' + served.storage_api_version.encode() + b'"'
    asked = b'{"apiVersion":"' + served.type.api_version.encode() + b'"'
    return asked + body[len(stored) :] if body.startswith(stored) else body
