"""Answers a query from objects that know their fields: strict, with GitHub's errors. Called by door.py.

A connection wants `first` or `last`, at most 100, and gives a page with its cursors.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.standins.github.graphql.document import Field, Query, Selection, Variable

Json = dict[str, Any]
MOST = 100


@dataclass
class Faulty(Exception):
    """A query that GitHub does not answer, in its words; `kind` is the error's `type`."""

    message: str
    kind: str = ""


@dataclass(frozen=True)
class Thing:
    """An object of the schema: each field tells what it is, given its arguments."""

    type: str
    fields: Mapping[str, Callable[[Json], Any]]


def value(given: Any) -> Callable[[Json], Any]:
    """A field without arguments."""

    def told(arguments: Json) -> Any:
        if arguments:
            raise Faulty(f"Field doesn't accept argument '{next(iter(arguments))}'")
        return given

    return told


def connection(kind: str, things: Sequence[Thing]) -> Callable[[Json], Any]:
    """A field that gives a list in pages."""

    def told(arguments: Json) -> Thing:
        if unknown := set(arguments) - {"first", "last", "before", "after"}:
            raise Faulty(f"Field doesn't accept argument '{min(unknown)}'")
        start, end = _page(kind, len(things), arguments)
        info = Thing(
            "PageInfo",
            {
                "hasNextPage": value(end < len(things)),
                "hasPreviousPage": value(start > 0),
                "startCursor": value(_cursor(start) if start < end else None),
                "endCursor": value(_cursor(end - 1) if start < end else None),
            },
        )
        fields = {"pageInfo": value(info), "nodes": value(things[start:end]), "totalCount": value(len(things))}
        return Thing(kind, fields)

    return told


def _page(kind: str, total: int, arguments: Json) -> tuple[int, int]:
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        message = f"You must provide a `first` or `last` value to properly paginate the `{kind}` connection."
        raise Faulty(message, "MISSING_PAGINATION_BOUNDARIES")
    for name, many in (("first", first), ("last", last)):
        if many is not None and not 0 < many <= MOST:
            message = f"Requesting {many} records on the connection exceeds the `{name}` limit of {MOST} records."
            raise Faulty(message, "EXCESSIVE_PAGINATION")
    start = _place(arguments["after"]) + 1 if arguments.get("after") else 0
    end = _place(arguments["before"]) if arguments.get("before") else total
    end = max(start, min(end, start + first)) if first is not None else end
    return (max(start, end - last) if last is not None else start), end


def _cursor(place: int) -> str:
    return base64.b64encode(f"cursor:{place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:"))
    except ValueError:
        raise Faulty(f"`{cursor}` does not appear to be a valid cursor.", "INVALID_CURSOR_ARGUMENTS") from None


def answer(query: Query, given: Json, root: Thing) -> Json:
    """The data of the answer. Raises Faulty."""
    if unknown := set(given) - set(query.variables):
        raise Faulty(f"Variable ${min(unknown)} is not declared")
    for name, kind in query.variables.items():
        _check(name, kind, given.get(name))
    return _object(query.selections, given, root)


def _check(name: str, kind: str, found: Any) -> None:
    wanted = {"String": str, "Int": int}.get(kind.rstrip("!"))
    missing = found is None and kind.endswith("!")
    if wanted is None or missing or (found is not None and not isinstance(found, wanted)):
        raise Faulty(f"Variable ${name} of type {kind} was provided invalid value")


def _object(selections: Sequence[Selection], given: Json, thing: Thing) -> Json:
    found: Json = {}
    for one in selections:
        if isinstance(one, Field):
            found[one.key] = _field(one, given, thing)
        elif one.on == thing.type:
            found |= _object(one.selections, given, thing)
    return found


def _field(one: Field, given: Json, thing: Thing) -> Any:
    if one.name == "__typename":
        return thing.type
    if one.name not in thing.fields:
        raise Faulty(f"Field '{one.name}' doesn't exist on type '{thing.type}'")
    arguments = {
        name: given.get(each.name) if isinstance(each, Variable) else each for name, each in one.arguments.items()
    }
    return _told(one, given, thing.fields[one.name](arguments))


def _told(one: Field, given: Json, found: Any) -> Any:
    if isinstance(found, list | tuple):
        return [_told(one, given, each) for each in found]
    if isinstance(found, Thing) != bool(one.selections) and found is not None:
        raise Faulty(f"Field '{one.name}' must {'' if isinstance(found, Thing) else 'not '}have selections")
    return _object(one.selections, given, found) if isinstance(found, Thing) else found
