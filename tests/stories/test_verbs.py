"""Every verb from GitHub that no other story tells, as its thread reads; the Slack side is in test_slack_verbs.py."""

import re

from inline_snapshot import snapshot

from crds.agentic_session import Phase
from handlers.session import Session
from tests.handlers.specs import GOOD
from tests.house import REPOSITORY, House
from tests.played_pods import dies, hangs, works
from tests.stories.test_forks_and_checks import graces_fork, head_of
from tests.stories.test_slack_verbs import order_of, with_receipt

PLAN, SPEC = "docs/plan.md", "specs/001-login/spec.md"


async def says(house: House, *commands: str, by: str = "ada", number: int = 1) -> None:
    """One comment after the other, each answered before the next."""
    for command in commands:
        await house.comment(f"/vteam {command}", by=by, number=number)
        await house.settle()


def shown(house: House, number: int = 1) -> str:
    """The thread with the names of sessions in their order, NAME1 first."""
    text = re.sub(r"issuecomment-\d+", "issuecomment-1", house.plain(house.github.thread(REPOSITORY, number)))
    text = re.sub(r"expected \$[^|]* \|", "expected … |", text)  # what is forecast has tests of its own
    names = list(dict.fromkeys(re.findall(r"\b(?:fix|plan|run|ask)-\d+-[a-z0-9]{10}\b", text)))
    for place, name in enumerate(names, start=1):
        text = text.replace(name, f"NAME{place}")
    return text


async def in_order(house: House) -> list[Session]:
    """All sessions, the one that was asked for first before the others."""
    assert house.bot.world is not None
    known = await house.bot.world.store.intents.since(0)
    return sorted(await house.sessions(), key=lambda one: [intent.name for intent in known].index(one.name))


async def test_verbs_about_what_there_is_not_say_so(house: House) -> None:
    await says(house, "status", "context", "budget", "continue", "retry", "approve", "cancel", "ok abcdef0", "link")
    assert await house.sessions() == []
    assert shown(house) == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@ada (collaborator):
    /vteam status

@vteam[bot] (bot):
    No session has run in this thread yet.

@ada (collaborator):
    /vteam context

@vteam[bot] (bot):
    @ada, no session has run in this thread yet, so there is nothing to `context`. `/vteam help` says how to begin.

@ada (collaborator):
    /vteam budget

@vteam[bot] (bot):
    @ada, no session has run in this thread yet, so there is nothing to `budget`. `/vteam help` says how to begin.

@ada (collaborator):
    /vteam continue

@vteam[bot] (bot):
    @ada, no session has run in this thread yet, so there is nothing to `continue`. `/vteam help` says how to begin.

@ada (collaborator):
    /vteam retry

@vteam[bot] (bot):
    @ada, no session has run in this thread yet, so there is nothing to `retry`. `/vteam help` says how to begin.

@ada (collaborator):
    /vteam approve

@vteam[bot] (bot):
    @ada, no plan has been finished in this thread. `/vteam plan` writes one.

@ada (collaborator):
    /vteam cancel

@vteam[bot] (bot):
    @ada, nothing runs in this thread.

@ada (collaborator):
    /vteam ok abcdef0

@vteam[bot] (bot):
    @ada, nothing is released: `ok` is said in the pull request that it is about.

@ada (collaborator):
    /vteam link

@vteam[bot] (bot):
    @ada, accounts are linked from Slack's side: write `/vteam link` there, and confirm the code on GitHub. Here I know who you are already.
""")


async def test_what_runs_is_told_given_more_and_stopped(house: House) -> None:
    await says(house, "fix it --max-cost 2", "status", "budget", "budget --max-cost 4", "continue with the rest")
    assert (await house.session()).work.budget.cost_usd == 4
    await says(house, "budget --max-cost 9", by="tom")
    await says(house, "cancel", by="grace")
    assert not (await house.session()).phase.ended
    await says(house, "cancel", "status")
    assert (await house.session()).phase is Phase.STOPPED
    assert shown(house) == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@ada (collaborator):
    /vteam fix it --max-cost 2
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — Stopped by @\u2060ada.

    - [x] accepted
    - [ ] the runner starts
    - [ ] the agent works
    - [ ] the work is checked and pushed
    - [ ] the pull request is open

@ada (collaborator):
    /vteam status

@vteam[bot] (bot):
    | session | task | phase | |
    | --- | --- | --- | --- |
    | `vteam/NAME1` | fix | Running | The budget of $2.00 may not be enough; nothing is spent beyond it. expected … |

@ada (collaborator):
    /vteam budget

@vteam[bot] (bot):
    Session `NAME1` may cost $2.00, and has used nothing. `/vteam budget --max-cost 10` raises that to ten dollars.

@ada (collaborator):
    /vteam budget --max-cost 4
    [👀 1]

@vteam[bot] (bot):
    @ada, session `NAME1` may now cost $4.00.

@ada (collaborator):
    /vteam continue with the rest

@vteam[bot] (bot):
    @ada, session `NAME1` still works. Wait for its end, or stop it with `/vteam cancel NAME1`; then ask again.

@tom (collaborator):
    /vteam budget --max-cost 9

@vteam[bot] (bot):
    @tom, this takes write access to acme/shop, and yours is triage. Somebody with that access can ask instead.

@grace:
    /vteam cancel

@vteam[bot] (bot):
    @grace, stopping a session takes write access to this repository. Somebody who has it can do so.

@ada (collaborator):
    /vteam cancel
    [👀 1]

@vteam[bot] (bot):
    @ada, stopped by @\u2060ada.

@ada (collaborator):
    /vteam status

@vteam[bot] (bot):
    | session | task | phase | |
    | --- | --- | --- | --- |
    | `vteam/NAME1` | fix | Stopped | Stopped by @\u2060ada. |
""")


