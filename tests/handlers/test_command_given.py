"""A comment with commands, and what is done about it: every command gets an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from crds.agentic_session import Task
from handlers import decide
from handlers.effects import CreateSession, Effect, React, Reply, StopSession
from handlers.events import Permission
from tests.handlers.worlds import THREAD, brief, comment

WRITE, TRIAGE, READ = Permission.WRITE, Permission.TRIAGE, Permission.READ


def kinds(effects: list[Effect]) -> list[str]:
    """The names of the effects."""
    return [type(effect).__name__ for effect in effects]


def replies(effects: list[Effect]) -> list[str]:
    """What is said."""
    return [effect.body for effect in effects if isinstance(effect, Reply)]


def made(effects: list[Effect]) -> list[CreateSession]:
    """The sessions that are made."""
    return [effect for effect in effects if isinstance(effect, CreateSession)]


def test_a_command_is_seen_and_becomes_a_session() -> None:
    seen, session = decide(comment("/vteam fix the flaky login test"))
    assert seen == React(THREAD, 501, "eyes")
    assert isinstance(session, CreateSession)
    assert session.spec == snapshot(
        {
            "displayName": "fix acme/shop#12",
            "initialPrompt": "the flaky login test",
            "task": Task.FIX,
            "repos": [{"url": "https://github.com/acme/shop.git", "autoPush": True}],
            "origin": {
                "service": "github",
                "repository": "acme/shop",
                "issue": 12,
                "message": "comment-501",
                "requester": {"login": "ada", "id": 42},
            },
        }
    )
    intent = session.intent
    assert (intent.namespace, intent.name, intent.requester, intent.request) == snapshot(
        ("vteam", "fix-12-jdmyedo75x", "ada", "the flaky login test")
    )


@pytest.mark.parametrize("task", ["run", "fix", "plan", "review", "ask"])
def test_a_bare_verb_has_a_prompt_of_its_own(task: str) -> None:
    [session] = made(decide(comment(f"/vteam {task}")))
    assert session.spec["task"] == task
    assert isinstance(session.spec["initialPrompt"], str)
    assert session.spec["initialPrompt"]


@pytest.mark.parametrize(
    ("permission", "task", "starts"),
    [
        (Permission.ADMIN, "fix", True),
        (Permission.MAINTAIN, "run", True),
        (WRITE, "fix", True),
        (TRIAGE, "fix", False),
        (TRIAGE, "ask", True),
        (READ, "ask", False),
        (Permission.NONE, "review", False),
    ],
)
def test_who_may_start_what(permission: Permission, task: str, starts: bool) -> None:
    effects = decide(comment(f"/vteam {task} it", permission))
    assert kinds(effects) == (["React", "CreateSession"] if starts else ["Reply"])


@pytest.mark.parametrize(
    ("effects", "words"),
    [
        (
            decide(comment("/vteam fix it", READ)),
            snapshot(
                "@ada, this takes write access to acme/shop, and yours is read. Somebody with that access can ask instead."
            ),
        ),
        (
            decide(comment("/vteam fix it", namespace=None)),
            snapshot(
                "@ada, no namespace of this installation serves acme/shop. Whoever runs the bot can add it to its map of namespaces (`VTEAM_NAMESPACES`)."
            ),
        ),
        (
            decide(comment("/vteam cancel", READ, sessions=(brief("Running"),))),
            snapshot("@ada, stopping a session takes write access to this repository. Somebody who has it can do so."),
        ),
        (decide(comment("/vteam cancel")), snapshot("@ada, nothing runs in this thread.")),
        (
            decide(comment("/vteam cancel", sessions=(brief("Completed"),))),
            snapshot("@ada, nothing runs in this thread."),
        ),
        (
            decide(comment("/vteam cancel", sessions=(brief("Stopping"),))),
            snapshot("@ada, what runs in this thread is being stopped already."),
        ),
        (
            decide(comment("/vteam fixx `it` | @bob <b>")),
            snapshot("""\
@ada, I could not understand line 1, from column 8 on: I do not know the command `fixx`.

```
/vteam fixx `it` | @\u2060bob <b>
       ^
```

