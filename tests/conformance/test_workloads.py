"""Pods and Jobs as clients rely on them: defaults, what never changes, graceful deletion, binding, secrets."""

import base64
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.api_client import Answer, Api

CONTAINER = {"name": "main", "image": "none.example/x:1"}
NOWHERE = {"nodeSelector": {"vteam.example/nowhere": "true"}}


def job(name: str, **spec: Any) -> dict[str, Any]:
    template = {"spec": {"restartPolicy": "Never", "containers": [CONTAINER], **NOWHERE}}
    body = {"suspend": True, "template": template, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": body}


def pod(name: str, **spec: Any) -> dict[str, Any]:
    body = {"containers": [CONTAINER], **NOWHERE, **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": body}


def field(answer: Answer) -> str:
    assert (answer.code, answer.reason) == (422, "Invalid"), answer.body
    return str(answer.body["details"]["causes"][0]["field"])


@pytest.fixture
def jobs(namespace: str) -> str:
    return f"/apis/batch/v1/namespaces/{namespace}/jobs"


@pytest_asyncio.fixture(loop_scope="session")
async def pods(api: Api, namespace: str) -> str:
    await api.until(f"/api/v1/namespaces/{namespace}/serviceaccounts/default", lambda answer: answer.code == 200)
    return f"/api/v1/namespaces/{namespace}/pods"


async def test_a_job_is_completed_with_kubernetes_defaults(api: Api, jobs: str) -> None:
    made = (await api.create(jobs, job("j"))).body
    spec, uid = made["spec"], made["metadata"]["uid"]
    assert {key: spec[key] for key in ("backoffLimit", "completions", "parallelism", "completionMode")} == {
        "backoffLimit": 6,
        "completions": 1,
        "parallelism": 1,
        "completionMode": "NonIndexed",
    }
    assert spec["podReplacementPolicy"] == "TerminatingOrFailed"
    assert spec["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    labels = spec["template"]["metadata"]["labels"]
    assert labels["batch.kubernetes.io/job-name"] == labels["job-name"] == "j"
    assert labels["batch.kubernetes.io/controller-uid"] == labels["controller-uid"] == uid
    container = spec["template"]["spec"]["containers"][0]
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["terminationMessagePath"] == "/dev/termination-log"
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30


async def test_a_job_says_how_its_pods_restart(api: Api, jobs: str) -> None:
    document = job("j")
    del document["spec"]["template"]["spec"]["restartPolicy"]
    assert field(await api.create(jobs, document)) == "spec.template.spec.restartPolicy"
    document["spec"]["template"]["spec"]["restartPolicy"] = "Always"
    assert field(await api.create(jobs, document)) == "spec.template.spec.restartPolicy"


async def test_a_jobs_template_never_changes_once_it_runs(api: Api, jobs: str) -> None:
    await api.create(jobs, job("j", suspend=False, parallelism=0))
    image = {"spec": {"template": {"spec": {"containers": [{**CONTAINER, "image": "none.example/y:1"}]}}}}
    refused = await api.patch(f"{jobs}/j", image)
    assert field(refused) == "spec.template"
    assert "field is immutable" in refused.message
    assert (await api.patch(f"{jobs}/j", {"spec": {"suspend": True}})).body["metadata"]["generation"] == 2


async def test_a_volume_mount_needs_its_volume(api: Api, jobs: str) -> None:
    document = job("j")
    mounted = {**CONTAINER, "volumeMounts": [{"name": "nothing", "mountPath": "/x"}]}
    document["spec"]["template"]["spec"]["containers"] = [mounted]
    assert field(await api.create(jobs, document)) == "spec.template.spec.containers[0].volumeMounts[0].name"


async def test_a_value_of_the_wrong_type_cannot_be_read(api: Api, jobs: str) -> None:
    for spec in ({"backoffLimit": "many"}, {"template": "none"}, {"template": {"spec": {"containers": "none"}}}):
        refused = await api.create(jobs, job("j", **spec))
        assert (refused.code, refused.reason) == (400, "BadRequest"), spec


async def test_an_unknown_field_of_a_built_in_kind_is_named(api: Api, jobs: str) -> None:
    refused = await api.create(jobs, job("j", backofLimit=1), fieldValidation="Strict")
    assert refused.code == 400
    assert 'strict decoding error: unknown field "spec.backofLimit"' in refused.message


async def test_a_pod_begins_pending_and_keeps_its_spec(api: Api, pods: str) -> None:
    made = (await api.create(pods, pod("p") | {"status": {"phase": "Running"}})).body
    assert made["status"]["phase"] == "Pending"
    assert made["spec"]["serviceAccountName"] == "default"
    refused = await api.patch(f"{pods}/p", {"spec": {"restartPolicy": "Never"}})
    assert field(refused) == "spec"
    assert "pod updates may not change fields other than" in refused.message
    labelled = await api.patch(f"{pods}/p", {"metadata": {"labels": {"a": "b"}}})
    assert labelled.code == 200


async def test_a_pod_needs_the_account_that_it_names(api: Api, pods: str, namespace: str) -> None:
    refused = await api.create(pods, pod("p", serviceAccountName="missing"))
    assert (refused.code, refused.reason) == (403, "Forbidden")
    why = f'error looking up service account {namespace}/missing: serviceaccount "missing" not found'
    assert refused.message == f'pods "p" is forbidden: {why}'


async def test_a_pod_on_no_node_goes_at_once(api: Api, pods: str) -> None:
    await api.create(pods, pod("p"))
    assert (await api.delete(f"{pods}/p")).code == 200
    await api.gone(f"{pods}/p")


async def test_a_bound_pod_waits_for_its_kubelet(api: Api, pods: str) -> None:
    await api.create(pods, pod("p", terminationGracePeriodSeconds=45))
    node = {"apiVersion": "v1", "kind": "Node", "name": "vteam-conformance-no-such-node"}
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"}, "target": node}
    assert (await api.create(f"{pods}/p/binding", binding)).code == 201
    assert (await api.get(f"{pods}/p")).body["spec"]["nodeName"] == node["name"]
    assert (await api.create(f"{pods}/p/binding", binding)).code == 409
    ending = (await api.delete(f"{pods}/p")).body["metadata"]
    assert ending["deletionGracePeriodSeconds"] == 45
    assert ending["deletionTimestamp"]
    shorter = (await api.delete(f"{pods}/p", gracePeriodSeconds=10)).body["metadata"]
    assert shorter["deletionGracePeriodSeconds"] == 10
    assert (await api.delete(f"{pods}/p", gracePeriodSeconds=0)).code == 200
    await api.gone(f"{pods}/p")


async def test_a_status_patch_of_a_pod_leaves_its_spec(api: Api, pods: str) -> None:
    await api.create(pods, pod("p"))
    patch = {"status": {"phase": "Running", "message": "m"}, "spec": {"nodeName": "elsewhere"}}
    answer = await api.patch(f"{pods}/p/status", patch)
    assert answer.body["status"]["phase"] == "Running"
    assert "nodeName" not in answer.body["spec"]


async def test_a_secrets_plain_strings_are_kept_encoded(api: Api, namespace: str) -> None:
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": "v"}}
    made = (await api.create(secrets, document)).body
    assert made["data"] == {"k": base64.b64encode(b"v").decode()}
    assert "stringData" not in made
    assert made["type"] == "Opaque"
    bad = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "t"}, "data": {"k": "not base64!"}}
    assert (await api.create(secrets, bad)).code in (400, 422)


async def test_an_immutable_config_map_stays_as_it_is(api: Api, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "v"}}
    await api.create(maps, document | {"immutable": True})
    refused = await api.patch(f"{maps}/c", {"data": {"k": "w"}})
    assert field(refused) == "data"
    assert "field is immutable when `immutable` is set" in refused.message


