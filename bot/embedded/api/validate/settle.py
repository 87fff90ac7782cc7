"""Pruning and defaulting: an incoming object is brought into the form in which it is kept.

`objects` calls `settle` on each document that arrives, before it is checked. Fields that the schema does not know are
dropped and reported, nulls that may not be null are dropped, and absent fields with a default get a copy of it.
"""

from copy import deepcopy
from typing import Any

from bot.embedded.api.validate.nodes import Node

RESERVED = ("apiVersion", "kind", "metadata")


def settle(node: Node, document: dict[str, Any], *, keep: tuple[str, ...] = RESERVED) -> list[str]:
    """Settle `document` in place; return the paths of unknown fields. `keep` names top-level keys to leave alone."""
    unknown: list[str] = []
    _object(node, document, "", unknown, keep)
    return unknown


def _object(node: Node, value: dict[str, Any], path: str, unknown: list[str], keep: tuple[str, ...] = ()) -> None:
    properties = node.properties
    for key in list(value):
        if key in keep:
            continue
        child = properties.get(key, node.additional)
        where = f"{path}.{key}" if path else key
        if child is None:
            if not node.preserve:
                del value[key]
                unknown.append(where)
            continue
        if value[key] is None and not child.nullable and (child.type or child.int_or_string):
            del value[key]
        else:
            _value(child, value[key], where, unknown)
    if node.defaults_below:
        _defaults(node, value)


def _defaults(node: Node, value: dict[str, Any]) -> None:
    for key, child in node.properties.items():
        if child.has_default and key not in value:
            value[key] = deepcopy(child.default)
            if child.defaults_below and isinstance(value[key], dict):
                _object(child, value[key], "", [])


def _value(node: Node, value: Any, path: str, unknown: list[str]) -> None:
    if isinstance(value, dict):
        if node.type == "object" or node.properties or node.additional is not None:
            _object(node, value, path, unknown, RESERVED if node.embedded else ())
    elif isinstance(value, list) and node.items is not None:
        for index, item in enumerate(value):
            _value(node.items, item, f"{path}[{index}]", unknown)
