"""What each verb does: the sessions that follow others, what is raised, released, stopped, and what is refused."""

from dataclasses import replace
from decimal import Decimal

import pytest
from inline_snapshot import snapshot

from crds.agentic_session import Task
from crds.receipt import Receipt, ReceiptRow, Trust, Way
from handlers import decide
from handlers.effects import CorrectSession, CreateSession, Effect, RaiseBudget, ReleaseFork, Reply, StopSession
from handlers.events import Actor, Bounds, Elsewhere, Ground, Permission, Person, PullHead
from handlers.grammar.words import Target
from tests.handlers.worlds import SPEC, THREAD, brief, comment, edited

DONE = brief("Completed", "fix-12-abc", source="comment-1")
PLAN = brief("Completed", "plan-12-abc", task="plan", source="comment-1")
RUNS = brief("Running", "fix-12-def", source="comment-2", usd=Decimal("0.42"))
PULL = replace(THREAD, pull_request=True)


def words(effects: list[Effect]) -> str:
    """The one thing that is said."""
    [said] = [effect.body for effect in effects if isinstance(effect, Reply)]
    return said


def made(effects: list[Effect]) -> CreateSession:
    """The one session."""
    [session] = [effect for effect in effects if isinstance(effect, CreateSession)]
    return session


def test_continue_goes_on_with_the_task_and_the_options_of_the_last_session() -> None:
    before = replace(DONE, spec={**SPEC, "budget": {"costUSD": 9}, "llmSettings": {"model": "claude-opus-5"}})
    session = made(decide(comment("/vteam continue --max-turns 20 with the second way", sessions=(before,))))
    fields = ("initialPrompt", "task", "parent", "budget", "llmSettings")
    assert {name: session.spec[name] for name in fields} == snapshot(
        {
            "initialPrompt": "with the second way",
            "task": Task.FIX,
            "parent": "fix-12-abc",
            "budget": {"costUSD": 9, "turns": 20},
            "llmSettings": {"model": "claude-opus-5"},
        }
    )
    assert session.intent.parent == "fix-12-abc"


def repositories(*names: str) -> list[dict[str, str]]:
    return [{"url": f"https://github.com/{name}.git"} for name in names]


@pytest.mark.parametrize("verb", ["continue", "retry"])
def test_a_repository_that_is_named_is_read_beside_those_of_the_last_session(verb: str) -> None:
    """Without them its conversation could not be gone on with: it has read them."""
    before = replace(DONE, spec={**SPEC, "contextRepos": [*repositories("acme/lib"), *repositories("acme/docs")]})
    session = made(decide(comment(f"/vteam {verb} --repo Acme/Lib@v2 --repo acme/new", sessions=(before,))))
    assert session.spec["contextRepos"] == [
        {"url": "https://github.com/Acme/Lib.git", "branch": "v2"},
        *repositories("acme/docs", "acme/new"),
    ]


def test_more_repositories_than_a_session_may_read_are_refused_in_words() -> None:
    known = repositories(*(f"acme/lib{number}" for number in range(15)))
    before = replace(DONE, spec={**SPEC, "contextRepos": known})
    said = [f"/vteam continue {more}" for more in ("--repo acme/new", "--repo acme/new --repo acme/newer")]
    assert len(made(decide(comment(said[0], sessions=(before,)))).spec["contextRepos"]) == 16
    assert words(decide(comment(said[1], sessions=(before,)))) == snapshot(
        "@ada, I have left all as it is: with those that the session before it reads it would read 17 repositories beside its own, and may read 16. Name fewer with `--repo`, or begin anew with the ones that matter."
    )


def test_retry_asks_the_same_again() -> None:
    session = made(decide(comment("/vteam retry", sessions=(DONE,))))
    assert (session.spec["initialPrompt"], session.spec["task"], session.spec.get("parent")) == ("Fix it.", "fix", None)


