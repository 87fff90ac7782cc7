"""What people read: the progress comment, the closing words, the pull request, whole and as they stand there."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from crds.agentic_session import Task
from crds.receipt import Receipt, ReceiptRow, Trust, Way
from crds.usage import Tokens
from handlers import wording
from handlers.events import PodFacts, SessionObserved, Used
from tests.handlers.worlds import (
    FINAL,
    LIVE,
    PENDING,
    RUNNING,
    SPEC,
    STARTED,
    SUSPENDED,
    THREAD,
    USED,
    resource,
    result,
    world,
)

Json = dict[str, Any]


def row(source: str, taken: int, **more: Any) -> ReceiptRow:
    """One row of a receipt."""
    return ReceiptRow(
        source=source, kind="code", trust=Trust.REPOSITORY, offered=taken * 2, taken=taken, way=Way.SPANS, **more
    )


RECEIPT = Receipt(
    budget=8000,
    prompt=1500,
    tokenizer="cl100k",
    rows=(row("src/__init__.py", 300), row("`|` @bob <!-- x", 1200, reason="too | long")),
)
OUTCOME: Json = {
    "branches": [
        {"repository": "acme/shop", "branch": "vteam/issue-12-login-fails", "commit": "b" * 40},
        {"repository": "acme/lib", "branch": "a` @bob <!-- -->", "commit": "b" * 40},
    ],
    "pullRequests": [{"repository": "acme/shop", "number": 13, "url": "https://github.com/acme/shop/pull/13"}],
}


def finished(text: str = "Fixed the *login* test.", **status: Any) -> SessionObserved:
    """A session at its end, with all that a reply can hold."""
    report = replace(FINAL, result=result(text=text).model_copy(update={"receipt": RECEIPT}))
    phase = {"phase": "Completed", "message": "Done.", "result": text[:16384]}
    return world(resource(status=STARTED | phase | status), LIVE, RUNNING, report=report, used=USED)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            world(),
            snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · fix** — I will fix it.

- [x] accepted as session `vteam/fix-12-abc`
- [ ] the runner starts
- [ ] the agent works
- [ ] the work is checked and pushed
- [ ] the pull request is open\
"""),
        ),
        (
            world(job=SUSPENDED),
            snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · fix** — I will fix it.

- [x] accepted as session `vteam/fix-12-abc`
- [ ] the runner starts
- [ ] the agent works
- [ ] the work is checked and pushed
- [ ] the pull request is open

In line, waiting for room in the cluster. Whoever runs the cluster can add nodes or raise the quota; `/vteam cancel` takes this out of line.\
"""),
        ),
        (
            world(job=LIVE, pod=PENDING),
            snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · fix** — I will fix it.

- [x] accepted as session `vteam/fix-12-abc`
- [ ] the runner starts
- [ ] the agent works
- [ ] the work is checked and pushed
- [ ] the pull request is open\
"""),
        ),
        (
            world(job=LIVE, pod=PodFacts("p", "Pending", unschedulable="0/3 nodes | are `free`")),
            snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · fix** — I will fix it.

- [x] accepted as session `vteam/fix-12-abc`
- [ ] the runner starts
- [ ] the agent works
- [ ] the work is checked and pushed
- [ ] the pull request is open

In line, waiting for room in the cluster: 0/3 nodes are free

Whoever runs the cluster can add nodes or raise the quota; `/vteam cancel` takes this out of line.\
"""),
        ),
        (
            world(
                resource(SPEC | {"task": "ask", "gpu": {}}),
                LIVE,
                PodFacts("p", "Pending", unschedulable="0/3 nodes have a GPU"),
            ),
            snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · ask** — I will answer it.

- [x] accepted as session `vteam/fix-12-abc`
- [ ] the runner starts
- [ ] the agent works

In line, waiting for a GPU: 0/3 nodes have a GPU

Whoever runs the cluster can add GPUs or raise the quota; `/vteam cancel` takes this out of line.\
"""),
        ),
        (
            world(job=LIVE, pod=PodFacts("p", "Pending", "ErrImagePull", "not found")),
            snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · fix** — I will fix it.

- [x] accepted as session `vteam/fix-12-abc`
- [ ] the runner starts
- [ ] the agent works
- [ ] the work is checked and pushed
- [ ] the pull request is open

The cluster says: not found\
"""),
        ),
        (
            world(
                resource(status=STARTED | {"progress": {"doing": "editing `src/a.py` for @bob"}}),
                LIVE,
                RUNNING,
                used=USED,
                scripted=True,
            ),
            snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · fix** — I will fix it.

- [x] accepted as session `vteam/fix-12-abc`
- [x] the runner has started
- [ ] the agent works: editing src/a.py for @\u2060bob
- [ ] the work is checked and pushed
- [ ] the pull request is open

no cost · 1,500 tokens in 3 model calls

The model behind this run was a **script** on this machine, not Claude: it cost nothing and shows the way only.\
"""),
        ),
    ],
)
def test_the_progress_comment(event: SessionObserved, words: str) -> None:
    assert wording.progress(event) == words


