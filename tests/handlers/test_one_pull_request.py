"""One pull request an issue: where a session starts, and where its work lands, as tables of facts."""

from dataclasses import replace

import pytest

from crds.result import ProgressEvent
from handlers import wording
from handlers.checked import checks
from handlers.landing import BranchFacts, Landing, land
from handlers.queueing import Waiting, place_in_line
from handlers.starting import NotStarted, PullFacts, Start, StartFacts, where_to_start

ISSUE = StartFacts(number=12, title="Login fails", writes=True, default_branch="main")
OURS = PullFacts(13, "vteam/issue-12-login-fails", "a" * 40, "main", ours=True, about=12)
THEIRS = PullFacts(20, "adas-work", "b" * 40, "main")
FORK = replace(THEIRS, fork=True)
ON_THEIRS = replace(ISSUE, number=20, title="Add mine", pull=THEIRS)
ON_FORK = replace(ON_THEIRS, pull=FORK)


def started(facts: StartFacts) -> Start:
    start = where_to_start(facts)
    assert isinstance(start, Start)
    return start


STARTS: dict[str, tuple[StartFacts, tuple[str, str, str, int | None]]] = {
    "an issue": (ISSUE, ("main", "vteam/issue-12-login-fails", "main", None)),
    "with --base": (replace(ISSUE, base="dev"), ("dev", "vteam/issue-12-login-fails", "dev", None)),
    "with --branch": (replace(ISSUE, branch="vteam/x"), ("main", "vteam/x", "main", None)),
    "with our pull request open": (replace(ISSUE, ours=(OURS,)), (OURS.head, OURS.head, "main", 13)),
    "two are open: the newer one": (
        replace(ISSUE, ours=(OURS, replace(OURS, number=14, head="vteam/issue-12-x"))),
        ("vteam/issue-12-x", "vteam/issue-12-x", "main", 14),
    ),
    "with one open from a named branch": (
        replace(ISSUE, ours=(replace(OURS, head="vteam/x"),)),
        ("vteam/x", "vteam/x", "main", 13),
    ),
    "with --branch, and a pull request of it": (
        replace(ISSUE, branch="vteam/x", ours=(replace(OURS, head="vteam/x"), replace(OURS, number=14))),
        ("vteam/x", "vteam/x", "main", 13),
    ),
    "with --branch, and one of another branch": (
        replace(ISSUE, branch="vteam/x", ours=(OURS,)),
        ("main", "vteam/x", "main", None),
    ),
    "on a person's, with --branch, and one of another branch": (
        replace(ON_THEIRS, branch="vteam/x", ours=(OURS,)),
        ("adas-work", "vteam/x", "adas-work", None),
    ),
    "on our own pull request": (replace(ISSUE, number=13, pull=OURS), (OURS.head, OURS.head, "main", 13)),
    "on our own, closed": (
        replace(ISSUE, number=13, pull=replace(OURS, open=False)),
        ("main", OURS.head, "main", None),
    ),
    "on our own, closed, with another open": (
        replace(ISSUE, number=13, pull=replace(OURS, open=False), ours=(replace(OURS, number=15),)),
        (OURS.head, OURS.head, "main", 15),
    ),
    "on a person's": (ON_THEIRS, ("adas-work", "vteam/pull-20-add-mine", "adas-work", None)),
    "on a person's, closed": (
        replace(ON_THEIRS, pull=replace(THEIRS, open=False)),
        ("main", "vteam/pull-20-add-mine", "main", None),
    ),
    "on a person's, with ours stacked": (
        replace(ON_THEIRS, ours=(replace(OURS, number=21, head="vteam/pull-20-add-mine", about=20),)),
        ("vteam/pull-20-add-mine", "vteam/pull-20-add-mine", "main", 21),
    ),
    "reading a person's, with ours stacked": (
        replace(ON_THEIRS, writes=False, ours=(OURS,)),
        ("adas-work", "vteam/pull-20-add-mine", "adas-work", None),
    ),
    "reading a fork": (
        replace(ON_FORK, writes=False),
        ("adas-work", "vteam/pull-20-add-mine", "main", None),
    ),
    "a fork that was released": (
        replace(ON_FORK, released=FORK.commit),
        ("adas-work", "vteam/pull-20-add-mine", "main", None),
    ),
}


@pytest.mark.parametrize("name", STARTS)
def test_where_a_session_starts(name: str) -> None:
    facts, expected = STARTS[name]
    start = started(facts)
    assert (start.branch, start.target, start.base, start.follows) == expected


def test_the_commit_is_pinned_where_a_pull_request_names_it() -> None:
    assert started(ISSUE).commit is None
    assert started(replace(ISSUE, ours=(OURS,))).commit == OURS.commit
    assert started(replace(ON_FORK, writes=False)).commit == FORK.commit


