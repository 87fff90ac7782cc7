"""`/openapi/v3`: what kubectl and helm read for validation, `explain` and apply. Made from the schemas that are served.

`discovery` calls it; documents are made when they are asked for and kept until the set of resources changes.
"""

import hashlib
from typing import Any

import orjson

from bot.embedded.api.registry import Registry, Served
from bot.embedded.api.response import Response, answer
from bot.embedded.api.status_errors import no_such_resource
from bot.embedded.api.validate.nodes import Node

type Document = dict[str, Any]

META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
WRITE_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")
ACTIONS = {
    "get": ("get", "get"),
    "update": ("put", "put"),
    "patch": ("patch", "patch"),
    "delete": ("delete", "delete"),
}
COLLECTION_ACTIONS = {"list": ("get", "list"), "create": ("post", "post")}
PATCH_TYPES = ("application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml")
STRATEGIC = "application/strategic-merge-patch+json"


class OpenApi:
    """The documents of one server, by group and version."""

    def __init__(self) -> None:
        self._generation = -1
        self._documents: dict[str, bytes] = {}

    def index(self, registry: Registry) -> Response:
        """Where the document of each group and version lies; the hash lets clients keep theirs."""
        paths = {}
        for path in sorted({_path_of(served) for served in registry.all()}):
            digest = hashlib.sha256(f"{registry.generation}{path}".encode()).hexdigest()[:32].upper()
            paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
        return answer({"paths": paths})

    def document(self, registry: Registry, path: str) -> Response:
        """One group and version. ApiError 404 where it is not served."""
        if self._generation != registry.generation:
            self._documents, self._generation = {}, registry.generation
        if path not in self._documents:
            served = [item for item in registry.all() if _path_of(item) == path]
            if not served:
                raise no_such_resource()
            self._documents[path] = orjson.dumps(_document(served))
        return Response(200, self._documents[path])


def _path_of(served: Served) -> str:
    return f"apis/{served.type.api_version}" if served.type.group else f"api/{served.type.version}"


def _document(served: list[Served]) -> Document:
    paths: Document = {}
    schemas: Document = {META: _metadata()}
    for item in served:
        schemas[_name(item)] = _kind_schema(item)
        paths |= _paths(item)
    info = {"title": "vteam embedded control plane", "version": "v1"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _name(served: Served) -> str:
    """Reversed group, version and kind: how components are named."""
    group = ".".join(reversed(served.type.group.split("."))) if served.type.group else "io.k8s.api.core"
    return f"{group}.{served.type.version}.{served.type.kind}"


def _gvk(served: Served) -> Document:
    return {"group": served.type.group, "version": served.type.version, "kind": served.type.kind}


def _metadata() -> Document:
    return {
        "type": "object",
        "description": "Standard object's metadata.",
        "x-kubernetes-preserve-unknown-fields": True,
    }


def _kind_schema(served: Served) -> Document:
    schema = dict(served.document) if served.document is not None else schema_of(served.schema)
    properties = dict(schema.get("properties") or {})
    properties["apiVersion"] = properties["kind"] = {"type": "string"}
    properties["metadata"] = {"allOf": [{"$ref": f"#/components/schemas/{META}"}], "default": {}}
    return {**schema, "properties": properties, "x-kubernetes-group-version-kind": [_gvk(served)]}


def schema_of(node: Node) -> Document:
    """A compiled schema written as OpenAPI again."""
    schema: Document = {}
    if node.description:
        schema["description"] = node.description
    if node.int_or_string:
        return {**schema, "x-kubernetes-int-or-string": True, "oneOf": [{"type": "integer"}, {"type": "string"}]}
    if node.type:
        schema["type"] = node.type
    if node.properties:
        schema["properties"] = {name: schema_of(child) for name, child in node.properties.items()}
    if node.additional is not None:
        schema["additionalProperties"] = schema_of(node.additional)
    if node.items is not None:
        schema["items"] = schema_of(node.items)
    if node.required:
        schema["required"] = list(node.required)
    if node.preserve:
        schema["x-kubernetes-preserve-unknown-fields"] = True
    return schema | _lists(node)


def _lists(node: Node) -> Document:
    if node.list_type == "map":
        merge = {"x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": node.list_keys[0]}
        return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(node.list_keys), **merge}
    if node.list_type == "set":
        return {"x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge"}
    return {"x-kubernetes-list-type": "atomic"} if node.type == "array" else {}


def _paths(served: Served) -> Document:
    root = f"/{_path_of(served)}"
    scope = f"{root}/namespaces/{{namespace}}" if served.type.namespaced else root
    collection, item = f"{scope}/{served.type.plural}", f"{scope}/{served.type.plural}/{{name}}"
    paths: Document = {collection: _operations(served, COLLECTION_ACTIONS)}
    if "get" in served.type.verbs:
        paths[item] = _operations(served, ACTIONS)
        if served.type.has_status:
            paths[f"{item}/status"] = _operations(served, {key: ACTIONS[key] for key in ("get", "update", "patch")})
    return paths


def _operations(served: Served, actions: dict[str, tuple[str, str]]) -> Document:
    """One operation a verb, with the parameters by which kubectl knows what the server can do."""
    operations: Document = {}
    for verb, (method, action) in actions.items():
        if verb in served.type.verbs:
            operations[method] = _operation(served, verb, action)
    return operations


def _operation(served: Served, verb: str, action: str) -> Document:
    reference = {"$ref": f"#/components/schemas/{_name(served)}"}
    content = {"application/json": {"schema": reference}}
    operation: Document = {"x-kubernetes-action": action, "x-kubernetes-group-version-kind": _gvk(served)}
    operation["responses"] = {"200": {"description": "OK", "content": content}}
    if verb in ("create", "update", "patch"):
        named = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in WRITE_PARAMETERS]
        operation["parameters"] = named
        types = [*PATCH_TYPES, *(() if served.type.custom else (STRATEGIC,))]
        kinds = types if verb == "patch" else ["application/json"]
        body = {"type": "object"} if verb == "patch" else reference
        operation["requestBody"] = {"content": {kind: {"schema": body} for kind in kinds}}
    return operation
