"""spec.podFailurePolicy: what a failed pod means for its Job. Pure; `decide` asks for each failed pod.

The rules and the wording of the messages are those of Kubernetes (pkg/controller/job/pod_failure_policy.go).
"""

from dataclasses import dataclass
from enum import Enum

from bot.cluster import Json


class Action(Enum):
    COUNT = "Count"
    IGNORE = "Ignore"
    FAIL_JOB = "FailJob"


@dataclass(frozen=True)
class Verdict:
    """What to do with the failure of one pod; `message` is for FailJob."""

    action: Action
    message: str = ""


def judge(job: Json, pod: Json) -> Verdict:
    """The first rule that matches decides; without a match (or a policy) the failure counts."""
    rules = (job["spec"].get("podFailurePolicy") or {}).get("rules") or []
    for index, rule in enumerate(rules):
        action = Action(rule["action"])
        if why := _match(rule, pod):
            return Verdict(action, f"{why} matching {action.value} rule at index {index}")
    return Verdict(Action.COUNT)


def _match(rule: Json, pod: Json) -> str:
    if "onExitCodes" in rule:
        return _match_exit_codes(rule["onExitCodes"], pod)
    return _match_conditions(rule.get("onPodConditions") or [], pod)


def _match_exit_codes(requirement: Json, pod: Json) -> str:
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        terminated = (container.get("state") or {}).get("terminated")
        code = terminated["exitCode"] if terminated else 0
        named = requirement.get("containerName") in {None, container["name"]}
        listed = code in requirement["values"]
        if code and named and listed == (requirement["operator"] == "In"):
            return f"Container {container['name']} for pod {_name(pod)} failed with exit code {code}"
    return ""


def _match_conditions(patterns: list[Json], pod: Json) -> str:
    for condition in (pod.get("status") or {}).get("conditions") or []:
        for pattern in patterns:
            if condition["type"] == pattern["type"] and condition["status"] == pattern.get("status", "True"):
                return f"Pod {_name(pod)} has condition {condition['type']}"
    return ""


def _name(pod: Json) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def unsupported(job: Json) -> str:
    """Why this Job is more than the controller does; "" where it is not."""
    spec = job["spec"]
    if spec.get("parallelism", 1) != 1 or spec.get("completions") not in {None, 1}:
        return "the embedded Job controller runs one pod at a time: parallelism and completions must be 1"
    for name in ("successPolicy", "backoffLimitPerIndex", "maxFailedIndexes"):
        if spec.get(name) is not None:
            return f"the embedded Job controller does not know spec.{name}"
    if spec.get("completionMode", "NonIndexed") != "NonIndexed":
        return "the embedded Job controller does not know indexed Jobs"
    rules = (spec.get("podFailurePolicy") or {}).get("rules") or []
    if any(rule["action"] not in {action.value for action in Action} for rule in rules):
        return "the embedded Job controller knows the pod failure actions Count, Ignore and FailJob only"
    return ""
