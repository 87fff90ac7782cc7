"""A structural schema, compiled once from a CRD's `openAPIV3Schema` into `Node` objects that the walkers read.

`crds` compiles here when a CRD arrives. A schema that is not structural is refused with the path of what is wrong,
as the real API server does; a keyword that this server does not know is refused too, never ignored.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.embedded.api.status_errors import FieldError, field_forbidden, invalid_value, not_supported, required

TYPES = ("array", "boolean", "integer", "number", "object", "string")
LIST_TYPES = ("atomic", "map", "set")
MAP_TYPES = ("atomic", "granular")


@dataclass(slots=True)
class Rule:
    """One entry of `x-kubernetes-validations`; `program` and `message_program` are compiled by `cel_rules`."""

    source: str
    message: str = ""
    message_expression: str = ""
    reason: str = "FieldValueInvalid"
    field_path: str = ""
    optional_old_self: bool = False
    program: Any = None
    message_program: Any = None
    transition: bool = False


@dataclass(slots=True)
class Limits:
    """The value validations of one node, by their OpenAPI names."""

    maximum: float | None = None
    minimum: float | None = None
    exclusive_maximum: bool = False
    exclusive_minimum: bool = False
    multiple_of: float | None = None
    max_length: int | None = None
    min_length: int | None = None
    pattern: re.Pattern[str] | None = None
    pattern_source: str = ""
    max_items: int | None = None
    min_items: int | None = None
    unique_items: bool = False
    max_properties: int | None = None
    min_properties: int | None = None
    enum: tuple[Any, ...] | None = None
    format: str = ""


@dataclass(slots=True)
class Node:
    """One place in a schema. `type` is empty for int-or-string and for anything-goes."""

    type: str = ""
    properties: dict[str, "Node"] = field(default_factory=dict)
    items: "Node | None" = None
    additional: "Node | None" = None
    preserve: bool = False
    embedded: bool = False
    int_or_string: bool = False
    nullable: bool = False
    required: tuple[str, ...] = ()
    default: Any = None
    has_default: bool = False
    limits: Limits | None = None
    all_of: tuple["Node", ...] = ()
    any_of: tuple["Node", ...] = ()
    one_of: tuple["Node", ...] = ()
    negated: "Node | None" = None
    list_type: str = "atomic"
    list_keys: tuple[str, ...] = ()
    map_type: str = "granular"
    rules: tuple[Rule, ...] = ()
    rules_below: bool = False
    defaults_below: bool = False
    description: str = ""
    plain: bool = False  # CEL reads the JSON values as they are; set by cel_rules

    def children(self) -> Iterator["Node"]:
        yield from self.properties.values()
        if self.items is not None:
            yield self.items
        if self.additional is not None:
            yield self.additional


KNOWN = frozenset(
    {
        "$schema",
        "additionalProperties",
        "allOf",
        "anyOf",
        "default",
        "description",
        "enum",
        "example",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "externalDocs",
        "format",
        "id",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "not",
        "nullable",
        "oneOf",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
        "uniqueItems",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-kubernetes-map-type",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
    }
)


class SchemaCompiler:
    """Turns one schema document into a Node tree and collects what is wrong with it."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def compile(self, schema: Any, path: str, *, junctor: bool = False) -> Node:
        """`junctor`: inside allOf, anyOf, oneOf and not, where only value validations may stand."""
        if not isinstance(schema, dict):
            self.errors.append(invalid_value(path, str(schema), "must be a schema object"))
            return Node()
        self._refuse_unknown(schema, path)
        node = Node(
            type=schema.get("type", ""),
            preserve=schema.get("x-kubernetes-preserve-unknown-fields") is True,
            embedded=schema.get("x-kubernetes-embedded-resource") is True,
            int_or_string=schema.get("x-kubernetes-int-or-string") is True,
            nullable=schema.get("nullable") is True,
            required=tuple(schema.get("required") or ()),
            description=schema.get("description", ""),
        )
        self._check_type(node, path, junctor=junctor)
        self._structure(node, schema, path, junctor=junctor)
        self._topology(node, schema, path)
        node.limits = self._limits(schema, path)
        self._junctors(node, schema, path)
        node.rules = tuple(self._rules(schema, path))
        self._default(node, schema)
        node.rules_below = bool(node.rules) or any(child.rules_below for child in node.children())
        node.defaults_below = node.has_default or any(child.defaults_below for child in node.children())
        return node

    def _refuse_unknown(self, schema: dict[str, Any], path: str) -> None:
        for key in schema.keys() - KNOWN:
            self.errors.append(field_forbidden(f"{path}.{key}", "is not supported"))

    def _check_type(self, node: Node, path: str, *, junctor: bool) -> None:
        if node.type and node.type not in TYPES:
            self.errors.append(not_supported(f"{path}.type", node.type, TYPES))
        elif not node.type and not (junctor or node.int_or_string or node.preserve):
            self.errors.append(required(f"{path}.type", "must not be empty for specified object fields"))

    def _structure(self, node: Node, schema: dict[str, Any], path: str, *, junctor: bool) -> None:
        for name, child in (schema.get("properties") or {}).items():
            node.properties[name] = self.compile(child, f"{path}.properties[{name}]", junctor=junctor)
        additional = schema.get("additionalProperties")
        if isinstance(additional, dict):
            node.additional = self.compile(additional, f"{path}.additionalProperties", junctor=junctor)
        elif additional is True:
            node.additional = Node(preserve=True)
        elif additional is not None:
            why = "must be a schema or true"
            self.errors.append(field_forbidden(f"{path}.additionalProperties", why))
        if node.properties and node.additional is not None and not junctor:
            why = "additionalProperties and properties are mutual exclusive"
            self.errors.append(field_forbidden(f"{path}.additionalProperties", why))
        if "items" in schema:
            node.items = self.compile(schema["items"], f"{path}.items", junctor=junctor)
        elif node.type == "array" and not junctor:
            self.errors.append(required(f"{path}.items", "must be specified"))

    def _topology(self, node: Node, schema: dict[str, Any], path: str) -> None:
        node.list_type = schema.get("x-kubernetes-list-type", "atomic")
        node.map_type = schema.get("x-kubernetes-map-type", "granular")
        node.list_keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
        if node.list_type not in LIST_TYPES:
            self.errors.append(not_supported(f"{path}.x-kubernetes-list-type", node.list_type, LIST_TYPES))
        if node.map_type not in MAP_TYPES:
            self.errors.append(not_supported(f"{path}.x-kubernetes-map-type", node.map_type, MAP_TYPES))
        if (node.list_type == "map") != bool(node.list_keys):
            why = "must be set if and only if x-kubernetes-list-type is map"
            self.errors.append(invalid_value(f"{path}.x-kubernetes-list-map-keys", list(node.list_keys), why))

    def _limits(self, schema: dict[str, Any], path: str) -> Limits | None:
        limits = Limits(
            maximum=schema.get("maximum"),
            minimum=schema.get("minimum"),
            exclusive_maximum=schema.get("exclusiveMaximum") is True,
            exclusive_minimum=schema.get("exclusiveMinimum") is True,
            multiple_of=schema.get("multipleOf"),
            max_length=schema.get("maxLength"),
            min_length=schema.get("minLength"),
            max_items=schema.get("maxItems"),
            min_items=schema.get("minItems"),
            unique_items=schema.get("uniqueItems") is True,
            max_properties=schema.get("maxProperties"),
            min_properties=schema.get("minProperties"),
            enum=tuple(schema["enum"]) if "enum" in schema else None,
            format=schema.get("format", ""),
        )
        if "pattern" in schema:
            limits.pattern_source = schema["pattern"]
            limits.pattern = self._pattern(schema["pattern"], f"{path}.pattern")
        return None if limits == Limits() else limits

    def _pattern(self, source: str, path: str) -> re.Pattern[str] | None:
        try:
            return re.compile(end_anchored(source), re.ASCII)
        except (re.error, TypeError) as error:
            self.errors.append(invalid_value(path, source, f"must be a valid regular expression, but isn't: {error}"))
            return None

    def _junctors(self, node: Node, schema: dict[str, Any], path: str) -> None:
        def compiled(key: str) -> tuple[Node, ...]:
            entries = enumerate(schema.get(key) or ())
            return tuple(self.compile(entry, f"{path}.{key}[{index}]", junctor=True) for index, entry in entries)

        node.all_of, node.any_of, node.one_of = compiled("allOf"), compiled("anyOf"), compiled("oneOf")
        if "not" in schema:
            node.negated = self.compile(schema["not"], f"{path}.not", junctor=True)

    def _rules(self, schema: dict[str, Any], path: str) -> Iterator[Rule]:
        for index, entry in enumerate(schema.get("x-kubernetes-validations") or ()):
            where = f"{path}.x-kubernetes-validations[{index}]"
            if not isinstance(entry, dict) or not str(entry.get("rule", "")).strip():
                self.errors.append(required(f"{where}.rule", "rule is not specified"))
                continue
            yield Rule(
                source=entry["rule"].strip(),
                message=entry.get("message", ""),
                message_expression=entry.get("messageExpression", ""),
                reason=entry.get("reason") or "FieldValueInvalid",
                field_path=entry.get("fieldPath", ""),
                optional_old_self=entry.get("optionalOldSelf") is True,
            )

    def _default(self, node: Node, schema: dict[str, Any]) -> None:
        if "default" in schema:
            node.default = schema["default"]
            node.has_default = True


def end_anchored(source: str) -> str:
    """Go's `$` is the end of the text; Python's also matches before a last newline, so it is written `\\Z`."""
    out, index, in_class = [], 0, False
    while index < len(source):
        char = source[index]
        if char == "\\":
            pair = source[index : index + 2]
            out.append("\\Z" if pair == "\\z" else pair)
            index += 2
            continue
        if char == "[":
            in_class = True
        elif char == "]":
            in_class = False
        out.append("\\Z" if char == "$" and not in_class else char)
        index += 1
    return "".join(out)
