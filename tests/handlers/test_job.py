"""The Job of a session, as it is handed to the cluster: plain, with GPUs, queued, with other sizes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from crds.agentic_session import Gpu
from crds.gpu_memory import memory_mib, near_miss
from handlers.gpu import placement
from handlers.job import QUEUE_LABEL, RunnerRules, job, service_account
from handlers.session import read_session
from tests.handlers.worlds import RULES, SPEC, resource

Json = dict[str, Any]
REPORTED = {"L4": 23029, "L40S": 46068, "A100-40GB": 40536, "H100-80GB": 81559, "H200": 143771, "B200": 183359}
"""MiB that the cards report."""


def made(spec: Json | None = None, rules: RunnerRules = RULES) -> Json:
    """The Job of a session with these fields."""
    return job(read_session(resource(SPEC | (spec or {}))), rules)


def pod_of(manifest: Json) -> Json:
    """The pod's spec."""
    spec: Json = manifest["spec"]["template"]["spec"]
    return spec


def test_a_plain_job() -> None:
    assert made() == snapshot(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": "fix-12-abc",
                "namespace": "vteam",
                "labels": {
                    "app.kubernetes.io/name": "vteam-runner",
                    "app.kubernetes.io/managed-by": "vteam-bot",
                    "vteam.ambient-code/session": "fix-12-abc",
                },
                "ownerReferences": [
                    {
                        "apiVersion": "vteam.ambient-code/v1alpha1",
                        "kind": "AgenticSession",
                        "name": "fix-12-abc",
                        "uid": "uid-1",
                        "controller": True,
                        "blockOwnerDeletion": True,
                    }
                ],
            },
            "spec": {
                "completions": 1,
                "parallelism": 1,
                "backoffLimit": 0,
                "activeDeadlineSeconds": 1920,
                "ttlSecondsAfterFinished": 3600,
                "podReplacementPolicy": "Failed",
                "podFailurePolicy": {
                    "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
                },
                "template": {
                    "metadata": {
                        "labels": {
                            "app.kubernetes.io/name": "vteam-runner",
                            "app.kubernetes.io/managed-by": "vteam-bot",
                            "vteam.ambient-code/session": "fix-12-abc",
                        }
                    },
                    "spec": {
                        "serviceAccountName": "fix-12-abc",
                        "automountServiceAccountToken": False,
                        "enableServiceLinks": False,
                        "restartPolicy": "Never",
                        "terminationGracePeriodSeconds": 30,
                        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                        "containers": [
                            {
                                "name": "runner",
                                "image": "vteam-bot:latest",
                                "command": ["python", "-I", "-m", "runner"],
                                "terminationMessagePolicy": "FallbackToLogsOnError",
                                "env": [
                                    {"name": "VTEAM_API_URL", "value": "http://vteam-bot/sessions/vteam/fix-12-abc"},
                                    {"name": "VTEAM_MODEL_URL", "value": "http://vteam-bot/model/vteam/fix-12-abc"},
                                    {"name": "VTEAM_TOKEN_FILE", "value": "/var/run/secrets/vteam/token"},
                                    {"name": "VTEAM_WORKSPACE", "value": "/workspace"},
                                    {"name": "HOME", "value": "/home/runner"},
                                    {"name": "TMPDIR", "value": "/tmp"},
                                ],
                                "resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
                                "securityContext": {
                                    "allowPrivilegeEscalation": False,
                                    "readOnlyRootFilesystem": True,
                                    "capabilities": {"drop": ["ALL"]},
                                },
                                "volumeMounts": [
                                    {"name": "workspace", "mountPath": "/workspace"},
                                    {"name": "home", "mountPath": "/home/runner"},
                                    {"name": "tmp", "mountPath": "/tmp"},
                                    {"name": "token", "mountPath": "/var/run/secrets/vteam", "readOnly": True},
                                ],
                            }
                        ],
                        "volumes": [
                            {"name": "workspace", "emptyDir": {"sizeLimit": "10Gi"}},
                            {"name": "home", "emptyDir": {"sizeLimit": "1Gi"}},
                            {"name": "tmp", "emptyDir": {"sizeLimit": "2Gi"}},
                            {
                                "name": "token",
                                "projected": {
                                    "sources": [
                                        {
                                            "serviceAccountToken": {
                                                "path": "token",
                                                "audience": "vteam-bot",
                                                "expirationSeconds": 3600,
                                            }
                                        }
                                    ]
                                },
                            },
                        ],
                    },
                },
            },
        }
    )