async def test_what_failed_is_tried_again_and_gone_on_with(house: House) -> None:
    house.pods.parts = [dies(1), with_receipt(hangs()), works({"src/a.py": "x = 2\n"}, text="x is two now.")]
    await says(house, "fix it and nothing else", "retry but look at the log first", "context", "continue with the test")
    failed, again, on = await in_order(house)
    assert (failed.phase, again.phase, on.phase) == (Phase.FAILED, Phase.COMPLETED, Phase.COMPLETED)
    assert again.work.prompt == "it and nothing else\n\nbut look at the log first"
    assert shown(house) == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@ada (collaborator):
    /vteam fix it and nothing else
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — The runner ended unexpectedly (exit code 1, Error). Ask again to start anew.

    - [x] accepted
    - [ ] the runner starts
    - [ ] the agent works
    - [ ] the work is checked and pushed
    - [ ] the pull request is open

@vteam[bot] (bot):
    @ada, the runner ended unexpectedly (exit code 1, Error). Ask again to start anew.

@ada (collaborator):
    /vteam retry but look at the log first
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done; there was nothing to change.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked

@vteam[bot] (bot):
    @ada, done; there was nothing to change.

    > So.

    ▸ Context: 42 of 1,000 tokens

@ada (collaborator):
    /vteam context

@vteam[bot] (bot):
    Session `NAME1` was given 42 tokens of the 1,000 it may.

    ▸ Context: 42 of 1,000 tokens

@ada (collaborator):
    /vteam continue with the test
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Pull request: https://github.test/acme/shop/pull/2
""")


async def test_an_approved_plan_is_carried_out_on_top_of_its_own_pull_request(house: House) -> None:
    house.pods.parts = [works({PLAN: "# Plan\n"}, text="Three steps."), works({"src/a.py": "x = 2\n"}, text="Done so.")]
    await says(house, "plan it")
    [pull] = house.github.pull_requests(REPOSITORY)
    await says(house, "approve but leave out step 3")
    _, work = await in_order(house)
    assert f'"branch":"{pull.head}"' in await order_of(house, work.name)
    assert [one.number for one in house.github.pull_requests(REPOSITORY)] == [pull.number]
    assert await house.github.file_at(REPOSITORY, pull.head, path=PLAN) == "# Plan\n"
    assert await house.github.file_at(REPOSITORY, pull.head, path="src/a.py") == "x = 2\n"
    assert shown(house) == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@ada (collaborator):
    /vteam plan it
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · plan** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Pull request: https://github.test/acme/shop/pull/2

@ada (collaborator):
    /vteam approve but leave out step 3
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · run** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2
""")
    assert shown(house, pull.number) == snapshot("""\
acme/shop#2 Plan: The login test is flaky [open]

@vteam[bot] (bot):
    @ada, this is what you asked for in #1.

    For #1

    > Three steps.

    Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what people with write access ask for in a review needs no command. Or comment here or on the issue with `/vteam fix` and what is to be different. Commits are added to it.

    ---

    **ada** [asked for more](https://github.test/acme/shop/issues/1#issuecomment-1), and commits were added.

    > Done so.

    **Checked:** the agent ran no test, linter or build that I know.

@vteam[bot] (bot):
    @ada, done.

    Commits added to pull request: https://github.test/acme/shop/pull/2

    > Done so.
""")


async def test_a_plan_is_approved_in_its_pull_request_too(house: House) -> None:
    house.pods.parts = [works({PLAN: "# Plan\n"}), works({"src/a.py": "x = 2\n"})]
    await says(house, "plan it")
    [pull] = house.github.pull_requests(REPOSITORY)
    await says(house, "status", "approve", "status", number=pull.number)
    assert await house.github.file_at(REPOSITORY, pull.head, path="src/a.py") == "x = 2\n"
    assert shown(house, pull.number) == snapshot("""\
acme/shop#2 Plan: The login test is flaky [open]

@vteam[bot] (bot):
    @ada, this is what you asked for in #1.

    For #1

    > I fixed it.

    Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what people with write access ask for in a review needs no command. Or comment here or on the issue with `/vteam fix` and what is to be different. Commits are added to it.

    ---

    **ada** [asked for more](https://github.test/acme/shop/pull/2#issuecomment-1), and commits were added.

    > I fixed it.

    **Checked:** the agent ran no test, linter or build that I know.

@ada (collaborator):
    /vteam status

@vteam[bot] (bot):
    | session | task | phase | |
    | --- | --- | --- | --- |
    | `vteam/NAME1` | plan | Completed | Done. |

@ada (collaborator):
    /vteam approve
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · run** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2

@vteam[bot] (bot):
    @ada, done.

    Commits added to pull request: https://github.test/acme/shop/pull/2

    > I fixed it.

@ada (collaborator):
    /vteam status

@vteam[bot] (bot):
    | session | task | phase | |
    | --- | --- | --- | --- |
    | `vteam/NAME1` | plan | Completed | Done. |
    | `vteam/NAME2` | run | Completed | Done. |
""")


