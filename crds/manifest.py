"""The CustomResourceDefinitions, generated from the pydantic models. Called by `python -m crds` and the tests.

Kubernetes wants a structural schema: no references, no unions, no titles. What the models say in that form is
translated here; what cannot be said raises ValueError.
"""

from typing import Any

from pydantic import BaseModel

from crds.agentic_session import GROUP, VERSION, AgenticSessionSpec
from crds.project_settings import SINGLETON, ProjectSettingsSpec, ProjectSettingsStatus
from crds.rfe_workflow import RFEWorkflowSpec, RFEWorkflowStatus
from crds.session_status import AgenticSessionStatus

Json = dict[str, Any]

_KEPT = (
    "description", "type", "format", "enum", "default", "pattern", "minimum", "maximum", "minLength", "maxLength",
    "minItems", "maxItems", "maxProperties", "required",
    "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
    "x-kubernetes-preserve-unknown-fields",
)  # fmt: skip


def structural(model: type[BaseModel], description: str) -> Json:
    """The structural OpenAPI v3 schema of a model. Raises ValueError for a union of two real types."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return _node(schema, schema.get("$defs", {})) | {"description": description}


def _node(schema: Json, definitions: Json) -> Json:
    merged = _resolved(schema, definitions)
    node: Json = {key: merged[key] for key in _KEPT if key in merged}
    if "const" in merged:
        node["enum"] = [merged["const"]]
    if node.get("default") is None:
        node.pop("default", None)
    if "properties" in merged:
        node["properties"] = {name: _node(part, definitions) for name, part in merged["properties"].items()}
    if "items" in merged:
        node["items"] = _node(merged["items"], definitions)
    if isinstance(merged.get("additionalProperties"), dict) and merged["additionalProperties"]:
        node["additionalProperties"] = _node(merged["additionalProperties"], definitions)
    return node


def _resolved(schema: Json, definitions: Json) -> Json:
    """The schema with its reference and its `or null` folded in; what stands nearest to the field wins."""
    own = {key: value for key, value in schema.items() if key not in ("$ref", "anyOf", "allOf")}
    if "$ref" in schema:
        return _resolved(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions) | own
    options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
    if len(options) > 1:
        raise ValueError(f"a structural schema has no unions: {options}")
    return _resolved(options[0], definitions) | own if options else own


def _column(name: str, path: str, kind: str = "string", **more: Any) -> Json:
    return {"name": name, "type": kind, "jsonPath": path, **more}


SESSION_COLUMNS = [
    _column("Task", ".spec.task"),
    _column("Phase", ".status.phase"),
    _column("Turns", ".status.progress.turns", "integer"),
    _column("Cost", ".status.total_cost_usd", "number"),
    _column("Repository", ".spec.origin.repository", priority=1),
    _column("Message", ".status.message", priority=1),
    _column("Age", ".metadata.creationTimestamp", "date"),
]
AGE = [_column("Age", ".metadata.creationTimestamp", "date")]


def _definition(names: Json, version: Json) -> Json:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{GROUP}", "labels": {"app.kubernetes.io/part-of": "vteam-bot"}},
        "spec": {
            "group": GROUP,
            "names": names | {"listKind": names["kind"] + "List"},
            "scope": "Namespaced",
            "versions": [{"name": VERSION, "served": True, "storage": True, **version}],
        },
    }


def _version(description: str, spec: Json, status: Json, columns: list[Json]) -> Json:
    properties = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    return {
        "subresources": {"status": {}},
        "additionalPrinterColumns": columns,
        "schema": {
            "openAPIV3Schema": {
                "type": "object",
                "description": description,
                "required": ["spec"],
                "properties": properties | {"spec": spec, "status": status},
            }
        },
    }


def agentic_session() -> Json:
    """The CRD of AgenticSession."""
    spec = structural(AgenticSessionSpec, "What is asked for.")
    status = structural(AgenticSessionStatus, "What has become of it.")
    version = _version("One piece of work by an agent.", spec, status, SESSION_COLUMNS)
    fields = [".spec.task", ".spec.origin.repository", ".status.phase"]
    version["selectableFields"] = [{"jsonPath": path} for path in fields]
    names = {
        "plural": "agenticsessions", "singular": "agenticsession", "kind": "AgenticSession", "shortNames": ["as"],
        "categories": ["vteam"],
    }  # fmt: skip
    return _definition(names, version)


def project_settings() -> Json:
    """The CRD of ProjectSettings: a singleton in its namespace."""
    spec = structural(ProjectSettingsSpec, "What the owner of the namespace decides.")
    version = _version("Settings of one namespace.", spec, structural(ProjectSettingsStatus, "What was seen."), AGE)
    version["schema"]["openAPIV3Schema"]["x-kubernetes-validations"] = [
        {"rule": f"self.metadata.name == '{SINGLETON}'", "message": f"there is one, and its name is {SINGLETON}"}
    ]
    names = {"plural": "projectsettings", "singular": "projectsetting", "kind": "ProjectSettings", "shortNames": ["ps"]}
    return _definition(names, version)


def rfe_workflow() -> Json:
    """The CRD of RFEWorkflow."""
    spec = structural(RFEWorkflowSpec, "What is wanted.")
    status = structural(RFEWorkflowStatus, "How far it is.")
    names = {"plural": "rfeworkflows", "singular": "rfeworkflow", "kind": "RFEWorkflow", "shortNames": ["rfe"]}
    return _definition(names, _version("A request for enhancement.", spec, status, AGE))


def definitions() -> dict[str, Json]:
    """All CRDs by the name of their file."""
    return {
        "agenticsessions.yaml": agentic_session(),
        "projectsettings.yaml": project_settings(),
        "rfeworkflows.yaml": rfe_workflow(),
    }
