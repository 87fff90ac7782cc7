"""What is remembered of a repository: what a session may leave, what becomes of it, and who is given it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.receipt import Receipt, ReceiptRow, Trust, Way
from crds.result import ProposedNote, Result
from crds.work_order import Continuation, Limits, MemoryNote, OrderedRepository, Talk, WorkOrder
from handlers import decide
from handlers.asked import Memory
from handlers.effects import Reply
from handlers.events import IssueClosed, JobFacts, Permission, PodFacts, Report, SessionObserved
from handlers.memory.aging import DAY, MOST_USED, aged, bounded, strength, taken_up
from handlers.memory.changing import settled, taken_back, with_kept, with_proposed, with_use, without
from handlers.memory.choosing import MOST, for_order, for_people
from handlers.memory.effects import ForgetNotes, KeepNotes, SettleNotes, TakeUpNotes
from handlers.memory.note import Kind, Note, NoteState, alike, key_of
from handlers.memory.proposing import LONGEST, cleaned, trust_of
from tests.handlers.worlds import (
    BASE,
    BROKEN,
    FOLDER,
    LATE,
    LIVE,
    NOW,
    RUNNING,
    STARTED,
    THREAD,
    URL,
    Json,
    comment,
    died,
    resource,
    result,
    world,
)

DAYS = 180
PULL = {"repository": "acme/shop", "number": 13, "url": "https://github.com/acme/shop/pull/13"}
TESTS = "The tests run with `make test`, which takes a minute."


def note(text: str = TESTS, **more: Any) -> Note:
    kind: Kind = more.pop("kind", "tests")
    key = key_of(kind, text)
    usual: dict[str, Any] = {"at": NOW, "trust": Trust.REQUESTER, "private": False, "state": NoteState.PROPOSED}
    return Note(f"n{key[:8]}", kind, text, **{**usual, "session": "vteam/fix-1", "pull": 13, "key": key, **more})


def order(**more: Any) -> WorkOrder:
    limits = Limits(context_tokens=1000, total_tokens=None, cost_usd=2.0, turns=9, seconds=60, bundle_bytes=1 << 20)
    main = OrderedRepository(name=FOLDER, url=URL, commit=BASE, branch="main", writable=True, id=7, private=False)
    usual: dict[str, Any] = {
        "session": "vteam/fix-12-abc", "task": "fix", "request": "Fix it.", "title": "t", "model": "m",
        "small_model": "s", "priced": False, "limits": limits, "repositories": (main,), "talk": (), "takes_notes": True,
    }  # fmt: skip
    return WorkOrder(**{**usual, **more})


def talk(trust: Trust) -> Talk:
    return Talk(source="https://github.com/acme/shop/issues/12", kind="issue", author="x", trust=trust, at="", text="y")


def ended(
    *texts: str, receipt: Receipt | None = None, ordered: WorkOrder | None = None, **more: Any
) -> SessionObserved:
    """A session whose runner has handed in its result, and whose work is published."""
    proposed = tuple(ProposedNote(kind="tests", text=text) for text in texts)
    done: Result = result().model_copy(update={"notes": proposed, "receipt": receipt})
    outcome = {"branches": [], "pullRequests": more.pop("pulls", [PULL])}
    event = world(
        resource(status=STARTED | {"outcome": outcome}), LIVE, RUNNING, report=Report(more.pop("final", True), done)
    )
    standing = replace(event.standing, order=order() if ordered is None else ordered, source_url="https://x/1", **more)
    return replace(event, standing=standing)


def kept(event: SessionObserved) -> KeepNotes:
    [found] = [effect for effect in decide(event) if isinstance(effect, KeepNotes)]
    return found


def test_a_session_proposes_notes_that_wait_for_its_pull_request() -> None:
    effect = kept(ended(TESTS))
    assert (effect.repository_id, effect.pull, effect.thread) == (7, 13, THREAD)
    [found] = effect.notes
    assert (found.text, found.state, found.pull, found.source) == (TESTS, NoteState.PROPOSED, 13, PULL["url"])
    assert (found.session, found.at, found.trust) == ("vteam/fix-12-abc", NOW, Trust.REQUESTER)
    assert kept(ended(TESTS)) == effect, "a second look proposes the same"


def test_without_a_pull_request_a_note_waits_for_a_person() -> None:
    effect = kept(ended(TESTS, pulls=[]))
    assert (effect.pull, effect.thread, effect.notes[0].source) == (0, None, "https://x/1")
    other = {**PULL, "repository": "acme/cart"}
    assert kept(ended(TESTS, pulls=[other])).pull == 0, "another repository's pull request says nothing of this one"


@pytest.mark.parametrize(
    "event",
    [
        ended(),
        ended(TESTS, final=False, pulls=[]),
        ended("short"),
        ended(TESTS, ordered=order(takes_notes=False)),
        ended(TESTS, ordered=order(repositories=())),
    ],
)
def test_what_leaves_no_note(event: SessionObserved) -> None:
    assert not any(isinstance(effect, KeepNotes) for effect in decide(event))


def test_a_note_has_the_lowest_trust_of_what_its_session_read() -> None:
    assert trust_of(order(talk=(talk(Trust.REQUESTER),)), None) is Trust.REQUESTER
    assert trust_of(order(talk=(talk(Trust.REQUESTER), talk(Trust.OUTSIDE))), None) is Trust.OUTSIDE
    assert (
        trust_of(order(continues=Continuation(session_id="00000000-0000-4000-8000-000000000000")), None)
        is Trust.OUTSIDE
    )
    foreign = order().repositories[0].model_copy(update={"pull_request": 5})
    assert trust_of(order(repositories=(foreign,)), None) is Trust.OUTSIDE
    main = order().repositories[0]
    library = main.model_copy(update={"name": "acme__lib", "url": main.url.replace("shop", "lib")})
    assert trust_of(order(repositories=(main, library)), None) is Trust.REQUESTER
    strangers = main.model_copy(update={"name": "stranger__lib", "url": main.url.replace("acme/shop", "stranger/lib")})
    assert trust_of(order(repositories=(main, strangers)), None) is Trust.OUTSIDE
    remembered = MemoryNote(id="n1", kind="place", text="x", at="", trust=Trust.OUTSIDE)
    assert trust_of(order(memory=(remembered,)), None) is Trust.OUTSIDE


def test_the_runner_can_lower_the_trust_and_never_raise_it() -> None:
    def claim(trust: Trust) -> Receipt:
        row = ReceiptRow(source="x", kind="thread", trust=trust, offered=5, taken=5, way=Way.WHOLE)
        return Receipt(budget=10, prompt=5, tokenizer="t", rows=(row,))

    stranger = order(talk=(talk(Trust.OUTSIDE),))
    assert kept(ended(TESTS, receipt=claim(Trust.BOT), ordered=stranger)).notes[0].trust is Trust.OUTSIDE
    assert kept(ended(TESTS, receipt=claim(Trust.OUTSIDE))).notes[0].trust is Trust.OUTSIDE


def test_what_a_session_read_in_private_stays_private() -> None:
    beside = order().repositories[0].model_copy(update={"name": "acme__secret", "private": True})
    [found] = kept(ended(TESTS, ordered=order(repositories=(*order().repositories, beside)))).notes
    assert found.private
    used = replace(found, state=NoteState.USED)
    assert for_order([used], NOW, private=False, days=DAYS) == ()
    assert len(for_order([used], NOW, private=True, days=DAYS)) == 1
    assert for_people([used], NOW, private=False, days=DAYS) == ()


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("  The   tests\nrun with\tmake  ", "The tests run with make"),
        ("Use ghp_abcdefghijklmnopqrstuvwxyz012345 to push", "Use [redacted] to push"),
        ("Use ghp_abcdefghijkl\u200bmnopqrstuvwxyz012345 to push", "Use [redacted] to push"),
        ("a\x00b\x1b[31mc\u202ed\U000e0041e", "ab[31mcde"),
    ],
)
def test_a_note_is_one_clean_line(text: str, stays: str) -> None:
    assert cleaned(text) == stays


@given(st.text(max_size=2000))
def test_any_note_is_short_and_shows_as_it_is(text: str) -> None:
    found = cleaned(text)
    assert len(found) <= LONGEST
    assert found == " ".join(found.split())
    assert found.isprintable() or not found.isascii()


def test_a_flood_of_notes_is_cut_and_said_once() -> None:
    effect = kept(ended(*(f"Number {number}: the tests run." for number in range(12))))
    assert len(effect.notes) == 6
    assert len(kept(ended(TESTS, TESTS.upper(), TESTS)).notes) == 1


def test_only_a_merge_brings_notes_into_use() -> None:
    waiting = [note(), note("The door is in bot/doors.", kind="place", pull=14)]
    assert for_order(waiting, NOW, private=True, days=DAYS) == ()
    after = settled(waiting, 13, NOW + 5, merged=True, days=DAYS)
    assert [one.text for one in for_order(after, NOW + 5, private=True, days=DAYS)] == [TESTS]
    assert settled(after, 13, NOW + 5, merged=True, days=DAYS) == after, "a redelivery changes nothing"


def test_a_pull_request_closed_unmerged_declines_all_until_it_is_merged_after_all() -> None:
    waiting = [note(), note("Caching the door does not help.", kind="failed")]
    declined = settled(waiting, 13, NOW, merged=False, days=DAYS)
    assert for_order(declined, NOW, private=True, days=DAYS) == ()
    assert for_people(declined, NOW, private=True, days=DAYS) == ()
    assert len(for_order(settled(declined, 13, NOW, merged=True, days=DAYS), NOW, private=True, days=DAYS)) == 2


def test_what_a_merge_brought_in_is_not_declined_by_a_later_closing() -> None:
    used = settled([note()], 13, NOW, merged=True, days=DAYS)
    assert settled(used, 13, NOW, merged=False, days=DAYS) == used


def test_a_reverted_pull_request_takes_its_notes_out_of_use() -> None:
    used = settled([note(), note("The door is in bot/doors.", kind="place", pull=14)], 13, NOW, merged=True, days=DAYS)
    used = settled(used, 14, NOW, merged=True, days=DAYS)
    back = taken_back(used, 13)
    assert [one.text for one in for_order(back, NOW, private=True, days=DAYS)] == ["The door is in bot/doors."]
    assert taken_back(back, 13) == back
    kept_again = with_kept(back, [one.id for one in back if one.pull == 13], NOW, days=DAYS)
    assert len(for_order(kept_again, NOW, private=True, days=DAYS)) == 2


def test_the_same_said_again_is_one_note_and_young_again() -> None:
    old = note(at=NOW - 100 * DAY, state=NoteState.USED, uses=3, pull=5)
    again = replace(note("The tests run with `make test`, which takes a minute!"), id="n2")
    assert alike(old, again)
    [one] = settled([old, again], 13, NOW, merged=True, days=DAYS)
    assert (one.id, one.since, one.uses) == ("n2", NOW, 3)


def test_a_strangers_echo_neither_takes_trust_away_nor_gets_any() -> None:
    trusted, echo = note(state=NoteState.USED), replace(note(trust=Trust.OUTSIDE), id="n2")
    [one] = taken_up(echo, [trusted, echo], NOW)
    assert (one.id, one.trust) == (trusted.id, Trust.REQUESTER)
    [other] = taken_up(replace(trusted, id="n3"), [replace(echo, state=NoteState.USED)], NOW)
    assert (other.id, other.trust) == ("n3", Trust.REQUESTER)


def test_notes_age_and_those_that_are_used_stay_longer() -> None:
    used = note(state=NoteState.USED)
    assert strength(used, NOW, days=DAYS) == 1
    assert strength(used, NOW + 90 * DAY, days=DAYS) == pytest.approx(0.5)
    assert aged([used], NOW + 179 * DAY, days=DAYS)
    assert not aged([used], NOW + 181 * DAY, days=DAYS)
    assert aged([replace(used, uses=8)], NOW + 181 * DAY, days=DAYS)
    assert not aged([replace(used, uses=8)], NOW + 400 * DAY, days=DAYS)
    assert not aged([note()], NOW + 181 * DAY, days=DAYS)
    assert not aged([used], NOW, days=0)


def test_a_repository_has_a_bounded_number_of_notes_and_a_session_too() -> None:
    many = [
        replace(note(f"Fact {n} is so.", kind="decision", state=NoteState.USED, at=NOW - n), id=f"n{n:04}")
        for n in range(MOST_USED + 50)
    ]
    left = bounded(many, NOW, days=DAYS)
    assert [one.id for one in left] == [one.id for one in many[:MOST_USED]], "the oldest go"
    given_out = for_order([*many, *(replace(one, kind="place", id=f"p{one.id}") for one in many)], NOW,
                          private=True, days=DAYS)  # fmt: skip
    assert len(given_out) <= MOST
    assert {one.kind for one in given_out} == {"decision", "place"}


def test_strangers_notes_come_last() -> None:
    stranger = replace(note("A stranger says so.", trust=Trust.OUTSIDE, state=NoteState.USED), id="n1")
    older = replace(note(at=NOW - 30 * DAY, state=NoteState.USED), id="n2")
    assert [one.id for one in for_order([stranger, older], NOW, private=True, days=DAYS)] == ["n2", "n1"]


NOTED = tuple(
    MemoryNote(id=f"n{number}", kind="tests", text=TESTS, at="2026-01-01", trust=Trust.REQUESTER, source=PULL["url"])
    for number in range(3)
)


def held(*numbers: int) -> Receipt:
    """The receipt of a prompt that held these notes, and left out the others."""
    rows = tuple(
        ReceiptRow(source=one.row, kind="memory", trust=Trust.REQUESTER, offered=9, taken=9 * (number in numbers),
                   way=Way.WHOLE if number in numbers else Way.DROPPED)
        for number, one in enumerate(NOTED)
    )  # fmt: skip
    return Receipt(budget=100, prompt=9 * len(numbers), tokenizer="t", rows=rows)


@pytest.mark.parametrize(
    ("status", "job", "pod", "report", "stop"),
    [
        pytest.param(STARTED, LIVE, RUNNING, Report(True, result(work=False)), "", id="done"),
        pytest.param(STARTED, LIVE, RUNNING, Report(True, result(1, work=False)), "", id="failed"),
        pytest.param(STARTED, LIVE, RUNNING, Report(True, result(143, work=False)), "", id="told to stop"),
        pytest.param(STARTED, None, None, Report(False, result(143, work=False)), "ada", id="stopped"),
        pytest.param(
            STARTED, BROKEN, died(137, "OOMKilled"), Report(False, result(work=False)), "", id="out of memory"
        ),
        pytest.param(STARTED, LATE, None, Report(False, result(work=False)), "", id="out of time"),
        pytest.param(STARTED, None, None, Report(False, result(work=False)), "", id="its job was deleted"),
    ],
)
def test_the_notes_of_a_prompt_count_as_used_whatever_came_of_the_session(
    status: Json, job: JobFacts | None, pod: PodFacts | None, report: Report, stop: str
) -> None:
    """Two of three that one pull request brought: each is known by its own name."""
    given = replace(report, result=report.result.model_copy(update={"receipt": held(0, 2)}))
    event = world(resource(status=status, stop=stop), job, pod, report=given)
    event = replace(event, standing=replace(event.standing, order=order(memory=NOTED)))
    assert (kept(event).read, kept(event).notes, kept(event).session) == (("n0", "n2"), (), "uid-1")


def test_a_use_is_counted_once_a_session() -> None:
    first = with_use([note(state=NoteState.USED)], [note().id], "uid-1")
    assert first[0].uses == 1
    assert with_use(first, [note().id], "uid-1") == first
    assert with_use(first, [note().id], "uid-2")[0].uses == 2


def test_what_was_forgotten_is_not_noted_again() -> None:
    [gone] = without([note(state=NoteState.USED)], [note().id], NOW)
    assert (gone.text, gone.source, gone.state) == ("", "", NoteState.FORGOTTEN)
    again = replace(note(), id="n2")
    assert with_proposed([gone], [again], NOW, days=DAYS) == [gone]
    assert settled([gone], 13, NOW, merged=True, days=DAYS) == [gone]
    assert with_kept([gone], [gone.id], NOW, days=DAYS) == [gone]


# --- what people say about notes


def asks(text: str, *notes: Note, permission: Permission = Permission.WRITE) -> list[object]:
    return [*decide(replace(comment(f"/vteam {text}", permission), memory=Memory(notes, DAYS), now=NOW))]


def test_context_shows_the_notes_with_their_state() -> None:
    used = replace(note("It says @everyone <!-- hi --> [x](http://evil)", state=NoteState.USED), id="n1")
    [reply] = asks("context", used, note(), permission=Permission.READ)
    assert isinstance(reply, Reply)
    assert "Notes of earlier sessions in acme/shop: 1 in use, 1 proposed" in reply.body
    assert "@everyone" not in reply.body
    assert "<!-- hi" not in reply.body
    assert "\\[x](" in reply.body
    assert "**proposed**: not used before pull request 13 is merged" in reply.body


def test_forgetting_takes_write_access() -> None:
    [forget, reply] = asks(f"context forget `{note().id}`", note())
    assert forget == ForgetNotes(7, (note().id,), "ada")
    assert isinstance(reply, Reply)
    assert "is forgotten" in reply.body
    [refusal] = asks(f"context forget {note().id}", note(), permission=Permission.READ)
    assert isinstance(refusal, Reply)
    assert "write access" in refusal.body


def test_forgetting_again_says_the_same_and_does_nothing() -> None:
    gone = without([note()], [note().id], NOW)
    [reply] = asks(f"context forget {note().id}", *gone)
    assert isinstance(reply, Reply)
    assert "is forgotten" in reply.body


def test_forgetting_everything_takes_more() -> None:
    assert len(asks("context forget all", note())) == 1
    [forget, _] = asks("context forget all", note(), permission=Permission.MAINTAIN)
    assert forget == ForgetNotes(7, (note().id,), "ada")


def test_a_person_may_keep_what_waits() -> None:
    [keep, reply] = asks(f"context keep {note().id}", note(pull=0))
    assert keep == TakeUpNotes(7, (note().id,), "ada")
    assert isinstance(reply, Reply)
    assert "later sessions are given" in reply.body


@pytest.mark.parametrize("text", ["context forget", "context keep all", "context forget n00000000", "context keep n1"])
def test_what_cannot_be_done_is_said(text: str) -> None:
    [reply] = asks(text, note(), permission=Permission.ADMIN)
    assert isinstance(reply, Reply)


def test_a_closed_pull_request_settles_its_notes() -> None:
    asked = comment("x")
    closed = IssueClosed(
        thread=replace(THREAD, pull_request=True), actor=asked.actor, ground=asked.ground, merged=True, remembers=True
    )
    assert decide(closed) == [SettleNotes(7, 12, merged=True)]
    assert decide(replace(closed, remembers=False)) == []
    assert decide(replace(closed, remembers=False, reverts=9)) == [SettleNotes(7, 9, merged=False, reverted=True)]