def test_approve_carries_out_the_last_plan() -> None:
    session = made(decide(comment("/vteam approve but leave out step 3", sessions=(PLAN, DONE))))
    assert (session.spec["task"], session.spec["parent"]) == ("run", "plan-12-abc")
    assert session.spec["initialPrompt"] == snapshot("""\
The plan of session plan-12-abc is approved: carry it out.

but leave out step 3\
""")


@pytest.mark.parametrize(
    ("body", "sessions", "said"),
    [
        (
            "/vteam continue",
            (),
            snapshot(
                "@ada, no session has run in this thread yet, so there is nothing to `continue`. `/vteam help` says how to begin."
            ),
        ),
        (
            "/vteam retry",
            (RUNS,),
            snapshot(
                "@ada, session `fix-12-def` still works. Wait for its end, or stop it with `/vteam cancel fix-12-def`; then ask again."
            ),
        ),
        (
            "/vteam approve",
            (DONE,),
            snapshot("@ada, no plan has been finished in this thread. `/vteam plan` writes one."),
        ),
        (
            "/vteam approve",
            (PLAN, RUNS),
            snapshot(
                "@ada, session `fix-12-def` still works. Wait for its end, or stop it with `/vteam cancel fix-12-def`; then ask again."
            ),
        ),
        (
            "/vteam budget",
            (),
            snapshot(
                "@ada, no session has run in this thread yet, so there is nothing to `budget`. `/vteam help` says how to begin."
            ),
        ),
        (
            "/vteam budget",
            (RUNS,),
            snapshot(
                "Session `fix-12-def` may cost $5.00, and has used $0.42. `/vteam budget --max-cost 10` raises that to ten dollars."
            ),
        ),
        (
            "/vteam budget --max-cost 0.40",
            (RUNS,),
            snapshot(
                "@ada, session `fix-12-def` has used $0.42 already. `/vteam cancel` stops it; a higher `--max-cost` lets it go on."
            ),
        ),
        (
            "/vteam budget --max-cost 21",
            (RUNS,),
            snapshot(
                "@ada, I have left all as it is: $21.00 is more than a session may cost here, which is $20.00. Whoever runs the bot can raise that (`VTEAM_SESSION_USD_MOST`)."
            ),
        ),
        (
            "/vteam fix --max-cost 21 it",
            (),
            snapshot(
                "@ada, I have left all as it is: $21.00 is more than a session may cost here, which is $20.00. Whoever runs the bot can raise that (`VTEAM_SESSION_USD_MOST`)."
            ),
        ),
        (
            "/vteam fix --max-turns 200 it",
            (),
            snapshot(
                "@ada, I have left all as it is: 200 turns are more than a session may take here, which is 100. Whoever runs the bot can raise that (`VTEAM_SESSION_TURNS`)."
            ),
        ),
        (
            "/vteam fix --timeout 2h it",
            (),
            snapshot(
                "@ada, I have left all as it is: 7,200 seconds are more than a session may take here, which is 1,800. Whoever runs the bot can raise that (`VTEAM_SESSION_SECONDS`)."
            ),
        ),
        (
            "/vteam fix --model gpt-9 it",
            (),
            snapshot(
                "@ada, I have left all as it is: the model `gpt-9` has no price that I know, and so no limit in dollars. Models with a known price can be named, and `claude-sonnet-5-5`. Whoever owns the namespace can choose another one."
            ),
        ),
        (
            "/vteam cancel fix-12-zzz",
            (RUNS,),
            snapshot("@ada, this thread has no session `fix-12-zzz`. `/vteam status` lists those that it has."),
        ),
        (
            "/vteam context",
            (),
            snapshot(
                "@ada, no session has run in this thread yet, so there is nothing to `context`. `/vteam help` says how to begin."
            ),
        ),
        (
            "/vteam context",
            (DONE,),
            snapshot(
                "@ada, nothing is kept of what session `fix-12-abc` was given to read: it ended before that, or long ago."
            ),
        ),
        (
            "/vteam context",
            (DONE, RUNS),
            snapshot("@ada, session `fix-12-def` tells what it was given to read at its end. Ask again then."),
        ),
        (
            "/vteam link",
            (),
            snapshot(
                "@ada, accounts are linked from Slack's side: write `/vteam link` there, and confirm the code on GitHub. Here I know who you are already."
            ),
        ),
        (
            "/vteam ok 1234567",
            (),
            snapshot("@ada, nothing is released: `ok` is said in the pull request that it is about."),
        ),
    ],
)
def test_what_is_said_where_nothing_is_done(body: str, sessions: tuple[object, ...], said: str) -> None:
    effects = decide(comment(body, sessions=sessions))
    assert words(effects) == said
    assert len(effects) == 1


