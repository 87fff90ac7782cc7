"""A specification is pushed: its faults are shown at their lines, and a good one is planned in a pull request."""

from collections.abc import Sequence

import pytest
from inline_snapshot import snapshot

from bot.cluster import PROJECT_SETTINGS
from bot.standins.github.world import CheckRun
from crds.agentic_session import Phase
from crds.project_settings import SINGLETON
from tests.handlers.specs import GOOD, spoiled
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import dies, works

SPEC, PLAN = "specs/001-login/spec.md", "specs/001-login/plan.md"
OPEN = spoiled("after ten minutes", "after [NEEDS CLARIFICATION: how long?]")


def checks(house: House, commit: str | None = None) -> Sequence[CheckRun]:
    repository = house.github.site.world.repository(REPOSITORY)
    assert repository is not None
    return [run for run in repository.check_runs.values() if commit in (None, run.head_sha)]


def shown(house: House, run: CheckRun) -> str:
    """The check as a person reads it."""
    lines = [f"{run.name}: {run.conclusion}: {run.title}", "", run.summary or ""]
    lines += [f"{one.path}:{one.start_line}: {one.annotation_level}: {one.message}" for one in run.annotations]
    return house.plain("\n".join(lines))


async def test_a_good_one_is_planned_beside_it(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"}, text="Three steps.")
    commit = await house.push({SPEC: GOOD}, branch="001-login")
    await house.settle()
    [pull] = house.github.pull_requests(REPOSITORY)
    assert (pull.head, pull.base, pull.title) == snapshot(("vteam/plan-001-login", "001-login", "Plan: 001-login"))
    assert house.plain(house.github.thread(REPOSITORY, pull.number)).replace(commit, "COMMIT").replace(
        commit[:12], "COMMI"
    ) == snapshot("""\
acme/shop#2 Plan: 001-login [open]

@vteam[bot] (bot):
    @ada, this is the plan for [`specs/001-login/spec.md`](https://github.test/acme/shop/blob/COMMIT/specs/001-login/spec.md) as you pushed it to `001-login` with COMMI.

    > Three steps.

    Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what people with write access ask for in a review needs no command. Or comment here with `/vteam fix` and what is to be different. Commits are added to it.
""")
    assert await house.github.file_at(REPOSITORY, pull.head, path=PLAN) == "# Plan\n"
    [run] = checks(house)
    assert run.head_sha == commit
    assert shown(house, run) == snapshot("""\
vTeam: specs/001-login/spec.md: success: Ready, and planned

Done.

Pull request: https://github.test/acme/shop/pull/2\
""")
    session = await house.session()
    assert (session.phase, session.finalizers) == (Phase.COMPLETED, ())


async def test_the_runner_is_told_where_the_plan_goes_and_what_the_specification_says(house: House) -> None:
    await house.push({".specify/" + SPEC: GOOD})
    await house.settle()
    [life] = house.pods.lives
    status, order = await life.call("GET", "/order")
    assert status == 200
    assert order["request"].startswith(
        "Write the implementation plan for the specification `.specify/specs/001-login/spec.md` into "
        "`.specify/specs/001-login/plan.md`, beside it."
    )
    assert [(talk["kind"], talk["author"], talk["trust"]) for talk in order["talk"]] == [
        ("request", "ada", "requester"),
        ("spec", "ada", "requester"),
    ]
    assert order["talk"][1]["text"] == GOOD


async def test_faults_are_shown_at_their_lines_and_nothing_is_started(house: House) -> None:
    await house.push({SPEC: OPEN.replace("**FR-001**: The", "**FR-1**: The").replace("**Then** a mail", "a mail")})
    await house.settle()
    [run] = checks(house)
    assert shown(house, run) == snapshot("""\
vTeam: specs/001-login/spec.md: failure: 2 things to settle first

`specs/001-login/spec.md` is not ready to be planned: 2 faults, each shown at its line. Beside them 2 remarks that would not hold it up.

Settle them and push again; the plan is started by the push that has none.
specs/001-login/spec.md:21: warning: This acceptance scenario does not say Given, When and Then, so that nobody can tell when it is met.
specs/001-login/spec.md:32: failure: “FR-1” cannot be referred to as an id: write “FR-” and three digits or more.
specs/001-login/spec.md:33: warning: “FR-001” is spoken of here, and defined nowhere in this file.
specs/001-login/spec.md:33: failure: This needs an answer before it can be planned: how long?\
""")
    assert await house.sessions() == []


async def test_it_is_planned_once_it_is_mended(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"})
    before = await house.push({SPEC: OPEN})
    await house.settle()
    after = await house.push({SPEC: GOOD})
    await house.settle()
    assert [run.conclusion for run in checks(house, before)] == ["failure"]
    assert [run.conclusion for run in checks(house, after)] == ["success"]
    assert len(house.github.pull_requests(REPOSITORY)) == 1


async def test_a_later_text_has_a_plan_of_its_own_beside_the_first(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"})
    await house.push({SPEC: GOOD})
    await house.settle()
    await house.push({SPEC: GOOD.replace("ten minutes", "an hour")})
    await house.settle()
    first, second = [pull.head for pull in house.github.pull_requests(REPOSITORY)]
    assert (first, second[:-7]) == ("vteam/plan-001-login", "vteam/plan-001-login-")


async def test_the_same_text_on_another_branch_has_one_plan(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"})
    await house.push({SPEC: GOOD}, branch="001-login")
    await house.settle()
    again = await house.push({SPEC: GOOD, "README.md": "# more\n"})
    await house.settle()
    assert len(await house.sessions()) == 1
    [run] = checks(house, again)
    assert shown(house, run) == snapshot("""\
vTeam: specs/001-login/spec.md: success: Ready to be planned

This text of 001-login has a plan already: https://github.test/acme/shop/pull/2\
""")


async def test_many_faults_are_all_shown_however_many_github_takes_at_once(house: House) -> None:
    questions = "".join(f"- [NEEDS CLARIFICATION: {number}?]\n" for number in range(120))
    await house.push({SPEC: spoiled("- What happens", f"{questions}- What happens")})
    await house.settle()
    [run] = checks(house)
    assert len({one.start_line for one in run.annotations}) == len(run.annotations) == 120


async def test_a_merged_plan_starts_nothing_new(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"})
    await house.push({SPEC: GOOD})
    await house.settle()
    [pull] = house.github.pull_requests(REPOSITORY)
    await house.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
    await house.settle()
    assert len(await house.sessions()) == 1


async def test_a_plan_that_changes_anything_else_is_refused_in_words(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n", "src/a.py": "x = 2\n"})
    await house.push({SPEC: GOOD})
    await house.settle()
    [run] = checks(house)
    assert shown(house, run) == snapshot("""\
vTeam: specs/001-login/spec.md: neutral: Ready to be planned, but there is no plan

The work was not pushed: the work touches src/a.py, and a plan of this specification may change only what lies in specs/001-login/.

> I fixed it.

A push that changes the specification's text starts another plan.\
""")
    assert house.github.pull_requests(REPOSITORY) == []


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({SPEC: GOOD + "\n", PLAN: "# Plan\n"}, "is what it was to plan"),
        ({"specs/001-login/notes.md": "# Plan\n"}, "is where the plan was to be written"),
        ({"specs/001-login-2/plan.md": "# Plan\n"}, "may change only what lies in"),
    ],
)
async def test_a_plan_is_a_plan(house: House, files: dict[str, str], why: str) -> None:
    house.pods.part = works(files)
    await house.push({SPEC: GOOD})
    await house.settle()
    [run] = checks(house)
    assert run.conclusion == "neutral"
    assert why in (run.summary or "")
    assert house.github.pull_requests(REPOSITORY) == []


async def test_a_session_that_dies_is_told_in_the_check(house: House) -> None:
    house.pods.part = dies(reason="OOMKilled")
    await house.push({SPEC: GOOD})
    await house.settle()
    [run] = checks(house)
    assert shown(house, run) == snapshot("""\
vTeam: specs/001-login/spec.md: neutral: Ready to be planned, but there is no plan

The runner ran out of memory. Whoever runs the bot can give it more (`VTEAM_RUNNER_MEMORY`); then ask again.

A push that changes the specification's text starts another plan.\
""")


@pytest.mark.parametrize(
    "path", ["specs/login.spec.md", "specs/a/b/spec.md", "specs/spec.md", "docs/specs/a/spec.md", "Specs/a/spec.md"]
)
async def test_other_files_are_nobodys_business(house: House, path: str) -> None:
    await house.push({path: OPEN})
    await house.settle()
    assert checks(house) == []


async def test_a_deleted_one_asks_for_nothing(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"})
    await house.push({SPEC: GOOD})
    await house.settle()
    gone = await house.push({SPEC: None})
    await house.settle()
    assert checks(house, gone) == []
    assert len(await house.sessions()) == 1


async def test_what_cannot_be_read_is_said(house: House) -> None:
    large = await house.push({SPEC: GOOD + "x" * 300_000})
    await house.settle()
    long = await house.push({SPEC: GOOD + "\n" * 20_000})
    await house.settle()
    binary = await house.push({SPEC: GOOD + "\0"})
    await house.settle()
    assert [shown(house, run) for commit in (large, long, binary) for run in checks(house, commit)] == snapshot(
        [
            """\
vTeam: specs/001-login/spec.md: failure: The specification cannot be read

`specs/001-login/spec.md` is larger than 256 KiB. A specification that long is better split into several features.\
""",
            """\
vTeam: specs/001-login/spec.md: failure: The specification cannot be read

`specs/001-login/spec.md` has more than 10,000 lines. A specification that long is better split into several features.\
""",
            """\
vTeam: specs/001-login/spec.md: failure: The specification cannot be read

`specs/001-login/spec.md` is not text in UTF-8. Save it as UTF-8 and push it again.\
""",
        ]
    )


async def test_many_in_one_push_are_not_all_planned(house: House) -> None:
    house.pods.part = works({}, text="No.")
    await house.push({f"specs/{number:03}/spec.md": OPEN for number in range(7)})
    await house.settle()
    assert [(run.name, run.conclusion) for run in checks(house)] == snapshot(
        [
            ("vTeam: specs/000/spec.md", "failure"),
            ("vTeam: specs/001/spec.md", "failure"),
            ("vTeam: specs/002/spec.md", "failure"),
            ("vTeam: specs/003/spec.md", "failure"),
            ("vTeam: specs/004/spec.md", "failure"),
            ("vTeam: more specifications", "neutral"),
        ]
    )
    assert checks(house)[-1].summary == snapshot(
        "This push changes 7 specifications, and I have looked at the first 5. Change the other 2 in further pushes, at most 5 in each."
    )


async def test_the_owner_can_switch_it_off_or_name_the_branches(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"})
    settings = {
        "metadata": {"name": SINGLETON, "namespace": NAMESPACE},
        "spec": {"specBranches": ["feature/*", "main"]},
    }
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)
    other = await house.push({SPEC: OPEN, "README.md": "# other\n"}, branch="001-login")
    named = await house.push({SPEC: OPEN}, branch="feature/login")
    await house.settle()
    assert (len(checks(house, other)), len(checks(house, named))) == (0, 1)
    await house.cluster.patch(PROJECT_SETTINGS, SINGLETON, {"spec": {"specs": False}}, namespace=NAMESPACE)
    off = await house.push({SPEC: GOOD})
    await house.settle()
    assert checks(house, off) == []


async def test_a_forced_push_counts_by_its_content(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"})
    await house.push({SPEC: GOOD}, branch="001-login")
    await house.settle()
    again = await house.github.force_push(REPOSITORY, "001-login", files={SPEC: GOOD}, by="ada")
    await house.settle()
    assert [run.conclusion for run in checks(house, again)] == ["success"]
    assert len(await house.sessions()) == 1


async def test_a_webhook_that_comes_twice_and_a_restart_make_one_plan(house: House) -> None:
    house.pods.part = works({PLAN: "# Plan\n"})
    await house.bot.stop()
    await house.push({SPEC: GOOD})
    await house.bot.start()
    await house.settle()
    await house.restart_bot()
    for push in [one for one in house.github.deliveries if one.event == "push"]:
        house.github.redeliver(push)
    await house.settle()
    assert len(await house.sessions()) == 1
    assert len(checks(house)) == len(house.github.pull_requests(REPOSITORY)) == 1