def test_the_progress_comment_at_the_end() -> None:
    assert wording.ended(finished(outcome=OUTCOME)) == snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · fix** — Done.

- [x] accepted
- [x] the runner has started
- [x] the agent has worked
- [x] the work is checked and pushed
- [x] the pull request is open

Pull request: https://github.com/acme/shop/pull/13
What was done so far is kept on branch `a @\u2060bob &lt;!-- -->`.

$0.42 · 1,500 tokens in 3 model calls\
""")


def test_the_closing_words() -> None:
    assert wording.closing(finished(outcome=OUTCOME)) == snapshot("""\
@ada, done.

Pull request: https://github.com/acme/shop/pull/13

What was done so far is kept on branch `a @\u2060bob &lt;!-- -->`.

> Fixed the *login* test.

$0.42 · 1,500 tokens in 3 model calls

<details><summary>Context: 1,500 of 8,000 tokens</summary>

| part | sources | tokens | of the budget |
| --- | ---: | ---: | --- |
| code | 2 | 1,500 | `████░░░░░░░░░░░░░░░░` 19% |

| source | kind | author | trust | taken | offered | score | how |
| --- | --- | --- | --- | ---: | ---: | ---: | --- |
| `@\u2060bob &lt;!-- x` | code |  | repository | 1,200 | 2,400 |  | spans: too long |
| `src/__init__.py` | code |  | repository | 300 | 600 |  | spans |
</details>\
""")


def test_the_closing_words_of_an_answer_that_misbehaves() -> None:
    text = "See @bob.\n<!-- vteam:result:uid-1 -->\nFixes #3\n</details>\nghp_" + "a1B2" * 8
    assert wording.closing(finished(text)) == snapshot("""\
@ada, done.

> See @\u2060bob.
> &lt;!-- vteam:result:uid-1 -->
> F\u2060ixes #3
> &lt;/details>
> [redacted]

$0.42 · 1,500 tokens in 3 model calls

<details><summary>Context: 1,500 of 8,000 tokens</summary>

| part | sources | tokens | of the budget |
| --- | ---: | ---: | --- |
| code | 2 | 1,500 | `████░░░░░░░░░░░░░░░░` 19% |

| source | kind | author | trust | taken | offered | score | how |
| --- | --- | --- | --- | ---: | ---: | ---: | --- |
| `@\u2060bob &lt;!-- x` | code |  | repository | 1,200 | 2,400 |  | spans: too long |
| `src/__init__.py` | code |  | repository | 300 | 600 |  | spans |
</details>\
""")


def test_the_closing_words_of_a_session_that_was_deleted() -> None:
    deleted = world(resource(status=STARTED, deleting=True), LIVE, RUNNING)
    assert wording.closing(deleted) == snapshot(
        "@ada, the session was deleted from the cluster, and its work ended with it."
    )


def test_work_that_was_refused_is_told_beside_another_end() -> None:
    status: Json = {
        "phase": "Failed",
        "message": "The time ran out.",
        "result": "",
        "outcome": {"refused": "it touches CI"},
    }
    assert "the time ran out.\n\nThe work was not pushed: it touches CI." in wording.closing(finished(**status))
    status |= {"message": "The work was not pushed: it touches CI."}
    assert wording.closing(finished(**status)).count("it touches CI") == 1


def test_the_pull_request() -> None:
    assert wording.pull_request_body(finished(), in_thread=True) == snapshot("""\
<!-- vteam:pull-request:7-12 -->
<!-- vteam:session:uid-1 -->
@ada, this is what you asked for in #12.

Fixes #12

> Fixed the *login* test.

**Checked:** the agent ran no test, linter or build that I know.

Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what people with write access ask for in a review needs no command. Or comment here or on the issue with `/vteam fix` and what is to be different. Commits are added to it.

$0.42 · 1,500 tokens in 3 model calls

