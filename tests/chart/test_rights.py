"""What the bot's accounts may do: what their half of the code does, in the served namespaces, and nothing more.

The server is asked (SubjectAccessReview) about every verb on every resource that it knows; and every call to a cluster
in the bot's code must be listed here, so that a new call cannot be forgotten in the chart.
"""

import asyncio
import re
from dataclasses import dataclass
from itertools import product

import pytest

from bot.cluster import SUBJECT_ACCESS_REVIEWS, Cluster
from bot.embedded.api.resources import BUILT_IN
from tests.chart.helm import NAMESPACE, ROOT, Helm, Json, split, values

SERVED, OTHER = "vteam", "kube-system"
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
OURS = {f"{plural}.vteam.ambient-code" for plural in ("agenticsessions", "projectsettings", "rfeworkflows")}
SUBRESOURCES = {
    "agenticsessions/status.vteam.ambient-code",
    "agenticsessions/finalizers.vteam.ambient-code",
    "jobs/status.batch",
    "pods/exec",
    "pods/log",
    "serviceaccounts/token",
}


@dataclass(frozen=True, order=True)
class Right:
    """One thing that may be done; `namespace` is empty for all of them, or where there is none."""

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""


def served(verbs: str, resource: str) -> set[Right]:
    return {Right(verb, resource, SERVED) for verb in verbs.split()}


def everywhere(verbs: str, resource: str) -> set[Right]:
    return {Right(verb, resource, namespace) for verb in verbs.split() for namespace in ("", SERVED, OTHER)}


def looks_at(resource: str) -> set[Right]:
    return everywhere("list watch", resource)


WEB = {
    Right("create", "tokenreviews.authentication.k8s.io"),
    Right("get", "namespaces", name=SERVED),
    *served("get create patch", "agenticsessions.vteam.ambient-code"),
    *served("patch", "agenticsessions/status.vteam.ambient-code"),
    *served("get", "projectsettings.vteam.ambient-code"),
    *served("get", "serviceaccounts"),
}
RECONCILE = {
    Right("get", "namespaces", name=SERVED),
    Right("list", "namespaces"),
    Right("watch", "namespaces"),
    *looks_at("pods"),
    *looks_at("jobs.batch"),
    *looks_at("agenticsessions.vteam.ambient-code"),
    *served("get patch", "agenticsessions.vteam.ambient-code"),
    *served("patch", "agenticsessions/status.vteam.ambient-code"),
    *served("update", "agenticsessions/finalizers.vteam.ambient-code"),
    *served("get create delete", "jobs.batch"),
    *served("get create", "serviceaccounts"),
}
# What every account may do anyway.
ANYBODY = {Right("create", "selfsubjectaccessreviews.authorization.k8s.io")}

CALLS = {
    ("amend.py", "patch", "SESSIONS"),
    ("continuing.py", "get", "SESSIONS"),
    ("doors/pages.py", "get", "NAMESPACES"),
    ("doors/pulse.py", "patch", "SESSIONS"),
    ("identity.py", "get", "SERVICE_ACCOUNTS"),
    ("identity.py", "get", "SESSIONS"),
    ("identity.py", "review_token", ""),
    ("perform.py", "create", "SESSIONS"),
    ("perform.py", "create", "resource"),  # a session's ServiceAccount and Job
    ("perform.py", "delete", "JOBS"),
    ("perform.py", "get", "SESSIONS"),
    ("perform.py", "get", "resource"),
    ("perform.py", "patch", "SESSIONS"),
    ("planning.py", "get", "PROJECT_SETTINGS"),
    ("reconcile.py", "follow", "NAMESPACES"),
    ("reconcile.py", "follow", "resource"),  # sessions, Jobs, pods
    ("reconcile.py", "get", "JOBS"),
    ("reconcile.py", "get", "SESSIONS"),
    ("facts/project.py", "get", "PROJECT_SETTINGS"),
    ("facts/sessions.py", "get", "SESSIONS"),
    ("spec_facts.py", "get", "PROJECT_SETTINGS"),
    ("spec_facts.py", "get", "SESSIONS"),
    ("thread_branches.py", "get", "SESSIONS"),
}


