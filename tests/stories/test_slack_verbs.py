"""Every verb from Slack that no other story tells: what it does to the world, and what the asker reads."""

import json
from dataclasses import dataclass
from decimal import Decimal

import aiohttp
import pytest
from inline_snapshot import snapshot

from bot.store import Hold
from crds.agentic_session import Phase
from crds.usage import Tokens
from handlers.slack_words import RAISE
from tests.house import REPOSITORY, House
from tests.played_pods import Part, PodLife, cannot_be_placed, dies, hangs, works
from tests.stories.slack_verbs import linked, whispered
from tests.stories.test_forks_and_checks import adas_pull_request, graces_fork, head_of

pytestmark = pytest.mark.long


async def order_of(house: House, name: str) -> str:
    """What the runner of this session was told, as its store keeps it."""
    assert house.bot.world is not None
    [session] = [one for one in await house.sessions() if one.name == name]
    order = await house.bot.world.store.orders.get(session.uid)
    assert order is not None
    return order.model_dump_json()


@dataclass(frozen=True)
class Admitted:
    """A model call that was let through, whatever has been used."""

    hold: Hold


async def spends(house: House, usd: str) -> None:
    """The model has answered the running session, for so many dollars."""
    assert house.bot.world is not None
    ledger, session = house.bot.world.store.ledger, await house.session()
    _, call = await ledger.admit(session.uid, lambda used: Admitted(Hold("claude-sonnet-4-5", Decimal(usd), 1000)))
    assert call is not None
    await ledger.settle(call, Tokens(input=900, output=100), Decimal(usd))


def with_receipt(part: Part) -> Part:
    """The same part, by a runner that says what its prompt held."""
    row = {"source": "the issue", "kind": "issue", "author": "grace", "trust": "outside"}
    rows = [{**row, "offered": 60, "taken": 42, "way": "spans", "reason": "too long"}]
    receipt = {"budget": 1000, "prompt": 42, "tokenizer": "cl100k", "rows": rows}

    async def played(life: PodLife) -> None:
        await part(life)
        await life.call("GET", "/order")
        agent = {"subtype": "success", "is_error": False, "turns": 3, "session_id": "s-1", "text": "So."}
        document = {"exit_code": 0, "work": [], "agent": agent, "error": "", "receipt": receipt}

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData()
            data.add_field("document", json.dumps(document), content_type="application/json")
            return data

        status, _ = await life.call("PUT", "/result?final=true", data=form)
        assert status < 300
        await life.ends(0)

    return played


async def test_a_budget_is_told_and_raised(house: House) -> None:
    await linked(house, "ada", "tom")
    house.pods.part = hangs()
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1 --max-cost 2")
    await house.settle()
    await house.slash(f"budget {REPOSITORY}#1")
    await house.settle()
    name = (await house.session()).name
    assert whispered(house, "ada").replace(name, "NAME") == snapshot(
        "Session `NAME` may cost $2.00, and has used nothing. `/vteam budget --max-cost 10` raises that to ten dollars."
    )
    await house.slack_says("@vteam budget --max-cost 4", thread_ts=asked.ts, by="tom")
    await house.settle()
    assert (await house.session()).work.budget.cost_usd == 2
    await house.slack_says("@vteam budget --max-cost 4", thread_ts=asked.ts)
    await house.settle()
    assert (await house.session()).work.budget.cost_usd == 4
    assert house.slack_thread(asked).replace(name, "NAME") == snapshot("""\
#dev
@ada:
    @vteam fix acme/shop#1 --max-cost 2
    [👀 1]
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · fix* — I will fix it.

    ✅ accepted as session `vteam/NAME`
    ✅ the runner has started
    ⬜ the agent works
    ⬜ the work is checked and pushed
    ⬜ the pull request is open

    Expected $0.16–2.00, 8–89 turns, 1–19 min. The budget of $2.00 may not be enough; nothing is spent beyond it.
    [Stop]
@tom:
    @vteam budget --max-cost 4
@vteam (app):
    @tom This takes write access to acme/shop, and yours is triage. Somebody with that access can ask instead.
@ada:
    @vteam budget --max-cost 4
    [👀 1]
@vteam (app):
    @ada Session `NAME` may now cost $4.00.\
""")