def test_a_raise_for_what_runs_and_for_what_has_ended() -> None:
    running = decide(comment("/vteam budget --max-cost 10", sessions=(DONE, RUNS)))
    assert running[1] == RaiseBudget("vteam", "fix-12-def", "uid-fix-12-def", "ada", 10.0, None)
    assert words(running) == snapshot("@ada, session `fix-12-def` may now cost $10.00.")
    assert words(decide(comment("/vteam budget --max-cost 10 --max-turns 50", sessions=(DONE,)))) == snapshot(
        "@ada, session `fix-12-abc` may now cost $10.00 and take 50 turns. It has ended: `continue` goes on from it with that, `retry` begins anew."
    )


def test_the_options_become_the_spec() -> None:
    session = made(
        decide(
            comment(
                "/vteam fix --model claude-opus-5 --max-cost 3 --max-turns 9 --timeout 10m --gpu 2 --gpu-memory 80GB "
                "--queue gpus --base main --branch vteam/mine --repo acme/lib@v2 --repo acme/docs --draft it"
            )
        )
    )
    assert {name: value for name, value in session.spec.items() if name not in ("origin", "displayName")} == snapshot(
        {
            "initialPrompt": "it",
            "task": Task.FIX,
            "repos": [{"url": "https://github.com/acme/shop.git", "autoPush": True, "branch": "main"}],
            "llmSettings": {"model": "claude-opus-5"},
            "budget": {"costUSD": 3.0, "turns": 9},
            "timeout": 600,
            "gpu": {"count": 2, "minMemory": "80GB"},
            "queue": "gpus",
            "contextRepos": [
                {"url": "https://github.com/acme/lib.git", "branch": "v2"},
                {"url": "https://github.com/acme/docs.git"},
            ],
            "pushBranch": "vteam/mine",
            "draft": True,
        }
    )


@pytest.mark.parametrize(
    ("sha", "pull", "said"),
    [
        (
            "abc1234",
            PullHead("abc1234" + "0" * 33, fork=True),
            snapshot(
                "@ada, sessions may write for this pull request at `abc123400000`. A later commit needs another `ok`."
            ),
        ),
        (
            "abc1234",
            PullHead("d" * 40, fork=True),
            snapshot(
                "@ada, nothing is released: the pull request stands at `dddddddddddd`, not at `abc1234`. Look at what has changed since, then name that commit."
            ),
        ),
        (
            "",
            PullHead("d" * 40, fork=True),
            snapshot("""\
@ada, I could not understand line 1, from column 11 on: `ok` needs the commit that you have read: 7 to 64 hexadecimal digits, as in `ok 3f8a1c2`.

```
/vteam ok \n\
          ^
```

`/vteam help` lists the commands.\
"""),
        ),
        (
            "abc1234",
            PullHead("abc1234" + "0" * 33, fork=False),
            snapshot(
                "@ada, nothing is released: this pull request is a branch of the repository itself, and needs no `ok`."
            ),
        ),
    ],
)
def test_a_fork_is_released_at_the_commit_that_was_read(sha: str, pull: PullHead, said: str) -> None:
    effects = decide(comment(f"/vteam ok {sha}", thread=PULL, pull=pull))
    assert words(effects) == said
    released = [effect for effect in effects if isinstance(effect, ReleaseFork)]
    good = pull.fork and bool(sha) and pull.commit.startswith(sha)
    assert released == ([ReleaseFork(PULL, pull.commit, "ada")] if good else [])


