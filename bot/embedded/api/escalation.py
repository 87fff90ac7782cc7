"""RBAC's own fence: nobody grants what they do not have.

`objects` asks before a role or a binding is written by anyone but a member of system:masters. The verbs `escalate` (on
roles) and `bind` (on the role that is bound) lift it, as in Kubernetes.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

from bot.embedded.api.plane import Plane
from bot.embedded.api.rbac import BINDINGS, CLUSTER_BINDINGS, CLUSTER_ROLES, GROUP, ROLES, Attributes
from bot.embedded.api.registry import Served
from bot.embedded.api.status_errors import forbidden
from bot.embedded.api.tokens import User

type Document = dict[str, Any]


def check_grant(plane: Plane, served: Served, document: Document, user: User) -> None:
    """ApiError 403 where the document would give more than `user` has."""
    namespace, name = document["metadata"].get("namespace", ""), document["metadata"].get("name", "")
    if served.key in (ROLES, CLUSTER_ROLES):
        lifted, rules = _asked("escalate", served.type.plural, namespace, name), document.get("rules") or []
    elif served.key in (BINDINGS, CLUSTER_BINDINGS):
        reference = document["roleRef"]
        plural = "clusterroles" if reference["kind"] == "ClusterRole" else "roles"
        lifted = _asked("bind", plural, namespace, reference["name"])
        rules = plane.authorizer.role_rules(reference, namespace)
    else:
        return
    if plane.authorizer.allows(user, lifted) is not None:
        return
    missing = [asked for rule in rules for asked in _parts(rule, namespace) if not plane.authorizer.allows(user, asked)]
    if missing:
        lines = "\n".join(_line(asked) for asked in missing)
        who = f'user "{user.name}" (groups={list(user.groups)})'
        why = f"{who} is attempting to grant RBAC permissions not currently held:"
        raise forbidden(served.type, name, f"{why}\n{lines}")


def _asked(verb: str, plural: str, namespace: str, name: str) -> Attributes:
    return Attributes(verb, GROUP, plural, "", namespace, name)


def _parts(rule: Document, namespace: str) -> Iterator[Attributes]:
    """Every single permission in a rule; a wildcard is held only by who holds the wildcard."""
    for verb, path in product(rule.get("verbs") or (), rule.get("nonResourceURLs") or ()):
        yield Attributes(verb, path=path)
    names = rule.get("resourceNames") or ("",)
    for verb, group, resource, name in product(
        rule.get("verbs") or (), rule.get("apiGroups") or (), rule.get("resources") or (), names
    ):
        plural, _, subresource = resource.partition("/")
        yield Attributes(verb, group, plural, subresource, namespace, name)


def _line(asked: Attributes) -> str:
    if asked.path:
        return f'{{NonResourceURLs:["{asked.path}"], Verbs:["{asked.verb}"]}}'
    return f'{{APIGroups:["{asked.group}"], Resources:["{asked.full_resource}"], Verbs:["{asked.verb}"]}}'
