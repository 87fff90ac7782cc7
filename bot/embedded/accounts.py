"""The ServiceAccounts of the embedded Job controller and kubelet, each with the verbs that it uses and no more.

The control plane ensures them at its start and keeps their token files fresh; the two never see the admin's token.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.cluster import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    SERVICE_ACCOUNTS,
    AlreadyExists,
    Cluster,
    Json,
    Refused,
    Resource,
)
from bot.embedded.kubelet.volumes import write
from bot.errors import Later

log = structlog.get_logger()

NAMESPACE = "kube-system"
TOKEN_SECONDS = 24 * 3600
RETRY = 10.0


@dataclass(frozen=True)
class Account:
    """A name, and the RBAC rules of the ClusterRole of the same name."""

    name: str
    rules: tuple[Json, ...]


def _rule(group: str, resources: str, verbs: str) -> Json:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}


JOB_CONTROLLER = Account(
    "embedded-job-controller",
    (
        _rule("batch", "jobs", "get list watch delete"),
        _rule("batch", "jobs/status", "patch"),
        _rule("", "pods", "list watch create patch delete"),
    ),
)
KUBELET = Account(
    "embedded-kubelet",
    (
        _rule("", "nodes", "create patch"),
        _rule("", "nodes/status pods/status", "patch"),
        _rule("", "pods", "list watch delete"),
        _rule("", "pods/binding serviceaccounts/token", "create"),
        _rule("", "configmaps secrets", "get"),
    ),
)


async def ensure(cluster: Cluster, account: Account) -> None:
    """Make the account, its role and the binding of the two, or bring the role up to date."""
    subject = {"kind": "ServiceAccount", "name": account.name, "namespace": NAMESPACE}
    role = {"apiGroup": CLUSTER_ROLES.group, "kind": "ClusterRole", "name": account.name}
    named = {"metadata": {"name": account.name}}
    await asyncio.gather(
        _ensure(cluster, SERVICE_ACCOUNTS, named, NAMESPACE),
        _ensure(cluster, CLUSTER_ROLES, {**named, "rules": [*account.rules]}),
        _ensure(cluster, CLUSTER_ROLE_BINDINGS, {**named, "subjects": [subject], "roleRef": role}),
    )


async def _ensure(cluster: Cluster, resource: Resource, body: Json, namespace: str | None = None) -> None:
    try:
        await cluster.create(resource, body, namespace)
    except AlreadyExists:
        name = body["metadata"]["name"]
        content = {key: value for key, value in body.items() if key not in {"metadata", "roleRef"}}
        await cluster.patch(resource, name, content, namespace=namespace)


async def write_token(cluster: Cluster, account: Account, path: Path) -> None:
    """Write a fresh token, which `Cluster` reads at each request."""
    made = await cluster.create_token(account.name, NAMESPACE, audiences=[], seconds=TOKEN_SECONDS)
    await asyncio.to_thread(write, path, made["token"].encode())


async def keep_token(cluster: Cluster, account: Account, path: Path) -> None:
    """Replace the token when 80 % of its life has passed, for ever."""
    pause = TOKEN_SECONDS * 0.8
    while True:
        await asyncio.sleep(pause)
        try:
            await write_token(cluster, account, path)
            pause = TOKEN_SECONDS * 0.8
        except (Later, Refused) as trouble:
            log.warning("controller_token_not_renewed", account=account.name, why=str(trouble))
            pause = RETRY