def test_the_account_of_a_session_has_no_token_of_its_own() -> None:
    assert service_account(read_session(resource())) == snapshot(
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {
                "name": "fix-12-abc",
                "namespace": "vteam",
                "labels": {
                    "app.kubernetes.io/name": "vteam-runner",
                    "app.kubernetes.io/managed-by": "vteam-bot",
                    "vteam.ambient-code/session": "fix-12-abc",
                },
                "ownerReferences": [
                    {
                        "apiVersion": "vteam.ambient-code/v1alpha1",
                        "kind": "AgenticSession",
                        "name": "fix-12-abc",
                        "uid": "uid-1",
                        "controller": True,
                        "blockOwnerDeletion": True,
                    }
                ],
            },
            "automountServiceAccountToken": False,
        }
    )


def test_a_job_with_gpus() -> None:
    pod = pod_of(made({"gpu": {"count": 2, "minMemory": "80GB", "products": ["NVIDIA-H100-80GB-HBM3", "NVIDIA-H200"]}}))
    assert (pod["affinity"], pod["tolerations"], pod["containers"][0]["resources"]) == snapshot(
        (
            {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {
                                "matchExpressions": [
                                    {"key": "nvidia.com/gpu.memory", "operator": "Gt", "values": ["76184"]},
                                    {
                                        "key": "nvidia.com/gpu.product",
                                        "operator": "In",
                                        "values": ["NVIDIA-H100-80GB-HBM3", "NVIDIA-H200"],
                                    },
                                    {
                                        "key": "nvidia.com/gpu.sharing-strategy",
                                        "operator": "NotIn",
                                        "values": ["time-slicing", "mps"],
                                    },
                                ]
                            }
                        ]
                    }
                }
            },
            [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "2Gi", "nvidia.com/gpu": "2"}},
        )
    )


@pytest.mark.parametrize(
    ("gpu", "expressions"),
    [
        (
            {},
            snapshot(
                ({"key": "nvidia.com/gpu.sharing-strategy", "operator": "NotIn", "values": ["time-slicing", "mps"]},)
            ),
        ),
        ({"shared": True}, snapshot(())),
        (
            {"shared": True, "minMemory": "79Gi"},
            snapshot(({"key": "nvidia.com/gpu.memory", "operator": "Gt", "values": ["80895"]},)),
        ),
        (
            {"minMemory": "81559Mi"},
            snapshot(
                (
                    {"key": "nvidia.com/gpu.memory", "operator": "Gt", "values": ["81558"]},
                    {"key": "nvidia.com/gpu.sharing-strategy", "operator": "NotIn", "values": ["time-slicing", "mps"]},
                )
            ),
        ),
    ],
)
def test_what_a_node_must_have(gpu: Json, expressions: object) -> None:
    assert placement(Gpu.model_validate(gpu)).match_expressions == expressions


def test_a_shared_gpu_of_any_size_needs_no_affinity() -> None:
    pod = pod_of(made({"gpu": {"shared": True}}))
    assert "affinity" not in pod
    assert pod["containers"][0]["resources"]["limits"] == {"memory": "2Gi", "nvidia.com/gpu": "1"}


@pytest.mark.parametrize(
    ("asked", "cards"),
    [
        ("24GB", ["L4", "L40S", "A100-40GB", "H100-80GB", "H200", "B200"]),
        ("24Gi", ["L40S", "A100-40GB", "H100-80GB", "H200", "B200"]),
        ("22.4Gi", ["L4", "L40S", "A100-40GB", "H100-80GB", "H200", "B200"]),
        ("40GB", ["L40S", "A100-40GB", "H100-80GB", "H200", "B200"]),
        ("48", ["L40S", "H100-80GB", "H200", "B200"]),
        ("48G", ["L40S", "H100-80GB", "H200", "B200"]),
        ("80GB", ["H100-80GB", "H200", "B200"]),
        ("79Gi", ["H100-80GB", "H200", "B200"]),
        ("81559Mi", ["H100-80GB", "H200", "B200"]),
        ("80Gi", ["H200", "B200"]),
        ("81560Mi", ["H200", "B200"]),
        ("141GB", ["H200", "B200"]),
        ("180GB", ["B200"]),
        ("96GB", ["H200", "B200"]),
    ],
)
def test_which_cards_are_large_enough(asked: str, cards: list[str]) -> None:
    [size] = [
        each
        for each in placement(Gpu.model_validate({"minMemory": asked})).match_expressions
        if each["operator"] == "Gt"
    ]
    assert [card for card, reported in REPORTED.items() if reported > int(size["values"][0])] == cards


