"""JSON patch, merge patch, and strategic merge patch of built-in kinds."""

from typing import Any

import pytest

from tests.conformance.api_client import Api
from tests.conformance.crd import of, widget


async def test_a_json_patch_adds_replaces_moves_and_removes(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a", labels={"x": "1", "y/z": "2"}, tags=["a", "b"])))
    patch = [
        {"op": "test", "path": "/spec/prompt", "value": "make it so"},
        {"op": "add", "path": "/spec/labels/new", "value": "3"},
        {"op": "replace", "path": "/spec/labels/x", "value": "4"},
        {"op": "move", "from": "/spec/labels/y~1z", "path": "/spec/labels/moved"},
        {"op": "copy", "from": "/spec/labels/x", "path": "/spec/labels/copied"},
        {"op": "add", "path": "/spec/tags/0", "value": "first"},
        {"op": "add", "path": "/spec/tags/-", "value": "last"},
        {"op": "remove", "path": "/spec/tags/1"},
    ]
    answer = await api.patch(f"{widgets}/a", patch, kind="json-patch+json")
    assert answer.code == 200, answer.body
    assert answer.body["spec"]["labels"] == {"x": "4", "new": "3", "moved": "2", "copied": "4"}
    assert answer.body["spec"]["tags"] == ["first", "b", "last"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/spec/prompt", "value": "other"},
        {"op": "remove", "path": "/spec/nothing"},
        {"op": "replace", "path": "/spec/nothing", "value": 1},
        {"op": "add", "path": "/spec/nothing/below", "value": 1},
    ],
)
async def test_a_json_patch_that_does_not_fit_changes_nothing(
    api: Api, widgets: str, operation: dict[str, Any]
) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    patch = [{"op": "add", "path": "/spec/turns", "value": 3}, operation]
    refused = await api.patch(f"{widgets}/a", patch, kind="json-patch+json")
    assert (refused.code, refused.reason) == (422, "Invalid")
    assert (await api.get(f"{widgets}/a")).body == made


async def test_a_malformed_json_patch_is_a_bad_request(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    for patch in ("{}", "[1]", "not json"):
        refused = await api.patch(f"{widgets}/a", patch, kind="json-patch+json")
        assert (refused.code, refused.reason) == (400, "BadRequest"), patch


async def test_a_merge_patch_removes_with_null_and_replaces_lists(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a", labels={"x": "1", "y": "2"}, tags=["a", "b"])))
    patch = {"spec": {"labels": {"x": None, "z": "3"}, "tags": ["c"]}}
    answer = await api.patch(f"{widgets}/a", patch)
    assert answer.body["spec"]["labels"] == {"y": "2", "z": "3"}
    assert answer.body["spec"]["tags"] == ["c"]


async def test_a_patch_may_not_rename(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    refused = await api.patch(f"{widgets}/a", {"metadata": {"name": "b"}})
    assert (refused.code, refused.reason) == (400, "BadRequest")


async def test_a_strategic_patch_merges_containers_and_env_by_name(api: Api, namespace: str) -> None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    containers = [
        {
            "name": "main",
            "image": "none.example/x:1",
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        },
        {"name": "side", "image": "none.example/y:1"},
    ]
    template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": containers}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "d"}}, "template": template}
    await api.create(path, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec})
    change = {"name": "main", "env": [{"name": "B", "value": "3"}, {"name": "A", "$patch": "delete"}]}
    change["$setElementOrder/env"] = [{"name": "B"}]
    patch = {"spec": {"template": {"spec": {"containers": [change]}}}, "metadata": {"labels": {"k": "v"}}}
    answer = await api.patch(f"{path}/d", patch, kind="strategic-merge-patch+json")
    assert answer.code == 200, answer.body
    main, side = answer.body["spec"]["template"]["spec"]["containers"]
    assert main["env"] == [{"name": "B", "value": "3"}]
    assert main["image"] == "none.example/x:1"
    assert side["name"] == "side"
    assert answer.body["metadata"]["labels"] == {"k": "v"}


async def test_a_strategic_patch_of_conditions_merges_by_type(api: Api, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}"
    first = {"status": {"conditions": [{"type": "vteam.example/A", "status": "True"}]}}
    second = {"status": {"conditions": [{"type": "vteam.example/B", "status": "False"}]}}
    await api.patch(f"{path}/status", first, kind="strategic-merge-patch+json")
    answer = await api.patch(f"{path}/status", second, kind="strategic-merge-patch+json")
    assert answer.code == 200, answer.body
    known = {item["type"]: item["status"] for item in answer.body["status"]["conditions"]}
    assert known == {"vteam.example/A": "True", "vteam.example/B": "False"}


async def test_the_order_of_a_strategic_patch_is_kept(api: Api, namespace: str) -> None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    env = [{"name": name, "value": "1"} for name in ("A", "B", "C")]
    container = {"name": "main", "image": "none.example/x:1", "env": env}
    template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "d"}}, "template": template}
    await api.create(path, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec})
    order = [{"name": name} for name in ("C", "D", "A")]
    change = {"name": "main", "env": [{"name": "D", "value": "2"}], "$setElementOrder/env": order}
    patch = {"spec": {"template": {"spec": {"containers": [change]}}}}
    answer = await api.patch(f"{path}/d", patch, kind="strategic-merge-patch+json")
    found = answer.body["spec"]["template"]["spec"]["containers"][0]["env"]
    names = [item["name"] for item in found]
    assert [name for name in names if name != "B"] == ["C", "D", "A"]