async def test_a_spent_budget_is_raised_by_its_button(house: House) -> None:
    await linked(house, "ada", "tom")
    house.pods.part = hangs()
    await house.slack_says(f"@vteam fix {REPOSITORY}#1 --max-cost 2")
    await house.settle()
    await spends(house, "1.99")
    await house.pods.lives[0].ends(1)
    await house.settle()
    closing = house.slack.last("dev")
    await house.slack.click(closing, RAISE, by="tom")
    await house.settle()
    assert (await house.session()).work.budget.cost_usd == 2
    assert whispered(house, "tom") == snapshot(
        "This takes write access to acme/shop, and yours is triage. Somebody with that access can ask instead."
    )
    await house.slack.click(closing, RAISE, by="ada")
    await house.settle()
    assert (await house.session()).work.budget.cost_usd == 4
    name = (await house.session()).name
    assert whispered(house, "ada").replace(name, "NAME") == snapshot(
        "Session `NAME` may now cost $4.00. It has ended: `continue` goes on from it with that, `retry` begins anew."
    )


async def test_a_pull_request_is_reviewed(house: House) -> None:
    await linked(house, "ada")
    pull = await adas_pull_request(house)
    house.pods.part = works({}, text="It is good.")
    asked = await house.slack_says(f"@vteam review {REPOSITORY}#{pull.number}")
    await house.settle()
    session = await house.session()
    assert (session.work.task, session.phase) == ("review", Phase.COMPLETED)
    assert head_of(pull) in await order_of(house, session.name)
    assert "It is good." in house.slack_thread(asked)
    assert [branch for branch in await house.github.branches(REPOSITORY) if branch.startswith("vteam/")] == []


