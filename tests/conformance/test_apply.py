"""Server-side apply: shared objects, conflicts, forced values, and what happens to what is no longer applied."""

from typing import Any

from tests.conformance.api_client import Answer, Api
from tests.conformance.crd import of, widget


async def apply(api: Api, path: str, document: dict[str, Any], manager: str = "one", **query: Any) -> Answer:
    return await api.patch(path, document, kind="apply-patch+yaml", fieldManager=manager, **query)


def named(document: dict[str, Any], name: str) -> dict[str, Any]:
    return document | {"metadata": {"name": name}}


def bare(widgets: str, **spec: Any) -> dict[str, Any]:
    return of(widgets, {"kind": "Widget", "metadata": {"name": "a"}, "spec": spec})


async def test_an_apply_creates_what_is_not_there(api: Api, widgets: str) -> None:
    made = await apply(api, f"{widgets}/a", of(widgets, widget("a")))
    assert made.code == 201, made.body
    entry = made.body["metadata"]["managedFields"][0]
    assert (entry["manager"], entry["operation"]) == ("one", "Apply")
    assert entry["fieldsV1"] == {"f:spec": {"f:prompt": {}}}
    assert made.body["spec"]["mode"] == "fix"
    again = await apply(api, f"{widgets}/a", of(widgets, widget("a")))
    assert again.code == 200
    assert again.body["metadata"]["resourceVersion"] == made.body["metadata"]["resourceVersion"]


async def test_an_apply_needs_a_manager(api: Api, widgets: str) -> None:
    refused = await api.patch(f"{widgets}/a", of(widgets, widget("a")), kind="apply-patch+yaml")
    assert (refused.code, refused.reason) == (422, "Invalid")
    assert "fieldManager: Required value: is required for apply patch" in refused.message


async def test_two_managers_share_an_object(api: Api, widgets: str) -> None:
    await apply(api, f"{widgets}/a", of(widgets, widget("a")), "one")
    second = await apply(api, f"{widgets}/a", bare(widgets, turns=5, labels={"k": "v"}), "two")
    assert second.code == 200, second.body
    assert second.body["spec"] == {"prompt": "make it so", "mode": "fix", "turns": 5, "labels": {"k": "v"}}
    without = await apply(api, f"{widgets}/a", bare(widgets, labels={"q": "r"}), "two")
    assert without.body["spec"] == {"prompt": "make it so", "mode": "fix", "labels": {"q": "r"}}


