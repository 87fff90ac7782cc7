"""What the built-in kinds do beyond being stored: `strategy_of` finds the strategy of a resource."""

from bot.embedded.api.kinds import core, workloads
from bot.embedded.api.kinds.strategy import BuiltIn, Strategy
from bot.embedded.api.resources import ResourceType

_STRATEGIES: dict[str, Strategy] = {
    "clusterrolebindings": core.RoleBindings(),
    "clusterroles": core.Roles(),
    "configmaps": core.ConfigMaps(),
    "customresourcedefinitions": core.Crds(),
    "deployments": workloads.Deployments(),
    "ingresses": core.WithStatus(),
    "jobs": workloads.Jobs(),
    "leases": core.Leases(),
    "namespaces": core.Namespaces(),
    "nodes": core.Nodes(),
    "persistentvolumeclaims": core.Claims(),
    "poddisruptionbudgets": core.WithStatus(),
    "pods": workloads.Pods(),
    "rolebindings": core.RoleBindings(),
    "roles": core.Roles(),
    "secrets": core.Secrets(),
    "services": core.Services(),
}
_CUSTOM = Strategy()
_PLAIN = BuiltIn()


def strategy_of(resource: ResourceType) -> Strategy:
    return _CUSTOM if resource.custom else _STRATEGIES.get(resource.plural, _PLAIN)
