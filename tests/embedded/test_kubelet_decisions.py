"""The kubelet's pure parts: quantities, fitting, what a container is started with, and the status that is written."""

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.cluster import CONFIG_MAPS, SECRETS
from bot.embedded.kubelet import pod_status
from bot.embedded.kubelet.binding import misfit
from bot.embedded.kubelet.layout import Allowed, Layout, fence, mounts, plan
from bot.embedded.kubelet.node import Gpu, Machine, _labels, capacity, gpus_in
from bot.embedded.kubelet.pod_status import Report, Running, Terminated, Verdict, Waiting
from bot.embedded.kubelet.preparation import check_supported
from bot.embedded.kubelet.quantity import quantity
from bot.embedded.kubelet.sources import Missing, Unsupported, environment, needs, tokens, volume_files

NOON = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
H200 = Gpu(0, "GPU-1", "NVIDIA H200", 143771)
MACHINE = Machine("here", 4, 8 * 1024**3, (H200,), _labels("here", (H200,)))


def a_pod(**container: Any) -> dict[str, Any]:
    main = {"name": "main", "image": "runner", "command": ["run"], **container}
    metadata = {"name": "p", "namespace": "ns", "uid": "u", "labels": {"app": "x"}, "annotations": {}}
    return {"metadata": metadata, "spec": {"restartPolicy": "Never", "containers": [main]}}


@pytest.mark.parametrize(
    ("text", "amount"),
    [("2", 2), ("500m", Decimal("0.5")), ("1.5Gi", 1.5 * 1024**3), ("2G", 2 * 10**9), ("1e3", 1000), ("128Ki", 131072)],
)
def test_quantities(text: str, amount: float) -> None:
    assert quantity(text) == amount


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1GiB", "ten", "1e400", "--1", "1ki"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        quantity(text)


def asks(**amounts: str) -> dict[str, Any]:
    return a_pod(
        resources={"limits": {name.replace("gpu", "nvidia.com/gpu"): value for name, value in amounts.items()}}
    )


def test_a_pod_that_fits_fits() -> None:
    assert misfit(asks(cpu="2", memory="4Gi", gpu="1"), MACHINE, []) == ""


def test_what_others_hold_is_not_free() -> None:
    message = misfit(asks(cpu="1", gpu="1"), MACHINE, [asks(cpu="3500m", gpu="1")])
    assert message == "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient nvidia.com/gpu."


def test_a_machine_without_a_gpu_says_so_in_the_schedulers_words() -> None:
    plain = Machine("plain", 4, 8 * 1024**3)
    assert misfit(asks(gpu="1"), plain, []) == "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    assert misfit(asks(**{"example.com/fpga": "1"}), plain, []).endswith("1 Insufficient example.com/fpga.")