async def test_a_field_of_another_manager_is_a_conflict_unless_forced(api: Api, widgets: str) -> None:
    await apply(api, f"{widgets}/a", of(widgets, widget("a", turns=1)), "one")
    refused = await apply(api, f"{widgets}/a", bare(widgets, turns=2), "two")
    assert (refused.code, refused.reason) == (409, "Conflict")
    assert refused.message == 'Apply failed with 1 conflict: conflict with "one": .spec.turns'
    cause = refused.body["details"]["causes"][0]
    assert cause == {"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".spec.turns"}
    forced = await apply(api, f"{widgets}/a", bare(widgets, turns=2), "two", force="true")
    assert forced.body["spec"]["turns"] == 2
    owners = {entry["manager"]: entry["fieldsV1"] for entry in forced.body["metadata"]["managedFields"]}
    assert owners == {"one": {"f:spec": {"f:prompt": {}}}, "two": {"f:spec": {"f:turns": {}}}}


async def test_what_is_shared_stays_when_one_lets_go(api: Api, widgets: str) -> None:
    await apply(api, f"{widgets}/a", of(widgets, widget("a", turns=1)), "one")
    shared = await apply(api, f"{widgets}/a", bare(widgets, turns=1), "two")
    assert shared.code == 200
    one = await apply(api, f"{widgets}/a", of(widgets, widget("a")), "one")
    assert one.body["spec"]["turns"] == 1
    two = await apply(api, f"{widgets}/a", bare(widgets), "two")
    assert "turns" not in two.body["spec"]


async def test_an_update_takes_fields_over(api: Api, widgets: str) -> None:
    await apply(api, f"{widgets}/a", of(widgets, widget("a", turns=1)), "one")
    await api.patch(f"{widgets}/a", {"spec": {"turns": 3}}, fieldManager="editor")
    refused = await apply(api, f"{widgets}/a", of(widgets, widget("a", turns=1)), "one")
    assert (refused.code, refused.reason) == (409, "Conflict")
    version = of(widgets, {})["apiVersion"]
    assert refused.message == f'Apply failed with 1 conflict: conflict with "editor" using {version}: .spec.turns'


async def test_elements_of_keyed_lists_have_owners_of_their_own(api: Api, widgets: str) -> None:
    await apply(api, f"{widgets}/a", of(widgets, widget("a", repos=[{"url": "https://one"}])), "one")
    two = bare(widgets, repos=[{"url": "https://two", "branch": "dev"}])
    merged = await apply(api, f"{widgets}/a", two, "two")
    assert merged.body["spec"]["repos"] == [
        {"url": "https://one", "branch": "main"},
        {"url": "https://two", "branch": "dev"},
    ]
    left = await apply(api, f"{widgets}/a", of(widgets, widget("a")), "one")
    assert left.body["spec"]["repos"] == [{"url": "https://two", "branch": "dev"}]


async def test_a_status_is_applied_apart(api: Api, widgets: str) -> None:
    await apply(api, f"{widgets}/a", of(widgets, widget("a")), "one")
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    document = of(widgets, {"kind": "Widget", "metadata": {"name": "a"}, "status": status})
    applied = await apply(api, f"{widgets}/a/status", document, "controller")
    assert applied.code == 200, applied.body
    assert applied.body["status"] == status
    entry = next(item for item in applied.body["metadata"]["managedFields"] if item["manager"] == "controller")
    assert entry["subresource"] == "status"
    again = await apply(api, f"{widgets}/a", of(widgets, widget("a")), "one")
    assert again.body["status"] == status


async def test_an_object_that_was_created_belongs_to_its_creator(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a", turns=1)), fieldManager="creator")
    refused = await apply(api, f"{widgets}/a", bare(widgets, turns=2), "two")
    assert (refused.code, refused.reason) == (409, "Conflict")
    assert 'conflict with "creator"' in refused.message
    same = await apply(api, f"{widgets}/a", bare(widgets, turns=1), "two")
    assert same.code == 200


async def test_a_built_in_kind_is_applied_by_its_keys(api: Api, namespace: str) -> None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/d"

    def deployment(env: list[dict[str, str]], image: str = "none.example/x:1") -> dict[str, Any]:
        container = {"name": "main", "image": image, "env": env, "ports": [{"containerPort": 80}]}
        template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [container]}}
        spec = {"replicas": 0, "selector": {"matchLabels": {"app": "d"}}, "template": template}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}

    first = await apply(api, path, deployment([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]), "helm")
    assert first.code == 201, first.body
    second = await apply(api, path, deployment([{"name": "B", "value": "3"}], "none.example/x:2"), "helm")
    assert second.code == 200, second.body
    container = second.body["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "B", "value": "3"}]
    assert container["image"] == "none.example/x:2"
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    third = await apply(api, path, deployment([{"name": "B", "value": "3"}], "none.example/x:2"), "helm")
    assert third.body["metadata"]["generation"] == second.body["metadata"]["generation"]


async def test_a_stale_version_in_an_apply_is_a_conflict(api: Api, widgets: str) -> None:
    made = (await apply(api, f"{widgets}/a", of(widgets, widget("a")))).body
    await api.patch(f"{widgets}/a", {"spec": {"turns": 1}})
    document = of(widgets, widget("a"))
    document["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"]
    refused = await apply(api, f"{widgets}/a", document)
    assert (refused.code, refused.reason) == (409, "Conflict")
