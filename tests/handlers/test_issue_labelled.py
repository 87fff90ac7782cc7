"""A label asks for a session as a comment does; a label that is not ours is nobody's business."""

from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot

from crds.agentic_session import Task
from handlers import decide
from handlers.command import read_commands
from handlers.effects import CreateSession, React, Reply
from handlers.events import Actor, Ground, IssueLabelled, Opening, Permission, Person
from handlers.issue_labelled import LABELS
from tests.handlers.worlds import NOW, THREAD, URL, brief, comment

LABELLED = IssueLabelled(
    thread=THREAD,
    label="vteam:fix",
    task=Task.FIX,
    tasks=LABELS,
    opening=Opening(Person("ada", 42), "It fails.", ("bug",), "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    now=NOW,
    actor=Actor(Person("ada", 42), Permission.WRITE),
    ground=Ground("vteam", URL),
)


def test_the_label_starts_what_the_comment_would() -> None:
    seen, session = decide(LABELLED)
    assert seen == React(THREAD, None, "eyes")
    assert isinstance(session, CreateSession)
    assert session.spec == snapshot(
        {
            "displayName": "fix acme/shop#12",
            "initialPrompt": "Fix the problem that this issue describes.",
            "task": Task.FIX,
            "repos": [{"url": "https://github.com/acme/shop.git", "autoPush": True}],
            "origin": {
                "service": "github",
                "repository": "acme/shop",
                "issue": 12,
                "message": "label-vteam:fix",
                "requester": {"login": "ada", "id": 42},
            },
        }
    )
    [_, by_comment] = decide(comment("/vteam fix"))
    assert isinstance(by_comment, CreateSession)
    strip = {"origin": None}
    assert session.spec | strip == by_comment.spec | strip


@pytest.mark.parametrize(("label", "task"), LABELS.items())
def test_each_label_has_its_task(label: str, task: str) -> None:
    [_, session] = decide(replace(LABELLED, label=label, task=Task(task)))
    assert isinstance(session, CreateSession)
    assert session.intent.task == task


def opened(body: str, *labels: str, by: int = 42, seconds: int = 5) -> Opening:
    """An issue that was opened some seconds before."""
    return Opening(
        Person("ada", by), body, labels, "2026-01-01T00:00:00Z", f"2026-01-01T00:0{seconds // 60}:{seconds % 60:02}Z"
    )


def labelled(label: str, opening: Opening, **more: Any) -> IssueLabelled:
    """That issue, labelled."""
    said = tuple(read_commands(opening.body))
    return replace(LABELLED, label=label, task=LABELS[label], opening=opening, said=said, **more)


@pytest.mark.parametrize(
    ("event", "starts"),
    [
        (labelled("vteam:fix", opened("/vteam fix it, by the cache")), False),
        (labelled("vteam", opened("/vteam plan a way out")), False),
        (labelled("vteam:fix", opened("@vteam please look at it")), False),
        (labelled("vteam:plan", opened("/vteam fix it")), True),
        (labelled("vteam:fix", opened("/vteam status")), True),
        (labelled("vteam:fix", opened("/vteam fixx it")), True),
        (labelled("vteam:fix", opened("Say `/vteam fix` to it.")), True),
        (labelled("vteam:fix", opened("/vteam fix it", by=7)), True),
        (labelled("vteam:fix", opened("/vteam fix it", seconds=61)), True),
        (labelled("vteam", opened("It fails.", "vteam", "vteam:fix")), False),
        (labelled("vteam:fix", opened("It fails.", "vteam", "vteam:fix")), True),
        (labelled("vteam", opened("It fails.", "vteam")), True),
        (labelled("vteam:fix", opened("It fails.", by=7), sessions=(brief("Running", requester_id=42, created_at=NOW - 9),)), False),
        (labelled("vteam:fix", opened("It fails.", by=7), sessions=(brief("Running", requester_id=8, created_at=NOW - 9),)), True),
        (labelled("vteam:fix", opened("It fails.", by=7), sessions=(brief("Running", requester_id=42, created_at=NOW - 90),)), True),
        (labelled("vteam:plan", opened("It fails.", by=7), sessions=(brief("Running", requester_id=42, created_at=NOW - 9),)), True),
    ],
)  # fmt: skip
def test_several_events_of_one_intent_make_one_session(event: IssueLabelled, starts: bool) -> None:
    assert [type(effect).__name__ for effect in decide(event)] == (["React", "CreateSession"] if starts else [])


def test_a_bots_label_starts_nothing() -> None:
    assert decide(replace(LABELLED, actor=Actor(Person("ci", 1, "Bot"), Permission.ADMIN))) == []


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            replace(LABELLED, actor=Actor(Person("ada", 42), Permission.TRIAGE)),
            snapshot(
                "@ada, this takes write access to acme/shop, and yours is triage. Somebody with that access can ask instead."
            ),
        ),
        (
            replace(LABELLED, ground=Ground(None, URL)),
            snapshot(
                "@ada, no namespace of this installation serves acme/shop. Whoever runs the bot can add it to its map of namespaces (`VTEAM_NAMESPACES`)."
            ),
        ),
    ],
)
def test_a_refusal_says_why(event: IssueLabelled, words: str) -> None:
    [reply] = decide(event)
    assert isinstance(reply, Reply)
    assert reply.body == words


def test_a_redelivery_has_the_same_name_and_the_label_set_again_another() -> None:
    [_, first], [_, again], [_, later] = (
        decide(LABELLED),
        decide(replace(LABELLED, opening=replace(LABELLED.opening, body="edited"))),
        decide(replace(LABELLED, opening=replace(LABELLED.opening, updated_at="2026-01-02T00:00:00Z"))),
    )  # fmt: skip
    assert isinstance(first, CreateSession)
    assert isinstance(again, CreateSession)
    assert isinstance(later, CreateSession)
    assert first.intent.name == again.intent.name != later.intent.name