def test_a_fork_is_released_by_somebody_with_write_access_only() -> None:
    pull = PullHead("abc1234" + "0" * 33, fork=True)
    assert "takes write access" in words(
        decide(comment("/vteam ok abc1234", Permission.TRIAGE, thread=PULL, pull=pull))
    )


def test_one_session_of_several_is_stopped_by_its_name() -> None:
    other = brief("Running", "ask-12-xyz")
    assert decide(comment("/vteam cancel ask-12-xyz", sessions=(RUNS, other)))[1:] == [
        StopSession("vteam", "ask-12-xyz", "@ada")
    ]


def test_whoever_asked_may_stop_it() -> None:
    own, others = brief("Running", "ask-12-own", requester_id=42), brief("Running", "fix-12-other", requester_id=7)
    effects = decide(comment("/vteam cancel", Permission.TRIAGE, sessions=(own, others)))
    assert effects[1:] == [StopSession("vteam", "ask-12-own", "@ada")]


def there(*, private: bool = False, permission: Permission = Permission.WRITE) -> Elsewhere:
    """An issue of another repository."""
    thread = replace(THREAD, repository="acme/other", repository_id=8, number=3, title="Other", private=private)
    return Elsewhere(thread, Actor(Person("ada", 42), permission), Ground("vteam", "https://github.com/acme/other.git"))


TARGET = Target(3, "acme/other")


def test_a_command_about_another_issue_is_taken_there_and_said_here() -> None:
    effects = decide(comment("/vteam fix acme/other#3 it", targets={TARGET: there()}))
    session = made(effects)
    assert session.intent.thread.name == "acme/other#3"
    assert session.spec["repos"][0]["url"] == "https://github.com/acme/other.git"
    assert words(effects) == snapshot("@ada, I have taken that to acme/other#3, and go on there.")


@pytest.mark.parametrize("place", [None, there(private=True)])
def test_what_is_not_there_and_what_must_not_be_shown_have_one_answer(place: Elsewhere | None) -> None:
    public = replace(THREAD, private=False)
    effects = decide(comment("/vteam fix acme/other#3 it", thread=public, targets={TARGET: place}))
    assert words(effects) == snapshot(
        "@ada, I cannot take that to `acme/other#3`: either it is not there, or the App is not installed there, or you may not read it, or it is private and this thread is not. Ask in that place itself, or check its address."
    )
    assert len(effects) == 1


def test_permission_counts_where_the_work_is() -> None:
    effects = decide(comment("/vteam fix acme/other#3 it", targets={TARGET: there(permission=Permission.READ)}))
    assert words(effects) == snapshot(
        "@ada, this takes write access to acme/other, and yours is read. Somebody with that access can ask instead."
    )


def test_the_receipt_is_shown() -> None:
    row = ReceiptRow(source="src/a.py", kind="code", trust=Trust.REPOSITORY, offered=90, taken=40, way=Way.SPANS)
    frame = ReceiptRow(source="", kind="frame", trust=Trust.BOT, offered=2, taken=2, way=Way.WHOLE)
    told = replace(DONE, receipt=Receipt(budget=1000, prompt=42, tokenizer="t", rows=(row, frame)))
    assert words(decide(comment("/vteam context", sessions=(told, RUNS)))) == snapshot("""\
Session `fix-12-abc` was given 42 tokens of the 1,000 it may. Session `fix-12-def` tells what it was given to read at its end. Ask again then.

<details><summary>Context: 42 of 1,000 tokens</summary>

| part | sources | tokens | of the budget |
| --- | ---: | ---: | --- |
| code | 1 | 40 | `█░░░░░░░░░░░░░░░░░░░` 4% |
| frame | 1 | 2 | `█░░░░░░░░░░░░░░░░░░░` 0% |

| source | kind | author | trust | taken | offered | score | how |
| --- | --- | --- | --- | ---: | ---: | ---: | --- |
| `src/a.py` | code |  | repository | 40 | 90 |  | spans |
| `-` | frame |  | bot | 2 | 2 |  | whole |
</details>\
""")


