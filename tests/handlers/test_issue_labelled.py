"""A label asks for a session as a comment does; a label that is not ours is nobody's business."""

from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from crds.agentic_session import Task
from handlers import decide
from handlers.effects import CreateSession, React, Reply
from handlers.events import Actor, Ground, IssueLabelled, Permission, Person
from handlers.issue_labelled import LABELS
from tests.handlers.worlds import THREAD, URL, comment

LABELLED = IssueLabelled(
    thread=THREAD,
    label="vteam:fix",
    updated_at="2026-01-01T00:00:00Z",
    body="It fails.",
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
    [_, session] = decide(replace(LABELLED, label=label))
    assert isinstance(session, CreateSession)
    assert session.intent.task == task


@pytest.mark.parametrize("label", ["bug", "vteam:", "vteam:sing", "VTEAM:FIX", "vteam:fix ", ""])
def test_other_labels_are_nobodys_business(label: str) -> None:
    assert decide(replace(LABELLED, label=label)) == []


def test_what_was_asked_for_a_moment_ago_is_the_same_intent() -> None:
    assert decide(replace(LABELLED, just_asked=True)) == []


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
        decide(LABELLED), decide(replace(LABELLED, body="edited")), decide(replace(LABELLED, updated_at="2026-01-02")),
    )  # fmt: skip
    assert isinstance(first, CreateSession)
    assert isinstance(again, CreateSession)
    assert isinstance(later, CreateSession)
    assert first.intent.name == again.intent.name != later.intent.name