def questions() -> set[Right]:
    """Every verb on every resource: in the served namespace, in another one, and in all."""
    namespaced = {item.key for item in BUILT_IN if item.namespaced} | OURS | SUBRESOURCES
    wide = {item.key for item in BUILT_IN if not item.namespaced}
    asked = {Right(*each) for each in product(VERBS, namespaced, ("", SERVED, OTHER))}
    asked |= {Right(*each) for each in product(VERBS, wide)}
    return asked | {Right(verb, "namespaces", name=name) for verb in VERBS for name in (SERVED, OTHER)}


async def may(cluster: Cluster, account: str, right: Right, *, of: str = NAMESPACE) -> bool:
    """Whether an account, of the release's namespace if no other is named, may do this."""
    resource, _, group = right.resource.partition(".")
    resource, _, subresource = resource.partition("/")
    asked = {
        "verb": right.verb,
        "group": group,
        "resource": resource,
        "subresource": subresource,
        "namespace": right.namespace,
        "name": right.name,
    }
    user = f"system:serviceaccount:{of}:{account}"
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{of}", "system:authenticated"]
    review = {"spec": {"user": user, "groups": groups, "resourceAttributes": asked}}
    status: Json = (await cluster.create(SUBJECT_ACCESS_REVIEWS, review))["status"]
    return bool(status["allowed"])


async def rights(cluster: Cluster, account: str) -> set[Right]:
    """All that an account may do."""
    found: set[Right] = set()
    waiting = sorted(questions())

    async def ask() -> None:
        while waiting:
            right = waiting.pop()
            if await may(cluster, account, right):
                found.add(right)

    await asyncio.gather(*(ask() for _ in range(8)))
    return found - ANYBODY


def spread(wanted: set[Right]) -> set[Right]:
    """A right on all namespaces holds for each by name."""
    return wanted | {Right(each.verb, each.resource, name=name)
                     for each in wanted for name in (SERVED, OTHER)
                     if each.resource == "namespaces" and not each.name}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "account", "wanted"),
    [
        (split(), "vteam-bot-web", WEB),
        (split(), "vteam-bot-reconcile", RECONCILE),
        (values(), "vteam-bot", WEB | RECONCILE),
    ],
    ids=["the web half", "the reconcile half", "both in one pod"],
)
async def test_an_account_may_do_what_its_half_does_and_nothing_else(
    helm: Helm, cluster: Cluster, given: Json, account: str, wanted: set[Right]
) -> None:
    await helm.install(given)
    assert await rights(cluster, account) == spread(wanted)


async def test_a_session_runs_under_an_account_that_may_do_nothing(helm: Helm, cluster: Cluster) -> None:
    await helm.install(values())
    asked = [right for right in sorted(questions()) if right.namespace in ("", SERVED)]
    answers = await asyncio.gather(*(may(cluster, "s-1", right, of=SERVED) for right in asked))
    assert {right for right, allowed in zip(asked, answers, strict=True) if allowed} == ANYBODY


async def test_more_namespaces_are_more_places_with_the_same_rights(helm: Helm, cluster: Cluster) -> None:
    namespaces = [{"name": name, "create": True, "repositories": [f"{name}/*"]} for name in ("acme", "ada")]
    await helm.install(values(namespaces=namespaces))
    create = "agenticsessions.vteam.ambient-code"
    answers = {name: await may(cluster, "vteam-bot", Right("create", create, name)) for name in ("acme", "ada", SERVED)}
    assert answers == {"acme": True, "ada": True, SERVED: False}


def test_every_call_to_a_cluster_in_the_code_is_known_here() -> None:
    call = re.compile(r"cluster\.(get|list|create|patch|delete|follow|review_token|create_token)\(\s*([A-Za-z_]*)")
    bot = ROOT / "bot"
    files = [*bot.glob("*.py"), *bot.glob("doors/*.py"), *bot.glob("facts/*.py"), *bot.glob("store/*.py")]
    elsewhere = {"local_run.py"}  # the embedded control plane only
    found = {
        (str(path.relative_to(bot)), verb, "" if verb == "review_token" else resource)
        for path in files
        if path.name not in elsewhere
        for verb, resource in call.findall(path.read_text("utf-8"))
    }
    assert found == CALLS
