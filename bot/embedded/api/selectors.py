"""Label and field selectors: parsed once per request, asked once per object. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from bot.embedded.api.history import Stored
from bot.embedded.api.metadata import QUALIFIED, SUBDOMAIN, VALUE
from bot.embedded.api.resources import ResourceType
from bot.embedded.api.status_errors import bad_request

type LabelTest = Callable[[dict[str, str]], bool]

SET_BASED = re.compile(r"^\s*(\S+)\s+(in|notin)\s*\(([^()]*)\)\s*\Z")
EQUALITY = re.compile(r"^\s*([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)\s*\Z")
EXISTS = re.compile(r"^\s*(!?)\s*([^\s=!]+)\s*\Z")
FIELD = re.compile(r"^\s*([^\s=!]+)\s*(==|=|!=)(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a resource a list or watch wants."""

    labels: tuple[LabelTest, ...] = ()
    fields: tuple[tuple[str, str, bool], ...] = ()  # path, value, whether it must be equal
    name: str | None = None
    namespace: str | None = None

    @property
    def everything(self) -> bool:
        return not (self.labels or self.fields or self.name is not None or self.namespace is not None)

    @property
    def unfiltered(self) -> bool:
        """Whether a namespace is all that it asks for."""
        return not (self.labels or self.fields or self.name is not None)

    def matches(self, stored: Stored) -> bool:
        if self.namespace is not None and stored.namespace != self.namespace:
            return False
        if self.name is not None and stored.name != self.name:
            return False
        if not all(test(stored.labels) for test in self.labels):
            return False
        return not self.fields or self._fields_match(stored)

    def _fields_match(self, stored: Stored) -> bool:
        document = orjson.loads(stored.body)
        return all((field_value(document, path) == value) == equal for path, value, equal in self.fields)


def field_value(document: dict[str, Any], path: str) -> str:
    """A field as selectors compare it: a string, empty where it is missing."""
    if path == "source" and document.get("kind") == "Event":
        path = "source.component"
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "false" if path in ("spec.unschedulable", "spec.hostNetwork") else ""
    return str(value)


def select(resource: ResourceType, namespace: str, *, labels: str, fields: str) -> Selection:
    """The selection of a request. ApiError 400 for what cannot be parsed or is not selectable."""
    plain, name, where = [], None, namespace or None
    for path, value, equal in parse_fields(fields):
        if path == "metadata.name" and equal and name in (None, value):
            name = value
        elif path == "metadata.namespace" and equal and where in (None, value):
            where = value
        elif path not in ("metadata.name", "metadata.namespace", *resource.selectable):
            raise bad_request(f"field label not supported: {path}")
        else:
            plain.append((path, value, equal))
    return Selection(tuple(parse_labels(labels)), tuple(plain), name, where)


def parse_labels(text: str) -> list[LabelTest]:
    if not text.strip():
        return []
    return [_label_test(part, text) for part in _split(text)]


def _split(text: str) -> list[str]:
    """Split at the commas that stand outside of parentheses."""
    parts, depth, current = [], 0, ""
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    return [*parts, current]


def _label_test(part: str, text: str) -> LabelTest:
    match = SET_BASED.match(part)
    if match:
        key, operator, listed = match.groups()
        return _set_test(key, operator, listed.split(","), text=text)
    match = EQUALITY.match(part)
    if match:
        key, operator, value = match.groups()
        _check(key, [value], text)
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    match = EXISTS.match(part)
    if match is None:
        raise bad_request(f"unable to parse requirement: found '{part}' in '{text}'")
    absent, key = match.groups()
    _check(key, [], text)
    return lambda labels: (key in labels) != bool(absent)


def _set_test(key: str, operator: str, listed: list[str], *, text: str) -> LabelTest:
    values = frozenset(item.strip() for item in listed)
    _check(key, list(values), text)
    if operator == "in":
        return lambda labels: labels.get(key) in values
    return lambda labels: labels.get(key) not in values


def _check(key: str, values: list[str], text: str) -> None:
    prefix, slash, name = key.rpartition("/")
    good_key = len(name) <= 63 and QUALIFIED.match(name) and (not slash or SUBDOMAIN.match(prefix))
    if not good_key or not all(VALUE.match(value) and len(value) <= 63 for value in values):
        raise bad_request(f"unable to parse requirement: invalid label key or value in '{text}'")


def parse_fields(text: str) -> list[tuple[str, str, bool]]:
    """Backslash escapes `,`, `=` and itself in values."""
    if not text.strip():
        return []
    found = []
    for part in re.split(r"(?<!\\),", text):
        match = FIELD.match(part)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        path, operator, value = match.groups()
        found.append((path, re.sub(r"\\([\\,=])", r"\1", value), operator != "!="))
    return found
