"""Who calls and what they may do: ServiceAccount tokens, TokenReview, RBAC, access reviews."""

from typing import Any

from tests.conformance.api_client import Answer, Api
from tests.conformance.crd import of, widget

RBAC = "/apis/rbac.authorization.k8s.io/v1"
AUDIENCE = "https://bot.vteam.example"


async def account(api: Api, namespace: str, name: str = "runner") -> str:
    """A new ServiceAccount's path."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    made = await api.create(path, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
    assert made.code == 201, made.body
    return f"{path}/{name}"


async def token_of(api: Api, path: str, **spec: Any) -> Answer:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return await api.create(f"{path}/token", body)


async def review(api: Api, token: str, *audiences: str) -> dict[str, Any]:
    spec = {"token": token} | ({"audiences": list(audiences)} if audiences else {})
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec}
    answer = await api.create("/apis/authentication.k8s.io/v1/tokenreviews", body)
    assert answer.code == 201, answer.body
    status: dict[str, Any] = answer.body["status"]
    return status


def pod(name: str, account_name: str) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "serviceAccountName": account_name,
        "containers": [{"name": "main", "image": "none.example/x:1"}],
    }
    spec |= {"nodeSelector": {"vteam.example/nowhere": "true"}, "automountServiceAccountToken": False}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


async def grant(api: Api, namespace: str, rules: list[dict[str, Any]], subject: str = "runner") -> None:
    name = {"name": "given"}
    head = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": name}
    role = await api.create(f"{RBAC}/namespaces/{namespace}/roles", {**head, "kind": "Role", "rules": rules})
    assert role.code == 201, role.body
    binding = {
        **head,
        "kind": "RoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "given"},
        "subjects": [{"kind": "ServiceAccount", "name": subject, "namespace": namespace}],
    }
    made = await api.create(f"{RBAC}/namespaces/{namespace}/rolebindings", binding)
    assert made.code == 201, made.body


async def test_a_token_is_for_its_audience_and_says_whose_it_is(api: Api, namespace: str) -> None:
    path = await account(api, namespace)
    made = await token_of(api, path, audiences=[AUDIENCE], expirationSeconds=600)
    assert made.code == 201
    token = made.body["status"]["token"]
    assert made.body["status"]["expirationTimestamp"].endswith("Z")
    status = await review(api, token, AUDIENCE)
    assert status["authenticated"] is True
    assert status["audiences"] == [AUDIENCE]
    assert status["user"]["username"] == f"system:serviceaccount:{namespace}:runner"
    groups = {"system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"}
    assert set(status["user"]["groups"]) == groups
    assert not (await review(api, token, "https://other.example")).get("authenticated")
    assert not (await review(api, token)).get("authenticated")
    assert (await api.as_user(token).get("/api/v1/namespaces")).code == 401


async def test_a_token_bound_to_a_pod_dies_with_it(api: Api, namespace: str) -> None:
    path = await account(api, namespace)
    pods = f"/api/v1/namespaces/{namespace}/pods"
    made = (await api.create(pods, pod("worker", "runner"))).body
    reference = {"apiVersion": "v1", "kind": "Pod", "name": "worker", "uid": made["metadata"]["uid"]}
    token = (await token_of(api, path, audiences=[AUDIENCE], boundObjectRef=reference)).body["status"]["token"]
    extra = (await review(api, token, AUDIENCE))["user"]["extra"]
    assert extra["authentication.kubernetes.io/pod-name"] == ["worker"]
    assert extra["authentication.kubernetes.io/pod-uid"] == [made["metadata"]["uid"]]
    await api.delete(f"{pods}/worker", gracePeriodSeconds=0)
    await api.gone(f"{pods}/worker")
    assert not (await review(api, token, AUDIENCE)).get("authenticated")


async def test_a_token_dies_with_its_account_even_if_one_of_that_name_comes_back(api: Api, namespace: str) -> None:
    path = await account(api, namespace)
    token = (await token_of(api, path, audiences=[AUDIENCE])).body["status"]["token"]
    await api.delete(path)
    await account(api, namespace)
    assert not (await review(api, token, AUDIENCE)).get("authenticated")


async def test_a_token_request_is_checked(api: Api, namespace: str) -> None:
    path = await account(api, namespace)
    short = await token_of(api, path, expirationSeconds=5)
    assert (short.code, short.reason) == (422, "Invalid")
    assert "spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes" in short.message
    missing = {"apiVersion": "v1", "kind": "Pod", "name": "missing"}
    assert (await token_of(api, path, boundObjectRef=missing)).code == 404
    assert (await token_of(api, f"{path}-other")).code == 404


async def test_unknown_and_missing_tokens_are_unauthorized(api: Api, widgets: str) -> None:
    for token in ("nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."):
        refused = await api.as_user(token).get(widgets)
        assert (refused.code, refused.reason, refused.message) == (401, "Unauthorized", "Unauthorized")
    assert (await api.as_user("").get(widgets)).code in (401, 403)


async def test_without_a_role_everything_is_forbidden_in_words(api: Api, widgets: str, namespace: str) -> None:
    path = await account(api, namespace)
    token = (await token_of(api, path)).body["status"]["token"]
    refused = await api.as_user(token).get(widgets)
    group = widgets.split("/")[2]
    assert (refused.code, refused.reason) == (403, "Forbidden")
    assert refused.message == (
        f'widgets.{group} is forbidden: User "system:serviceaccount:{namespace}:runner" cannot list resource '
        f'"widgets" in API group "{group}" in the namespace "{namespace}"'
    )
    cluster = await api.as_user(token).get("/api/v1/nodes/x")
    assert cluster.message == (
        f'nodes "x" is forbidden: User "system:serviceaccount:{namespace}:runner" cannot get resource "nodes" '
        'in API group "" at the cluster scope'
    )


async def test_a_role_gives_its_verbs_names_and_subresources_and_no_more(
    api: Api, widgets: str, namespace: str
) -> None:
    group = widgets.split("/")[2]
    path = await account(api, namespace)
    user = api.as_user((await token_of(api, path)).body["status"]["token"])
    for name in ("mine", "other"):
        await api.create(widgets, of(widgets, widget(name)))
    await grant(
        api,
        namespace,
        [
            {"apiGroups": [group], "resources": ["widgets"], "resourceNames": ["mine"], "verbs": ["get", "patch"]},
            {"apiGroups": [group], "resources": ["widgets/status"], "verbs": ["*"]},
        ],
    )
    assert (await user.get(f"{widgets}/mine")).code == 200
    assert (await user.get(f"{widgets}/other")).code == 403
    assert (await user.get(widgets)).code == 403
    assert (await user.patch(f"{widgets}/mine", {"spec": {"turns": 3}})).code == 200
    assert (await user.patch(f"{widgets}/other", {"spec": {"turns": 3}})).code == 403
    assert (await user.patch(f"{widgets}/other/status", {"status": {"phase": "x"}})).code == 200
    assert (await user.delete(f"{widgets}/mine")).code == 403


async def test_an_access_review_answers_as_the_request_would(api: Api, widgets: str, namespace: str) -> None:
    group = widgets.split("/")[2]
    await account(api, namespace)
    await grant(api, namespace, [{"apiGroups": [group], "resources": ["widgets"], "verbs": ["get"]}])

    async def may(verb: str) -> bool:
        attributes = {"namespace": namespace, "verb": verb, "group": group, "resource": "widgets"}
        spec = {"user": f"system:serviceaccount:{namespace}:runner", "resourceAttributes": attributes}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        answer = await api.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
        assert answer.code == 201, answer.body
        return bool(answer.body["status"]["allowed"])

    assert await may("get")
    assert not await may("delete")


async def test_everyone_may_ask_what_they_may_do(api: Api, namespace: str) -> None:
    path = await account(api, namespace)
    user = api.as_user((await token_of(api, path)).body["status"]["token"])
    spec = {"resourceAttributes": {"namespace": namespace, "verb": "get", "resource": "pods"}}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
    answer = await user.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body)
    assert (answer.code, answer.body["status"]["allowed"]) == (201, False)


async def test_a_binding_keeps_its_role_for_life(api: Api, namespace: str) -> None:
    await account(api, namespace)
    await grant(api, namespace, [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
    patch = {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}}
    refused = await api.patch(f"{RBAC}/namespaces/{namespace}/rolebindings/given", patch)
    assert (refused.code, refused.reason) == (422, "Invalid")
    assert "cannot change roleRef" in refused.message


async def test_nobody_grants_what_they_do_not_have(api: Api, namespace: str) -> None:
    path = await account(api, namespace)
    user = api.as_user((await token_of(api, path)).body["status"]["token"])
    rules = [
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
    ]
    await grant(api, namespace, rules)

    def role(name: str, verb: str) -> dict[str, Any]:
        head = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}}
        return head | {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": [verb]}]}

    assert (await user.create(f"{RBAC}/namespaces/{namespace}/roles", role("held", "get"))).code == 201
    refused = await user.create(f"{RBAC}/namespaces/{namespace}/roles", role("more", "delete"))
    assert (refused.code, refused.reason) == (403, "Forbidden")
    assert "is attempting to grant RBAC permissions not currently held" in refused.message
