"""The verbs of the client: what goes over the wire, and what each refusal becomes."""

from pathlib import Path

import pytest

from bot.cluster import (
    JOBS,
    PODS,
    SESSIONS,
    AlreadyExists,
    Cluster,
    Conflict,
    Forbidden,
    Invalid,
    Refused,
    Unauthorized,
)
from bot.errors import Later
from bot.serving import Address
from tests.cluster.api import Api, failure


async def test_what_is_not_there_is_none(api: Api, cluster: Cluster) -> None:
    api.answers = [(404, failure(404, "NotFound", 'pods "a" not found'), {})]
    assert await cluster.get(PODS, "a", "ns") is None


async def test_a_session_is_asked_for_at_its_own_path_with_the_token(api: Api, cluster: Cluster) -> None:
    api.answers = [(200, {"metadata": {"name": "fix"}}, {})]
    assert await cluster.get(SESSIONS, "fix", "team") == {"metadata": {"name": "fix"}}
    method, path, _, headers, _ = api.requests[0]
    assert (method, path) == ("GET", "/apis/vteam.ambient-code/v1alpha1/namespaces/team/agenticsessions/fix")
    assert headers["authorization"] == "Bearer secret"


async def test_a_hostile_name_stays_one_segment_of_the_path(api: Api, cluster: Cluster) -> None:
    api.answers = [(404, failure(404, "NotFound", "no"), {})]
    assert await cluster.get(PODS, "../../secrets/key?x=1", "ns") is None
    assert (
        api.requests[0][1] == "/api/v1/namespaces/ns/pods/../../secrets/key?x=1"
    )  # decoded by the server; one segment
    for name in ("", ".", ".."):
        with pytest.raises(ValueError, match="no object name"):
            await cluster.delete(PODS, name, namespace="ns")


async def test_a_long_list_is_read_page_by_page(api: Api, cluster: Cluster) -> None:
    for number in range(7):
        api.put(f"pod-{number}")
    api.page = 3
    listing = await cluster.list(PODS, "ns", labels="app=x", fields="spec.nodeName=n")
    assert [item["metadata"]["name"] for item in listing.items] == [f"pod-{number}" for number in range(7)]
    assert listing.resource_version == "107"
    assert [query.get("continue") for _, _, query, _, _ in api.requests] == [None, "3.107", "6.107"]
    assert {query["labelSelector"] for _, _, query, _, _ in api.requests} == {"app=x"}


async def test_pages_that_outlived_the_servers_memory_are_read_at_once_instead(api: Api, cluster: Cluster) -> None:
    for number in range(4):
        api.put(f"pod-{number}")
    api.answers = [(410, failure(410, "Expired", "the continue token is too old"), {})]
    listing = await cluster.list(PODS, "ns")
    assert len(listing.items) == 4
    assert "limit" not in api.requests[1][2]


async def test_create_writes_the_kind_and_says_when_the_name_is_taken(api: Api, cluster: Cluster) -> None:
    api.answers = [(201, {"metadata": {"name": "j"}}, {}), (409, failure(409, "AlreadyExists", 'jobs "j" exists'), {})]
    await cluster.create(JOBS, {"metadata": {"name": "j"}}, "ns")
    assert api.requests[0][4] == {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}}
    with pytest.raises(AlreadyExists, match='jobs "j" exists'):
        await cluster.create(JOBS, {"metadata": {"name": "j"}}, "ns")


async def test_a_patch_is_a_merge_patch_of_the_subresource(api: Api, cluster: Cluster) -> None:
    api.answers = [(200, {"status": {"phase": "Running"}}, {})]
    await cluster.patch(SESSIONS, "fix", {"status": {"phase": "Running"}}, namespace="ns", subresource="status")
    method, path, _, headers, body = api.requests[0]
    assert (method, path.rsplit("/", 2)[1:]) == ("PATCH", ["fix", "status"])
    assert headers["content-type"] == "application/merge-patch+json"
    assert body == {"status": {"phase": "Running"}}


