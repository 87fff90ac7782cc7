"""Deleting: preconditions, finalizers, owners in background, foreground and orphaned, whole namespaces."""

from typing import Any

from tests.conformance.api_client import Api
from tests.conformance.crd import crd, of, widget


def owned(name: str, owner: dict[str, Any], *, blocking: bool = False) -> dict[str, Any]:
    """A config map that belongs to `owner`."""
    reference = {key: owner[key] for key in ("apiVersion", "kind")}
    reference |= {"name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    if blocking:
        reference["blockOwnerDeletion"] = True
    return config_map(name) | {"metadata": {"name": name, "ownerReferences": [reference]}}


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


async def until_unowned(api: Api, path: str) -> dict[str, Any]:
    answer = await api.until(path, lambda found: "ownerReferences" not in found.body["metadata"])
    return dict(answer.body)


async def test_a_deleted_object_is_gone_and_the_answer_names_it(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    answer = await api.delete(f"{widgets}/a")
    assert answer.code == 200
    assert answer.body["status"] == "Success"
    assert answer.body["details"] == {
        "name": "a",
        "group": widgets.split("/")[2],
        "kind": "widgets",
        "uid": made["metadata"]["uid"],
    }
    assert (await api.get(f"{widgets}/a")).code == 404


async def test_a_precondition_on_the_uid_or_version_guards_a_delete(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body["metadata"]
    wrong = {"preconditions": {"uid": "11111111-2222-3333-4444-555555555555"}}
    refused = await api.delete(f"{widgets}/a", wrong)
    assert (refused.code, refused.reason) == (409, "Conflict")
    assert "Precondition failed: UID in precondition: 11111111-2222-3333-4444-555555555555" in refused.message
    stale = await api.delete(f"{widgets}/a", {"preconditions": {"resourceVersion": "1"}})
    assert (stale.code, stale.reason) == (409, "Conflict")
    good = {"uid": made["uid"], "resourceVersion": made["resourceVersion"]}
    assert (await api.delete(f"{widgets}/a", {"preconditions": good})).code == 200


async def test_a_finalizer_holds_the_object_until_it_is_removed(api: Api, widgets: str) -> None:
    document = of(widgets, widget("a"))
    document["metadata"]["finalizers"] = ["vteam.example/hold"]
    await api.create(widgets, document)
    answer = await api.delete(f"{widgets}/a")
    assert answer.code == 200
    held = (await api.get(f"{widgets}/a")).body["metadata"]
    assert held["deletionTimestamp"]
    assert held["generation"] == 2
    more = await api.patch(f"{widgets}/a", {"metadata": {"finalizers": ["vteam.example/hold", "vteam.example/more"]}})
    assert (more.code, more.reason) == (422, "Invalid")
    assert "no new finalizers can be added if the object is being deleted" in more.message
    async with api.watch(widgets, resourceVersion=held["resourceVersion"]) as watch:
        released = await api.patch(f"{widgets}/a", {"metadata": {"finalizers": None}})
        assert released.code == 200
        assert (await watch.next())["type"] == "DELETED"
    assert (await api.get(f"{widgets}/a")).code == 404


async def test_dependents_follow_their_owner_in_the_background(api: Api, widgets: str, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    owner = (await api.create(widgets, of(widgets, widget("a")))).body
    await api.create(maps, owned("dependent", owner))
    await api.create(maps, config_map("bystander"))
    await api.delete(f"{widgets}/a", {"propagationPolicy": "Background"})
    assert (await api.get(f"{widgets}/a")).code == 404
    await api.gone(f"{maps}/dependent")
    assert (await api.get(f"{maps}/bystander")).code == 200


async def test_an_owner_waits_for_its_blocking_dependents_in_the_foreground(
    api: Api, widgets: str, namespace: str
) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    owner = (await api.create(widgets, of(widgets, widget("a")))).body
    dependent = owned("dependent", owner, blocking=True)
    dependent["metadata"]["finalizers"] = ["vteam.example/hold"]
    await api.create(maps, dependent)
    answer = await api.delete(f"{widgets}/a", {"propagationPolicy": "Foreground"})
    assert answer.body["metadata"]["finalizers"] == ["foregroundDeletion"]
    await api.until(f"{maps}/dependent", lambda found: "deletionTimestamp" in found.body["metadata"])
    assert (await api.get(f"{widgets}/a")).code == 200
    await api.patch(f"{maps}/dependent", {"metadata": {"finalizers": None}})
    await api.gone(f"{widgets}/a")


async def test_orphaned_dependents_stay_and_forget_their_owner(api: Api, widgets: str, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    owner = (await api.create(widgets, of(widgets, widget("a")))).body
    await api.create(maps, owned("dependent", owner))
    await api.delete(f"{widgets}/a", {"propagationPolicy": "Orphan"})
    await api.gone(f"{widgets}/a")
    assert (await until_unowned(api, f"{maps}/dependent"))["metadata"]["name"] == "dependent"


async def test_a_dependent_with_another_owner_stays_with_that_one(api: Api, widgets: str, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    first = (await api.create(widgets, of(widgets, widget("a")))).body
    second = (await api.create(widgets, of(widgets, widget("b")))).body
    document = owned("dependent", first)
    document["metadata"]["ownerReferences"] += owned("x", second)["metadata"]["ownerReferences"]
    await api.create(maps, document)
    await api.delete(f"{widgets}/a", {"propagationPolicy": "Background"})
    await api.until(f"{maps}/dependent", lambda found: len(found.body["metadata"]["ownerReferences"]) == 1)
    await api.delete(f"{widgets}/b", {"propagationPolicy": "Background"})
    await api.gone(f"{maps}/dependent")


async def test_an_object_whose_owner_never_was_is_collected(api: Api, widgets: str, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    owner = (await api.create(widgets, of(widgets, widget("a")))).body
    owner["metadata"]["uid"] = "11111111-2222-3333-4444-555555555555"
    await api.create(maps, owned("dependent", owner))
    await api.gone(f"{maps}/dependent")


async def test_a_jobs_pods_are_orphaned_unless_the_delete_says_otherwise(api: Api, namespace: str) -> None:
    """The oldest default of batch/v1, and a trap: `propagationPolicy` has to be given."""
    jobs, maps = f"/apis/batch/v1/namespaces/{namespace}/jobs", f"/api/v1/namespaces/{namespace}/configmaps"
    spec = {"suspend": True, "template": {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec}
    owner = (await api.create(jobs, job)).body
    await api.create(maps, owned("dependent", owner))
    await api.delete(f"{jobs}/j")
    await api.gone(f"{jobs}/j")
    await until_unowned(api, f"{maps}/dependent")


CONTAINER = {"name": "main", "image": "none.example/x:1"}


async def test_a_collection_is_deleted_by_its_labels(api: Api, widgets: str) -> None:
    for name, team in (("a", "x"), ("b", "x"), ("c", "y")):
        document = of(widgets, widget(name))
        document["metadata"]["labels"] = {"team": team}
        await api.create(widgets, document)
    assert (await api.delete(widgets, labelSelector="team=x")).code == 200
    left = (await api.get(widgets)).body["items"]
    assert [item["metadata"]["name"] for item in left] == ["c"]


async def test_a_namespace_takes_its_contents_with_it(api: Api, widgets: str, namespace: str) -> None:
    document = of(widgets, widget("held"))
    document["metadata"]["finalizers"] = ["vteam.example/hold"]
    await api.create(widgets, document)
    await api.create(widgets, of(widgets, widget("free")))
    deleted = await api.delete(f"/api/v1/namespaces/{namespace}")
    assert deleted.body["status"]["phase"] == "Terminating"
    await api.gone(f"{widgets}/free")
    refused = await api.create(widgets, of(widgets, widget("late")))
    assert (refused.code, refused.reason) == (403, "Forbidden")
    assert f"unable to create new content in namespace {namespace} because it is being terminated" in refused.message
    assert refused.body["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    assert (await api.get(f"/api/v1/namespaces/{namespace}")).code == 200
    await api.patch(f"{widgets}/held", {"metadata": {"finalizers": None}})
    await api.gone(f"/api/v1/namespaces/{namespace}")


async def test_a_namespace_has_a_default_service_account(api: Api, namespace: str) -> None:
    await api.until(f"/api/v1/namespaces/{namespace}/serviceaccounts/default", lambda answer: answer.code == 200)


async def test_a_definition_takes_its_objects_with_it(api: Api, namespace: str) -> None:
    group = f"gone.{namespace}.example"
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    await api.create(definitions, crd(group))
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    await api.until(path, lambda answer: answer.code == 200)
    await api.create(path, of(path, widget("a")))
    await api.delete(f"{definitions}/widgets.{group}")
    await api.gone(f"{definitions}/widgets.{group}")
    assert (await api.get(path)).code == 404
    assert (await api.create(definitions, crd(group))).code == 201
    again = await api.until(path, lambda answer: answer.code == 200)
    assert again.body["items"] == []
    await api.delete(f"{definitions}/widgets.{group}")
