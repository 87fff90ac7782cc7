"""Admission: whether a document may become an object of its kind, and in which shape.

`objects` calls these in turn on each write. They raise ApiError for what is refused; none of them writes anything.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from bot.embedded.api.kinds import strategy_of
from bot.embedded.api.metadata import check_finalizers, check_metadata, read_metadata
from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import Served
from bot.embedded.api.request import WriteOptions
from bot.embedded.api.status_errors import (
    ApiError,
    FieldError,
    bad_request,
    conflict,
    forbidden,
    internal,
    invalid,
    modified,
    not_found,
)
from bot.embedded.api.validate.cel_rules import check_rules
from bot.embedded.api.validate.check import check, check_change
from bot.embedded.api.validate.nodes import Node
from bot.embedded.api.validate.settle import settle

type Document = dict[str, Any]

NAMESPACES = "namespaces"


@dataclass(frozen=True, slots=True)
class Place:
    """One resource as it is served, and where in it."""

    served: Served
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def admit(document: Document, place: Place, options: WriteOptions, *, defaults: bool = True) -> list[str]:
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
    unknown += settle(served.schema, document, defaults=defaults)
    if not served.type.custom:
        refuse_mistyped(served.type.kind, served.type.version, served.schema, document)
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
        wanted = served.type.kind
        raise bad_request(
            f'{kind} in version "{served.type.version}" cannot be handled as a {wanted}: unknown conversion'
        )


def _strict(served: Served, unknown: list[str]) -> ApiError:
    listed = ", ".join(f'unknown field "{path}"' for path in unknown)
    kind, version = served.type.kind, served.type.version
    message = f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {listed}'
    return bad_request(message)


def refuse_mistyped(kind: str, version: str, schema: Node, document: Document) -> None:
    """Built-in kinds are read into typed structures: a value of another type cannot even be read. ApiError 400."""
    wrong = [error for error in check(schema, document) if error.reason == "FieldValueTypeInvalid"]
    if wrong:
        listed = ", ".join(str(error) for error in wrong)
        raise bad_request(
            f'{kind} in version "{version}" cannot be handled as a {kind}: json: cannot unmarshal {listed}'
        )


def require_account(plane: Plane, document: Document, served: Served) -> None:
    """A pod runs as a ServiceAccount that is there. ApiError 403."""
    metadata, account = document["metadata"], document["spec"].get("serviceAccountName", "default")
    if plane.store.latest("serviceaccounts", metadata["namespace"], account) is None:
        where = f"{metadata['namespace']}/{account}"
        why = f'error looking up service account {where}: serviceaccount "{account}" not found'
        raise forbidden(served.type, metadata.get("name", ""), why)


def require_namespace(plane: Plane, place: Place, metadata: Document) -> None:
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


def check_preconditions(served: Served, metadata: Document, before: Document, *, unconditional: bool) -> None:
    given, present = metadata.get("uid"), before["uid"]
    if given and given != present:
        why = f"Precondition failed: UID in precondition: {given}, UID in object meta: {present}"
        raise conflict(served.type, before["name"], why)
    version = metadata.get("resourceVersion")
    if not version and not unconditional:
        text = "Invalid value: 0x0: must be specified for an update"
        error = FieldError("metadata.resourceVersion", "FieldValueInvalid", text)
        raise invalid(served.type, before["name"], [error])
    if version and version != before["resourceVersion"]:
        raise modified(served.type, before["name"])


def merge_halves(served: Served, document: Document, before: Document, *, status_only: bool) -> Document:
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


def check_document(served: Served, document: Document, before: Document | None) -> None:
    metadata = document["metadata"]
    errors = list(check_metadata(metadata, served.type.plural, namespaced=served.type.namespaced))
    if before is not None:
        errors += check_finalizers(metadata, before["metadata"])
    shape = check(served.schema, document) if before is None else check_change(served.schema, document, before)
    errors += shape
    if not shape:
        errors += strategy_of(served.type).check(document, before)
    if not errors and served.schema.rules_below:
        errors += check_rules(served.schema, document, before)
    if errors:
        raise invalid(served.type, metadata.get("name", ""), errors)
