"""Any state of the world, and any order of events in it: the decisions never fail, and always come to an end.

The toy world below applies effects in memory as bot/perform.py does in earnest: merge patches, a Job that exists, a
comment that is written. A crash is the loss of all effects of a look after the n-th.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.session_status import AgenticSessionStatus
from handlers import decide
from handlers.effects import (
    AddFinalizer,
    Close,
    DeleteJob,
    Effect,
    LookAgain,
    Publish,
    RemoveFinalizer,
    SetStatus,
    StartJob,
    Tell,
)
from handlers.events import JobFacts, PodFacts, Report, SessionObserved, Thread
from handlers.naming import digest
from handlers.session import FINALIZER
from handlers.status_patch import moment
from tests.handlers.worlds import NOW, SPEC, THREAD, URL, USED, resource, result, world

Json = dict[str, Any]

# --- any state at all

PHASES = ["Pending", "Creating", "Running", "Stopping", "Stopped", "Completed", "Failed", "Error"]
WORDS = st.sampled_from(["", "It broke.", "@bob <!-- x --> `|`", "\n\n", "x" * 5000])
TIMES = st.sampled_from([moment(NOW + off) for off in (-7200, -60, -1, 0, 90, 10**7)])
CONDITION = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Started", "Stopping", "Finished", "Else"]),
        "status": st.just("True"),
        "reason": st.just("Why"),
        "lastTransitionTime": TIMES,
    }
)
BRANCH = {"repository": "acme/shop", "branch": "vteam/x", "commit": "b" * 40}
PULL = {"repository": "acme/shop", "number": 13, "url": "https://github.com/acme/shop/pull/13"}
STATUS = st.fixed_dictionaries(
    {},
    optional={
        "phase": st.sampled_from(PHASES),
        "message": WORDS.map(lambda words: words[:4096]),
        "jobName": st.just("fix-12-abc"),
        "startTime": TIMES,
        "completionTime": TIMES,
        "conditions": st.lists(CONDITION, max_size=3, unique_by=lambda each: str(each["type"])),
        "progress": st.fixed_dictionaries({"doing": WORDS.map(lambda words: words[:1024])}),
        "outcome": st.fixed_dictionaries(
            {"branches": st.sampled_from([[], [BRANCH]]), "pullRequests": st.sampled_from([[], [PULL]])},
            optional={"refused": st.sampled_from(["", "it touches CI"])},
        ),
        "told": st.fixed_dictionaries(
            {},
            optional={
                "sticky": st.just("9"),
                "stickyDigest": st.just("0" * 16),
                "stickyAt": TIMES,
                "result": st.sampled_from(["10", "none"]),
            },
        ),
        "nonsense": st.integers(),
        "usage": st.just("many"),
    },
)
SPECS = st.sampled_from(
    [
        SPEC,
        SPEC | {"task": "ask"},
        SPEC | {"personas": ["x"]},
        SPEC | {"gpu": {"minMemory": "80GB"}, "queue": "q", "budget": {"costUSD": 1.5}},
        {"prompt": "a", "repos": [{"input": {"url": URL}, "output": {"url": URL, "branch": "main:x"}}]},
        {"repos": [{"url": URL}, {"url": URL}]},
        {"prompt": "a", "initialPrompt": "b"},
        {"timeout": "soon"},
        {},
    ]
)
RESOURCES = st.builds(
    resource,
    SPECS,
    STATUS,
    stop=st.sampled_from([None, "@bob", ""]),
    deleting=st.booleans(),
    finalizers=st.sampled_from([[], [FINALIZER], ["else", FINALIZER]]),
    name=st.sampled_from(["fix-12-abc", "n" * 100]),
)
JOBS = st.none() | st.builds(
    JobFacts,
    name=st.just("fix-12-abc"),
    active=st.integers(0, 2),
    suspended=st.booleans(),
    complete=st.booleans(),
    failure=st.sampled_from([None, "DeadlineExceeded", "BackoffLimitExceeded", "PodFailurePolicy", ""]),
    failure_message=WORDS,
    deleting=st.booleans(),
)
PODS = st.none() | st.builds(
    PodFacts,
    name=st.just("p"),
    phase=st.sampled_from(["Pending", "Running", "Succeeded", "Failed", "Unknown", ""]),
    waiting=st.sampled_from(["", "ImagePullBackOff", "ContainerCreating", "CreateContainerConfigError"]),
    waiting_message=WORDS,
    unschedulable=WORDS,
    exit_code=st.sampled_from([None, 0, 1, 2, 137, 143]),
    reason=st.sampled_from(["", "OOMKilled", "Evicted", "Error"]),
    created_at=st.sampled_from([0.0, NOW - 100, NOW, NOW + 100]),
    disrupted=st.booleans(),
)
RESULTS = st.builds(result, st.sampled_from([0, 1, 2, 143]), work=st.booleans(), error=WORDS.map(lambda w: w[:4000]))
REPORTS = st.none() | st.builds(Report, st.booleans(), RESULTS)


@st.composite
def looks(draw: st.DrawFn) -> SessionObserved:
    """Any look at all, also one that the world would hardly ever give."""
    return world(
        draw(RESOURCES),
        draw(JOBS),
        draw(PODS),
        report=draw(REPORTS),
        thread=draw(st.sampled_from([THREAD, replace(THREAD, title="#9 `<!--` @bob"), None])),
        foreign=draw(st.sampled_from([(), ("acme/vault is private",), ("x" * 9000,) * 40])),
        used=draw(st.sampled_from([USED, world().standing.used])),
        scripted=draw(st.booleans()),
    )


def size(effect: Effect) -> int:
    """Characters that go out, of the longest text in the effect."""
    texts = [effect.body] if isinstance(effect, Tell | Close) else []
    if isinstance(effect, Publish):
        texts += [text for plan in effect.plans for text in (plan.pull_request_body, plan.pull_request_title * 200)]
    return max(map(len, texts), default=0)


@given(looks())
def test_any_look_is_decided_and_decided_alike(event: SessionObserved) -> None:
    effects = decide(event)
    assert effects == decide(event)
    assert max(map(size, effects), default=0) < 65_000
    kinds = {type(effect) for effect in effects}
    assert not {StartJob, DeleteJob} <= kinds
    assert len([effect for effect in effects if isinstance(effect, SetStatus)]) <= 1


@given(looks())
def test_what_is_written_is_what_the_schema_takes(event: SessionObserved) -> None:
    for effect in decide(event):
        if isinstance(effect, SetStatus):
            AgenticSessionStatus.model_validate(effect.patch)


@given(looks())
def test_a_settled_session_costs_nothing(event: SessionObserved) -> None:
    status = event.session.status
    settled = status.phase is not None and status.phase.ended and status.told is not None and status.told.result
    quiet = not event.session.finalizers and (event.job is None or event.job.finished)
    if settled and quiet:
        assert decide(event) == []


@given(looks())
def test_nobody_is_told_about_a_session_that_nobody_asked_for(event: SessionObserved) -> None:
    unasked = replace(event, standing=replace(event.standing, thread=None))
    assert not [effect for effect in decide(unasked) if isinstance(effect, Tell | Close)]
    assert all(effect.thread is None for effect in decide(unasked) if isinstance(effect, Publish))


# --- whole lives


@dataclass
class Toy:
    """A world that remembers what was done to it."""

    thread: Thread | None = THREAD
    spec: Json = field(default_factory=lambda: dict(SPEC))
    status: Json = field(default_factory=dict)
    finalizers: list[str] = field(default_factory=list)
    stop: str | None = None
    deleting: bool = False
    gone: bool = False
    job: JobFacts | None = None
    pod: PodFacts | None = None
    report: Report | None = None
    now: float = NOW
    comments: dict[str, list[str]] = field(default_factory=dict)
    """By marker; more than one text for a marker is a second comment."""
    started: int = 0
    pushes: list[bool] = field(default_factory=list)

    def look(self) -> list[Effect]:
        """What the decisions say of the world as it is."""
        session = resource(self.spec, self.status, stop=self.stop, deleting=self.deleting, finalizers=self.finalizers)
        event = world(session, self.job, self.pod, report=self.report, thread=self.thread, now=self.now)
        return decide(event)

    def step(self, crash_after: int | None = None) -> bool:
        """One look, carried out as far as the crash lets it; whether something was done."""
        if self.gone:
            return False
        effects = self.look()
        for effect in effects[:crash_after]:
            self.apply(effect)
        waits = [effect.after for effect in effects if isinstance(effect, LookAgain)]
        self.now += min(waits, default=1.0)
        return bool(effects)

    def apply(self, effect: Effect) -> None:
        """As bot/perform.py does it."""
        match effect:
            case SetStatus(patch=patch):
                self.status = merged(self.status, patch)
            case StartJob(job=job):
                self.started += self.job is None
                self.job = self.job or JobFacts(job["metadata"]["name"], active=1)
            case DeleteJob():
                self.job = None
            case AddFinalizer():
                self.finalizers = [FINALIZER]
            case RemoveFinalizer():
                self.finalizers = []
                self.gone = self.deleting
            case Tell(body=body):
                self.comments["sticky"] = [body]
                told = {"sticky": "9", "stickyDigest": digest(body), "stickyAt": moment(self.now)}
                self.status = merged(self.status, {"told": told})
            case Close(marker=marker, body=body):
                self.comments.setdefault(marker, [body])
                self.status = merged(self.status, {"told": {"result": "10"}})
            case Publish(final=final):
                self.pushes.append(final)
                pulls = [PULL] if final and self.thread else []
                self.status = merged(self.status, {"outcome": {"branches": [BRANCH], "pullRequests": pulls}})
            case _:
                assert isinstance(effect, LookAgain)

    @property
    def told(self) -> str | None:
        """Where the end was told."""
        result: str | None = self.status.get("told", {}).get("result")
        return result


def merged(old: Json, patch: Json) -> Json:
    """RFC 7396."""
    new = {key: value for key, value in old.items() if patch.get(key, ...) is not None}
    for key, value in patch.items():
        if isinstance(value, dict):
            before = new.get(key)
            new[key] = merged(before if isinstance(before, dict) else {}, value)
        elif value is not None:
            new[key] = value
    return new


def pod_starts(toy: Toy) -> None:
    if toy.job and not toy.job.finished:
        toy.pod = PodFacts("p", "Running", created_at=toy.now)


def pod_leaves(toy: Toy) -> None:
    toy.pod = None


def job_fails(toy: Toy) -> None:
    if toy.job:
        toy.job = replace(toy.job, active=0, failure="BackoffLimitExceeded")
        toy.pod = PodFacts("p", "Failed", exit_code=1)


def job_completes(toy: Toy) -> None:
    if toy.job:
        toy.job = replace(toy.job, active=0, complete=True)
        toy.pod = PodFacts("p", "Succeeded", exit_code=0)


def job_vanishes(toy: Toy) -> None:
    toy.job = None


def reports(toy: Toy) -> None:
    if toy.started and not (toy.report and toy.report.final):
        toy.report = Report(True, result())


def fails_in_words(toy: Toy) -> None:
    if toy.started and not (toy.report and toy.report.final):
        toy.report = Report(True, result(1, error="It broke."))


def keeps(toy: Toy) -> None:
    if toy.started and toy.report is None:
        toy.report = Report(False, result())


def stops(toy: Toy) -> None:
    toy.stop = toy.stop or "@bob"


def deletes(toy: Toy) -> None:
    toy.deleting = True
    toy.gone = not toy.finalizers


def comment_deleted(toy: Toy) -> None:
    toy.comments.pop("sticky", None)


def edits(toy: Toy) -> None:
    toy.spec |= {"personas": ["x"]}


def image_fails(toy: Toy) -> None:
    if toy.job and not toy.job.finished:
        toy.pod = PodFacts("p", "Pending", "ErrImagePull", "no such image", created_at=toy.now)


HAPPENINGS = [
    pod_starts, pod_leaves, job_fails, job_completes, job_vanishes, reports, fails_in_words, keeps, stops, deletes,
    comment_deleted, edits, image_fails,
]  # fmt: skip
STEPS = st.lists(st.sampled_from(HAPPENINGS) | st.none() | st.integers(0, 3), max_size=14)
ROUNDS = 30


def live(toy: Toy, steps: list[Any]) -> None:
    """Happenings between looks; None is a look, a number a look that crashes after so many effects."""
    for step in steps:
        if step is None or isinstance(step, int):
            toy.step(step)
        else:
            step(toy)


def settle(toy: Toy) -> int:
    """Looks until nothing is left to do; the number of looks that took."""
    for round_ in range(ROUNDS):
        if not toy.step():
            return round_
    raise AssertionError(f"no end after {ROUNDS} looks: {toy.look()}")


@given(STEPS, st.sampled_from([THREAD, None]))
def test_every_life_comes_to_an_end_and_tells_it_once(steps: list[Any], thread: Thread | None) -> None:
    toy = Toy(thread=thread)
    live(toy, steps)
    settle(toy)
    job_fails(toy)  # if it still works, now it dies
    settle(toy)
    assert toy.step() is False
    if not toy.gone:
        assert toy.told is not None
        assert toy.finalizers == []
    closing = [marker for marker in toy.comments if "result" in marker]
    assert len(closing) <= (1 if thread else 0)
    assert len(toy.pushes) <= 1
    if thread and not toy.gone:
        assert closing or toy.pushes == [True]


@given(STEPS)
def test_what_was_stopped_in_time_is_not_proposed(steps: list[Any]) -> None:
    toy = Toy(stop="@bob")
    live(toy, [step for step in steps if step is not deletes])
    settle(toy)
    assert toy.status["phase"] == "Stopped"
    assert True not in toy.pushes
    assert toy.started == 0


@pytest.mark.parametrize("crash_after", range(5))
@pytest.mark.parametrize("crash_at", range(9))
def test_a_crash_after_any_effect_of_any_look_changes_nothing(crash_at: int, crash_after: int) -> None:
    toy = Toy()
    story = [None, pod_starts, None, keeps, None, reports, None, None, job_completes, None, None]
    looked = 0
    for step in story:
        if step is None:
            toy.step(crash_after if looked == crash_at else None)
            looked += 1
        else:
            step(toy)
    settle(toy)
    assert (toy.status["phase"], toy.told, toy.started, toy.pushes) == ("Completed", PULL["url"], 1, [True])


def test_a_stopped_session_keeps_what_its_runner_hands_in_while_it_leaves() -> None:
    toy = Toy()
    live(toy, [None, pod_starts, None, stops, None, keeps, pod_leaves])
    settle(toy)
    assert (toy.status["phase"], toy.pushes) == ("Stopped", [False])
    [words] = [body for marker, [body] in toy.comments.items() if "result" in marker]
    assert "stopped by @\u2060bob." in words
    assert "is kept on branch `vteam/x`" in words
