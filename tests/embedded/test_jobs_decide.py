"""The Job controller's policy, as stories about one Job and its pods; no API, no clock."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.embedded.jobs.decide import Decision, decide
from bot.embedded.jobs.pods import TRACKING
from bot.embedded.times import stamp

NOON = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
DISRUPTED = {"type": "DisruptionTarget", "status": "True"}


def a_job(**spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "runner"}}, "spec": {"containers": [{"name": "main"}]}}
    metadata = {"name": "fix", "namespace": "ns", "uid": "job-uid"}
    return {"metadata": metadata, "spec": {"backoffLimit": 0, "template": template, **spec}}


class World:
    """A Job and its pods, acted on as the controller would, until nothing is left to do."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job, self.pods, self.now = job, list[dict[str, Any]](), NOON
        self.last = Decision()

    def settle(self) -> "World":
        for _ in range(30):
            self.last = decide(self.job, deepcopy(self.pods), self.now)
            if self.last.idle:
                return self
            self.act(self.last)
        raise AssertionError(f"it never settles: {self.last}")

    def act(self, decision: Decision) -> None:
        if decision.status is not None:
            self.job["status"] = deepcopy(decision.status)
            return
        for pod in decision.release:
            self.named(pod)["metadata"].pop("finalizers", None)
        for pod in decision.delete:
            self.named(pod)["metadata"]["deletionTimestamp"] = stamp(self.now)
        if decision.create:
            created = deepcopy(decision.create)
            created["metadata"]["uid"] = f"uid-{created['metadata']['name']}"
            assert created["metadata"]["name"] not in {pod["metadata"]["name"] for pod in self.pods}
            self.pods.append(created)
        if decision.remove_job:
            self.job["metadata"]["deletionTimestamp"] = stamp(self.now)

    def named(self, pod: dict[str, Any]) -> dict[str, Any]:
        return next(mine for mine in self.pods if mine["metadata"]["uid"] == pod["metadata"]["uid"])

    def ends(self, index: int, code: int, *conditions: dict[str, str]) -> "World":
        terminated = {"exitCode": code, "finishedAt": stamp(self.now)}
        self.pods[index]["status"] = {
            "phase": "Failed" if code else "Succeeded",
            "containerStatuses": [{"name": "main", "state": {"terminated": terminated}}],
            "conditions": [*conditions],
        }
        return self

    def runs(self, index: int = 0) -> "World":
        ready = {"type": "Ready", "status": "True"}
        self.pods[index]["status"] = {"phase": "Running", "conditions": [ready]}
        return self

    def after(self, seconds: float) -> "World":
        self.now += timedelta(seconds=seconds)
        return self

    @property
    def status(self) -> dict[str, Any]:
        return dict(self.job.get("status", {}))

    @property
    def conditions(self) -> list[tuple[str, str]]:
        return [(c["type"], c["reason"]) for c in self.status.get("conditions", []) if c["status"] == "True"]


def test_a_new_job_gets_one_pod_of_its_own() -> None:
    world = World(a_job()).settle()
    [pod] = world.pods
    metadata = pod["metadata"]
    assert metadata["name"].startswith("fix-")
    assert len(metadata["name"]) == len("fix-") + 5
    assert metadata["finalizers"] == [TRACKING]
    assert metadata["labels"] == {
        "app": "runner",
        "batch.kubernetes.io/controller-uid": "job-uid",
        "batch.kubernetes.io/job-name": "fix",
        "controller-uid": "job-uid",
        "job-name": "fix",
    }
    [owner] = metadata["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"], owner["blockOwnerDeletion"]) == (
        "Job",
        "job-uid",
        True,
        True,
    )
    assert (world.status["active"], world.status["startTime"]) == (1, "2026-01-01T12:00:00Z")
    assert (world.runs().settle().status["ready"], len(world.pods)) == (1, 1)


