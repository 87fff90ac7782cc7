"""What is served: health, version, API groups and their resources. `app` calls it for paths that are no resource."""

from collections.abc import Iterable
from typing import Any

from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import Served
from bot.embedded.api.request import ApiRequest
from bot.embedded.api.response import Response, answer
from bot.embedded.api.status_errors import no_such_resource

type Document = dict[str, Any]

# The level of API semantics that this server follows; kubectl compares it with its own for skew.
VERSION = {
    "major": "1",
    "minor": "33",
    "gitVersion": "v1.33.0+vteam",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2025-04-23T00:00:00Z",
    "goVersion": "",
    "compiler": "cpython",
    "platform": "embedded",
}
HEALTH = ("healthz", "livez", "readyz")
SUBRESOURCE_KINDS = {
    "token": ("TokenRequest", "authentication.k8s.io", "v1", ["create"]),
    "binding": ("Binding", "", "v1", ["create"]),
    "log": ("Pod", "", "v1", ["get"]),
    "finalize": ("Namespace", "", "v1", ["update"]),
}


def discover(plane: Plane, request: ApiRequest) -> Response:
    """Answer a path that names no resource. ApiError 404 where nothing is there."""
    parts = request.path.strip("/").split("/")
    match parts:
        case [name, *_] if name in HEALTH:
            return Response(200, b"ok", "text/plain; charset=utf-8")
        case ["version"]:
            return answer(VERSION)
        case ["api"]:
            return answer({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
        case ["api", "v1"]:
            return answer(_resource_list(plane, "", "v1"))
        case ["openapi", "v3"]:
            return plane.openapi.index(plane.registry)
        case ["openapi", "v3", *rest]:
            return plane.openapi.document(plane.registry, "/".join(rest))
        case ["apis"]:
            return answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": list(_groups(plane))})
        case ["apis", group]:
            return answer(_group(plane, group))
        case ["apis", group, version]:
            return answer(_resource_list(plane, group, version))
    raise no_such_resource()


def _versions(plane: Plane) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for served in plane.registry.all():
        versions = found.setdefault(served.type.group, [])
        if served.type.version not in versions:
            versions.append(served.type.version)
    found.pop("", None)
    return found


def _groups(plane: Plane) -> Iterable[Document]:
    for group, versions in _versions(plane).items():
        entries = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
        yield {"name": group, "versions": entries, "preferredVersion": entries[0]}


def _group(plane: Plane, name: str) -> Document:
    for group in _groups(plane):
        if group["name"] == name:
            return {"kind": "APIGroup", "apiVersion": "v1", **group}
    raise no_such_resource()


def _resource_list(plane: Plane, group: str, version: str) -> Document:
    served = [item for item in plane.registry.all() if (item.type.group, item.type.version) == (group, version)]
    if not served:
        raise no_such_resource()
    entries = [entry for item in served for entry in _entries(item)]
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def _entries(served: Served) -> Iterable[Document]:
    kind = served.type
    entry: Document = {
        "name": kind.plural,
        "singularName": kind.singular or kind.kind.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": sorted(kind.verbs),
    }
    if kind.short_names:
        entry["shortNames"] = list(kind.short_names)
    if kind.categories:
        entry["categories"] = list(kind.categories)
    yield entry
    for name in kind.subresources:
        yield _subresource(served, name)


def _subresource(served: Served, name: str) -> Document:
    kind, group, version, verbs = SUBRESOURCE_KINDS.get(name, (served.type.kind, "", "", ["get", "patch", "update"]))
    entry: Document = {
        "name": f"{served.type.plural}/{name}",
        "singularName": "",
        "namespaced": served.type.namespaced,
        "kind": kind,
        "verbs": verbs,
    }
    if group:
        entry |= {"group": group, "version": version}
    return entry
