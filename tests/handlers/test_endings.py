"""Every way a session can end has its phase, its word for programs, and its words for people."""

from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot

from crds.agentic_session import Phase
from handlers import decide
from handlers.effects import SetStatus
from handlers.events import PodFacts, SessionObserved
from handlers.personas import PersonaBrief
from tests.handlers.worlds import (
    BROKEN,
    CHECKPOINT,
    DONE,
    FINAL,
    LATE,
    LEFT,
    LIVE,
    NO_CHANGE,
    NOW,
    RUNNING,
    SPEC,
    STARTED,
    URL,
    died,
    resource,
    result,
    world,
)

Json = dict[str, Any]
BRANCHES = {"branches": [{"repository": "acme/shop", "branch": "vteam/x", "commit": "b" * 40}]}


def ended(event: SessionObserved) -> tuple[str, str, str]:
    """Phase, reason and message of the end that is written down."""
    [patch] = [effect.patch for effect in decide(event) if isinstance(effect, SetStatus)]
    assert patch["conditions"][-1]["type"] == "Finished"
    assert patch["conditions"][-1]["message"] == patch["message"]
    assert patch["is_error"] == (patch["phase"] == Phase.FAILED)
    return patch["phase"], patch["conditions"][-1]["reason"], patch["message"]


def running(status: Json | None = None, spec: Json | None = None) -> Json:
    """A session whose Job was made."""
    return resource(SPEC | (spec or {}), STARTED | (status or {}))


def reported(code: Any, error: str = "", *, work: bool = True, **more: Any) -> SessionObserved:
    """A runner that has handed in its result, which has been published."""
    report = replace(FINAL, result=result(code, error=error, work=work))
    return world(running(more.get("status", {"outcome": BRANCHES}), more.get("spec")), LIVE, RUNNING, report=report)