@pytest.mark.parametrize("released", [None, "c" * 40, "b" * 39 + "c"])
def test_a_fork_is_not_written_on_unless_this_very_commit_was_released(released: str | None) -> None:
    assert where_to_start(replace(ON_FORK, released=released)) == NotStarted(
        "#20 comes from a fork, so that I only read it until somebody with write access has looked at it: "
        "`/vteam ok bbbbbbbbbbbb` lets exactly that commit in."
    )


def test_what_is_made_on_our_closed_pull_request_is_about_its_issue() -> None:
    assert started(replace(ISSUE, number=13, pull=replace(OURS, open=False))).about == 12


HEAD = "d" * 40
AT = BranchFacts("c" * 40)
OPEN = replace(AT, pull=OURS)

LANDINGS: dict[str, tuple[BranchFacts, int | None, bool, Landing]] = {
    "a new branch": (BranchFacts(None), None, True, Landing()),
    "a push whose answer was lost": (BranchFacts(HEAD), None, True, Landing(push=False)),
    "a pull request whose answer was lost": (
        BranchFacts(HEAD, pull=OURS),
        None,
        True,
        Landing(push=False, adds_to=OURS, opens=False),
    ),
    "a branch that was left": (AT, None, True, Landing(aside=True)),
    "a branch that was left and is built on": (replace(AT, builds_on=True), None, True, Landing(aside=True)),
    "another session was first": (OPEN, None, True, Landing(aside=True, opens=False, moved=True)),
    "a follow-up": (replace(OPEN, builds_on=True), 13, True, Landing(adds_to=OURS, opens=False)),
    "a follow-up, and somebody pushed": (OPEN, 13, True, Landing(aside=True, opens=False, moved=True)),
    "a follow-up whose pull request was closed": (replace(AT, builds_on=True), 13, True, Landing(aside=True)),
    "a follow-up whose branch is gone": (BranchFacts(None), 13, True, Landing()),
    "half of a follow-up": (replace(OPEN, builds_on=True), 13, False, Landing(aside=True, opens=False)),
    "half of a first try": (BranchFacts(None), None, False, Landing()),
}


@pytest.mark.parametrize("name", LANDINGS)
def test_where_work_lands(name: str) -> None:
    facts, follows, final, expected = LANDINGS[name]
    assert land(HEAD, follows, facts, final=final) == expected


def test_the_body_of_a_pull_request_takes_each_session_once_and_stays_in_bounds() -> None:
    body = "what was asked for"
    for number in range(40):
        section = f"<!-- vteam:session:{number} -->\n{'x' * 5000}"
        body = wording.with_section(body, section, str(number))
        assert wording.with_section(body, section, str(number)) == body
        assert len(body) <= wording.LONGEST
    assert body.startswith("what was asked for\n\n<!-- vteam:left-out -->\n*What earlier sessions said")
    assert body.count("is left out") == 1
    assert "<!-- vteam:session:39 -->" in body
    assert "<!-- vteam:session:1 -->" not in body


def test_a_body_that_a_person_filled_up_is_left_as_it_is() -> None:
    body = "x" * wording.LONGEST
    assert wording.with_section(body, "<!-- vteam:session:1 -->\nmore", "1") == body


@pytest.mark.parametrize(
    ("command", "counts"),
    [
        ("pytest -q", True),
        ("cd src && python -m pytest tests/test_a.py -x", True),
        ("npm test", True),
        ("npm run lint:fix", True),
        ("cargo clippy --all", True),
        ("go test ./...", True),
        ("make check", True),
        ("./gradlew test", True),
        ("cat tests/test_a.py", False),
        ("git status", False),
        ("echo making a test", False),
        ("rm -rf testing", False),
    ],
)
def test_what_counts_as_a_check(command: str, counts: bool) -> None:
    assert checks([ProgressEvent(seq=1, kind="tool", text="Bash", detail=command)]) == ((command,) if counts else ())


def test_the_last_checks_are_told_each_once() -> None:
    commands = [f"pytest -q tests/{number}" for number in range(8)] + ["pytest -q tests/3"]
    events = [ProgressEvent(seq=n + 1, kind="tool", text="Bash", detail=one) for n, one in enumerate(commands)]
    told = [f"pytest -q tests/{number}" for number in (4, 5, 6, 7, 3)]
    assert checks(events) == tuple(told)


def waits(key: str, since: float, *, gpu: bool = True, queue: str | None = None, namespace: str = "a") -> Waiting:
    return Waiting(key, namespace, queue, gpu, since)


def test_the_place_counts_those_who_came_before_in_the_same_line() -> None:
    me = waits("a/me", 5.0)
    others = [
        waits("a/first", 1.0),
        waits("a/second", 5.0),  # at the same moment: the name decides
        waits("a/later", 9.0),
        waits("a/cpu", 1.0, gpu=False),
        waits("a/queue", 1.0, queue="fast"),
        waits("b/away", 1.0, namespace="b"),
    ]
    assert place_in_line("a/me", [me, *others]) == 2
    assert place_in_line("a/me", others) is None
