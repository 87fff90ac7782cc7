"""The strategies of the smaller built-in kinds: namespaces, nodes, secrets, config maps, services, claims, leases,
RBAC objects, policies and CRDs."""

import base64
import binascii
from collections.abc import Iterator

from bot.embedded.api.crds import CLEANUP, check_crd, complete
from bot.embedded.api.kinds.strategy import BuiltIn, Document
from bot.embedded.api.status_errors import FieldError, field_forbidden, invalid_value, not_supported, required

NAME_LABEL = "kubernetes.io/metadata.name"
OPAQUE = "Opaque"
ROLE_KINDS = ("Role", "ClusterRole")


class Namespaces(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        document["spec"] = {"finalizers": ["kubernetes"]}
        document["status"] = {"phase": "Active"}
        document["metadata"].setdefault("labels", {})[NAME_LABEL] = document["metadata"]["name"]

    def prepare_update(self, document: Document, old: Document) -> None:
        document["spec"] = old.get("spec", {})
        document["metadata"].setdefault("labels", {})[NAME_LABEL] = document["metadata"]["name"]


class Nodes(BuiltIn):
    keeps_status_on_create = True


class Secrets(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        document.setdefault("type", OPAQUE)
        plain = document.pop("stringData", None) or {}
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
        if encoded:
            document["data"] = {**(document.get("data") or {}), **encoded}

    def prepare_update(self, document: Document, old: Document) -> None:
        document.setdefault("type", old.get("type", OPAQUE))
        self.prepare_create(document)

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        for key, value in (document.get("data") or {}).items():
            try:
                base64.b64decode(value, validate=True)
            except binascii.Error as error:
                yield invalid_value(f"data[{key}]", "<secret contents redacted>", f"illegal base64 data: {error}")
        if old is not None and old.get("type") != document.get("type"):
            yield invalid_value("type", document.get("type"), "field is immutable")
        yield from _immutable(document, old, ("data",))


class ConfigMaps(BuiltIn):
    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        shared = set(document.get("data") or {}) & set(document.get("binaryData") or {})
        for key in sorted(shared):
            yield invalid_value("data", key, "duplicate of key present in binaryData")
        yield from _immutable(document, old, ("data", "binaryData"))


def _immutable(document: Document, old: Document | None, keys: tuple[str, ...]) -> Iterator[FieldError]:
    if old is None or not old.get("immutable"):
        return
    text = "field is immutable when `immutable` is set"
    if not document.get("immutable"):
        yield field_forbidden("immutable", text)
    for key in keys:
        if (document.get(key) or {}) != (old.get(key) or {}):
            yield field_forbidden(key, text)


class Services(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        document["status"] = {"loadBalancer": {}}
        self.prepare_update(document, document)

    def prepare_update(self, document: Document, old: Document) -> None:
        spec = document.setdefault("spec", {})
        for key, value in (("type", "ClusterIP"), ("sessionAffinity", "None"), ("internalTrafficPolicy", "Cluster")):
            spec.setdefault(key, value)
        if "clusterIP" in (old.get("spec") or {}):
            spec.setdefault("clusterIP", old["spec"]["clusterIP"])
        for port in spec.get("ports") or ():
            port.setdefault("protocol", "TCP")
            port.setdefault("targetPort", port.get("port"))

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        spec = document["spec"]
        headless = spec.get("clusterIP") == "None" or spec["type"] == "ExternalName"
        if not spec.get("ports") and not headless:
            yield required("spec.ports")


class Claims(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        document["status"] = {"phase": "Pending"}
        document.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
        finalizers = document["metadata"].setdefault("finalizers", [])
        if not finalizers:
            document["metadata"].pop("finalizers")

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        spec = document.get("spec") or {}
        if not spec.get("accessModes"):
            yield required("spec.accessModes", "at least 1 access mode is required")
        if not ((spec.get("resources") or {}).get("requests") or {}).get("storage"):
            yield required("spec.resources[storage]")


class Leases(BuiltIn):
    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        spec = document.get("spec") or {}
        for key in ("leaseDurationSeconds",):
            if spec.get(key) is not None and spec[key] <= 0:
                yield invalid_value(f"spec.{key}", spec[key], "must be greater than 0")
        if (spec.get("leaseTransitions") or 0) < 0:
            yield invalid_value("spec.leaseTransitions", spec["leaseTransitions"], "must be greater than or equal to 0")


class Roles(BuiltIn):
    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        for index, rule in enumerate(document.get("rules") or ()):
            path = f"rules[{index}]"
            if not rule.get("verbs"):
                yield required(f"{path}.verbs", "verbs must contain at least one value")
            if rule.get("nonResourceURLs"):
                continue
            if not rule.get("apiGroups"):
                yield required(f"{path}.apiGroups", "resource rules must supply at least one api group")
            if not rule.get("resources"):
                yield required(f"{path}.resources", "resource rules must supply at least one resource")


class RoleBindings(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        document.setdefault("roleRef", {}).setdefault("apiGroup", "rbac.authorization.k8s.io")
        for subject in document.get("subjects") or ():
            if subject.get("kind") in ("User", "Group"):
                subject.setdefault("apiGroup", "rbac.authorization.k8s.io")

    def prepare_update(self, document: Document, old: Document) -> None:
        self.prepare_create(document)

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        reference = document["roleRef"]
        if reference.get("kind") not in ROLE_KINDS:
            yield not_supported("roleRef.kind", reference.get("kind"), ROLE_KINDS)
        if not reference.get("name"):
            yield required("roleRef.name")
        for index, subject in enumerate(document.get("subjects") or ()):
            if subject.get("kind") not in ("Group", "ServiceAccount", "User"):
                kinds = ("Group", "ServiceAccount", "User")
                yield not_supported(f"subjects[{index}].kind", subject.get("kind"), kinds)
            if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
                yield required(f"subjects[{index}].namespace")
        if old is not None and reference != old["roleRef"]:
            yield invalid_value("roleRef", reference, "cannot change roleRef")


class Crds(BuiltIn):
    def prepare_create(self, document: Document) -> None:
        document["metadata"]["finalizers"] = [*document["metadata"].get("finalizers", ()), CLEANUP]
        complete(document)

    def prepare_update(self, document: Document, old: Document) -> None:
        complete(document, old)

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        yield from check_crd(document)
        if old is None:
            return
        for where in (("scope",), ("names", "kind")):
            new_value, old_value = document["spec"], old["spec"]
            for key in where:
                new_value, old_value = new_value[key], old_value[key]
            if new_value != old_value:
                yield invalid_value(f"spec.{'.'.join(where)}", new_value, "field is immutable")


class WithStatus(BuiltIn):
    """Kinds that only lose the status they were created with."""

    def prepare_create(self, document: Document) -> None:
        document["status"] = {}