Did you mean `fix`? `/vteam help` lists the commands.\
"""),
        ),
        (
            decide(comment("/vteam xyzzy")),
            snapshot("""\
@ada, I could not understand line 1, from column 8 on: I do not know the command `xyzzy`.

```
/vteam xyzzy
       ^
```

`/vteam help` lists the commands.\
"""),
        ),
        (decide(comment("/vteam status")), snapshot("No session has run in this thread yet.")),
        (
            decide(comment("/vteam status", sessions=(brief("Failed", message="Out | of `memory`. @bob"),))),
            snapshot("""\
| session | task | phase | |
| --- | --- | --- | --- |
| `vteam/fix-12-abc` | fix | Failed | Out of memory . @\u2060bob |\
"""),
        ),
        (
            decide(comment("/vteam fix it\n" * 11)),
            snapshot(
                "@ada, a comment can hold at most 10 commands, so I have done nothing. Please ask for less at once."
            ),
        ),
    ],
)
def test_what_is_answered(effects: list[Effect], words: str) -> None:
    assert replies(effects) == [words]
    assert kinds(effects) == ["Reply"]


def test_help_lists_every_verb() -> None:
    assert replies(decide(comment("/vteam help", Permission.NONE))) == snapshot(
        [
            """\
| command | what it does | who may | example |
| --- | --- | --- | --- |
| `/vteam run [target] [options] [text]` | do what the text says | write access | `/vteam run the linter and mend what it finds` |
| `/vteam fix [target] [options] [text]` | find and fix the problem that the issue describes, with a test, as a pull request | write access | `/vteam fix the test on the second page fails since yesterday` |
| `/vteam plan [target] [options] [text]` | write a plan for the issue as a pull request with a document | write access | `/vteam plan how we could drop Python 3.11` |
| `/vteam review [target] [options] [text]` | read the pull request or the code, and say what is wrong with it | write access | `/vteam review #34 --max-cost 2` |
| `/vteam ask [target] [options] [text]` | answer a question about the code; nothing is changed | triage access or more | `/vteam ask why is the cache cleared twice?` |
| `/vteam continue [target] [options] [text]` | go on with the last session of the thread, with what the text adds | write access | `/vteam continue with the second way, and keep the old name as an alias` |
| `/vteam approve [target] [options] [text]` | accept the plan, and start the work that it describes | write access | `/vteam approve but leave out step 3` |
| `/vteam cancel [target] [session]` | stop what runs in this thread; whoever asked for it may do so too | write access | `/vteam cancel` |
| `/vteam retry [target] [options] [text]` | run the last session of the thread once more, from its start | write access | `/vteam retry --model claude-opus-4-5` |
| `/vteam status [target]` | say what runs in this thread | whoever can read the repository | `/vteam status` |
| `/vteam budget [target] [options] [dollars]` | say what the session may still spend, or raise it to so many dollars | write access | `/vteam budget $10` |
| `/vteam context [target] [forget <id>]` | show what the last session was given to read, and the notes of earlier ones; forget one, or keep one for use | whoever can read the repository | `/vteam context forget n3f8a1c2d` |
| `/vteam ok [target] <sha>` | let sessions write for a pull request from a fork, at this commit and no later one | write access | `/vteam ok 3f8a1c2` |
| `/vteam link` | connect your Slack and GitHub accounts | everybody | `/vteam link` |
| `/vteam help` | show this table | everybody | `/vteam help` |

A target is `#12`, `owner/repo#12` or the address of an issue or pull request. Options stand before the text or close its line. The text runs on to the next command or the end.

Also understood: `do` = `run`, `implement` = `run`, `repair` = `fix`, `design` = `plan`, `check` = `review`, `question` = `ask`, `explain` = `ask`, `resume` = `continue`, `go-on` = `continue`, `lgtm` = `approve`, `accept` = `approve`, `stop` = `cancel`, `abort` = `cancel`, `again` = `retry`, `rerun` = `retry`, `state` = `status`, `cost` = `budget`, `receipt` = `context`, `login` = `link`, `connect` = `link`, `commands` = `help`.

<details><summary>Options</summary>

