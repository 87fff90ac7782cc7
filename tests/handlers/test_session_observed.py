"""The whole life of a session, one look at a time: what the world is, where the session stands, what is done next."""

from dataclasses import replace
from typing import Any

import pytest

from crds.agentic_session import Phase
from handlers import decide
from handlers.effects import AddFinalizer, Close, DeleteJob, Effect, LookAgain, Publish, SetStatus, StartJob, Tell
from handlers.events import PodFacts, SessionObserved
from handlers.naming import digest, marker
from handlers.session import FINALIZER
from handlers.session_observed import Stage, stage
from handlers.status_patch import moment
from tests.handlers.worlds import (
    BROKEN,
    CHECKPOINT,
    DONE,
    FINAL,
    LEAVING,
    LEFT,
    LIVE,
    NO_CHANGE,
    NOW,
    PENDING,
    RULES,
    RUNNING,
    SPEC,
    STARTED,
    SUSPENDED,
    THREAD,
    URL,
    died,
    resource,
    result,
    world,
)

Json = dict[str, Any]
OUTCOME: Json = {"branches": [{"repository": "acme/shop", "branch": "vteam/x", "commit": "b" * 40}]}
PULL = {"repository": "acme/shop", "number": 13, "url": "https://github.com/acme/shop/pull/13"}
ENDED: Json = STARTED | {"phase": "Failed", "message": "It broke.", "completionTime": moment(NOW - 5)}
STOPPING: Json = STARTED | {
    "phase": "Stopping",
    "conditions": [
        {"type": "Stopping", "status": "True", "reason": "Stopping", "lastTransitionTime": moment(NOW - 10)}
    ],
}
TOLD = {"told": {"sticky": "9", "result": "10"}}
GONE = replace(RUNNING, phase="Unknown")


def told(event: SessionObserved, at: float = NOW) -> SessionObserved:
    """The same look, after the progress comment was written as it would be now."""
    [tell] = [effect for effect in decide(event) if isinstance(effect, Tell)]
    known = {"sticky": "9", "stickyDigest": digest(tell.body), "stickyAt": moment(at)}
    status = event.session.status.model_dump(by_alias=True, exclude_none=True) | {"told": known}
    return replace(event, session=world(resource(status=status)).session)


def kinds(event: SessionObserved) -> str:
    """The names of the effects, in a row."""
    return " ".join(type(effect).__name__ for effect in decide(event))


def patch(effects: list[Effect]) -> Json:
    """The one status patch among the effects."""
    [written] = [effect.patch for effect in effects if isinstance(effect, SetStatus)]
    return written


def seen(stop: str | None = None, deleting: bool = False, spec: Json | None = None, **status: Any) -> Json:
    """A session that runs, but for this."""
    return resource(spec, STARTED | status, stop=stop, deleting=deleting)


