"""Pods on the embedded kubelet, seen through the API: what they run in, how they end, and what is written about it."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from bot.cluster import CONFIG_MAPS, NODES, PODS, SECRETS, SERVICE_ACCOUNTS, Cluster, Forbidden, Json
from bot.embedded.control_plane import ControlPlane
from bot.embedded.kubelet.sources import Token
from bot.embedded.kubelet.volumes import ProjectedToken
from bot.embedded.times import parsed
from tests.embedded.asking import NAMESPACE, phase, pod, run_pod, terminated, until, vanished
from tests.embedded.trees import gone, is_alive, written


def log_of(plane: ControlPlane, found: Json) -> str:
    [path] = (plane.directory / "logs").glob(f"*_{found['metadata']['uid']}/main.log")
    return path.read_text()


async def test_a_pod_runs_and_its_status_tells_how(plane: ControlPlane, cluster: Cluster) -> None:
    found = await run_pod(cluster, pod("echo hello"))
    assert (found["status"]["phase"], terminated(found)["exitCode"]) == ("Succeeded", 0)
    assert terminated(found)["reason"] == "Completed"
    assert found["spec"]["nodeName"] == "vteam-local"
    assert log_of(plane, found) == "hello\n"
    node = await cluster.get(NODES, "vteam-local")
    assert node is not None
    assert int(node["status"]["capacity"]["cpu"]) >= 1


async def test_a_failing_pod_keeps_its_exit_code(cluster: Cluster) -> None:
    found = await run_pod(cluster, pod("exit 42"))
    assert (found["status"]["phase"], terminated(found)["exitCode"]) == ("Failed", 42)
    assert terminated(found)["reason"] == "Error"


async def test_an_unknown_command_is_told_by_name(cluster: Cluster) -> None:
    found = await run_pod(cluster, pod("", command=["no-such-program"]))
    assert terminated(found)["reason"] == "ContainerCannotRun"
    assert "no-such-program" in terminated(found)["message"]


async def test_nothing_is_left_of_a_pod_that_has_ended(plane: ControlPlane, cluster: Cluster) -> None:
    await run_pod(cluster, pod("mkdir -p ~/a/b && touch ~/a/b/c && chmod -R 0 ~/a; (setsid sleep 600 &)"))
    async with asyncio.timeout(60):
        while [*(plane.directory / "pods").iterdir()]:
            await asyncio.sleep(0.01)


async def test_volumes_are_found_at_their_paths_and_gone_from_others(plane: ControlPlane, cluster: Cluster) -> None:
    await cluster.create(SECRETS, {"metadata": {"name": "s"}, "stringData": {"key": "hush"}}, NAMESPACE)
    await cluster.create(CONFIG_MAPS, {"metadata": {"name": "c"}, "data": {"color": "blue"}}, NAMESPACE)
    volumes = [
        {"name": "work", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
        {"name": "s", "secret": {"secretName": "s"}},
        {"name": "c", "configMap": {"name": "c"}},
    ]
    mounts = [{"name": v["name"], "mountPath": f"/v/{v['name']}"} for v in volumes]
    env = [{"name": str(v["name"]).upper(), "value": f"/v/{v['name']}"} for v in volumes]
    script = 'cat "$S/key" "$C/color"; touch "$WORK/mine" && stat -c %a "$S/key"; touch "$S/new"; ls ' + str(
        plane.directory
    )
    body = pod(script, spec={"volumes": volumes}, volumeMounts=mounts, env=env)
    said = log_of(plane, await run_pod(cluster, body))
    assert said.startswith("hushblue600\n")
    assert said.count("Permission denied") == 2


async def test_init_containers_come_first_and_their_failure_is_the_end(plane: ControlPlane, cluster: Cluster) -> None:
    first = {"name": "first", "image": "any", "command": ["bash", "-c", "echo one > ~/f"]}
    found = await run_pod(cluster, pod("cat ~/f", spec={"initContainers": [first]}))
    assert log_of(plane, found) == "one\n"
    broken = {**first, "command": ["false"]}
    found = await run_pod(cluster, pod("true", name="q", spec={"initContainers": [broken]}))
    assert found["status"]["phase"] == "Failed"
    assert "waiting" in found["status"]["containerStatuses"][0]["state"]


async def test_a_pod_waits_for_a_secret_that_is_not_there_yet(cluster: Cluster) -> None:
    env = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "late", "key": "k"}}}]
    await cluster.create(PODS, pod('test "$KEY" = hush', env=env), NAMESPACE)

    def waits(found: Json) -> bool:
        statuses = found["status"].get("containerStatuses") or [{"state": {}}]
        return bool(statuses[0]["state"].get("waiting", {}).get("reason") == "CreateContainerConfigError")

    found = await until(cluster, PODS, "p", waits)
    assert found["status"]["containerStatuses"][0]["state"]["waiting"]["message"] == 'secret "late" not found'
    await cluster.create(SECRETS, {"metadata": {"name": "late"}, "stringData": {"k": "hush"}}, NAMESPACE)
    await until(cluster, PODS, "p", phase("Succeeded"))


async def test_what_this_kubelet_does_not_do_fails_with_words(cluster: Cluster) -> None:
    body = pod("true", spec={"volumes": [{"name": "v", "hostPath": {"path": "/"}}]})
    found = await run_pod(cluster, body)
    assert found["status"]["reason"] == "UnexpectedAdmissionError"
    assert "hostPath volumes do not exist here" in found["status"]["message"]


async def test_too_much_memory_is_told_as_such(cluster: Cluster) -> None:
    script = "python -c \"import time; held = bytearray(b'x' * 80_000_000); time.sleep(600)\""
    found = await run_pod(cluster, pod(script, resources={"limits": {"memory": "50Mi"}}))
    assert (terminated(found)["exitCode"], terminated(found)["reason"]) == (137, "OOMKilled")


@pytest.mark.long
async def test_a_pod_has_its_own_deadline(cluster: Cluster) -> None:
    found = await run_pod(cluster, pod("sleep 600", spec={"activeDeadlineSeconds": 5}))
    assert (found["status"]["phase"], found["status"]["reason"]) == ("Failed", "DeadlineExceeded")
    assert terminated(found)["exitCode"] == 143


HOLDS_ON = "trap '' TERM; echo $BASHPID > ~/pid; sleep 600 & wait; wait; sleep 600"


async def the_pid(plane: ControlPlane, found: Json) -> int:
    return await written(plane.directory / "pods" / found["metadata"]["uid"] / "home" / "pid")


async def test_deleting_a_pod_ends_it_gently_then_for_good_and_then_it_is_gone(
    plane: ControlPlane, cluster: Cluster
) -> None:
    gentle = await cluster.create(
        PODS, pod("trap 'exit 0' TERM; echo $BASHPID > ~/pid; sleep 600 & wait", name="gentle"), NAMESPACE
    )
    stubborn = await cluster.create(PODS, pod(HOLDS_ON, name="stubborn"), NAMESPACE)
    pids = [await the_pid(plane, gentle), await the_pid(plane, stubborn)]
    assert all(is_alive(pid) for pid in pids)
    await cluster.delete(PODS, "gentle", namespace=NAMESPACE)
    await cluster.delete(PODS, "stubborn", namespace=NAMESPACE, grace=1)
    await asyncio.gather(*(vanished(cluster, PODS, name) for name in ("gentle", "stubborn")))
    assert not any(is_alive(pid) for pid in pids)


async def test_a_pod_torn_out_of_the_api_is_killed_at_once(plane: ControlPlane, cluster: Cluster) -> None:
    found = await cluster.create(PODS, pod(HOLDS_ON), NAMESPACE)
    pid = await the_pid(plane, found)
    await cluster.delete(PODS, "p", namespace=NAMESPACE, grace=0)
    await gone(pid)


async def test_a_pod_that_never_started_can_be_deleted(cluster: Cluster) -> None:
    asks = {"limits": {"nvidia.com/gpu": "99"}}
    await cluster.create(PODS, pod("true", resources=asks), NAMESPACE)
    found = await until(cluster, PODS, "p", lambda p: p["status"].get("conditions"))
    [scheduled] = found["status"]["conditions"]
    assert (scheduled["type"], scheduled["status"], scheduled["reason"]) == ("PodScheduled", "False", "Unschedulable")
    assert scheduled["message"] == "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    await cluster.delete(PODS, "p", namespace=NAMESPACE)
    await vanished(cluster, PODS, "p")


async def test_a_pod_that_does_not_fit_starts_when_another_has_ended(plane: ControlPlane, cluster: Cluster) -> None:
    whole = {"requests": {"cpu": str(len(os.sched_getaffinity(0)))}}
    first = await cluster.create(
        PODS, pod("echo $BASHPID > ~/pid; sleep 600", name="first", resources=whole), NAMESPACE
    )
    await the_pid(plane, first)
    await cluster.create(PODS, pod("true", name="second", resources=whole), NAMESPACE)
    await until(cluster, PODS, "second", lambda p: p["status"].get("conditions"))
    await cluster.delete(PODS, "first", namespace=NAMESPACE, grace=0)
    await until(cluster, PODS, "second", phase("Succeeded"))


TOKEN = {"serviceAccountToken": {"path": "token", "audience": "vteam", "expirationSeconds": 600}}


async def test_a_projected_token_proves_which_pod_it_is(plane: ControlPlane, cluster: Cluster) -> None:
    await cluster.create(SERVICE_ACCOUNTS, {"metadata": {"name": "runner"}}, NAMESPACE)
    spec = {"serviceAccountName": "runner", "volumes": [{"name": "t", "projected": {"sources": [TOKEN]}}]}
    mount = [{"name": "t", "mountPath": "/var/run/vteam", "readOnly": True}]
    env = [{"name": "FILE", "value": "/var/run/vteam/token"}]
    script = 'stat -c %a "$FILE"; cat "$FILE"; touch ~/pid; sleep 600'
    found = await cluster.create(PODS, pod(script, spec=spec, volumeMounts=mount, env=env), NAMESPACE)
    await until(cluster, PODS, "p", phase("Running"))
    path = plane.directory / "pods" / found["metadata"]["uid"] / "volumes" / "t" / "token"
    token = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    review = await cluster.review_token(token, audiences=["vteam"])
    assert review["authenticated"]
    assert review["user"]["username"] == f"system:serviceaccount:{NAMESPACE}:runner"
    assert not (await cluster.review_token(token, audiences=["other"])).get("authenticated")
    await cluster.delete(PODS, "p", namespace=NAMESPACE, grace=0)
    await vanished(cluster, PODS, "p")
    assert not (await cluster.review_token(token, audiences=["vteam"])).get("authenticated")


async def test_a_token_is_replaced_before_it_dies(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create(SERVICE_ACCOUNTS, {"metadata": {"name": "runner"}}, NAMESPACE)
    body = pod("sleep 600", spec={"serviceAccountName": "runner"})
    found = await cluster.create(PODS, body, NAMESPACE)
    keeper = ProjectedToken(cluster, found, token=Token("token", "vteam", 600), path=tmp_path / "token")
    start = parsed(found["metadata"]["creationTimestamp"])
    assert start is not None
    due = await keeper.renew(start)
    assert 0.8 * 600 <= due < 0.8 * 620
    before = (tmp_path / "token").read_text()
    rotating = asyncio.create_task(keeper.rotate(1.0, lambda: start))  # tokens are dated by the second
    async with asyncio.timeout(60):
        while (tmp_path / "token").read_text() == before:
            await asyncio.sleep(0.02)
    rotating.cancel()
    assert (await cluster.review_token((tmp_path / "token").read_text(), audiences=["vteam"]))["authenticated"]


async def test_the_kubelets_own_account_may_do_no_more_than_a_kubelet_needs(plane: ControlPlane) -> None:
    async with Cluster.at(plane.url, token=plane.directory / "embedded-kubelet.token") as kubelet:
        await kubelet.list(PODS)
        with pytest.raises(Forbidden):
            await kubelet.list(SECRETS, NAMESPACE)
        with pytest.raises(Forbidden):
            await kubelet.create(PODS, pod("true"), NAMESPACE)
