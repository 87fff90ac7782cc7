"""Upgrades, uninstalls and foreign CRDs: what outlives a release, and what a release must not touch."""

from typing import Any

import pytest

from bot.cluster import CRDS, NAMESPACES, SESSIONS, Cluster, Json, Resource
from tests.chart.helm import NAMESPACE, Helm, HelmRefused, split, values

DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment")
CLAIMS = Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
SESSION_CRD = "agenticsessions.vteam.ambient-code"


def foreign_crd() -> Json:
    """What another platform may have installed under the same name."""
    schema: dict[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "agenticsessions", "kind": "AgenticSession", "singular": "agenticsession"}
    spec = {"group": "vteam.ambient-code", "names": names, "scope": "Namespaced", "versions": [version]}
    return {"metadata": {"name": SESSION_CRD, "labels": {"installed-by": "somebody-else"}}, "spec": spec}


async def found(cluster: Cluster, resource: Resource, name: str, namespace: str | None = None) -> Json:
    thing = await cluster.get(resource, name, namespace)
    assert thing is not None
    return thing


async def test_an_upgrade_keeps_the_crds_as_the_same_objects(helm: Helm, cluster: Cluster) -> None:
    await helm.install(values())
    before = await found(cluster, CRDS, SESSION_CRD)
    await helm.upgrade(values(log={"level": "debug"}))
    after = await found(cluster, CRDS, SESSION_CRD)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"] == before["spec"]


async def test_an_upgrade_without_crds_leaves_those_that_are_there(helm: Helm, cluster: Cluster) -> None:
    await helm.install(values())
    await helm.upgrade(values(crds={"install": False}))
    await found(cluster, CRDS, SESSION_CRD)


async def test_crds_sessions_and_the_store_outlive_the_release_and_nothing_else_does(
    helm: Helm, cluster: Cluster
) -> None:
    await helm.install(values())
    session = {"metadata": {"name": "s-1", "namespace": "vteam"}, "spec": {"prompt": "fix it"}}
    await cluster.create(SESSIONS, session, "vteam")
    await helm.uninstall()
    await found(cluster, CRDS, SESSION_CRD)
    await found(cluster, NAMESPACES, "vteam")
    await found(cluster, SESSIONS, "s-1", "vteam")
    await found(cluster, CLAIMS, "vteam-bot", NAMESPACE)
    assert await cluster.get(DEPLOYMENTS, "vteam-bot", NAMESPACE) is None


async def test_a_release_takes_back_what_it_has_left(helm: Helm, cluster: Cluster) -> None:
    await helm.install(values())
    before = await found(cluster, CRDS, SESSION_CRD)
    await helm.uninstall()
    release = await helm.install(values())
    assert (await found(cluster, CRDS, SESSION_CRD))["metadata"]["uid"] == before["metadata"]["uid"]
    assert len(release.of("CustomResourceDefinition")) == 3


async def test_a_crd_of_somebody_else_is_left_alone_and_told_of(helm: Helm, cluster: Cluster) -> None:
    before = await cluster.create(CRDS, foreign_crd())
    release = await helm.install(values())
    after = await found(cluster, CRDS, SESSION_CRD)
    assert (after["spec"], after["metadata"]["labels"]) == (before["spec"], before["metadata"]["labels"])
    assert len(release.of("CustomResourceDefinition")) == 2
    assert f"the CRD {SESSION_CRD} is there, and this release has not installed it" in release.notes
    await helm.upgrade(values(log={"level": "debug"}))
    assert (await found(cluster, CRDS, SESSION_CRD))["spec"] == before["spec"]


async def test_a_crd_of_somebody_else_is_replaced_when_told_to(helm: Helm, cluster: Cluster) -> None:
    await cluster.create(CRDS, foreign_crd())
    release = await helm.install(values(crds={"adopt": True}), take_ownership=True)
    after = await found(cluster, CRDS, SESSION_CRD)
    assert "status" in after["spec"]["versions"][0]["subresources"]
    assert after["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert len(release.of("CustomResourceDefinition")) == 3


async def test_adopting_takes_helms_own_word_too(helm: Helm, cluster: Cluster) -> None:
    before = await cluster.create(CRDS, foreign_crd())
    with pytest.raises(HelmRefused, match="ownership"):
        await helm.install(values(crds={"adopt": True}))
    assert (await found(cluster, CRDS, SESSION_CRD))["spec"] == before["spec"]


async def test_one_pod_can_become_two_halves(helm: Helm, cluster: Cluster) -> None:
    await helm.install(values())
    await helm.upgrade(split(web={"replicas": 2}))
    left = {each["metadata"]["name"] for each in (await cluster.list(DEPLOYMENTS, NAMESPACE)).items}
    assert left == {"vteam-bot-web", "vteam-bot-reconcile"}
    await found(cluster, CLAIMS, "vteam-bot", NAMESPACE)
