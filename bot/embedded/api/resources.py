"""The closed table of built-in resources, and the shape in which any resource, built in or custom, is described.

`registry` looks here first and then among the CRDs. What is not in this table and not a CRD is a 404: this
server never pretends to have a resource.
"""

from dataclasses import dataclass, field

READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch", "delete", "deletecollection")
ALL = (*READ, *WRITE)


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One kind of object that the server keeps, under one group and version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL
    subresources: tuple[str, ...] = ()
    custom: bool = False
    has_generation: bool = False
    create_on_update: bool = False
    unconditional_update: bool = True
    model: str = ""  # module of kubernetes.client.models that holds the schema of a built-in kind
    default_propagation: str = "Background"
    selectable: tuple[str, ...] = field(default=())

    @property
    def key(self) -> str:
        """The name that RBAC, error messages and the store use: `jobs.batch`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources


def _core(plural: str, kind: str, model: str, **more: object) -> ResourceType:
    return ResourceType("", "v1", plural, kind, model=model, **more)  # type: ignore[arg-type]


def _rbac(plural: str, kind: str, model: str, *, namespaced: bool) -> ResourceType:
    return ResourceType("rbac.authorization.k8s.io", "v1", plural, kind, namespaced, model=model, create_on_update=True)


BUILT_IN: tuple[ResourceType, ...] = (
    _core(
        "namespaces",
        "Namespace",
        "v1_namespace",
        namespaced=False,
        short_names=("ns",),
        subresources=("status", "finalize"),
        verbs=(*READ, "create", "update", "patch", "delete"),
        selectable=("status.phase",),
    ),
    _core(
        "events",
        "Event",
        "core_v1_event",
        short_names=("ev",),
        create_on_update=True,
        selectable=(
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.fieldPath",
            "involvedObject.resourceVersion",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ),
    ),
    _core("configmaps", "ConfigMap", "v1_config_map", short_names=("cm",)),
    _core("secrets", "Secret", "v1_secret", selectable=("type",)),
    _core("serviceaccounts", "ServiceAccount", "v1_service_account", short_names=("sa",), subresources=("token",)),
    _core(
        "pods",
        "Pod",
        "v1_pod",
        short_names=("po",),
        categories=("all",),
        subresources=("status", "log", "binding"),
        has_generation=True,
        selectable=(
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ),
    ),
    _core(
        "nodes",
        "Node",
        "v1_node",
        namespaced=False,
        short_names=("no",),
        subresources=("status",),
        selectable=("spec.unschedulable",),
    ),
    _core(
        "services",
        "Service",
        "v1_service",
        short_names=("svc",),
        categories=("all",),
        subresources=("status",),
        selectable=("spec.clusterIP", "spec.type"),
    ),
    _core(
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        "v1_persistent_volume_claim",
        short_names=("pvc",),
        subresources=("status",),
    ),
    ResourceType(
        "batch",
        "v1",
        "jobs",
        "Job",
        categories=("all",),
        subresources=("status",),
        has_generation=True,
        model="v1_job",
        default_propagation="Orphan",
        selectable=("status.successful",),
    ),
    ResourceType(
        "apps",
        "v1",
        "deployments",
        "Deployment",
        short_names=("deploy",),
        categories=("all",),
        subresources=("status",),
        has_generation=True,
        model="v1_deployment",
    ),
    ResourceType(
        "coordination.k8s.io",
        "v1",
        "leases",
        "Lease",
        model="v1_lease",
        create_on_update=True,
        unconditional_update=False,
    ),
    _rbac("roles", "Role", "v1_role", namespaced=True),
    _rbac("rolebindings", "RoleBinding", "v1_role_binding", namespaced=True),
    _rbac("clusterroles", "ClusterRole", "v1_cluster_role", namespaced=False),
    _rbac("clusterrolebindings", "ClusterRoleBinding", "v1_cluster_role_binding", namespaced=False),
    ResourceType(
        "authentication.k8s.io", "v1", "tokenreviews", "TokenReview", False, verbs=("create",), model="v1_token_review"
    ),
    ResourceType(
        "authorization.k8s.io",
        "v1",
        "subjectaccessreviews",
        "SubjectAccessReview",
        False,
        verbs=("create",),
        model="v1_subject_access_review",
    ),
    ResourceType(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        False,
        verbs=("create",),
        model="v1_self_subject_access_review",
    ),
    ResourceType(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        False,
        short_names=("crd", "crds"),
        categories=("api-extensions",),
        subresources=("status",),
        has_generation=True,
        unconditional_update=False,
        model="v1_custom_resource_definition",
    ),
    ResourceType(
        "networking.k8s.io",
        "v1",
        "networkpolicies",
        "NetworkPolicy",
        short_names=("netpol",),
        has_generation=True,
        model="v1_network_policy",
    ),
    ResourceType(
        "networking.k8s.io",
        "v1",
        "ingresses",
        "Ingress",
        short_names=("ing",),
        subresources=("status",),
        has_generation=True,
        model="v1_ingress",
    ),
    ResourceType(
        "policy",
        "v1",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        short_names=("pdb",),
        subresources=("status",),
        has_generation=True,
        unconditional_update=False,
        model="v1_pod_disruption_budget",
    ),
)

BY_NAME = {(item.group, item.version, item.plural): item for item in BUILT_IN}
