"""GET: one object, a list, a watch or a pod's log. `app` calls `read` for every read of a resource."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import orjson

from bot.embedded.api.admission import Place
from bot.embedded.api.history import Stored
from bot.embedded.api.listing import Page, continue_token, page_request, parse_version, read_page
from bot.embedded.api.negotiate import Form, form_of
from bot.embedded.api.objects import presented
from bot.embedded.api.plane import Plane
from bot.embedded.api.pod_logs import pod_log
from bot.embedded.api.registry import Served
from bot.embedded.api.request import ApiRequest
from bot.embedded.api.response import Response, Stream, answer
from bot.embedded.api.selectors import Selection, select
from bot.embedded.api.status_errors import (
    ApiError,
    FieldError,
    bad_request,
    future_version,
    method_not_allowed,
    not_found,
)
from bot.embedded.api.tables import list_as_table, rows_of, table_of
from bot.embedded.api.watch import WatchRequest, watch

CHUNK = 256 * 1024


async def read(plane: Plane, request: ApiRequest, place: Place) -> Response | Stream:
    if place.subresource == "log":
        return pod_log(plane, request, place)
    if place.subresource not in ("", "status"):
        raise method_not_allowed(place.served.type)
    if place.name:
        return _get(plane, request, place)
    if place.subresource or "list" not in place.served.type.verbs:
        raise method_not_allowed(place.served.type)
    selection = select(
        place.served.type,
        place.namespace,
        labels=request.parameter("labelSelector"),
        fields=request.parameter("fieldSelector"),
    )
    if request.watches:
        return _watch(plane, request, place.served, selection)
    return await _list(plane, request, place.served, selection)


def _get(plane: Plane, request: ApiRequest, place: Place) -> Response:
    asked = parse_version(request.parameter("resourceVersion"))
    if asked > plane.store.revision:
        raise future_version(asked, plane.store.revision)
    stored = plane.store.get(place.served.key, place.namespace, place.name)
    if stored is None:
        raise not_found(place.served.type, place.name)
    form = form_of(request.header(b"accept"))
    if form == "table":
        return answer(table_of(place.served, [stored], {"resourceVersion": str(stored.rv)}, request))
    body = presented(place.served, stored.body)
    return Response(200, partial_metadata(body) if form == "partial" else body)


def partial_metadata(body: bytes) -> bytes:
    """The object cut down to its metadata."""
    head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    return orjson.dumps({**head, "metadata": orjson.loads(body)["metadata"]})


async def _list(plane: Plane, request: ApiRequest, served: Served, selection: Selection) -> Response | Stream:
    wanted = page_request(
        plane.store,
        limit=request.number("limit") or 0,
        token=request.parameter("continue"),
        version=request.parameter("resourceVersion"),
        match=request.parameter("resourceVersionMatch"),
    )
    form = form_of(request.header(b"accept"))
    page = await read_page(plane.store, served.key, selection, wanted)
    metadata = _list_metadata(page)
    if form == "table":
        return answer(await list_as_table(served, page.items, metadata, request))
    return Stream(_list_pieces(served, page, metadata, form))


def _list_metadata(page: Page) -> dict[str, object]:
    metadata: dict[str, object] = {"resourceVersion": str(page.revision)}
    if page.following is not None:
        metadata["continue"] = continue_token(page.revision, page.following)
        if page.remaining is not None and page.remaining > 0:
            metadata["remainingItemCount"] = page.remaining
    return metadata


async def _list_pieces(served: Served, page: Page, metadata: dict[str, object], form: Form) -> AsyncIterator[bytes]:
    kind, version = f"{served.type.kind}List", served.type.api_version
    if form == "partial":
        kind, version = "PartialObjectMetadataList", "meta.k8s.io/v1"
    head = orjson.dumps({"kind": kind, "apiVersion": version, "metadata": metadata})
    piece = [head[:-1], b',"items":[']
    size = 0
    for index, stored in enumerate(page.items):
        body = partial_metadata(stored.body) if form == "partial" else list_item(served, stored.body)
        piece += (b",", body) if index else (body,)
        size += len(body)
        if size >= CHUNK:
            yield b"".join(piece)
            piece, size = [], 0
    piece.append(b"]}")
    yield b"".join(piece)


def list_item(served: Served, body: bytes) -> bytes:
    """Items of built-in kinds come without apiVersion and kind, those of custom resources with them."""
    if served.type.custom:
        return presented(served, body)
    head = orjson.dumps({"apiVersion": served.storage_api_version, "kind": served.type.kind})[:-1] + b","
    return b"{" + body[len(head) :] if body.startswith(head) else body


def _watch(plane: Plane, request: ApiRequest, served: Served, selection: Selection) -> Stream:
    initial = request.parameter("sendInitialEvents")
    version = request.parameter("resourceVersion")
    if initial:
        _check_initial_events(request)
    elif request.parameter("resourceVersionMatch"):
        raise _invalid_list_options("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
    revision = parse_version(version)
    if initial == "true":
        revision = 0
    elif initial == "false" and revision == 0:
        revision = plane.store.revision
    wanted = WatchRequest(
        selection,
        revision,
        request.flag("allowWatchBookmarks"),
        initial == "true",
        float(request.number("timeoutSeconds") or 0),
    )
    return Stream(watch(plane, served, wanted, _render(served, request)))


def _check_initial_events(request: ApiRequest) -> None:
    """sendInitialEvents is only defined together with these two parameters."""
    if request.parameter("resourceVersionMatch") != "NotOlderThan":
        raise _invalid_list_options("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    if not request.flag("allowWatchBookmarks") and request.flag("sendInitialEvents"):
        raise _invalid_list_options("sendInitialEvents requires allowWatchBookmarks")


def _invalid_list_options(text: str) -> ApiError:
    error = FieldError("resourceVersionMatch", "FieldValueForbidden", f"Forbidden: {text}")
    causes = [{"reason": error.reason, "message": error.detail, "field": error.path}]
    details = {"group": "meta.k8s.io", "kind": "ListOptions", "causes": causes}
    return ApiError(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {error}', details=details)


def _render(served: Served, request: ApiRequest) -> Callable[[Stored], bytes]:
    form = form_of(request.header(b"accept"))
    if form == "table":
        return partial(_as_row, served, request)
    if form == "partial":
        return lambda stored: partial_metadata(stored.body)
    return lambda stored: presented(served, stored.body)


def _as_row(served: Served, request: ApiRequest, stored: Stored) -> bytes:
    if not rows_of(served):
        raise bad_request("tables are not available for this resource")
    return orjson.dumps(table_of(served, [stored], {"resourceVersion": str(stored.rv)}, request))