def test_the_same_state_gives_the_same_pod_name_so_a_lost_answer_makes_no_second_pod() -> None:
    world = World(a_job())
    world.act(decide(world.job, [], NOON))
    first, second = (decide(world.job, [], NOON).create for _ in range(2))
    assert first is not None
    assert first == second


def test_a_pod_that_succeeds_completes_its_job() -> None:
    world = World(a_job()).settle().ends(0, 0).after(5).settle()
    assert world.conditions == [("SuccessCriteriaMet", "CompletionsReached"), ("Complete", "CompletionsReached")]
    assert (world.status["succeeded"], world.status["completionTime"]) == (1, "2026-01-01T12:00:05Z")
    assert "active" not in world.status
    assert world.status["uncountedTerminatedPods"] == {}
    assert "finalizers" not in world.pods[0]["metadata"]


def test_without_retries_the_first_failure_fails_the_job() -> None:
    world = World(a_job()).settle().ends(0, 1).settle()
    assert world.conditions == [("FailureTarget", "BackoffLimitExceeded"), ("Failed", "BackoffLimitExceeded")]
    assert world.status["failed"] == 1
    assert len(world.pods) == 1


def test_a_failure_is_tried_again_after_a_pause_that_doubles() -> None:
    world = World(a_job(backoffLimit=2)).settle().ends(0, 1).settle()
    assert (len(world.pods), world.last.again) == (1, 10.0)
    assert len(world.after(10).settle().pods) == 2
    world.ends(1, 1).settle()
    assert world.last.again == 20.0
    assert len(world.after(20).settle().pods) == 3
    world.ends(2, 1).settle()
    assert world.status["failed"] == 3
    assert world.conditions[-1] == ("Failed", "BackoffLimitExceeded")


def test_a_crash_between_any_two_steps_of_counting_counts_once() -> None:
    world = World(a_job(backoffLimit=3)).settle().ends(0, 1)
    seen = []
    while not (decision := decide(world.job, deepcopy(world.pods), world.now)).idle:
        seen.append(bool(decision.status))
        again = decide(world.job, deepcopy(world.pods), world.now)  # as a restarted controller would
        assert again == decision
        world.act(decision)
    assert seen == [True, False, True]
    assert world.status["failed"] == 1


DISRUPTION_IGNORED = {
    "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
}


def test_a_disrupted_pod_is_replaced_at_once_and_not_counted() -> None:
    world = World(a_job(podFailurePolicy=DISRUPTION_IGNORED)).settle().ends(0, 137, DISRUPTED).settle()
    assert len(world.pods) == 2
    assert "failed" not in world.status
    assert world.conditions == []
    assert "finalizers" not in world.pods[0]["metadata"]
    assert World.ends(world, 1, 0).settle().conditions[-1] == ("Complete", "CompletionsReached")


@pytest.mark.parametrize(
    ("operator", "values", "fails"), [("In", [2], True), ("NotIn", [2], False), ("In", [3], False)]
)
def test_exit_codes_can_fail_the_job_at_once(operator: str, values: list[int], *, fails: bool) -> None:
    rule = {"action": "FailJob", "onExitCodes": {"containerName": "main", "operator": operator, "values": values}}
    world = World(a_job(backoffLimit=5, podFailurePolicy={"rules": [rule]})).settle().ends(0, 2).settle()
    assert (world.conditions[-1:] == [("Failed", "PodFailurePolicy")]) is fails
    if fails:
        name = world.pods[0]["metadata"]["name"]
        message = f"Container main for pod ns/{name} failed with exit code 2 matching FailJob rule at index 0"
        assert world.status["conditions"][-1]["message"] == message


def test_the_first_rule_that_matches_decides() -> None:
    rules = [
        {"action": "Count", "onExitCodes": {"operator": "In", "values": [7]}},
        {"action": "Ignore", "onExitCodes": {"operator": "NotIn", "values": [1]}},
    ]
    world = World(a_job(podFailurePolicy={"rules": rules})).settle().ends(0, 7).settle()
    assert world.conditions[-1] == ("Failed", "BackoffLimitExceeded")


