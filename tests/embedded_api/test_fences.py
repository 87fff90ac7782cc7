"""What the embedded server refuses, and how it answers to hostile input: never an approximation, never a crash."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.embedded.api import ApiStore, api_app, load_crds
from tests.conformance.api_client import Api, served
from tests.conformance.crd import crd, of, widget
from tests.embedded_api.conftest import ADMIN, GROUP, WIDGETS, Open

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api() -> AsyncIterator[Api]:
    """One server for all that is refused here: what is refused leaves nothing behind."""
    store = ApiStore.open(None)
    load_crds(store, [crd(GROUP)])
    async with served(api_app(store, admin_token=ADMIN)) as url, aiohttp.ClientSession() as session:
        yield Api(session, url, ADMIN)
    store.close()


@pytest.mark.parametrize(
    "path",
    [
        "/apis/batch/v1/namespaces/default/cronjobs",
        "/apis/resource.k8s.io/v1/namespaces/default/resourceclaimtemplates",
        "/apis/apps/v1/namespaces/default/statefulsets",
        "/api/v1/namespaces/default/endpoints",
        "/api/v1/namespaces/default/pods/p/exec",
        "/api/v1/namespaces/default/pods/p/portforward",
        "/api/v1/nodes/n/proxy",
        "/apis/batch/v2/namespaces/default/jobs",
        "/openapi/v2",
        "/metrics",
        "/debug/pprof",
        "/",
    ],
)
async def test_what_is_not_in_the_list_is_not_there(api: Api, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await api.call(method, path, {} if method == "POST" else None)
        assert answer.body["kind"] == "Status", answer
        assert (answer.code, answer.reason) in ((404, "NotFound"), (405, "MethodNotAllowed"))
    assert (await api.get(path)).code == 404


async def test_other_encodings_and_media_types_are_415_or_406(api: Api) -> None:
    body = gzip.compress(json.dumps(of(WIDGETS, widget("a"))).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert (await api.call("POST", WIDGETS, body, headers=headers)).code == 415
    protobuf = {"Content-Type": "application/vnd.kubernetes.protobuf"}
    assert (await api.call("POST", WIDGETS, b"k8s\x00", headers=protobuf)).code == 415
    cbor = {"Content-Type": "application/cbor"}
    assert (await api.call("POST", WIDGETS, b"\xa0", headers=cbor)).code == 415
    accept = {"Accept": "application/vnd.kubernetes.protobuf"}
    refused = await api.call("GET", WIDGETS, headers=accept)
    assert (refused.code, refused.reason) == (406, "NotAcceptable")
    either = {"Accept": "application/vnd.kubernetes.protobuf,application/json"}
    assert (await api.call("GET", WIDGETS, headers=either)).code == 200


async def test_an_unknown_directive_of_a_strategic_patch_is_refused(api: Api) -> None:
    patch = {"metadata": {"$unheardOf": 1}}
    refused = await api.patch("/api/v1/namespaces/default", patch, kind="strategic-merge-patch+json")
    assert (refused.code, refused.reason) == (415, "UnsupportedMediaType")


async def test_a_definition_that_cannot_be_served_exactly_is_refused(api: Api) -> None:
    scale = crd("scale.example.com")
    scale["spec"]["versions"][0]["subresources"]["scale"] = {"specReplicasPath": ".spec.turns"}
    webhook = crd("webhook.example.com")
    webhook["spec"]["conversion"] = {"strategy": "Webhook"}
    strange = crd("strange.example.com")
    strange["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["x-unheard-of"] = True
    optional = crd("optional.example.com")
    rules = [{"rule": "self.?spec.hasValue()"}]
    optional["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["x-kubernetes-validations"] = rules
    for document in (scale, webhook, strange, optional):
        refused = await api.create(DEFINITIONS, document)
        assert (refused.code, refused.reason) == (422, "Invalid"), refused.body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("properties", 5),
        ("properties", {"spec": 5}),
        ("required", 5),
        ("type", ["object"]),
        ("x-kubernetes-validations", 5),
        ("x-kubernetes-validations", [{"rule": 5}]),
        ("additionalProperties", 5),
        ("enum", 5),
    ],
)
async def test_nonsense_in_a_schema_is_invalid_not_a_crash(api: Api, field: str, value: Any) -> None:
    document = crd("nonsense.example.com")
    document["spec"]["versions"][0]["schema"]["openAPIV3Schema"][field] = value
    refused = await api.create(DEFINITIONS, document)
    assert refused.code in (400, 422), refused.body


async def test_a_body_over_three_mebibytes_is_refused(api: Api) -> None:
    refused = await api.create(WIDGETS, of(WIDGETS, widget("a", extra={"fill": "x" * 3_200_000})))
    assert (refused.code, refused.reason) == (413, "RequestEntityTooLarge")


async def test_deep_nesting_is_a_bad_request(api: Api) -> None:
    for depth in (500, 900, 5000, 100_000):
        nested = '{"a":' * depth + "1" + "}" * depth
        text = json.dumps(of(WIDGETS, widget("a", extra="HERE"))).replace('"HERE"', nested)
        assert (await api.create(WIDGETS, text)).code in (201, 400), depth
        await api.delete(f"{WIDGETS}/a")


async def test_yaml_aliases_are_refused(api: Api) -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    refused = await api.call("POST", WIDGETS, bomb, headers={"Content-Type": "application/yaml"})
    assert (refused.code, refused.reason) == (400, "BadRequest")


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "null",
        '"text"',
        "5",
        '{"metadata": 5}',
        '{"metadata": {"name": 5}}',
        '{"metadata": {"labels": [1]}}',
        '{"metadata": {"labels": {"a": 1}}}',
        '{"metadata": {"finalizers": {"a": 1}}}',
        '{"metadata": {"ownerReferences": [5]}}',
        '{"metadata": {"ownerReferences": [{"uid": 5}]}}',
        '{"metadata": {"name": "a", "annotations": {"a": null}}, "spec": 5}',
        '{"metadata": {"name": "a", "managedFields": [5]}, "spec": {"prompt": "x"}}',
        '{"metadata": {"name": "a"}, "spec": {"prompt": "x", "turns": 99999999999999999999999999}}',
        '{"metadata": {"name": "a"}, "spec": {"prompt": "x", "repos": {"url": 1}}}',
        '{"metadata": {"name": "a"}, "spec": {"prompt": "x", "repos": [[], "x", null]}}',
        '{"metadata": {"name": "a"}, "spec": {"prompt": "\\ud800"}}',
    ],
)
async def test_strange_objects_are_refused_not_crashed_on(api: Api, body: str) -> None:
    head = f'{{"apiVersion": "{GROUP}/v1", "kind": "Widget", '
    text = head + body[1:] if body.startswith("{") else body
    for path in (WIDGETS, "/api/v1/namespaces/default/configmaps", "/api/v1/namespaces/default/pods"):
        answer = await api.create(path, text)
        assert answer.code in (201, 400, 409, 422), answer.body
    await api.create(WIDGETS, of(WIDGETS, widget("here")))
    for kind in ("merge-patch+json", "apply-patch+yaml", "json-patch+json"):
        answer = await api.patch(f"{WIDGETS}/here", text, kind=kind, fieldManager="x")
        assert answer.code in (200, 400, 409, 422), (kind, answer.body)


@pytest.mark.parametrize(
    "kind", ["pods", "secrets", "configmaps", "services", "persistentvolumeclaims", "events", "serviceaccounts"]
)
async def test_no_built_in_kind_crashes_on_fields_of_another_type(api: Api, kind: str) -> None:
    for value in (5, "text", [], [5], {}, {"containers": [5]}, {"template": {"spec": [1]}}, None):
        fields = ("spec", "data", "stringData", "status", "involvedObject", "type", "secrets", "immutable")
        for field in fields:
            body = {"metadata": {"name": "a"}, field: value}
            answer = await api.create(f"/api/v1/namespaces/default/{kind}", body)
            assert answer.code in (201, 400, 409, 422), (field, value, answer.body)


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("batch", "jobs"),
        ("apps", "deployments"),
        ("coordination.k8s.io", "leases"),
        ("rbac.authorization.k8s.io", "roles"),
        ("rbac.authorization.k8s.io", "rolebindings"),
        ("networking.k8s.io", "networkpolicies"),
        ("policy", "poddisruptionbudgets"),
    ],
)
async def test_no_group_kind_crashes_on_fields_of_another_type(api: Api, group: str, kind: str) -> None:
    values: list[Any] = [
        5,
        "text",
        [],
        [5],
        {},
        {"template": {"spec": {"containers": [5]}}},
        {"selector": {}},
        None,
    ]
    for value in values:
        for field in ("spec", "rules", "subjects", "roleRef", "status"):
            body = {"metadata": {"name": "a"}, field: value}
            answer = await api.create(f"/apis/{group}/v1/namespaces/default/{kind}", body)
            assert answer.code in (201, 400, 409, 422), (field, value, answer.body)


async def test_reviews_survive_strange_questions(api: Api) -> None:
    reviews = {
        "/apis/authentication.k8s.io/v1/tokenreviews": {"token": 5},
        "/apis/authorization.k8s.io/v1/subjectaccessreviews": {"user": 5, "resourceAttributes": "x"},
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": {"resourceAttributes": {"verb": []}},
        "/api/v1/namespaces/default/serviceaccounts/default/token": {"audiences": 5, "boundObjectRef": 5},
    }
    for path, spec in reviews.items():
        bodies: list[dict[str, Any]] = [{"spec": spec}, {"spec": 5}, {}, {"spec": {}}]
        for body in bodies:
            answer = await api.create(path, body)
            assert answer.code in (201, 400, 422), (path, body, answer.body)


async def test_impersonation_is_allowed_by_rbac_or_refused_never_ignored(api: Api) -> None:
    name = "system:serviceaccount:default:default"
    asked = await api.call("GET", WIDGETS, headers={"Impersonate-User": name})
    assert (asked.code, asked.reason) == (403, "Forbidden")
    assert f'User "{name}" cannot list' in asked.message
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    user = api.as_user((await api.create(path, body)).body["status"]["token"])
    headers = {"Impersonate-User": "kubernetes-admin", "Impersonate-Group": "system:masters"}
    refused = await user.call("GET", WIDGETS, headers=headers)
    assert (refused.code, refused.reason) == (403, "Forbidden")
    assert "cannot impersonate resource" in refused.message


async def test_health_and_version_need_no_token_and_nothing_else_does_without(api: Api) -> None:
    nobody = api.as_user("")
    for path in ("/healthz", "/livez", "/readyz", "/version"):
        assert (await nobody.get(path)).code == 200
    for path in ("/api", "/apis", "/openapi/v3", WIDGETS, "/api/v1/namespaces"):
        assert (await nobody.get(path)).code == 401


async def test_a_short_admin_token_is_refused_at_the_start() -> None:
    store = ApiStore.open(None)
    with pytest.raises(ValueError, match="at least 16 characters"):
        api_app(store, admin_token="short")
    store.close()


async def test_bookmarks_come_by_themselves(opened: Open) -> None:
    async with opened(bookmark_seconds=0.05) as (api, _):
        await api.create(WIDGETS, of(WIDGETS, widget("a")))
        async with api.watch(WIDGETS, resourceVersion="0", allowWatchBookmarks="true") as watch:
            await watch.until("ADDED")
            bookmark = await watch.until("BOOKMARK")
            assert bookmark["object"]["kind"] == "Widget"
            made = await api.create("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "elsewhere"}})
            while int(bookmark["object"]["metadata"]["resourceVersion"]) < int(
                made.body["metadata"]["resourceVersion"]
            ):
                bookmark = await watch.until("BOOKMARK")


async def test_watches_end_when_the_server_does() -> None:
    store = ApiStore.open(None)
    app = api_app(store, admin_token=ADMIN)
    async with served(app) as url, aiohttp.ClientSession() as session:
        path = "/api/v1/namespaces/default/configmaps"
        async with Api(session, url, ADMIN).watch(path, resourceVersion="0") as watch:
            app.end_watches()
            assert await watch.rest() == b""
    store.close()
