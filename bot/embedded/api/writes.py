"""POST, PUT, PATCH and DELETE: from a request to the write that it asks for. `app` calls `write` for each of them."""

import asyncio
from typing import Any

import orjson

from bot.embedded.api import apply, deletion, objects, reviews
from bot.embedded.api.admission import Place
from bot.embedded.api.history import Stored
from bot.embedded.api.listing import PageRequest, parse_version, read_page
from bot.embedded.api.negotiate import form_of, parse_object, read_body
from bot.embedded.api.objects import Outcome, Write
from bot.embedded.api.patch import json_patch, merge_patch
from bot.embedded.api.plane import Plane
from bot.embedded.api.reading import list_item, partial_metadata
from bot.embedded.api.registry import Served
from bot.embedded.api.request import ApiRequest, write_options
from bot.embedded.api.response import Response
from bot.embedded.api.selectors import select
from bot.embedded.api.status_errors import (
    bad_request,
    conflict,
    forbidden,
    internal,
    method_not_allowed,
    not_found,
    unsupported_media_type,
)
from bot.embedded.api.store import StoreFailedError
from bot.embedded.api.strategic import strategic_merge

type Document = dict[str, Any]

MERGE = "application/merge-patch+json"
JSON = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


async def write(plane: Plane, request: ApiRequest, place: Place) -> Response:
    """Do the write and wait for its commit. ApiError for what is refused."""
    verb = request.verb
    if place.subresource in ("token", "binding") or verb not in place.served.type.verbs:
        return await _special(plane, request, place)
    if place.subresource == "log" or (place.subresource and verb not in ("update", "patch")):
        raise method_not_allowed(place.served.type)
    if place.served.type.plural.endswith("reviews") and not place.served.type.custom:
        return _review(plane, request, place)
    match verb:
        case "create":
            outcome = _create(plane, request, place)
        case "update":
            outcome = _update(plane, request, place)
        case "patch":
            outcome = _patch(plane, request, place)
        case "delete":
            outcome = _delete(plane, request, place)
        case "deletecollection":
            return await _delete_collection(plane, request, place)
        case _:
            raise method_not_allowed(place.served.type)
    return await _finished(request, outcome)


async def _finished(request: ApiRequest, outcome: Outcome) -> Response:
    """The answer, once the write is on disk."""
    await committed(outcome)
    partial = form_of(request.header(b"accept")) == "partial" and b'"kind":"Status"' not in outcome.body[:40]
    body = partial_metadata(outcome.body) if partial else outcome.body
    return Response(outcome.code, body, warnings=outcome.warnings)


async def committed(outcome: Outcome) -> None:
    if outcome.done is None:
        return
    try:
        await asyncio.shield(outcome.done)
    except StoreFailedError as error:
        raise internal(f"the store could not commit: {error}") from error


def _body(request: ApiRequest) -> Document:
    return read_body(request.body, request.header(b"content-type"), request.header(b"content-encoding"))


async def _special(plane: Plane, request: ApiRequest, place: Place) -> Response:
    if request.method != "POST" or not place.name:
        raise method_not_allowed(place.served.type)
    if place.subresource == "token":
        return reviews.request_token(plane, place, _body(request), dry_run=write_options(request).dry_run)
    if place.subresource == "binding":
        return await _finished(request, _bind(plane, request, place))
    raise method_not_allowed(place.served.type)


def _review(plane: Plane, request: ApiRequest, place: Place) -> Response:
    document = _body(request)
    reviews.read_review(document, place.served.type.kind, place.served.schema)
    if place.served.type.kind == "TokenReview":
        return reviews.review_token(plane, document)
    return reviews.review_access(plane, request, place, document)


def _create(plane: Plane, request: ApiRequest, place: Place) -> Outcome:
    if place.name:
        raise method_not_allowed(place.served.type)
    return objects.create(Write(plane, place, write_options(request)), _body(request))


def _update(plane: Plane, request: ApiRequest, place: Place) -> Outcome:
    if not place.name:
        raise method_not_allowed(place.served.type)
    document, change = _body(request), Write(plane, place, write_options(request))
    old = plane.store.latest(place.served.key, place.namespace, place.name)
    if old is None:
        if place.served.type.create_on_update and not place.subresource:
            return objects.create(change, document)
        raise not_found(place.served.type, place.name)
    return objects.update(change, old, document)