async def test_delete_tells_whether_there_was_such_an_object(api: Api, cluster: Cluster) -> None:
    gone, other = failure(404, "NotFound", "gone"), failure(409, "Conflict", "the UID in the precondition is another")
    api.answers = [(200, {}, {}), (404, gone, {}), (409, other, {})]
    assert await cluster.delete(PODS, "a", namespace="ns", uid="u1", grace=0)
    assert not await cluster.delete(PODS, "a", namespace="ns")
    assert not await cluster.delete(PODS, "a", namespace="ns", uid="u1")
    body = api.requests[0][4]
    assert (body["preconditions"], body["gracePeriodSeconds"], body["propagationPolicy"]) == (
        {"uid": "u1"},
        0,
        "Background",
    )


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (401, "Unauthorized", Unauthorized),
        (403, "Forbidden", Forbidden),
        (409, "Conflict", Conflict),
        (422, "Invalid", Invalid),
        (415, "UnsupportedMediaType", Invalid),
    ],
)
async def test_a_refusal_keeps_the_servers_words(
    api: Api, cluster: Cluster, code: int, reason: str, kind: type[Refused]
) -> None:
    api.answers = [(code, failure(code, reason, "spec.prompt: too long"), {})]
    with pytest.raises(kind, match=r"spec\.prompt: too long") as caught:
        await cluster.patch(SESSIONS, "fix", {}, namespace="ns")
    assert (caught.value.code, caught.value.reason) == (code, reason)


async def test_a_busy_server_means_later_and_says_when(api: Api, cluster: Cluster) -> None:
    api.answers = [(429, b"slow down", {"Retry-After": "7"}), (503, b"<html>", {"Retry-After": "never"})]
    with pytest.raises(Later, match="slow down") as caught:
        await cluster.get(PODS, "a", "ns")
    assert caught.value.after == 7.0
    with pytest.raises(Later):
        await cluster.get(PODS, "a", "ns")


async def test_nobody_there_means_later() -> None:
    async with Cluster.at("http://127.0.0.1:9", token="x") as nobody:
        with pytest.raises(Later, match="cannot be reached"):
            await nobody.get(PODS, "a", "ns")


async def test_a_rotated_token_file_is_used_from_the_next_request_on(
    api: Api, address: Address, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    async with Cluster.at(address.url, token=token) as cluster:
        await cluster.list(PODS)
        token.write_text("second\n")
        await cluster.list(PODS)
        token.unlink()
        with pytest.raises(Later, match="token file"):
            await cluster.list(PODS)
    assert [headers["authorization"] for _, _, _, headers, _ in api.requests] == ["Bearer first", "Bearer second"]


async def test_a_kubeconfig_is_read_again_when_its_credential_is_refused(
    api: Api, address: Address, tmp_path: Path
) -> None:
    file = tmp_path / "kubeconfig"
    text = f"""
apiVersion: v1
kind: Config
current-context: here
contexts: [{{name: here, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "{address.url}"}}}}]
users: [{{name: u, user: {{token: TOKEN}}}}]
"""
    file.write_text(text.replace("TOKEN", "old"))
    async with await Cluster.from_kubeconfig(file) as cluster:
        file.write_text(text.replace("TOKEN", "new"))
        api.answers = [(401, failure(401, "Unauthorized", "expired"), {})]
        await cluster.list(PODS)
    assert [headers["authorization"] for _, _, _, headers, _ in api.requests] == ["Bearer old", "Bearer new"]


async def test_a_token_is_bound_to_its_pod(api: Api, cluster: Cluster) -> None:
    api.answers = [(201, {"status": {"token": "t", "expirationTimestamp": "2030-01-01T00:00:00Z"}}, {})]
    pod = {"metadata": {"name": "p", "uid": "u"}}
    made = await cluster.create_token("runner", "ns", audiences=["vteam"], seconds=600, pod=pod)
    assert made["token"] == "t"
    _, path, _, _, body = api.requests[0]
    assert path == "/api/v1/namespaces/ns/serviceaccounts/runner/token"
    assert body["spec"]["boundObjectRef"] == {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