| option | what it says | value | with |
| --- | --- | --- | --- |
| `--model NAME` | the model to use | the name of a model, as in `claude-opus-5-5`, or `auto` | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry` |
| `--max-cost USD` | what it may cost, in US dollars | dollars from 0.01 to 10000, as in `5` or `$2.50` | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry`, `budget` |
| `--max-turns N` | how many turns it may take | a whole number from 1 to 1000 | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry`, `budget` |
| `--timeout TIME` | how long it may take | a time from 1 minute to 24 hours, as in `30m`, `2h` or `900` (seconds) | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry` |
| `--gpu N` | how many GPUs it needs | a whole number from 1 to 16 | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry` |
| `--gpu-memory SIZE` | memory that each GPU needs | a size from 1GB to 1024GB, as in `80GB` (a class of cards) or `79Gi` (exact) | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry` |
| `--queue NAME` | the Kueue queue to wait in | the name of a queue: small letters, digits and dashes, at most 63 | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry` |
| `--base BRANCH` | the branch to start from, and to merge into | the name of a branch, at most 200 characters, that git takes | `run`, `fix`, `plan`, `review`, `ask` |
| `--branch BRANCH` | the branch to push to | a branch that git takes, below `vteam/`, as in `vteam/login` | `run`, `fix`, `plan` |
| `--repo OWNER/NAME[@REF]` | a repository to read beside this one | a repository as `owner/name` or `owner/name@branch` | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry` |
| `--persona NAME` | a persona to work as, of those that the project's owner has defined | the name of a persona: letters, digits and dashes, at most 63 | `run`, `fix`, `plan`, `review`, `ask`, `continue`, `approve`, `retry` |
| `--draft` | open the pull request as a draft |  | `run`, `fix`, `plan`, `continue`, `approve` |
| `--no-draft` | open the pull request ready for review |  | `run`, `fix`, `plan`, `continue`, `approve` |
</details>\
"""
        ]
    )


def test_cancel_stops_what_runs_and_nothing_else() -> None:
    sessions = (brief("Running", "a"), brief("Completed", "b"), brief("Pending", "c"), brief("Creating", "d"))
    assert decide(comment("/vteam cancel", sessions=sessions)) == [
        React(THREAD, 501, "eyes"),
        StopSession("vteam", "a", "@ada"),
        StopSession("vteam", "c", "@ada"),
        StopSession("vteam", "d", "@ada"),
    ]


def test_several_commands_are_done_in_their_order_and_seen_once() -> None:
    effects = decide(comment("/vteam fix a\n/vteam sing\n/vteam fix a\n/vteam help"))
    assert kinds(effects) == ["React", "CreateSession", "Reply", "CreateSession", "Reply"]
    assert len({each.intent.name for each in made(effects)}) == 2


def test_cancelling_twice_in_one_comment_is_cancelling_once() -> None:
    effects = decide(comment("/vteam cancel\n/vteam stop", sessions=(brief("Running"),)))
    assert kinds(effects) == ["React", "StopSession"]


@pytest.mark.parametrize("kind", ["Bot", "Organization", "Mannequin", ""])
def test_no_bot_is_answered(kind: str) -> None:
    assert decide(comment("/vteam fix it\n/vteam help", kind=kind)) == []


def test_the_same_comment_makes_the_same_session_and_another_one_another() -> None:
    names = [made(decide(comment(body, comment_id=at)))[0].intent.name for body, at in (
        ("/vteam fix it", 1), ("/vteam fix it", 1), ("/vteam fix other words", 1), ("/vteam fix it", 2),
    )]  # fmt: skip
    assert names[0] == names[1] == names[2] != names[3]


def test_a_plain_comment_that_names_the_prefix_is_nobodys_business() -> None:
    assert decide(comment("Do not write `/vteam fix` here.")) == []


@given(st.text(max_size=200), st.sampled_from(Permission))
def test_any_comment_is_decided_and_decided_alike(text: str, permission: Permission) -> None:
    event = comment(f"/vteam {text}", permission, sessions=(brief("Running"),))
    effects = decide(event)
    assert effects == decide(event)
    assert len({effect.marker for effect in effects if isinstance(effect, Reply)}) == len(replies(effects))
    for words in replies(effects):
        assert len(words) < 8000