def needing(*expressions: dict[str, Any]) -> dict[str, Any]:
    pod = a_pod()
    required = {"nodeSelectorTerms": [{"matchExpressions": [*expressions]}]}
    pod["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    return pod


@pytest.mark.parametrize(
    ("key", "operator", "values", "fits"),
    [
        ("nvidia.com/gpu.memory", "Gt", ["79000"], True),
        ("nvidia.com/gpu.memory", "Gt", ["150000"], False),
        ("nvidia.com/gpu.product", "In", ["NVIDIA-H200"], True),
        ("nvidia.com/gpu.product", "NotIn", ["NVIDIA-H200"], False),
        ("nvidia.com/gpu.sharing-strategy", "NotIn", ["time-slicing"], True),
        ("no/such-label", "NotIn", ["x"], True),
        ("no/such-label", "Exists", [], False),
        ("no/such-label", "DoesNotExist", [], True),
        ("no/such-label", "Lt", ["5"], False),
    ],
)
def test_node_affinity(key: str, operator: str, values: list[str], *, fits: bool) -> None:
    message = misfit(needing({"key": key, "operator": operator, "values": values}), MACHINE, [])
    assert (message == "") is fits
    assert fits or message == "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."


def test_the_output_of_nvidia_smi_becomes_gpus_and_labels() -> None:
    output = "0, GPU-1, NVIDIA H200, 143771\n1, GPU-2, NVIDIA H200, 143771\n2, GPU-3, NVIDIA H200, [N/A]\nFailed!\n"
    found = gpus_in(output)
    assert found == (H200, Gpu(1, "GPU-2", "NVIDIA H200", 143771))
    machine = Machine("here", 4, 1 << 30, found, _labels("here", found))
    assert capacity(machine)["nvidia.com/gpu"] == "2"
    assert machine.labels["nvidia.com/gpu.product"] == "NVIDIA-H200"


ENV = [
    {"name": "PLAIN", "value": "a"},
    {"name": "JOINED", "value": "$(PLAIN)-$(UNKNOWN)-$$(PLAIN)"},
    {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
    {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "s", "key": "other", "optional": True}}},
    {"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "color"}}},
]
FOUND = {
    (SECRETS, "s"): {"data": {"k": "aHVzaA=="}},
    (CONFIG_MAPS, "c"): {"data": {"color": "blue"}, "binaryData": {"b": "AAE="}},
}


def test_the_environment_is_made_of_values_fields_secrets_and_config_maps() -> None:
    pod = a_pod(env=ENV, envFrom=[{"configMapRef": {"name": "c"}, "prefix": "C_"}])
    assert needs(pod) == {(SECRETS, "s"), (CONFIG_MAPS, "c")}
    assert environment(pod, pod["spec"]["containers"][0], FOUND) == {
        "C_b": "\x00\x01",
        "C_color": "blue",
        "PLAIN": "a",
        "JOINED": "a-$(UNKNOWN)-$(PLAIN)",
        "NAME": "p",
        "APP": "x",
        "KEY": "hush",
        "COLOR": "blue",
    }


def test_what_is_not_there_yet_is_missing_and_what_is_unknown_is_refused() -> None:
    pod = a_pod(env=ENV)
    with pytest.raises(Missing, match='secret "s" not found'):
        environment(pod, pod["spec"]["containers"][0], {})
    odd = a_pod(env=[{"name": "X", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}])
    with pytest.raises(Unsupported, match="env X"):
        environment(odd, odd["spec"]["containers"][0], {})


def test_volumes_become_files_and_tokens() -> None:
    projected = {
        "name": "v",
        "projected": {
            "sources": [
                {"serviceAccountToken": {"path": "token", "audience": "vteam", "expirationSeconds": 600}},
                {"secret": {"name": "s", "items": [{"key": "k", "path": "deep/key"}]}},
                {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
            ]
        },
    }
    assert volume_files(a_pod(), projected, FOUND) == {"deep/key": b"hush", "name": b"p"}
    [token] = tokens(projected)
    assert (token.path, token.audience, token.seconds) == ("token", "vteam", 600)
    assert volume_files(a_pod(), {"name": "c", "configMap": {"name": "c"}}, FOUND) == {
        "color": b"blue",
        "b": b"\x00\x01",
    }


@pytest.mark.parametrize("path", ["../../x", "/etc/passwd", "a/../../b", ""])
def test_no_file_leads_out_of_its_volume(path: str) -> None:
    volume = {"name": "v", "secret": {"secretName": "s", "items": [{"key": "k", "path": path}]}}
    with pytest.raises(Unsupported, match="leads out"):
        volume_files(a_pod(), volume, FOUND)


def test_volumes_that_do_not_exist_here_are_refused() -> None:
    with pytest.raises(Unsupported, match="hostPath volumes do not exist here"):
        volume_files(a_pod(), {"name": "v", "hostPath": {"path": "/"}}, {})


def mounted_pod(**container: Any) -> dict[str, Any]:
    volume_mounts = [
        {"name": "work", "mountPath": "/workspace"},
        {"name": "work", "mountPath": "/workspace/cache", "subPath": "deep"},
        {"name": "token", "mountPath": "/var/run/vteam", "readOnly": True},
    ]
    pod = a_pod(volumeMounts=volume_mounts, **container)
    pod["spec"]["volumes"] = [{"name": "work", "emptyDir": {}}, {"name": "token", "projected": {"sources": []}}]
    return pod


def planned(pod: dict[str, Any], env: dict[str, str]) -> Any:
    return plan(pod, pod["spec"]["containers"][0], Layout(Path("/pods/u")), env=env, log=Path("/logs/main.log"))


def test_paths_beneath_a_mount_are_rewritten_and_nothing_else_is() -> None:
    pod = mounted_pod(args=["/workspace", "/workspacex", "--dir=/workspace", "$(TOKEN)"], workingDir="/workspace/repo")
    env = {"TOKEN": "/var/run/vteam/token", "CACHE": "/workspace/cache/x", "URL": "http://h/workspace"}
    made = planned(pod, env)
    assert made.argv == [
        "run",
        "/pods/u/volumes/work",
        "/workspacex",
        "--dir=/workspace",
        "/pods/u/volumes/token/token",
    ]
    assert made.cwd == "/pods/u/volumes/work/repo"
    assert made.env["TOKEN"] == "/pods/u/volumes/token/token"
    assert made.env["CACHE"] == "/pods/u/volumes/work/deep/x"
    assert made.env["URL"] == "http://h/workspace"


def test_home_and_tmp_are_the_pods_own_whatever_it_says() -> None:
    made = planned(mounted_pod(), {"HOME": "/root", "TMPDIR": "/workspace/tmp", "PATH": "/opt/bin"})
    assert made.env["HOME"] == "/pods/u/home"
    assert made.env["TMPDIR"] == "/pods/u/volumes/work/tmp"
    assert made.env["PATH"].endswith(":/opt/bin")
    assert {*made.env} == {"PATH", "LANG", "HOSTNAME", "GIT_CONFIG_NOSYSTEM", "HOME", "TMPDIR", "VTEAM_POD_UID"}


def test_only_empty_dirs_are_writable() -> None:
    pod = mounted_pod()
    layout = Layout(Path("/pods/u"))
    made = fence(layout, mounts(pod, pod["spec"]["containers"][0], layout), Allowed(("/venv",), (), (80,)))
    assert made is not None
    assert {*made.writable} == {"/pods/u/home", "/pods/u/tmp", "/pods/u/volumes/work", "/pods/u/volumes/work/deep"}
    assert {*made.readable} == {"/venv", "/pods/u/volumes/token"}
    assert made.ports == [80]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"restartPolicy": "Always"}, "restartPolicy Always"),
        ({"initContainers": [{"name": "i", "restartPolicy": "Always"}]}, "sidecar"),
        ({"resourceClaims": [{"name": "gpu"}]}, "resource claims"),
    ],
)
def test_what_would_have_to_be_imitated_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        check_supported({**a_pod()["spec"], **change})


