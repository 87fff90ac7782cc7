"""CustomResourceDefinitions: completed, checked and compiled when they arrive.

The strategy of that kind calls `complete` and `check_crd` on create and update; `registry` compiles what was accepted.
What this server cannot serve exactly (webhook conversion, a scale subresource, unknown schema keywords, CEL functions
that are missing here) is refused with 422 when the CRD is created, never half served.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.embedded.api.metadata import LABEL, SUBDOMAIN, new_uid, now
from bot.embedded.api.resources import BY_NAME
from bot.embedded.api.status_errors import FieldError, field_forbidden, invalid, invalid_value, not_supported, required
from bot.embedded.api.store import ApiStore
from bot.embedded.api.validate.cel_rules import compile_rules
from bot.embedded.api.validate.nodes import Node, SchemaCompiler
from bot.embedded.api.validate.settle import settle

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")


def load_crds(store: ApiStore, documents: Sequence[dict[str, Any]]) -> None:
    """Write CRDs into a store that is not serving yet. Replaces older ones; ApiError where one is invalid."""
    kind = BY_NAME[("apiextensions.k8s.io", "v1", "customresourcedefinitions")]
    for document in documents:
        crd: dict[str, Any] = {
            "apiVersion": kind.api_version,
            "kind": kind.kind,
            "metadata": dict(document["metadata"]),
        }
        crd["spec"] = document["spec"]
        complete(crd)
        errors = list(check_crd(crd))
        name = crd["metadata"].get("name", "")
        if errors:
            raise invalid(kind, name, errors)
        old = store.get(kind.key, "", name)
        _load_one(store, kind.key, crd, exists=old is not None)


def _load_one(store: ApiStore, key: str, crd: dict[str, Any], *, exists: bool) -> None:
    import orjson

    metadata = crd["metadata"]
    if exists:
        old = orjson.loads(store.get(key, "", metadata["name"]).body)  # type: ignore[union-attr]
        if old["spec"] == crd["spec"]:
            return
        metadata.update({name: old["metadata"][name] for name in ("uid", "creationTimestamp")})
        metadata["generation"] = old["metadata"].get("generation", 1) + 1
        metadata["finalizers"] = old["metadata"].get("finalizers", [CLEANUP])
    else:
        metadata |= {"uid": new_uid(), "creationTimestamp": now(), "generation": 1, "finalizers": [CLEANUP]}
    store.write_through(key, "MODIFIED" if exists else "ADDED", crd)


def complete(crd: dict[str, Any], old: dict[str, Any] | None = None) -> None:
    """Fill in names, conversion and the status that the real controllers would write."""
    spec = crd.get("spec")
    if not isinstance(spec, dict) or not isinstance(spec.get("names"), dict):
        return
    names = spec["names"]
    if isinstance(names.get("kind"), str):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", names["kind"] + "List")
    spec.setdefault("conversion", {"strategy": "None"})
    versions = [item for item in spec.get("versions") or () if isinstance(item, dict)]
    storage = [item.get("name", "") for item in versions if item.get("storage")]
    before = (old or {}).get("status", {}).get("storedVersions", [])
    crd["status"] = {
        "conditions": _conditions((old or {}).get("status", {}).get("conditions")),
        "acceptedNames": dict(names),
        "storedVersions": list(dict.fromkeys([*before, *storage])),
    }


def _conditions(before: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    if before:
        return before
    accepted = {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"}
    established = {
        "type": "Established",
        "status": "True",
        "reason": "InitialNamesAccepted",
        "message": "the initial names have been accepted",
    }
    return [{**item, "lastTransitionTime": now()} for item in (accepted, established)]


def check_crd(crd: dict[str, Any]) -> Iterator[FieldError]:
    """Everything for which a CRD is refused."""
    spec = crd["spec"]
    names = spec["names"]
    name, expected = crd["metadata"].get("name", ""), f"{names.get('plural')}.{spec.get('group')}"
    if name != expected:
        yield invalid_value("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    yield from _check_names(spec, names)
    if spec.get("scope") not in ("Cluster", "Namespaced"):
        yield not_supported("spec.scope", spec.get("scope"), ("Cluster", "Namespaced"))
    if spec.get("conversion", {}).get("strategy") != "None":
        yield not_supported("spec.conversion.strategy", spec["conversion"].get("strategy"), ("None",))
    if spec.get("preserveUnknownFields"):
        yield invalid_value("spec.preserveUnknownFields", True, "must be false")
    yield from _check_versions(spec.get("versions") or [])


def _check_names(spec: dict[str, Any], names: dict[str, Any]) -> Iterator[FieldError]:
    group = spec.get("group", "")
    if not SUBDOMAIN.match(group) or "." not in group:
        yield invalid_value("spec.group", group, "should be a domain with at least one dot")
    elif any(item.group == group for item in BY_NAME.values()):
        yield field_forbidden("spec.group", "a built-in group cannot be extended here")
    for key in ("plural", "singular"):
        if not LABEL.match(names.get(key) or ""):
            yield invalid_value(f"spec.names.{key}", names.get(key), "must be a lowercase RFC 1123 label")
    for key in ("kind", "listKind"):
        if not LABEL.match((names.get(key) or "").lower()):
            yield invalid_value(f"spec.names.{key}", names.get(key), "may have mixed case, but must be a DNS label")


def _check_versions(versions: list[dict[str, Any]]) -> Iterator[FieldError]:
    if not versions:
        yield required("spec.versions", "must have at least one version")
    if sum(bool(version.get("storage")) for version in versions) != 1:
        yield invalid_value("spec.versions", "array", "must have exactly one version marked as storage version")
    for index, version in enumerate(versions):
        path = f"spec.versions[{index}]"
        yield from _check_version(version, path)


def _check_version(version: dict[str, Any], path: str) -> Iterator[FieldError]:
    if not isinstance((version.get("schema") or {}).get("openAPIV3Schema"), dict):
        yield required(f"{path}.schema.openAPIV3Schema", "schemas are required")
        return
    if "scale" in (version.get("subresources") or {}):
        yield field_forbidden(f"{path}.subresources.scale", "the scale subresource is not served here")
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        if column.get("type") not in COLUMN_TYPES:
            where = f"{path}.additionalPrinterColumns[{index}].type"
            yield not_supported(where, column.get("type"), COLUMN_TYPES)
    node, errors = compile_version(version, f"{path}.schema.openAPIV3Schema")
    yield from errors
    if node.type != "object":
        yield invalid_value(f"{path}.schema.openAPIV3Schema.type", node.type, "must be object at the root")
    if not errors:
        yield from _check_defaults(node, f"{path}.schema.openAPIV3Schema")


def compile_version(version: dict[str, Any], path: str) -> tuple[Node, list[FieldError]]:
    """The compiled schema of one version, its rules included, and what is wrong with it."""
    compiler = SchemaCompiler()
    try:
        node = compiler.compile(version["schema"]["openAPIV3Schema"], path)
    except (AttributeError, TypeError, ValueError) as error:
        # A keyword with a value of the wrong type: the document is an administrator's, its author wants to know.
        return Node(type="object"), [invalid_value(path, "object", f"is not a schema: {error}")]
    rules = [] if compiler.errors else list(compile_rules(node, path))
    return node, compiler.errors + rules


def _check_defaults(node: Node, path: str) -> Iterator[FieldError]:
    from bot.embedded.api.validate.check import check

    for name, child in node.properties.items():
        where = f"{path}.properties[{name}]"
        if child.has_default:
            value = {name: child.default}
            pruned = settle(Node(type="object", properties={name: child}), value, keep=())
            yield from (invalid_value(f"{where}.default", child.default, f"unknown field {item}") for item in pruned)
            yield from (
                FieldError(f"{where}.default", error.reason, error.detail)
                for error in check(child, value.get(name), f"{where}.default")
            )
        yield from _check_defaults(child, where)
    if node.items is not None:
        yield from _check_defaults(node.items, f"{path}.items")
    if node.additional is not None:
        yield from _check_defaults(node.additional, f"{path}.additionalProperties")