def test_a_deadline_stops_the_pod_and_only_then_fails_the_job() -> None:
    world = World(a_job(activeDeadlineSeconds=60)).settle().runs().after(1).settle()
    assert world.last.again == 59.0
    world.after(59).settle()
    assert world.conditions == [("FailureTarget", "DeadlineExceeded")]
    assert "deletionTimestamp" in world.pods[0]["metadata"]
    world.ends(0, 143).settle()
    assert world.conditions[-1] == ("Failed", "DeadlineExceeded")
    assert world.status["conditions"][-1]["message"] == "Job was active longer than specified deadline"


def test_a_suspended_job_has_no_pods_and_no_deadline_until_it_is_resumed() -> None:
    world = World(a_job(suspend=True, activeDeadlineSeconds=60)).after(3600).settle()
    assert world.pods == []
    assert world.conditions == [("Suspended", "JobSuspended")]
    assert "startTime" not in world.status
    world.job["spec"]["suspend"] = False
    world.settle()
    assert (len(world.pods), world.conditions) == (1, [])
    assert world.status["conditions"][0]["reason"] == "JobResumed"
    assert world.status["startTime"] == "2026-01-01T13:00:00Z"


def test_suspending_takes_the_pod_away_without_counting_it() -> None:
    world = World(a_job(podReplacementPolicy="Failed")).settle().runs().settle()
    world.job["spec"]["suspend"] = True
    world.settle()
    assert "deletionTimestamp" in world.pods[0]["metadata"]
    world.pods.clear()
    world.settle()
    assert "failed" not in world.status
    world.job["spec"]["suspend"] = False
    assert len(world.settle().pods) == 1


def test_a_pod_that_is_being_deleted_is_replaced_only_when_it_has_ended_if_so_asked() -> None:
    world = World(a_job(backoffLimit=3, podReplacementPolicy="Failed")).settle().runs()
    world.pods[0]["metadata"]["deletionTimestamp"] = stamp(NOON)
    assert len(world.settle().pods) == 1
    assert world.status["terminating"] == 1
    assert len(world.ends(0, 143).after(10).settle().pods) == 2


def test_or_at_once_if_not() -> None:
    world = World(a_job(backoffLimit=3)).settle().runs()
    world.pods[0]["metadata"]["deletionTimestamp"] = stamp(NOON)
    assert len(world.settle().pods) == 2
    assert world.status["failed"] == 1


def test_a_finished_job_goes_when_its_time_is_over() -> None:
    world = World(a_job(ttlSecondsAfterFinished=100)).settle().ends(0, 0).settle()
    assert world.last.again == 100.0
    assert "deletionTimestamp" not in world.job["metadata"]
    world.after(100).settle()
    assert "deletionTimestamp" in world.job["metadata"]


def test_a_job_that_is_being_deleted_gets_no_pods_and_lets_go_of_its_own() -> None:
    world = World(a_job()).settle().runs().settle()
    world.job["metadata"]["deletionTimestamp"] = stamp(NOON)
    world.settle()
    assert "finalizers" not in world.pods[0]["metadata"]
    world.pods.clear()
    assert world.settle().pods == []


@pytest.mark.parametrize(
    "more",
    [
        {"parallelism": 2},
        {"completions": 3},
        {"completionMode": "Indexed"},
        {"successPolicy": {"rules": []}},
        {"podFailurePolicy": {"rules": [{"action": "FailIndex", "onPodConditions": []}]}},
    ],
)
def test_what_is_not_supported_fails_with_words_instead_of_something_near_it(more: dict[str, Any]) -> None:
    world = World(a_job(**more)).settle()
    assert world.pods == []
    assert world.conditions[-1] == ("Failed", "Unsupported")
    assert "embedded Job controller" in world.status["conditions"][-1]["message"]


def test_a_job_that_another_controller_manages_is_left_alone() -> None:
    assert decide(a_job(managedBy="kueue.x-k8s.io/multikueue"), [], NOON) == Decision()