LIFE = {
    # before it starts
    "new": (world(), Stage.UNSTARTED, "StartJob SetStatus Tell"),
    "new, without finalizer": (
        world(resource(finalizers=[])), Stage.UNSTARTED, "AddFinalizer StartJob SetStatus Tell"),
    "new, made with kubectl": (world(thread=None), Stage.UNSTARTED, "StartJob SetStatus"),
    "unreadable": (world(resource({"prompt": "a", "initialPrompt": "b"})), Stage.UNFIT, "SetStatus"),
    "without repository": (world(resource({"prompt": "a"})), Stage.UNFIT, "SetStatus"),
    "asks too much": (world(resource(SPEC | {"personas": ["x"]})), Stage.UNFIT, "SetStatus"),
    "foreign": (world(foreign=("acme/vault is private",)), Stage.UNFIT, "SetStatus"),
    "name too long": (world(resource(name="n" * 64)), Stage.UNFIT, "SetStatus"),
    "twice the same": (
        world(resource(SPEC | {"contextRepos": [{"url": URL.replace("acme", "ACME")}]})), Stage.UNFIT, "SetStatus"),
    "stopped before it began": (world(resource(stop="@bob")), Stage.STOPPING, "SetStatus"),
    # another session works on its branch
    "behind another": (world(behind="fix-12-first"), Stage.BEHIND, "Tell"),
    "behind another, without finalizer": (
        world(resource(finalizers=[]), behind="fix-12-first"), Stage.BEHIND, "AddFinalizer Tell"),
    "stopped behind another": (world(resource(stop="@bob"), behind="fix-12-first"), Stage.STOPPING, "SetStatus"),
    "behind another, begun all the same": (
        world(seen(), LIVE, RUNNING, behind="fix-12-first"), Stage.RUNNING, "Tell"),
    # the Job is there
    "Job made, crashed before the status": (world(job=LIVE), Stage.WAITING, "SetStatus Tell"),
    "queued": (world(job=SUSPENDED), Stage.WAITING, "SetStatus Tell"),
    "pod pending": (world(job=LIVE, pod=PENDING), Stage.WAITING, "SetStatus Tell"),
    "pod runs": (world(job=LIVE, pod=RUNNING), Stage.RUNNING, "SetStatus Tell"),
    "pod runs, known": (world(seen(), LIVE, RUNNING), Stage.RUNNING, "Tell"),
    "pod runs, told": (told(world(seen(), LIVE, RUNNING)), Stage.RUNNING, ""),
    "pod done, Job not yet": (told(world(seen(), LIVE, LEFT)), Stage.RUNNING, ""),
    "node lost": (world(seen(), LIVE, GONE), Stage.RUNNING, "Tell"),
    "checkpoint while it runs": (world(seen(), LIVE, RUNNING, report=CHECKPOINT), Stage.RUNNING, "Tell"),
    "pod replaced": (world(seen(), LIVE, PENDING), Stage.WAITING, "SetStatus Tell"),
    "no longer allowed, but running": (world(seen(), LIVE, RUNNING, foreign=("x",)), Stage.RUNNING, "Tell"),
    "edited into something else while it runs": (
        world(seen(spec=SPEC | {"personas": ["x"]}), LIVE, RUNNING), Stage.RUNNING, "Tell"),
    "edited into nonsense while it runs": (
        world(seen(spec=SPEC | {"timeout": 0}), LIVE, RUNNING), Stage.UNFIT, "SetStatus DeleteJob"),
    # it reports
    "reported": (world(seen(), LIVE, RUNNING, report=FINAL), Stage.REPORTED, "Publish"),
    "reported, Job gone by its TTL": (world(seen(), report=FINAL, foreign=("x",)), Stage.REPORTED, "Publish"),
    "reported, nothing changed": (world(seen(), LIVE, LEFT, report=NO_CHANGE), Stage.REPORTED, "SetStatus"),
    "published": (world(seen(outcome=OUTCOME), LIVE, RUNNING, report=FINAL), Stage.REPORTED, "SetStatus"),
    "published, then asked to stop": (
        world(seen("@bob", outcome=OUTCOME), LIVE, RUNNING, report=FINAL), Stage.REPORTED, "SetStatus"),
    # it is stopped
    "stop": (world(seen("@bob"), LIVE, RUNNING), Stage.STOPPING, "SetStatus DeleteJob"),
    "stop, and the result came first": (world(seen("@bob"), LIVE, RUNNING, report=FINAL), Stage.REPORTED, "Publish"),
    "stop, Job going": (world(seen("@bob"), LEAVING, RUNNING), Stage.STOPPING, "SetStatus LookAgain"),
    "stop, pod going": (world(resource(status=STOPPING, stop="@bob"), None, RUNNING), Stage.STOPPING, "LookAgain"),
    "stop, a checkpoint came": (
        world(resource(status=STOPPING, stop="@bob"), None, LEFT, report=CHECKPOINT), Stage.STOPPING, "Publish"),
    "stop, the result came too late": (
        world(resource(status=STOPPING, stop="@bob"), None, LEFT, report=FINAL), Stage.STOPPING, "Publish"),
    "stop, kept": (
        world(resource(status=STOPPING | {"outcome": OUTCOME}, stop="@bob"), report=CHECKPOINT),
        Stage.STOPPING, "SetStatus"),
    "stop, pod gone": (world(resource(status=STOPPING, stop="@bob")), Stage.STOPPING, "SetStatus"),
    "stop, pod hangs": (
        world(resource(status=STOPPING, stop="@bob"), None, GONE, now=NOW + 60), Stage.STOPPING, "SetStatus"),
    "stop, Job hangs": (
        world(resource(status=STOPPING, stop="@bob"), LEAVING, GONE, now=NOW + 60), Stage.STOPPING, "SetStatus"),
    "stop, Job was done": (world(seen("@bob"), DONE, LEFT), Stage.STOPPING, "SetStatus"),
    # it dies
    "Job deleted": (world(seen()), Stage.VANISHED, "SetStatus"),
    "Job deleted, pod going": (world(seen(), None, RUNNING), Stage.VANISHED, "SetStatus LookAgain"),
    "Job deleted, something kept": (world(seen(), report=CHECKPOINT), Stage.VANISHED, "Publish"),
    "Job failed": (world(seen(), BROKEN, died(1)), Stage.DIED, "SetStatus"),
    "Job failed, something kept": (world(seen(), BROKEN, died(1), report=CHECKPOINT), Stage.DIED, "Publish"),
    "Job failed, kept": (
        world(seen(outcome=OUTCOME), BROKEN, died(1), report=CHECKPOINT), Stage.DIED, "SetStatus"),
    "Job done without a word": (world(seen(), DONE, LEFT), Stage.DIED, "SetStatus"),
    # it has ended
    "ended": (world(resource(status=ENDED), DONE), Stage.ENDED, "Tell Close"),
    "ended, made with kubectl": (world(resource(status=ENDED), DONE, thread=None), Stage.ENDED, "SetStatus"),
    "ended, runner leaves": (world(resource(status=ENDED), LIVE, RUNNING), Stage.ENDED, "LookAgain Tell Close"),
    "ended, runner stays": (
        world(resource(status=ENDED), LIVE, RUNNING, now=NOW + 60), Stage.ENDED, "DeleteJob Tell Close"),
    "told": (world(resource(status=ENDED | TOLD), DONE), Stage.ENDED, "RemoveFinalizer"),
    "settled": (world(resource(status=ENDED | TOLD, finalizers=[]), DONE), Stage.ENDED, ""),
    "settled, Job gone": (world(resource(status=ENDED | TOLD, finalizers=[])), Stage.ENDED, ""),
    "ended by the older platform": (world(resource(status={"phase": "Error"})), Stage.ENDED, "Tell Close"),
    "ended in a pull request": (
        world(resource(status=ENDED | {"phase": "Completed", "outcome": OUTCOME | {"pullRequests": [PULL]}})),
        Stage.ENDED, "Tell SetStatus"),
    "one pull request, and one refusal": (
        world(resource(status=ENDED | {"outcome": {"refused": "no", "pullRequests": [PULL]}})),
        Stage.ENDED, "Tell Close"),
    "a result that comes after the end": (world(resource(status=ENDED | TOLD), DONE, report=FINAL),
        Stage.ENDED, "RemoveFinalizer"),
    # it is deleted
    "deleted at once": (world(resource(deleting=True)), Stage.DELETED, "Tell Close RemoveFinalizer"),
    "deleted at work": (
        world(seen(deleting=True), LIVE, RUNNING), Stage.DELETED, "DeleteJob Tell Close RemoveFinalizer"),
    "deleted after it ended": (
        world(resource(status=ENDED, deleting=True), DONE), Stage.DELETED, "Tell Close RemoveFinalizer"),
    "deleted after it was told": (
        world(resource(status=ENDED | TOLD, deleting=True), DONE), Stage.DELETED, "RemoveFinalizer"),
    "deleted, made with kubectl": (
        world(seen(deleting=True), LIVE, RUNNING, thread=None), Stage.DELETED, "DeleteJob RemoveFinalizer"),
    "deleted, held by somebody else": (
        world(resource(deleting=True, finalizers=["else"]), LEAVING), Stage.DELETED, ""),
    "deleted and to be stopped": (
        world(seen("@bob", deleting=True), LIVE, RUNNING), Stage.DELETED, "DeleteJob Tell Close RemoveFinalizer"),
}  # fmt: skip