@pytest.mark.parametrize(
    ("asked", "mib"),
    [("80GB", 76185), ("79Gi", 80896), ("1000M", 954), ("1Mi", 1), ("0GB", 0), ("999999GB", 952319047)],
)
def test_sizes_in_mib(asked: str, mib: int) -> None:
    assert memory_mib(asked) == mib


@pytest.mark.parametrize("asked", ["", "lots", "80TB", "-1Gi", "80 GB", "80GB\n", "1e3Gi"])
def test_a_size_that_is_none(asked: str) -> None:
    with pytest.raises(ValueError, match="is no size of GPU memory"):
        memory_mib(asked)


@given(st.integers(0, 999_999), st.sampled_from(["Gi", "Mi", "GB", "G", "M", ""]))
def test_every_size_that_the_schema_takes_fits_into_a_label_selector(number: int, unit: str) -> None:
    Gpu.model_validate({"minMemory": f"{number}{unit}"})
    assert -1 <= memory_mib(f"{number}{unit}") - 1 < 2**63


def test_a_queue_holds_the_job_and_not_its_pods() -> None:
    manifest = made({"queue": "gpu-team"})
    assert manifest["metadata"]["labels"][QUEUE_LABEL] == "gpu-team"
    assert QUEUE_LABEL not in manifest["spec"]["template"]["metadata"]["labels"]
    assert "suspend" not in manifest["spec"]  # that is the queue's to write


@pytest.mark.parametrize(
    ("asked", "requests", "limits"),
    [
        ({}, {"cpu": "1", "memory": "2Gi"}, {"memory": "2Gi"}),
        ({"cpu": "500m"}, {"cpu": "500m", "memory": "2Gi"}, {"memory": "2Gi"}),
        ({"memory": "8Gi"}, {"cpu": "1", "memory": "8Gi"}, {"memory": "8Gi"}),
        ({"cpu": "4", "memory": "16Gi"}, {"cpu": "4", "memory": "16Gi"}, {"memory": "16Gi"}),
    ],
)
def test_the_sizes_of_a_session_replace_the_installations(asked: Json, requests: Json, limits: Json) -> None:
    resources = pod_of(made({"resourceOverrides": asked}))["containers"][0]["resources"]
    assert resources == {"requests": requests, "limits": limits}


def test_a_priority_class_and_a_time_limit() -> None:
    manifest = made({"resourceOverrides": {"priorityClass": "low"}, "timeout": 60})
    assert pod_of(manifest)["priorityClassName"] == "low"
    assert manifest["spec"]["activeDeadlineSeconds"] == 60 + RULES.deadline_margin
    assert made()["spec"]["activeDeadlineSeconds"] == RULES.timeout + RULES.deadline_margin


def test_the_pod_holds_no_power() -> None:
    manifest = made({"environmentVariables": {"COLOUR": "x"}})
    pod = pod_of(manifest)
    assert pod["automountServiceAccountToken"] is False
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    # A session's own variables go into its order: here they would steer the runner.
    assert "COLOUR" not in str(pod["containers"][0]["env"])


def test_a_private_registry_is_opened_by_the_secrets_that_the_settings_name() -> None:
    assert pod_of(made(rules=RunnerRules(pull_secrets=("registry",))))["imagePullSecrets"] == [{"name": "registry"}]
    assert "imagePullSecrets" not in pod_of(made())


@pytest.mark.parametrize(
    ("quantity", "card"),
    [
        ("80Gi", "H100-80GB"),
        ("79Gi", None),
        ("80GB", None),
        ("24Gi", "L4"),
        ("48Gi", "L40S"),
        ("141Gi", "H200"),
        ("1Gi", None),
    ],
)
def test_a_size_just_above_a_card_is_noticed(quantity: str, card: str | None) -> None:
    assert near_miss(quantity) == card


def test_the_runner_asks_for_an_order_of_files_only_where_the_installation_lets_it() -> None:
    def names(rules: RunnerRules) -> set[str]:
        [container] = pod_of(made(rules=rules))["containers"]
        return {one["name"] for one in container["env"]}

    assert names(RunnerRules(rerank=True)) - names(RunnerRules()) == {"VTEAM_CONTEXT_RERANK"}