async def test_the_context_is_told_once_there_is_a_receipt(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = with_receipt(hangs())
    await house.slash(f"context {REPOSITORY}#1")
    await house.settle()
    assert whispered(house, "ada") == snapshot(
        "No session has run in this thread yet, so there is nothing to `context`. `/vteam help` says how to begin."
    )
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why?")
    await house.settle()
    await house.slack_says("@vteam context", thread_ts=asked.ts)
    await house.settle()
    name = (await house.session()).name
    assert house.slack_thread(asked).replace(name, "NAME") == snapshot(
        """\
#dev
@ada:
    @vteam ask acme/shop#1 why?
    [👀 1]
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · ask* — Here is the answer.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
@vteam (app):
    @ada Here is the answer.

    > So.
    [Show in issue]
@ada:
    @vteam context
@vteam (app):
    @ada Session `NAME` was given 42 tokens of the 1,000 it may.

    Context: 42 of 1,000 tokens

    ```
    part   sources  tokens  of the budget
    ─────  ───────  ──────  ───────────────────────
    issue  1        42      █░░░░░░░░░░░░░░░░░░░ 4%
    ```

    ```
    source     kind   author  trust    taken  offered  score  how
    ─────────  ─────  ──────  ───────  ─────  ───────  ─────  ───────────────
    the issue  issue  grace   outside  42     60              spans: too long
    ```\
"""
    )


async def test_a_forks_pull_request_is_let_in_at_the_commit_that_was_read(house: House) -> None:
    await linked(house, "ada", "tom")
    pull = await graces_fork(house)
    head = head_of(pull)
    await house.slash(f"ok {REPOSITORY}#{pull.number} {head[:12]}", by="tom")
    await house.settle()
    refused = whispered(house, "tom")
    assert refused == snapshot(
        "This takes write access to acme/shop, and yours is triage. Somebody with that access can ask instead."
    )
    await house.slash(f"ok {REPOSITORY}#{pull.number} {'0' * 12}")
    await house.settle()
    assert whispered(house, "ada").replace(head[:12], "HEAD") == snapshot(
        "Nothing is released: the pull request stands at `HEAD`, not at `000000000000`. "
        "Look at what has changed since, then name that commit."
    )
    await house.slash(f"ok {REPOSITORY}#{pull.number} {head[:12]}")
    await house.settle()
    assert whispered(house, "ada").replace(head[:12], "HEAD") == snapshot(
        "Sessions may write for this pull request at `HEAD`. A later commit needs another `ok`."
    )
    house.pods.part = works({"src/b.py": "y = 1\n"})
    await house.slash(f"fix {REPOSITORY}#{pull.number}")
    await house.settle()
    _, ours = house.github.pull_requests(REPOSITORY)
    assert await house.github.file_at(REPOSITORY, ours.head, path="src/grace.py") == "hers = 1\n"


async def test_a_status_tells_what_runs(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = hangs()
    await house.slash(f"fix {REPOSITORY}#1 the login")
    await house.settle()
    await house.slash(f"status {REPOSITORY}#1", by="grace")
    await house.settle()
    name = (await house.session()).name
    assert whispered(house, "grace").replace(name, "NAME") == snapshot(
        "• vteam/NAME · fix · Running · expected $0.16–2.11, 8–93 turns, 1–20 min"
    )


async def test_help_lists_every_verb_to_the_one_who_asks(house: House) -> None:
    asked = await house.slack_says("@vteam help", by="grace")
    await house.settle()
    assert house.slack_thread(asked) == snapshot("""\
#dev
@grace:
    @vteam help
@vteam (app):
    @grace •   `/vteam run [target] [options] [text]`: do what the text says (write access). Example: `/vteam run the linter and mend what it finds`
    •   `/vteam fix [target] [options] [text]`: find and fix the problem that the issue describes, with a test, as a pull request (write access). Example: `/vteam fix the test on the second page fails since yesterday`
    •   `/vteam plan [target] [options] [text]`: write a plan for the issue as a pull request with a document (write access). Example: `/vteam plan how we could drop Python 3.11`
    •   `/vteam review [target] [options] [text]`: read the pull request or the code, and say what is wrong with it (write access). Example: `/vteam review #34 --max-cost 2`
    •   `/vteam ask [target] [options] [text]`: answer a question about the code; nothing is changed (triage access or more). Example: `/vteam ask why is the cache cleared twice?`
    •   `/vteam continue [target] [options] [text]`: go on with the last session of the thread, with what the text adds (write access). Example: `/vteam continue with the second way, and keep the old name as an alias`
    •   `/vteam approve [target] [options] [text]`: accept the plan, and start the work that it describes (write access). Example: `/vteam approve but leave out step 3`
    •   `/vteam cancel [target] [session]`: stop what runs in this thread; whoever asked for it may do so too (write access). Example: `/vteam cancel`
    •   `/vteam retry [target] [options] [text]`: run the last session of the thread once more, from its start (write access). Example: `/vteam retry --model claude-opus-4-5`
    •   `/vteam status [target]`: say what runs in this thread (whoever can read the repository). Example: `/vteam status`
    •   `/vteam budget [target] [options] [dollars]`: say what the session may still spend, or raise it to so many dollars (write access). Example: `/vteam budget $10`
    •   `/vteam context [target] [forget <id>]`: show what the last session was given to read, and the notes of earlier ones; forget one, or keep one for use (whoever can read the repository). Example: `/vteam context forget n3f8a1c2d`
    •   `/vteam ok [target] <sha>`: let sessions write for a pull request from a fork, at this commit and no later one (write access). Example: `/vteam ok 3f8a1c2`
    •   `/vteam link`: connect your Slack and GitHub accounts (everybody). Example: `/vteam link`
    •   `/vteam help`: show this table (everybody). Example: `/vteam help`

    A target is `#12`, `owner/repo#12` or the address of an issue or pull request. Options stand before the text or close its line. The text runs on to the next command or the end.

    Options: `--model NAME`, `--max-cost USD`, `--max-turns N`, `--timeout TIME`, `--gpu N`, `--gpu-memory SIZE`, `--queue NAME`, `--base BRANCH`, `--branch BRANCH`, `--repo OWNER/NAME[@REF]`, `--persona NAME`, `--draft`, `--no-draft`.
    Also understood: `do` = `run`, `implement` = `run`, `repair` = `fix`, `design` = `plan`, `check` = `review`, `question` = `ask`, `explain` = `ask`, `resume` = `continue`, `go-on` = `continue`, `lgtm` = `approve`, `accept` = `approve`, `stop` = `cancel`, `abort` = `cancel`, `again` = `retry`, `rerun` = `retry`, `state` = `status`, `cost` = `budget`, `receipt` = `context`, `login` = `link`, `connect` = `link`, `commands` = `help`.\
""")


async def test_a_session_is_continued_in_its_thread_and_by_name(house: House) -> None:
    await linked(house, "ada")
    house.pods.parts = [works({"src/a.py": "x = 2\n"}), works({"src/b.py": "y = 1\n"}), works({"src/c.py": "z = 1\n"})]
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1")
    await house.settle()
    await house.slack_says("@vteam continue and the other file", thread_ts=asked.ts)
    await house.settle()
    await house.slash(f"continue {REPOSITORY}#1 and the third")
    await house.settle()
    sessions = await house.sessions()
    assert [one.phase for one in sessions] == [Phase.COMPLETED] * 3
    assert {one.work.task for one in sessions} == {"fix"}
    [pull] = house.github.pull_requests(REPOSITORY)
    for path in ("src/b.py", "src/c.py"):
        assert await house.github.file_at(REPOSITORY, pull.head, path=path)


async def test_a_failed_session_is_retried(house: House) -> None:
    await linked(house, "ada")
    house.pods.parts = [dies(1), works({"src/a.py": "x = 2\n"})]
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1 the login")
    await house.settle()
    await house.slack_says("@vteam retry", thread_ts=asked.ts)
    await house.settle()
    assert sorted(one.phase for one in await house.sessions()) == ["Completed", "Failed"]
    assert {one.work.prompt for one in await house.sessions()} == {"the login"}
    await house.slash(f"retry {REPOSITORY}#99")
    await house.settle()
    assert whispered(house, "ada") == snapshot(
        "I cannot take that to `acme/shop#99`: either it is not there, or the App is not installed there, or you may not read it. Check the name, or ask whoever owns it."
    )


async def test_who_deletes_the_message_that_asked_cancels_what_waits(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = cannot_be_placed("0/3 nodes are available: 3 Insufficient cpu.")
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1 the login")
    await house.settle()
    assert (await house.session()).phase is not Phase.STOPPED
    await house.slack.delete(asked, by="ada")
    await house.settle()
    session = await house.session()
    assert session.phase is Phase.STOPPED
    assert session.stop_by == snapshot("@ada, who took the message back that asked for it")


async def test_what_has_begun_goes_on_when_its_message_is_deleted(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = hangs()
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1 the login")
    await house.settle()
    await house.slack.delete(asked, by="ada")
    await house.settle()
    session = await house.session()
    assert (session.phase, session.stop_by) == (Phase.RUNNING, None)


async def test_our_own_fault_is_said_where_it_was_asked(house: House) -> None:
    await linked(house, "ada")
    house.github.fail_next("GET", r"/permission$", status=422, times=2)
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1")
    await house.settle()
    await house.slash(f"fix {REPOSITORY}#1")
    await house.settle()
    assert await house.sessions() == []
    assert house.slack_thread(asked) == snapshot("""\
#dev
@ada:
    @vteam fix acme/shop#1
@vteam (app):
    @ada Something went wrong on my side, and whoever runs the bot has been told. Please ask again in a while.\
""")
    assert whispered(house, "ada") == snapshot(
        "Something went wrong on my side, and whoever runs the bot has been told. Please ask again in a while."
    )