@pytest.mark.parametrize(("event", "stands", "effects"), LIFE.values(), ids=LIFE.keys())
def test_where_a_session_stands_and_what_is_done(event: SessionObserved, stands: Stage, effects: str) -> None:
    assert (stage(event), kinds(event)) == (stands, effects)


def test_the_table_tells_every_stage() -> None:
    assert {stands for _, stands, _ in LIFE.values()} == set(Stage)


def test_a_session_is_started_with_its_account_and_its_job() -> None:
    finalizer, start, status, tell = decide(world(resource(finalizers=[])))
    assert finalizer == AddFinalizer("vteam", "fix-12-abc")
    assert isinstance(start, StartJob)
    assert start.job["metadata"] == start.service_account["metadata"]
    assert isinstance(status, SetStatus)
    assert status.patch["phase"] == "Creating"
    assert status.patch["startTime"] == moment(NOW)
    assert isinstance(tell, Tell)
    assert tell.body.startswith(marker("progress", "uid-1") + "\n")


def test_the_start_is_not_moved_by_later_looks() -> None:
    assert "startTime" not in patch(decide(world(seen(phase="Creating"), LIVE, RUNNING)))


# --- progress


@pytest.mark.parametrize(("ago", "again"), [(0.0, 10.0), (4.0, 6.0), (-3600.0, 10.0)])
def test_progress_is_written_in_its_pace(ago: float, again: float) -> None:
    event = told(world(seen(), LIVE, RUNNING), NOW - ago)
    news = replace(event, session=_doing(event, "running the tests"))
    assert decide(news) == [LookAgain(again)]  # a clock that was set back keeps nobody waiting for an hour


def test_progress_is_written_once_its_time_has_come() -> None:
    event = told(world(seen(), LIVE, RUNNING), NOW - 10)
    [tell] = decide(replace(event, session=_doing(event, "running the tests")))
    assert isinstance(tell, Tell)
    assert tell.known == "9"
    assert "running the tests" in tell.body