def test_a_container_without_a_command_is_refused() -> None:
    with pytest.raises(Unsupported, match="no command specified"):
        planned(a_pod(command=[], args=["x"]), {})


def report(state: Any, verdict: Verdict | None = None, pod: dict[str, Any] | None = None) -> dict[str, Any]:
    return pod_status.status(Report(pod or a_pod(), {"main": state}, {}, NOON, NOON, verdict))


def condition(status: dict[str, Any], kind: str) -> tuple[str, str]:
    found = next(c for c in status["conditions"] if c["type"] == kind)
    return found["status"], found.get("reason", "")


def test_the_status_of_each_stage_of_a_life() -> None:
    waiting = report(Waiting())
    assert (waiting["phase"], condition(waiting, "Ready")) == ("Pending", ("False", "ContainersNotReady"))
    running = report(Running(NOON, 7))
    assert (running["phase"], condition(running, "Ready")) == ("Running", ("True", ""))
    assert running["containerStatuses"][0]["state"] == {"running": {"startedAt": "2026-01-01T12:00:00Z"}}
    done = report(Terminated(0, "Completed", NOON, NOON))
    assert (done["phase"], condition(done, "Ready")) == ("Succeeded", ("False", "PodCompleted"))
    failed = report(Terminated(137, "OOMKilled", NOON, NOON))
    assert (failed["phase"], condition(failed, "ContainersReady")) == ("Failed", ("False", "PodFailed"))
    assert failed["containerStatuses"][0]["state"]["terminated"]["reason"] == "OOMKilled"


def test_a_disruption_is_told_and_conditions_of_others_are_kept() -> None:
    pod = deepcopy(a_pod())
    pod["status"] = {"conditions": [{"type": "Mine", "status": "True"}]}
    status = report(Terminated(137, "Error", NOON, NOON), Verdict("NodeShutdown", "gone", disrupted=True), pod)
    assert (status["phase"], status["reason"], status["message"]) == ("Failed", "NodeShutdown", "gone")
    assert condition(status, "DisruptionTarget") == ("True", "TerminationByKubelet")
    assert condition(status, "Mine") == ("True", "")


def test_a_transition_time_moves_only_with_its_status() -> None:
    pod = a_pod()
    pod["status"] = report(Waiting())
    later = NOON.replace(hour=13)
    status = pod_status.status(Report(pod, {"main": Waiting("CreateContainerConfigError")}, {}, NOON, later))
    assert {c["lastTransitionTime"] for c in status["conditions"]} == {"2026-01-01T12:00:00Z"}
