"""Lists: pages that show one state, selectors, revisions."""

from typing import Any

from tests.conformance.api_client import Api
from tests.conformance.crd import of, widget


def names(listed: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in listed["items"]]


async def test_a_list_names_its_kind_and_its_revision(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    listed = (await api.get(widgets)).body
    assert (listed["kind"], listed["apiVersion"]) == ("WidgetList", made["apiVersion"])
    assert int(listed["metadata"]["resourceVersion"]) >= int(made["metadata"]["resourceVersion"])
    assert listed["items"] == [made]


async def test_items_of_built_in_kinds_come_without_kind_and_version(api: Api, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    await api.create(maps, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}})
    listed = (await api.get(maps, fieldSelector="metadata.name=a")).body
    assert (listed["kind"], names(listed)) == ("ConfigMapList", ["a"])
    assert "kind" not in listed["items"][0]
    assert listed["items"][0]["data"] == {"k": "v"}


async def test_every_page_shows_the_state_of_the_first(api: Api, widgets: str) -> None:
    for name in "abcde":
        await api.create(widgets, of(widgets, widget(name)))
    first = (await api.get(widgets, limit=2)).body
    assert names(first) == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 3
    await api.delete(f"{widgets}/c")
    await api.create(widgets, of(widgets, widget("cc")))
    await api.patch(f"{widgets}/d", {"spec": {"turns": 7}})
    second = (await api.get(widgets, limit=2, **{"continue": first["metadata"]["continue"]})).body
    assert names(second) == ["c", "d"]
    assert "turns" not in second["items"][1]["spec"]
    third = (await api.get(widgets, limit=2, **{"continue": second["metadata"]["continue"]})).body
    assert names(third) == ["e"]
    assert "continue" not in third["metadata"]
    revisions = {page["metadata"]["resourceVersion"] for page in (first, second, third)}
    assert len(revisions) == 1


async def test_a_watch_from_a_paged_list_sees_what_changed_between_the_pages(api: Api, widgets: str) -> None:
    for name in "abc":
        await api.create(widgets, of(widgets, widget(name)))
    first = (await api.get(widgets, limit=2)).body
    await api.patch(f"{widgets}/a", {"spec": {"turns": 7}})
    last = (await api.get(widgets, limit=2, **{"continue": first["metadata"]["continue"]})).body
    async with api.watch(widgets, resourceVersion=last["metadata"]["resourceVersion"]) as watch:
        event = await watch.next()
        assert (event["type"], event["object"]["metadata"]["name"]) == ("MODIFIED", "a")


async def test_an_unreadable_continue_token_is_a_bad_request(api: Api, widgets: str) -> None:
    refused = await api.get(widgets, limit=2, **{"continue": "nonsense"})
    assert (refused.code, refused.reason) == (400, "BadRequest")


async def test_labels_select(api: Api, widgets: str) -> None:
    for name, labels in (("a", {"team": "x", "tier": "1"}), ("b", {"team": "y"}), ("c", {})):
        document = of(widgets, widget(name))
        document["metadata"]["labels"] = labels
        await api.create(widgets, document)
    expected = {
        "team=x": ["a"],
        "team==x": ["a"],
        "team!=x": ["b", "c"],
        "team": ["a", "b"],
        "!team": ["c"],
        "team in (x, y)": ["a", "b"],
        "team notin (x)": ["b", "c"],
        "team=x,tier=1": ["a"],
        "team in (x,y),!tier": ["b"],
    }
    for selector, found in expected.items():
        assert names((await api.get(widgets, labelSelector=selector)).body) == found, selector
    refused = await api.get(widgets, labelSelector="team in x")
    assert (refused.code, refused.reason) == (400, "BadRequest")


async def test_fields_select_where_the_definition_says_so(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    await api.create(widgets, of(widgets, widget("b", mode="plan")))
    assert names((await api.get(widgets, fieldSelector="metadata.name=b")).body) == ["b"]
    assert names((await api.get(widgets, fieldSelector="spec.mode=plan")).body) == ["b"]
    assert names((await api.get(widgets, fieldSelector="spec.mode!=plan")).body) == ["a"]
    assert names((await api.get(widgets, fieldSelector="spec.mode=fix,metadata.name!=a")).body) == []
    refused = await api.get(widgets, fieldSelector="spec.prompt=x")
    assert (refused.code, refused.reason) == (400, "BadRequest")
    assert "field label not supported: spec.prompt" in refused.message


async def test_pods_are_selected_by_phase_and_node(api: Api, namespace: str) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    spec = {
        "containers": [{"name": "main", "image": "none.example/x:1"}],
        "nodeSelector": {"vteam.example/nowhere": "true"},
    }
    await api.until(f"/api/v1/namespaces/{namespace}/serviceaccounts/default", lambda answer: answer.code == 200)
    made = await api.create(pods, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    assert made.code == 201, made.body
    assert names((await api.get(pods, fieldSelector="status.phase=Pending")).body) == ["p"]
    assert names((await api.get(pods, fieldSelector="spec.nodeName=")).body) == ["p"]
    assert names((await api.get(pods, fieldSelector="spec.nodeName=elsewhere")).body) == []


async def test_a_list_over_all_namespaces_shows_each_objects_own(api: Api, widgets: str, namespace: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    everywhere = widgets.replace(f"/namespaces/{namespace}", "")
    listed = (await api.get(everywhere)).body
    assert [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in listed["items"]] == [(namespace, "a")]


async def test_a_list_of_a_future_revision_is_a_timeout(api: Api, widgets: str) -> None:
    revision = int((await api.get(widgets)).body["metadata"]["resourceVersion"])
    refused = await api.get(widgets, resourceVersion=revision + 10_000_000, resourceVersionMatch="NotOlderThan")
    assert (refused.code, refused.reason) == (504, "Timeout")
    assert "Too large resource version" in refused.message


async def test_an_exact_revision_shows_the_state_of_then(api: Api, widgets: str) -> None:
    made = (await api.create(widgets, of(widgets, widget("a")))).body
    await api.delete(f"{widgets}/a")
    revision = made["metadata"]["resourceVersion"]
    then = (await api.get(widgets, resourceVersion=revision, resourceVersionMatch="Exact")).body
    assert names(then) == ["a"]
    assert then["metadata"]["resourceVersion"] == revision


async def test_only_the_metadata_is_sent_to_those_who_ask_for_that(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    accept = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
    listed = (await api.call("GET", widgets, headers=accept)).body
    assert listed["kind"] == "PartialObjectMetadataList"
    assert listed["items"][0]["kind"] == "PartialObjectMetadata"
    assert "spec" not in listed["items"][0]


async def test_tables_have_the_definitions_columns(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    accept = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1"}
    table = (await api.call("GET", widgets, headers=accept)).body
    assert table["kind"] == "Table"
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Mode", "Phase", "Age"]
    assert table["rows"][0]["cells"][:3] == ["a", "fix", None]
    assert table["rows"][0]["object"]["metadata"]["name"] == "a"