async def test_a_lease_is_made_by_its_update(api: Api, namespace: str) -> None:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    spec = {"holderIdentity": "me", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.000000Z"}
    document = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}, "spec": spec}
    assert (await api.replace(f"{leases}/l", document)).code == 201
    assert (await api.get(f"{leases}/l")).body["spec"] == spec
    made = (await api.get(f"{leases}/l")).body
    first = made | {"spec": spec | {"holderIdentity": "one"}}
    second = made | {"spec": spec | {"holderIdentity": "two"}}
    assert (await api.replace(f"{leases}/l", first)).code == 200
    assert (await api.replace(f"{leases}/l", second)).reason == "Conflict"


async def test_events_are_found_by_the_object_they_are_about(api: Api, namespace: str) -> None:
    events = f"/api/v1/namespaces/{namespace}/events"
    about = {"apiVersion": "v1", "kind": "Pod", "name": "p", "namespace": namespace}
    document = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": "p."},
        "involvedObject": about,
        "reason": "Started",
        "message": "started",
        "type": "Normal",
    }
    assert (await api.create(events, document)).code == 201
    found = (await api.get(events, fieldSelector="involvedObject.name=p,reason=Started")).body["items"]
    assert len(found) == 1
    assert (await api.get(events, fieldSelector="involvedObject.name=q")).body["items"] == []