async def test_who_only_claims_to_have_a_plan_has_none_to_approve(house: House) -> None:
    """A pull request of a person that carries our marker is not ours, whatever its text says."""
    house.pods.part = works({PLAN: "# Plan\n"})
    await says(house, "plan it")
    [pull] = house.github.pull_requests(REPOSITORY)
    claims = await house.open_pull_request({"src/evil.py": "z = 1\n"}, title="A plan", by="ada")
    await house.github.edit_issue(REPOSITORY, claims, body=pull.body, by="ada")
    await says(house, "approve", number=claims)
    assert len(await house.sessions()) == 1
    assert "no plan has been finished in this thread" in house.github.thread(REPOSITORY, claims)


async def test_the_plan_of_a_pushed_specification_is_approved_in_its_pull_request(house: House) -> None:
    house.pods.parts = [works({"specs/001-login/plan.md": "# Plan\n"}), works({"src/a.py": "x = 2\n"})]
    commit = await house.push({SPEC: GOOD}, branch="001-login")
    await house.settle()
    [pull] = house.github.pull_requests(REPOSITORY)
    await says(house, "status", "approve", number=pull.number)
    assert shown(house, pull.number).replace(commit, "COMMIT").replace(commit[:12], "COMMI") == snapshot("""\
acme/shop#2 Plan: 001-login [open]

@vteam[bot] (bot):
    @ada, this is the plan for [`specs/001-login/spec.md`](https://github.test/acme/shop/blob/COMMIT/specs/001-login/spec.md) as you pushed it to `001-login` with COMMI.

    > I fixed it.

    Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what people with write access ask for in a review needs no command. Or comment here with `/vteam fix` and what is to be different. Commits are added to it.

    ---

    **ada** [asked for more](https://github.test/acme/shop/pull/2#issuecomment-1), and commits were added.

    > I fixed it.

    **Checked:** the agent ran no test, linter or build that I know.

@ada (collaborator):
    /vteam status

@vteam[bot] (bot):
    | session | task | phase | |
    | --- | --- | --- | --- |
    | `vteam/NAME1` | plan | Completed | Done. |

@ada (collaborator):
    /vteam approve
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · run** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2

@vteam[bot] (bot):
    @ada, done.

    Commits added to pull request: https://github.test/acme/shop/pull/2

    > I fixed it.
""")
    assert await house.github.file_at(REPOSITORY, pull.head, path="src/a.py") == "x = 2\n"


async def test_a_fork_is_let_in_at_the_commit_that_was_read_by_those_who_may(house: House) -> None:
    pull = await graces_fork(house)
    head = head_of(pull)
    await says(house, f"ok {head[:12]}", by="tom", number=pull.number)
    await says(house, "ok", f"ok {'0' * 12}", f"ok {head[:12]}", number=pull.number)
    house.pods.part = works({"src/b.py": "y = 1\n"})
    await says(house, "fix it", number=pull.number)
    _, ours = house.github.pull_requests(REPOSITORY)
    assert await house.github.file_at(REPOSITORY, ours.head, path="src/grace.py") == "hers = 1\n"
    assert shown(house, pull.number).replace(head[:12], "HEAD") == snapshot("""\
acme/shop#2 Add hers [open]

@grace:

@tom (collaborator):
    /vteam ok HEAD

@vteam[bot] (bot):
    @tom, this takes write access to acme/shop, and yours is triage. Somebody with that access can ask instead.

@ada (collaborator):
    /vteam ok

@vteam[bot] (bot):
    @ada, I could not understand line 1, from column 10 on: `ok` needs the commit that you have read: 7 to 64 hexadecimal digits, as in `ok 3f8a1c2`.

    ```
    /vteam ok
             ^
    ```

    `/vteam help` lists the commands.

@ada (collaborator):
    /vteam ok 000000000000

@vteam[bot] (bot):
    @ada, nothing is released: the pull request stands at `HEAD`, not at `000000000000`. Look at what has changed since, then name that commit.

@ada (collaborator):
    /vteam ok HEAD
    [👀 1]

@vteam[bot] (bot):
    @ada, sessions may write for this pull request at `HEAD`. A later commit needs another `ok`.

@ada (collaborator):
    /vteam fix it
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Pull request: https://github.test/acme/shop/pull/3
""")