def _patch(plane: Plane, request: ApiRequest, place: Place) -> Outcome:
    if not place.name:
        raise method_not_allowed(place.served.type)
    kind = request.header(b"content-type").split(";")[0].strip()
    encoding = request.header(b"content-encoding")
    if kind not in _accepted(place.served) or encoding not in ("", "identity"):
        raise unsupported_media_type(_accepted(place.served))
    if kind == APPLY:
        return apply.apply(plane, place, request)
    old = plane.store.latest(place.served.key, place.namespace, place.name)
    if old is None:
        raise not_found(place.served.type, place.name)
    document = _patched(place.served, old, kind, request.body)
    return objects.update(Write(plane, place, write_options(request)), old, document)


def _accepted(served: Served) -> tuple[str, ...]:
    return (JSON, MERGE, APPLY) if served.type.custom else (JSON, MERGE, STRATEGIC, APPLY)


def _patched(served: Served, old: Stored, kind: str, body: bytes) -> Document:
    document: Document = orjson.loads(objects.presented(served, old.body))
    if kind == JSON:
        try:
            operations = orjson.loads(body)
        except ValueError as error:
            raise bad_request(f"error decoding patch: {error}") from error
        return json_patch(document, operations)
    patch = parse_object(body, yaml_allowed=False)
    if kind == STRATEGIC:
        return strategic_merge(served.schema, document, patch)
    merged: Document = merge_patch(document, patch)
    return merged


def _delete(plane: Plane, request: ApiRequest, place: Place) -> Outcome:
    options = deletion.read_options(request, _body(request) if request.body else None)
    old = plane.store.latest(place.served.key, place.namespace, place.name)
    if old is None:
        raise not_found(place.served.type, place.name)
    return deletion.delete(plane, place, old, options)


async def _delete_collection(plane: Plane, request: ApiRequest, place: Place) -> Response:
    served = place.served
    options = deletion.read_options(request, _body(request) if request.body else None)
    labels, fields = request.parameter("labelSelector"), request.parameter("fieldSelector")
    selection = select(served.type, place.namespace, labels=labels, fields=fields)
    page = await read_page(plane.store, served.key, selection, PageRequest())
    outcomes = []
    for stored in page.items:
        latest = plane.store.latest(served.key, stored.namespace, stored.name)
        if latest is not None:
            outcomes.append(deletion.delete(plane, Place(served, stored.namespace, stored.name), latest, options))
    for outcome in outcomes:
        await committed(outcome)
    head = {"kind": f"{served.type.kind}List", "apiVersion": served.type.api_version}
    metadata = {"resourceVersion": str(plane.store.revision)}
    items = b",".join(list_item(served, stored.body) for stored in page.items)
    return Response(200, orjson.dumps({**head, "metadata": metadata})[:-1] + b',"items":[' + items + b"]}")


def _bind(plane: Plane, request: ApiRequest, place: Place) -> Outcome:
    """`pods/NAME/binding`: the scheduler's one write."""
    binding = _body(request)
    node = (binding.get("target") or {}).get("name")
    if not isinstance(node, str) or not node:
        raise bad_request("target.name is required")
    old = plane.store.latest("pods", place.namespace, place.name)
    if old is None:
        raise not_found(place.served.type, place.name)
    pod: Document = orjson.loads(old.body)
    if pod["spec"].get("nodeName"):
        raise conflict(
            place.served.type, place.name, f'pod {place.name} is already assigned to node "{pod["spec"]["nodeName"]}"'
        )
    if "deletionTimestamp" in pod["metadata"]:
        raise forbidden(
            place.served.type, place.name, f"pod {place.name} is being deleted, cannot be assigned to a host"
        )
    pod["spec"]["nodeName"] = node
    version = (binding.get("metadata") or {}).get("resourceVersion")
    if version and parse_version(version) != old.rv:
        raise conflict(place.served.type, place.name, "the object has been modified")
    outcome = objects.commit_update(plane, place.served, pod)
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
    return Outcome(201, orjson.dumps(status), outcome.done)
