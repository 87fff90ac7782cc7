"""Lists: a consistent state of one resource, page by page, sent as the bytes that are stored.

`reading` calls `read_page`. Every page of one list shows the state at the revision of its first page, and says so; a
page whose revision history no longer reaches is answered 410 Expired, with a token to go on inconsistently.
"""

import base64
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from bot.embedded.api.history import Stored
from bot.embedded.api.selectors import Selection
from bot.embedded.api.status_errors import bad_request, expired, future_version
from bot.embedded.api.store import ApiStore

type Key = tuple[str, str]

LOOK_AT_MOST = 2000  # objects examined before other requests get a turn


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a list asks for. `exact` is the revision to show; 0 for the present."""

    limit: int = 0
    start: Key = ("", "")
    exact: int = 0


@dataclass(slots=True)
class Page:
    items: list[Stored]
    revision: int
    following: Key | None = None
    remaining: int | None = None


def page_request(store: ApiStore, *, limit: int, token: str, version: str, match: str) -> PageRequest:
    """Read the list parameters. ApiError: 400, 410, 504."""
    if limit < 0:
        raise bad_request("limit: Invalid value: must be greater than or equal to 0")
    asked = parse_version(version)
    if token:
        if asked:
            raise bad_request("specifying resource version is not allowed when using continue")
        return _continued(store, token, limit)
    if match and match not in ("Exact", "NotOlderThan"):
        raise bad_request(
            f'resourceVersionMatch: Unsupported value: "{match}": supported values: "", "Exact", "NotOlderThan"'
        )
    if match and not version:
        raise bad_request("resourceVersionMatch is forbidden unless resourceVersion is provided")
    if asked > store.revision:
        raise future_version(asked, store.revision)
    if match == "Exact":
        if asked == 0:
            raise bad_request('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
        if not store.history.remembers(asked):
            raise expired(f"The resourceVersion for the provided list is too old: {asked} ({store.history.compacted})")
        return PageRequest(limit, exact=asked)
    return PageRequest(limit)


def parse_version(text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit():
        raise bad_request(f'Invalid value: "{text}": resource version must be a number')
    return int(text)


def continue_token(revision: int, start: Key) -> str:
    data = orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": list(start)})
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _continued(store: ApiStore, token: str, limit: int) -> PageRequest:
    try:
        data = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        revision, (namespace, name) = int(data["rv"]), data["start"]
        start = (str(namespace), str(name))
    except (ValueError, KeyError, TypeError) as error:
        raise bad_request("continue key is not valid: encountered an unreadable token") from error
    if revision > 0 and not store.history.remembers(revision):
        too_old = expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new "
            "list without the continue parameter, or use the continue token in this response to retrieve the "
            "remainder of the results. Continuing with the provided token results in an inconsistent list - objects "
            "that were created, modified, or deleted between the time the first chunk was returned and now may show "
            "up in the list."
        )
        too_old.details["continue"] = continue_token(-1, start)
        raise too_old
    return PageRequest(limit, start, exact=max(revision, 0))


async def read_page(store: ApiStore, resource: str, selection: Selection, wanted: PageRequest) -> Page:
    """One page. Long scans give way to other requests, and still show one state."""
    page = Page([], wanted.exact or store.revision)
    candidates = list(_objects(store, resource, selection, wanted, page.revision))
    if selection.unfiltered:
        _cut(page, candidates, wanted.limit)
        return page
    for index, stored in enumerate(candidates, start=1):
        if index % LOOK_AT_MOST == 0:
            await _give_way()
        if not selection.matches(stored):
            continue
        if wanted.limit and len(page.items) == wanted.limit:
            page.following = stored.key
            break
        page.items.append(stored)
    return page


def _cut(page: Page, candidates: list[Stored], limit: int) -> None:
    page.items = candidates
    if limit and len(candidates) > limit:
        page.items = candidates[:limit]
        page.following = candidates[limit].key
        page.remaining = len(candidates) - limit


async def _give_way() -> None:
    import asyncio

    await asyncio.sleep(0)


def _objects(
    store: ApiStore, resource: str, selection: Selection, wanted: PageRequest, revision: int
) -> Iterator[Stored]:
    table = store.table(resource)
    if selection.name is not None and selection.namespace is not None and not wanted.exact:
        stored = table.objects.get((selection.namespace, selection.name))
        return iter((stored,) if stored is not None and stored.key >= wanted.start else ())
    if wanted.exact and wanted.exact < store.revision:
        return _as_of(store, resource, selection.namespace, wanted.start, revision)
    return (table.objects[key] for key in table.keys_from(wanted.start, selection.namespace))


def _as_of(store: ApiStore, resource: str, namespace: str | None, start: Key, revision: int) -> Iterator[Stored]:
    """The objects as they were at `revision`: the present ones, with what happened since undone."""
    undone: dict[Key, Stored | None] = {}
    for event in store.history.since(resource, revision, most=len(store.table(resource).order) + 10**9):
        undone.setdefault(event.object.key, event.previous)
    table = store.table(resource)
    keys = list(table.keys_from(start, namespace))
    back = sorted(key for key, old in undone.items() if old is not None and key not in table.objects and key >= start)
    for key in back:
        if namespace is None or key[0] == namespace:
            keys.insert(bisect_right(keys, key), key)
    for key in keys:
        stored = undone[key] if key in undone else table.objects[key]
        if stored is not None:
            yield stored
