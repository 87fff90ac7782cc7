"""Schemas of the built-in kinds, read from the typed models that the installed kubernetes package was generated with.

`builtin_schema` is asked once per kind. The models carry field names, types, required fields and descriptions of
Kubernetes' own OpenAPI document; the keys of associative lists are not in them and stand in `LIST_KEYS`.
"""

import importlib
from dataclasses import replace
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.embedded.api.validate.nodes import Limits, Node

# Associative lists by (model, field): the keys that name an element, from Kubernetes' OpenAPI document
# (x-kubernetes-list-map-keys, which for all kinds here agrees with x-kubernetes-patch-merge-key).
LIST_KEYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("V1Container", "env"): ("name",),
    ("V1Container", "ports"): ("containerPort", "protocol"),
    ("V1Container", "volumeDevices"): ("devicePath",),
    ("V1Container", "volumeMounts"): ("mountPath",),
    ("V1CustomResourceDefinitionStatus", "conditions"): ("type",),
    ("V1DeploymentStatus", "conditions"): ("type",),
    ("V1JobStatus", "conditions"): ("type",),
    ("V1NamespaceStatus", "conditions"): ("type",),
    ("V1NodeStatus", "addresses"): ("type",),
    ("V1NodeStatus", "conditions"): ("type",),
    ("V1ObjectMeta", "ownerReferences"): ("uid",),
    ("V1PersistentVolumeClaimStatus", "conditions"): ("type",),
    ("V1PodDisruptionBudgetStatus", "conditions"): ("type",),
    ("V1PodSpec", "containers"): ("name",),
    ("V1PodSpec", "ephemeralContainers"): ("name",),
    ("V1PodSpec", "hostAliases"): ("ip",),
    ("V1PodSpec", "imagePullSecrets"): ("name",),
    ("V1PodSpec", "initContainers"): ("name",),
    ("V1PodSpec", "resourceClaims"): ("name",),
    ("V1PodSpec", "schedulingGates"): ("name",),
    ("V1PodSpec", "topologySpreadConstraints"): ("topologyKey", "whenUnsatisfiable"),
    ("V1PodSpec", "volumes"): ("name",),
    ("V1PodStatus", "conditions"): ("type",),
    ("V1PodStatus", "hostIPs"): ("ip",),
    ("V1PodStatus", "podIPs"): ("ip",),
    ("V1ResourceRequirements", "claims"): ("name",),
    ("V1ServiceAccount", "secrets"): ("name",),
    ("V1ServiceSpec", "ports"): ("port", "protocol"),
    ("V1ServiceStatus", "conditions"): ("type",),
}
LIST_SETS = {
    ("V1JobStatus", "uncountedTerminatedPods"),
    ("V1NodeSpec", "podCIDRs"),
    ("V1ObjectMeta", "finalizers"),
    ("V1UncountedTerminatedPods", "failed"),
    ("V1UncountedTerminatedPods", "succeeded"),
}
# Maps that are replaced as a whole.
ATOMIC_MAPS = {
    "V1ConfigMapKeySelector",
    "V1LabelSelector",
    "V1LocalObjectReference",
    "V1NodeSelector",
    "V1NodeSelectorTerm",
    "V1ObjectFieldSelector",
    "V1ObjectReference",
    "V1OwnerReference",
    "V1ResourceFieldSelector",
    "V1RoleRef",
    "V1SecretKeySelector",
    "V1SecretReference",
    "V1TypedLocalObjectReference",
    "RbacV1Subject",
    "V1ScopeSelector",
}
# Defaults that complete the keys of an associative list.
KEY_DEFAULTS = {("V1ContainerPort", "protocol"): "TCP", ("V1ServicePort", "protocol"): "TCP"}
QUANTITY_MAPS = {"allocatable", "allocatedResources", "capacity", "hard", "limits", "overhead", "requests", "used"}
QUANTITIES = {"divisor", "sizeLimit"}
ANYTHING = {"openAPIV3Schema", "fieldsV1"}


@cache
def builtin_schema(module: str) -> Node:
    """The schema of the kind whose model lies in `kubernetes.client.models.<module>`."""
    loaded = importlib.import_module(f"kubernetes.client.models.{module}")
    wanted = module.replace("_", "").lower()
    model = next(item for name, item in vars(loaded).items() if name.lower() == wanted)
    return _model_node(model)


@cache
def _model_node(model: type[BaseModel]) -> Node:
    node = Node(type="object", description=(model.__doc__ or "").strip().split("\n")[0])
    node.map_type = "atomic" if model.__name__ in ATOMIC_MAPS else "granular"
    required = []
    for attribute, info in model.model_fields.items():
        name = info.serialization_alias or info.alias or attribute
        child = _field_node(model.__name__, name, info)
        node.properties[name] = child
        if info.is_required():
            required.append(name)
    node.required = tuple(required)
    node.defaults_below = any(child.defaults_below for child in node.properties.values())
    return node


def _field_node(model: str, name: str, info: FieldInfo) -> Node:
    if name in ANYTHING:
        return Node(preserve=True)
    node = _annotated(info.annotation)
    if name in QUANTITY_MAPS and node.type == "object" and node.additional is not None:
        node = Node(type="object", additional=Node(int_or_string=True, limits=Limits(format="quantity")))
    elif name in QUANTITIES and node.type == "string":
        node = Node(int_or_string=True, limits=Limits(format="quantity"))
    if node.type == "array":
        node.list_keys = LIST_KEYS.get((model, name), ())
        node.list_type = "map" if node.list_keys else ("set" if (model, name) in LIST_SETS else "atomic")
    if info.description:
        node = replace(node, description=info.description)
    default = KEY_DEFAULTS.get((model, name))
    if default is not None:
        node.default, node.has_default, node.defaults_below = default, True, True
    return node


def _annotated(annotation: Any) -> Node:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _union([item for item in arguments if item is not NoneType])
    if origin is list:
        items = _annotated(arguments[0])
        return Node(type="array", items=items, defaults_below=items.defaults_below)
    if origin is dict:
        values = _annotated(arguments[1])
        return Node(type="object", additional=values, defaults_below=values.defaults_below)
    if hasattr(annotation, "__metadata__"):
        return _annotated(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _model_node(annotation)
    return _scalar(annotation)


def _union(members: list[Any]) -> Node:
    nodes = [_annotated(member) for member in members]
    kinds = {node.type for node in nodes}
    if len(nodes) == 1:
        return nodes[0]
    if kinds == {"integer", "string"}:
        return Node(int_or_string=True)
    if kinds <= {"integer", "number"}:
        return Node(type="number")
    return Node(type="string") if "string" in kinds else Node(preserve=True)


def _scalar(annotation: Any) -> Node:
    if annotation is datetime:
        return Node(type="string", limits=Limits(format="date-time"))
    for python, kind in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (bytes, "string")):
        if annotation is python:
            return Node(type=kind)
    return Node(preserve=True)