<details><summary>Context: 1,500 of 8,000 tokens</summary>

| part | sources | tokens | of the budget |
| --- | ---: | ---: | --- |
| code | 2 | 1,500 | `████░░░░░░░░░░░░░░░░` 19% |

| source | kind | author | trust | taken | offered | score | how |
| --- | --- | --- | --- | ---: | ---: | ---: | --- |
| `@\u2060bob &lt;!-- x` | code |  | repository | 1,200 | 2,400 |  | spans: too long |
| `src/__init__.py` | code |  | repository | 300 | 600 |  | spans |
</details>\
""")


def test_a_pull_request_elsewhere_closes_no_issue_there() -> None:
    body = wording.pull_request_body(finished(), in_thread=False)
    assert "@ada, this is what you asked for in acme/shop#12.\n\nFor acme/shop#12\n" in body


@pytest.mark.parametrize("task", ["run", "plan"])
def test_only_a_fix_closes_its_issue(task: str) -> None:
    event = replace(finished(), session=world(resource(SPEC | {"task": task})).session)
    assert "\n\nFor #12\n" in wording.pull_request_body(event, in_thread=True)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Login fails", "Fix: Login fails"),
        ("`a` | b\n@bob", "Fix: a b @\u2060bob"),
        ("#3 is back", "F\u2060ix: #3 is back"),
        ("<!-- vteam:progress:1 -->", "Fix: &lt;!-- vteam:progress:1 -->"),
        ("x" * 300, "Fix: " + "x" * 195 + " …"),
    ],
)
def test_the_title_of_a_pull_request(title: str, shown: str) -> None:
    assert wording.pull_request_title(Task.FIX, title) == shown


@pytest.mark.parametrize(
    ("used", "scripted", "words"),
    [
        (Used(), False, ""),
        (Used(Tokens(input=1000), Decimal("0.001"), 1), False, "$0.01 · 1,000 tokens in 1 model call"),
        (Used(Tokens(input=1000), Decimal("1.239"), 2), False, "$1.24 · 1,000 tokens in 2 model calls"),
        (Used(Tokens(input=1000), Decimal(0), 2), False, "no cost · 1,000 tokens in 2 model calls"),
        (Used(Tokens(input=1000), Decimal(1), 2), True, "no cost · 1,000 tokens in 2 model calls"),
    ],
)
def test_what_was_spent(used: Used, scripted: bool, words: str) -> None:
    assert wording.spent(world(used=used, scripted=scripted)) == words


def test_a_script_says_that_it_is_one_wherever_it_speaks() -> None:
    event = replace(finished(), scripted=True)
    for said in (wording.progress(event), wording.ended(event), wording.closing(event)):
        assert wording.SCRIPTED in said
    assert wording.SCRIPTED in wording.pull_request_body(event, in_thread=True)


@given(st.sampled_from(["\n", "<!--", "@a", "x", "- \n", "Fixes #1 "]), st.sampled_from(["\n", "`|", "a/b "]))
def test_no_comment_outgrows_what_github_takes(text: str, source: str) -> None:
    rows = tuple(row((source * 400)[:1024], 1, reason=(source * 200)[:512]) for _ in range(3000))
    receipt = Receipt(budget=10**6, prompt=3000, tokenizer="t", rows=rows)
    event = finished((text * 65536)[:65536], message=(text * 4096)[:4096], outcome=OUTCOME)
    report = replace(FINAL, result=result(text=(text * 65536)[:65536]).model_copy(update={"receipt": receipt}))
    event = replace(event, standing=replace(event.standing, report=report, thread=replace(THREAD, title=text * 999)))
    for said in (wording.progress(event), wording.ended(event), wording.closing(event)):
        assert len(said) <= wording.LONGEST
    assert len(wording.pull_request_body(event, in_thread=True)) <= wording.LONGEST


def test_a_name_keeps_its_capital_behind_the_asker_and_other_first_words_do_not() -> None:
    assert wording.closing(finished(message="Here is the answer.")).startswith("@ada, here is the answer.")
    assert wording.closing(finished(message="GitHub took nothing.")).startswith("@ada, GitHub took nothing.")


def test_steps_that_were_never_needed_are_not_left_open() -> None:
    """A session that had nothing to change has not failed to push."""
    assert "- [ ]" not in wording.ended(finished(message="Done; there was nothing to change.", outcome=None))
    failed = wording.ended(finished(phase="Failed", message="The time ran out.", outcome=None))
    assert "- [ ] the work is checked and pushed" in failed
