"""Who may do what: RBAC, evaluated from the Role and RoleBinding objects in the store.

`app` asks before every request that is not the administrator's, `reviews` asks on behalf of SubjectAccessReviews.
Rules are read once per user and kept until any RBAC object changes. What no rule allows is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.embedded.api.history import Event
from bot.embedded.api.store import ApiStore
from bot.embedded.api.tokens import MASTERS, User

GROUP = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{GROUP}", f"clusterroles.{GROUP}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}"
KINDS = {ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS}


@dataclass(frozen=True, slots=True)
class Attributes:
    """One question: may this be done? `path` is set for what is not a resource."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


@dataclass(frozen=True, slots=True)
class Granted:
    """One rule as it applies to a user: everywhere (None) or in one namespace."""

    namespace: str | None
    rule: dict[str, Any]
    because: str


class Authorizer:
    """Evaluates RBAC for users; follows the store."""

    def __init__(self, store: ApiStore) -> None:
        self._store = store
        self._cache: dict[tuple[str, tuple[str, ...]], tuple[Granted, ...]] = {}
        self._unsubscribe = store.subscribe(self._follow)

    def close(self) -> None:
        self._unsubscribe()

    def _follow(self, event: Event) -> None:
        if event.resource in KINDS:
            self._cache.clear()

    def allows(self, user: User, attributes: Attributes) -> str | None:
        """Why it is allowed, or None where it is not."""
        if MASTERS in user.groups:
            return "member of system:masters"
        for granted in self.rules_of(user):
            if granted.namespace is not None and granted.namespace != attributes.namespace:
                continue
            if covers(granted.rule, attributes):
                return granted.because
        return None

    def rules_of(self, user: User) -> tuple[Granted, ...]:
        key = (user.name, user.groups)
        if key not in self._cache:
            self._cache[key] = tuple(self._read_rules(user))
        return self._cache[key]

    def _read_rules(self, user: User) -> Iterator[Granted]:
        for resource in (CLUSTER_BINDINGS, BINDINGS):
            for stored in self._store.table(resource).objects.values():
                binding = orjson.loads(stored.body)
                subject = next((s for s in binding.get("subjects", ()) if _is_subject(s, user, stored.namespace)), None)
                if subject is None:
                    continue
                where = stored.namespace if resource == BINDINGS else None
                because = f'RBAC: allowed by {binding["kind"]} "{_place(stored.namespace, stored.name)}"'
                yield from (Granted(where, rule, because) for rule in self.role_rules(binding["roleRef"], where or ""))

    def role_rules(self, reference: dict[str, str], namespace: str) -> list[dict[str, Any]]:
        """The rules of the role that a binding refers to; none where it is missing."""
        if reference.get("kind") == "ClusterRole":
            stored = self._store.get(CLUSTER_ROLES, "", reference["name"])
        else:
            stored = self._store.get(ROLES, namespace, reference["name"])
        if stored is None:
            return []
        role = orjson.loads(stored.body)
        aggregated = (role.get("aggregationRule") or {}).get("clusterRoleSelectors")
        return self._aggregated(aggregated) if aggregated else role.get("rules") or []

    def _aggregated(self, selectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = []
        for stored in self._store.table(CLUSTER_ROLES).objects.values():
            wanted = [selector.get("matchLabels", {}) for selector in selectors]
            if any(labels.items() <= stored.labels.items() for labels in wanted if labels):
                rules += orjson.loads(stored.body).get("rules") or []
        return rules


def _place(namespace: str, name: str) -> str:
    return f"{name}/{namespace}" if namespace else name


def _is_subject(subject: dict[str, str], user: User, namespace: str) -> bool:
    match subject.get("kind"):
        case "User":
            return subject.get("name") == user.name
        case "Group":
            return subject.get("name") in user.groups
        case "ServiceAccount":
            where = subject.get("namespace") or namespace
            return user.name == f"system:serviceaccount:{where}:{subject.get('name')}"
    return False


def covers(rule: dict[str, Any], asked: Attributes) -> bool:
    """Whether one PolicyRule allows what is asked."""
    if not _has(rule.get("verbs"), asked.verb):
        return False
    if asked.path:
        return any(_path_matches(item, asked.path) for item in rule.get("nonResourceURLs") or ())
    if not _has(rule.get("apiGroups"), asked.group) or not _resource_matches(rule.get("resources") or (), asked):
        return False
    names = rule.get("resourceNames") or ()
    return not names or (bool(asked.name) and asked.name in names)


def _has(values: list[str] | None, wanted: str) -> bool:
    return values is not None and ("*" in values or wanted in values)


def _resource_matches(resources: Sequence[str], asked: Attributes) -> bool:
    known = {"*", asked.full_resource}
    if asked.subresource:
        known = {"*", asked.full_resource, f"*/{asked.subresource}"}
    return any(item in known for item in resources)


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))


def refusal(user: User, asked: Attributes) -> str:
    """The sentence with which Kubernetes forbids."""
    if asked.path:
        return f'User "{user.name}" cannot {asked.verb} path "{asked.path}"'
    text = f'User "{user.name}" cannot {asked.verb} resource "{asked.full_resource}" in API group "{asked.group}"'
    scope = f' in the namespace "{asked.namespace}"' if asked.namespace else " at the cluster scope"
    return text + scope
