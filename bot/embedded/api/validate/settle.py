"""Pruning and defaulting: an incoming object is brought into the form in which it is kept.

`objects` calls `settle` on each document that arrives, before it is checked. Fields that the schema does not know are
dropped and reported, nulls that may not be null are dropped, and absent fields with a default get a copy of it.
"""

from copy import deepcopy
from typing import Any

from bot.embedded.api.validate.nodes import Node

RESERVED = ("apiVersion", "kind", "metadata")


def settle(
    node: Node, document: dict[str, Any], *, keep: tuple[str, ...] = RESERVED, defaults: bool = True
) -> list[str]:
    """Settle `document` in place; return the paths of unknown fields. `keep` names top-level keys to leave alone."""
    unknown: list[str] = []
    _prune(node, document, "", unknown, keep)
    if defaults and node.defaults_below:
        _default(node, document)
    return unknown


def _prune(node: Node, value: dict[str, Any], path: str, unknown: list[str], keep: tuple[str, ...] = ()) -> None:
    properties = node.properties
    for key in list(value):
        if key in keep:
            continue
        child = properties.get(key, node.additional)
        if child is None:
            if not node.preserve:
                del value[key]
                unknown.append(f"{path}.{key}" if path else key)
        elif value[key] is None and not child.nullable and (child.type or child.int_or_string):
            del value[key]
        elif isinstance(value[key], dict | list):
            _prune_below(child, value[key], f"{path}.{key}" if path else key, unknown)


def _prune_below(node: Node, value: Any, path: str, unknown: list[str]) -> None:
    if isinstance(value, dict):
        if node.type == "object" or node.properties or node.additional is not None:
            _prune(node, value, path, unknown, RESERVED if node.embedded else ())
    elif node.items is not None:
        for index, item in enumerate(value):
            if isinstance(item, dict | list):
                _prune_below(node.items, item, f"{path}[{index}]", unknown)


def _default(node: Node, value: Any) -> None:
    """Give absent fields their defaults, and look for more below those that are there."""
    if isinstance(value, dict):
        for key, child in node.properties.items():
            if child.has_default and key not in value:
                value[key] = deepcopy(child.default)
            if child.defaults_below and isinstance(value.get(key), dict | list):
                _default(child, value[key])
        if node.additional is not None and node.additional.defaults_below:
            for item in value.values():
                _default(node.additional, item)
    elif isinstance(value, list) and node.items is not None and node.items.defaults_below:
        for item in value:
            _default(node.items, item)
