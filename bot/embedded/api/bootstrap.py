"""What every cluster has from its first moment: its namespaces, their default accounts, and the roles that discovery
needs. `api_app` writes what is missing; nothing that is there is changed."""

from typing import Any

from bot.embedded.api.history import Stored
from bot.embedded.api.metadata import new_uid, now
from bot.embedded.api.store import ApiStore

type Document = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
NAMESPACES = ("default", "kube-system")
DISCOVERY = [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
]
REVIEWS = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]


def bootstrap(store: ApiStore) -> None:
    for name in NAMESPACES:
        if store.get("namespaces", "", name) is None:
            labels = {"kubernetes.io/metadata.name": name}
            namespace = _object("v1", "Namespace", {"name": name, "labels": labels})
            namespace |= {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
            store.write_through("namespaces", "ADDED", namespace)
        if store.get("serviceaccounts", name, "default") is None:
            store.write_through("serviceaccounts", "ADDED", default_account(name))
    _role(store, "cluster-admin", _everything(), {"kind": "Group", "name": "system:masters"})
    _role(store, "system:discovery", [{"nonResourceURLs": DISCOVERY, "verbs": ["get"]}], _authenticated())
    basic = [{"apiGroups": ["authorization.k8s.io"], "resources": REVIEWS, "verbs": ["create"]}]
    _role(store, "system:basic-user", basic, _authenticated())


def default_account(namespace: str) -> Document:
    """The ServiceAccount that pods run as when they name none."""
    return _object("v1", "ServiceAccount", {"name": "default", "namespace": namespace})


def _object(version: str, kind: str, metadata: Document) -> Document:
    return {"apiVersion": version, "kind": kind, "metadata": {**metadata, "uid": new_uid(), "creationTimestamp": now()}}


def _everything() -> list[Document]:
    return [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ]


def _authenticated() -> Document:
    return {"kind": "Group", "name": "system:authenticated"}


def _role(store: ApiStore, name: str, rules: list[Document], subject: Document) -> Stored | None:
    roles, bindings = f"clusterroles.{RBAC}", f"clusterrolebindings.{RBAC}"
    labels = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    metadata = {"name": name, "labels": labels}
    if store.get(roles, "", name) is None:
        store.write_through(roles, "ADDED", {**_object(f"{RBAC}/v1", "ClusterRole", metadata), "rules": rules})
    if store.get(bindings, "", name) is not None:
        return None
    binding = _object(f"{RBAC}/v1", "ClusterRoleBinding", metadata)
    binding["subjects"] = [{**subject, "apiGroup": RBAC}]
    binding["roleRef"] = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
    return store.write_through(bindings, "ADDED", binding)