UNFIT = {
    "two shapes": (
        world(resource({"prompt": "a", "initialPrompt": "b"})),
        snapshot(
            (
                "Failed",
                "InvalidSpec",
                "The session's spec cannot be read: a session is written in one of the two shapes: {prompt, repos\\[].input, repos\\[].output, mainRepoIndex} (2025) or {initialPrompt, repos\\[].url, repos\\[].branch, repos\\[].autoPush} (2026), not in both.",
            )
        ),
    ),
    "a wrong value": (
        world(resource(SPEC | {"timeout": "soon"})),
        snapshot(
            (
                "Failed",
                "InvalidSpec",
                "The session's spec cannot be read: timeout: Input should be a valid integer, unable to parse string as an integer.",
            )
        ),
    ),
    "no repository": (
        world(resource({"initialPrompt": "a"})),
        snapshot(("Failed", "NoRepository", "The session names no repository; `spec.repos` needs at least one.")),
    ),
    "not supported": (
        world(resource(SPEC | {"activeWorkflow": {"gitUrl": "x"}, "gpu": {"mig": "1g.5gb"}})),
        snapshot(
            (
                "Failed",
                "Unsupported",
                "The session asks for gpu.mig, activeWorkflow, which this version of the bot cannot do. Take it out and try again.",
            )
        ),
    ),
    "persona": (
        world(resource(SPEC | {"personas": ["x", "QA"]}), personas=(PersonaBrief("qa", "Tests first."),)),
        snapshot(
            (
                "Failed",
                "UnknownPersona",
                "The session cannot begin: there is no persona `x` here. I know `qa` (Tests first.). Whoever owns the namespace `vteam` can add one to `spec.personas` of its ProjectSettings.",
            )
        ),
    ),
    "foreign": (
        world(foreign=("acme/vault is private, and no repository of this namespace",)),
        snapshot(
            (
                "Failed",
                "RepositoryNotServed",
                "The session in vteam may not read what it asks for: acme/vault is private, and no repository of this namespace.",
            )
        ),
    ),
    "a name too long": (
        world(resource(name="n" * 64)),
        snapshot(
            (
                "Failed",
                "NameTooLong",
                "The session's name is longer than 63 characters, so that no Job can carry it. Make it anew, shorter.",
            )
        ),
    ),
    "the same twice": (
        world(resource(SPEC | {"contextRepos": [{"url": URL}]})),
        snapshot(
            ("Failed", "SameRepositoryTwice", "The session names the repository acme__shop twice; once is enough.")
        ),
    ),
}
REPORTED = {
    "done": (reported(0), snapshot(("Completed", "Completed", "Done."))),
    "nothing to change": (
        reported(0, work=False, status={}),
        snapshot(("Completed", "NothingToChange", "Done; there was nothing to change.")),
    ),
    "an answer": (
        reported(0, work=False, status={}, spec={"task": "ask"}),
        snapshot(("Completed", "Completed", "Here is the answer.")),
    ),
    "a review": (
        reported(0, work=False, status={}, spec={"task": "review"}),
        snapshot(("Completed", "Completed", "Here is the review.")),
    ),
    "not to be pushed": (
        reported(0, status={}, spec={"repos": [{"url": URL, "autoPush": False}]}),
        snapshot(
            ("Completed", "Completed", "Done. The changes were not pushed, for the session says so (`autoPush`).")
        ),
    ),
    "refused": (
        reported(0, status={"outcome": {"refused": "the work touches .github/workflows/x.yml"}}),
        snapshot(("Failed", "WorkRefused", "The work was not pushed: the work touches .github/workflows/x.yml.")),
    ),
    "agent error": (
        reported(1, "The model answered `529` @bob."),
        snapshot(("Failed", "AgentError", "The agent could not finish: The model answered 529 @\u2060bob.")),
    ),
    "agent error, and refused": (
        reported(1, "It broke.", status={"outcome": {"refused": "no"}}),
        snapshot(("Failed", "AgentError", "The agent could not finish: It broke.")),
    ),
    "no prerequisite": (
        reported(2, "acme/shop cannot be cloned."),
        snapshot(("Failed", "PrerequisiteFailed", "The work could not begin: acme/shop cannot be cloned.")),
    ),
    "stopped from inside": (
        reported(143, "The runner was told to stop."),
        snapshot(("Stopped", "Stopped", "The runner was stopped before it was done. The runner was told to stop.")),
    ),
}
DEATHS = {
    "deadline": (
        world(running(), LATE, RUNNING),
        snapshot(
            (
                "Failed",
                "DeadlineExceeded",
                "The time ran out before the work was done. Ask again with a smaller task, or have the time limit raised.",
            )
        ),
    ),
    "out of memory": (
        world(running(), BROKEN, died(137, "OOMKilled")),
        snapshot(
            (
                "Failed",
                "OutOfMemory",
                "The runner ran out of memory. Whoever runs the bot can give it more (`VTEAM_RUNNER_MEMORY`); then ask again.",
            )
        ),
    ),
    "evicted": (
        world(running(), BROKEN, died(None, "Evicted")),
        snapshot(
            (
                "Failed",
                "Evicted",
                "The cluster took the runner's node away, and no replacement came. Ask again to start anew.",
            )
        ),
    ),
    "node drained": (
        world(running(), BROKEN, died(143, disrupted=True)),
        snapshot(
            (
                "Failed",
                "Evicted",
                "The cluster took the runner's node away, and no replacement came. Ask again to start anew.",
            )
        ),
    ),
    "stopped from outside": (
        world(running(), BROKEN, died(143)),
        snapshot(("Failed", "RunnerStopped", "The runner was stopped before it was done. Ask again to start anew.")),
    ),
    "killed": (
        world(running(), BROKEN, died(137)),
        snapshot(
            ("Failed", "RunnerFailed", "The runner ended unexpectedly (exit code 137, Error). Ask again to start anew.")
        ),
    ),
    "crashed": (
        world(running(), BROKEN, died(1)),
        snapshot(
            ("Failed", "RunnerFailed", "The runner ended unexpectedly (exit code 1, Error). Ask again to start anew.")
        ),
    ),
    "never began": (
        world(running(), BROKEN, died(None, "")),
        snapshot(("Failed", "RunnerFailed", "The runner ended unexpectedly (no exit code). Ask again to start anew.")),
    ),
    "no pod left": (
        world(running(), BROKEN),
        snapshot(
            (
                "Failed",
                "BackoffLimitExceeded",
                "The runner's pod is gone and left no result (too many failures). Ask again to start anew.",
            )
        ),
    ),
    "silent": (
        world(running(), DONE, LEFT),
        snapshot(
            (
                "Failed",
                "NoResult",
                "The runner ended without a result. Ask again; if it happens twice, whoever runs the bot finds more in its log.",
            )
        ),
    ),
    "Job deleted": (
        world(running()),
        snapshot(
            (
                "Failed",
                "JobDeleted",
                "The session's Job was deleted from the cluster while it worked. Ask again to start anew.",
            )
        ),
    ),
    "no such image": (
        world(running(), LIVE, PodFacts("p", "Pending", "ErrImagePull", "no `x`: [a](b)", created_at=NOW - 99)),
        snapshot(
            (
                "Failed",
                "ErrImagePull",
                "The cluster cannot start the runner (ErrImagePull): no x : \\[a](b). Whoever runs the bot can check the runner's image and settings; then ask again.",
            )
        ),
    ),
    "stopped": (
        world(resource(status=STARTED, stop="@bob")),
        snapshot(("Stopped", "Stopped", "Stopped by @\u2060bob.")),
    ),
    "stopped by the platform": (
        world(resource(status=STARTED | {"outcome": BRANCHES}, stop="the platform"), report=CHECKPOINT),
        snapshot(("Stopped", "Stopped", "Stopped by the platform.")),
    ),
    "nothing kept": (
        world(running(), BROKEN, died(1), report=replace(NO_CHANGE, final=False)),
        snapshot(
            ("Failed", "RunnerFailed", "The runner ended unexpectedly (exit code 1, Error). Ask again to start anew.")
        ),
    ),
}


@pytest.mark.parametrize(("event", "end"), UNFIT.values(), ids=UNFIT.keys())
def test_a_session_that_cannot_be_run(event: SessionObserved, end: object) -> None:
    assert ended(event) == end


@pytest.mark.parametrize(("event", "end"), REPORTED.values(), ids=REPORTED.keys())
def test_a_session_whose_runner_has_spoken(event: SessionObserved, end: object) -> None:
    assert ended(event) == end


@pytest.mark.parametrize(("event", "end"), DEATHS.values(), ids=DEATHS.keys())
def test_a_session_whose_runner_has_not(event: SessionObserved, end: object) -> None:
    assert ended(event) == end


def test_words_from_outside_never_outgrow_the_status() -> None:
    events = [
        world(foreign=("x" * 5000,) * 40),
        reported(1, "x" * 4000),
        reported(0, status={"outcome": {"refused": "x" * 1000}}),
        world(running(), replace(BROKEN, failure_message="x" * 9000)),
        world(running(), LIVE, PodFacts("p", "Pending", "ErrImagePull", "x" * 9000)),
        world(resource(status=STARTED, stop="x" * 9000)),
        world(resource({"timeout": "x" * 9000})),
    ]
    assert [event for event in events if len(ended(event)[2]) > 2500] == []