def _doing(event: SessionObserved, what: str) -> Any:
    document = event.session.status.model_dump(by_alias=True, exclude_none=True)
    return world(resource(status=document | {"progress": {"doing": what}})).session


def test_the_end_is_told_without_waiting_for_the_pace() -> None:
    working = told(world(seen(), LIVE, RUNNING))
    status = working.session.status.model_dump(by_alias=True, exclude_none=True) | {"phase": "Failed"}
    assert kinds(replace(working, session=world(resource(status=status)).session, job=DONE)) == "Tell Close"


# --- images


def test_a_registry_has_its_hiccups_and_a_typing_error_does_not_go_away() -> None:
    stuck = PodFacts("p", "Pending", "ImagePullBackOff", "no such image", created_at=NOW - 30)
    waiting = told(world(seen(phase="Creating"), LIVE, stuck))
    assert decide(waiting) == [LookAgain(61.0)]
    given_up = decide(replace(waiting, now=NOW + 60))
    assert [type(effect) for effect in given_up] == [SetStatus, DeleteJob]
    assert patch(given_up)["phase"] == "Failed"


# --- publishing


def published(event: SessionObserved) -> Publish:
    """The one effect, which is to publish."""
    [effect] = decide(event)
    assert isinstance(effect, Publish)
    return effect


def test_work_is_published_as_it_was_claimed() -> None:
    effect = published(world(seen(), LIVE, RUNNING, report=FINAL))
    [plan] = effect.plans
    assert (effect.final, effect.thread, effect.summary) == (True, THREAD, "Done so.")
    assert (plan.url, plan.branch, plan.base, plan.head) == (URL, "vteam/issue-12-login-fails", "a" * 40, "b" * 40)
    assert plan.pull_request_title == "Fix: Login fails"


@pytest.mark.parametrize("code", [1, 2, 143])
def test_work_of_a_run_that_failed_is_kept_and_not_proposed(code: int) -> None:
    report = replace(FINAL, result=result(code, error="It broke."))
    assert not published(world(seen(), LIVE, RUNNING, report=report)).final


@pytest.mark.parametrize(
    "spec",
    [
        {"task": "ask"},
        {"task": "review"},
        {"repos": [{"url": URL, "autoPush": False}]},
        {"repos": [{"url": "https://github.com/acme/else.git"}]},
        {"repos": [{"url": "https://github.com/acme/else.git"}], "contextRepos": [{"url": URL}]},
    ],
)
def test_what_nobody_wants_pushed_is_not(spec: Json) -> None:
    event = world(seen(spec=SPEC | spec), LIVE, RUNNING, report=FINAL)
    [ended] = decide(event)
    assert isinstance(ended, SetStatus)


def test_work_for_another_branch_and_without_a_thread() -> None:
    spec = {"prompt": "x", "repos": [{"input": {"url": URL, "branch": "dev"}, "output": {"url": URL, "branch": "out"}}]}
    [plan] = published(world(seen(spec=spec), LIVE, RUNNING, report=FINAL, thread=None)).plans
    assert (plan.branch, plan.base_branch) == ("out", "dev")
    [plain] = published(world(seen(spec=SPEC | {"displayName": ""}), LIVE, report=FINAL, thread=None)).plans
    assert (plain.branch, plain.pull_request_title) == ("vteam/fix-12-abc", "Fix: fix-12-abc")


# --- ends


def test_an_end_is_written_with_all_that_was_used() -> None:
    written = patch(decide(world(seen(outcome=OUTCOME), DONE, LEFT, report=FINAL)))
    assert written["phase"] == Phase.COMPLETED
    assert written["completionTime"] == moment(NOW)
    assert (written["num_turns"], written["session_id"], written["is_error"]) == (3, "s-1", False)
    assert written["conditions"][-1]["reason"] == "Completed"


def test_a_condition_keeps_its_time_while_it_holds() -> None:
    conditions = [{"type": "Started", "status": "True", "reason": "JobCreated", "lastTransitionTime": moment(NOW - 60)}]
    written = patch(decide(world(seen(phase="Creating", conditions=conditions), LIVE, RUNNING)))
    assert written["conditions"][0]["lastTransitionTime"] == moment(NOW - 60)


def test_the_closing_words_are_found_again_by_their_marker() -> None:
    [_, close] = decide(world(resource(status=ENDED), DONE))
    assert isinstance(close, Close)
    assert close.marker == marker("result", "uid-1")
    assert close.body.startswith("@ada, it broke.")


def test_a_stopped_runner_is_given_its_grace_and_no_more() -> None:
    [look] = decide(world(resource(status=STOPPING, stop="@bob"), None, RUNNING))
    assert look == LookAgain(RULES.grace + 15 - 10)


def test_the_finalizer_is_ours_by_name() -> None:
    assert FINALIZER.startswith("vteam.ambient-code/")