def test_a_receipt_of_an_earlier_session_says_why_it_is_not_the_last_ones() -> None:
    told = replace(DONE, receipt=Receipt(budget=1000, prompt=0, tokenizer="t", rows=()))
    first = words(decide(comment("/vteam context", sessions=(told, RUNS)))).partition("\n")[0]
    assert first == snapshot(
        "Session `fix-12-abc` was given 0 tokens of the 1,000 it may. Session `fix-12-def` tells what it was given to read at its end. Ask again then."
    )
    assert "tells what" not in words(decide(comment("/vteam context", sessions=(told,))))


def test_an_edit_runs_what_is_new_and_nothing_else() -> None:
    effects = decide(edited("/vteam ask why?\n/vteam fix it", "/vteam fix it\n/vteam ask why?\n/vteam plan it"))
    assert [session.intent.task for session in effects if isinstance(session, CreateSession)] == ["plan"]
    assert decide(edited("/vteam fix it", "Sorry.\n\n/vteam fix it")) == []
    assert decide(edited("/vteam fixx it", "Hm.\n\n/vteam fixx it")) == []


def test_each_edit_is_an_intent_of_its_own_and_a_redelivery_is_not() -> None:
    names = [
        made(decide(edited("/vteam ask a?", "/vteam ask a?\n/vteam fix it", seconds=at))).intent.name
        for at in (90, 90, 95)
    ]
    assert names[0] == names[1] != names[2]


def test_an_edit_in_the_first_seconds_is_a_correction() -> None:
    first = made(decide(comment("/vteam fix the tset")))
    correct = edited("/vteam fix the tset", "/vteam fix the test", seconds=20)
    assert made(decide(correct)).intent.name == first.intent.name, "the first delivery may come later"
    waits = brief("Pending", first.intent.name, spec=dict(first.spec))
    [correction] = decide(replace(correct, sessions=(waits,)))
    assert isinstance(correction, CorrectSession)
    assert correction.patch == {"initialPrompt": "the test"}
    assert words(decide(replace(correct, sessions=(replace(waits, phase="Running", begun=True),)))) == snapshot(
        "@ada, session `fix-12-jdmyedo75x` had begun when you changed the command, and works on the words that it had. If the difference matters: `/vteam cancel fix-12-jdmyedo75x`, and ask again."
    )
    same = replace(waits, spec={**first.spec, "initialPrompt": "the test"})
    assert decide(replace(correct, sessions=(same,))) == []


def test_words_put_into_anothers_mouth_count_only_with_write_access() -> None:
    refused = edited("Hello.", "/vteam ask why?", editor=7, permission=Permission.TRIAGE)
    assert words(decide(refused)) == snapshot(
        "@bob, you have changed what @ada wrote, and words put into another person's mouth count only from somebody with write access. Write a comment of your own instead."
    )
    assert made(decide(edited("Hello.", "/vteam ask why?", editor=7))).intent.requester == "bob"


def test_a_listed_bot_is_heard() -> None:
    assert made(decide(comment("/vteam fix it", kind="Bot", listed=True))).intent.task == "fix"
    assert decide(comment("/vteam fix it", kind="Bot")) == []


def test_an_owner_may_offer_a_model_of_their_own() -> None:
    bounds = Bounds(models=("qwen-3",))
    assert made(decide(comment("/vteam fix --model qwen-3 it", bounds=bounds))).spec["llmSettings"] == {
        "model": "qwen-3"
    }
