"""A small CRD that uses what the bot's own use: status, defaults, limits, CEL, printer columns, selectable fields."""

from typing import Any

type Document = dict[str, Any]

SPEC: Document = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string", "minLength": 1, "maxLength": 100},
        "mode": {"type": "string", "enum": ["fix", "plan"], "default": "fix"},
        "turns": {"type": "integer", "minimum": 1, "maximum": 50},
        "size": {"x-kubernetes-int-or-string": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set", "maxItems": 4},
        "repos": {
            "type": "array",
            "maxItems": 10,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["url"],
            "items": {
                "type": "object",
                "required": ["url"],
                "properties": {
                    "url": {"type": "string", "pattern": "^https://", "maxLength": 200},
                    "branch": {"type": "string", "default": "main"},
                },
            },
        },
    },
    "x-kubernetes-validations": [
        {"rule": "!has(self.turns) || self.mode == 'fix'", "message": "turns are for fixes only"},
        {"rule": "self.prompt == oldSelf.prompt", "message": "prompt is immutable"},
    ],
}
STATUS: Document = {
    "type": "object",
    "properties": {
        "phase": {"type": "string"},
        "conditions": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
            "items": {
                "type": "object",
                "required": ["type"],
                "properties": {"type": {"type": "string"}, "status": {"type": "string"}},
            },
        },
    },
}


def crd(group: str, *, kind: str = "Widget") -> Document:
    plural = kind.lower() + "s"
    version: Document = {
        "name": "v1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC, "status": STATUS}}},
        "selectableFields": [{"jsonPath": ".spec.mode"}],
        "additionalPrinterColumns": [
            {"name": "Mode", "type": "string", "jsonPath": ".spec.mode"},
            {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        ],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind, "singular": kind.lower(), "shortNames": ["wd"]},
            "versions": [version],
        },
    }


def widget(name: str, **spec: Any) -> Document:
    """A widget; `apiVersion` is filled in by the caller's `of`."""
    return {"kind": "Widget", "metadata": {"name": name}, "spec": {"prompt": "make it so", **spec}}


def of(path: str, document: Document) -> Document:
    """The document with the apiVersion that the collection's path names."""
    _, _, group, version, *_ = path.split("/")
    return {"apiVersion": f"{group}/{version}", **document}
