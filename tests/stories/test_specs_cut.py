"""What GitHub does not name in a push is found all the same; what is no file is not read."""

import json
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot import deliveries
from bot.cluster import PROJECT_SETTINGS
from bot.pushes import MOST_COMMITS, MOST_FILES, Pushed
from bot.standins.github import AppRegistration
from bot.standins.github.commits import FileContent, Files
from bot.standins.github.git import ZERO
from crds.project_settings import SINGLETON
from tests.handlers.specs import GOOD
from tests.house import NAMESPACE, REPOSITORY, House, built
from tests.stories.test_specs import OPEN, SPEC, checks, shown


def pushed(**more: Any) -> dict[str, Any]:
    return {
        "ref": "refs/heads/001-login",
        "before": ZERO,
        "after": "a" * 40,
        "deleted": False,
        "commits": [{"added": [SPEC], "modified": [], "removed": []}],
        "sender": {"login": "ada", "id": 7, "type": "User"},
        "repository": {
            "id": 1,
            "full_name": REPOSITORY,
            "private": True,
            "html_url": "https://github.test/acme/shop",
            "default_branch": "main",
        },
        "installation": {"id": 5},
        **more,
    }


def heard(**more: Any) -> deliveries.Heard | deliveries.Ignored:
    return deliveries.read("push", json.dumps(pushed(**more)).encode())


def test_a_push_of_a_specification_is_kept() -> None:
    push = heard()
    assert isinstance(push, Pushed)
    assert (push.branch, push.paths, push.cut, push.thread.number) == ("001-login", (SPEC,), False, 0)


BOT = {"login": "vteam[bot]", "id": 9, "type": "Bot"}
IGNORED: dict[str, tuple[dict[str, Any], str]] = {
    "a tag": ({"ref": "refs/tags/v1"}, "no_spec"),
    "a deleted branch": ({"deleted": True}, "no_spec"),
    "no commits": ({"commits": []}, "no_spec"),
    "another file": ({"commits": [{"added": ["specs/a/plan.md"]}]}, "no_spec"),
    "a removed one": ({"commits": [{"removed": [SPEC]}]}, "no_spec"),
    "another name": ({"commits": [{"modified": ["specs/a/a.spec.md", "specs/a/b/spec.md"]}]}, "no_spec"),
    "commits of another shape": ({"commits": [None, 7, {"added": [3, None], "modified": {"a": 1}}]}, "no_spec"),
    "a push of our own": ({"ref": "refs/heads/vteam/plan-001-login", "sender": BOT}, "our_own_push"),
    "no installation": ({"installation": None}, "incomplete_payload"),
}


@pytest.mark.parametrize("way", IGNORED)
def test_any_other_push_is_left_alone(way: str) -> None:
    more, reason = IGNORED[way]
    assert heard(**more) == deliveries.Ignored(reason)


@pytest.mark.parametrize(
    "commits", [[{"added": ["a"]}] * MOST_COMMITS, [{"added": [str(number) for number in range(MOST_FILES)]}]]
)
def test_a_push_that_may_be_cut_is_kept(commits: list[Any]) -> None:
    push = heard(commits=commits)
    assert isinstance(push, Pushed)
    assert (push.paths, push.cut) == ((), True)


async def test_a_specification_that_github_did_not_name_is_found(house: House) -> None:
    await house.push({"specs/000-old/spec.md": OPEN, ".specify/specs/000-old/spec.md": OPEN})
    await house.settle()
    many = {f"docs/{number}.md": "x\n" for number in range(MOST_FILES)}
    commit = await house.push({**many, SPEC: OPEN})
    await house.settle()
    assert [run.name for run in checks(house, commit)] == [f"vTeam: {SPEC}"]
    told = [json.loads(one.body) for one in house.github.deliveries if one.event == "push"][-1]
    assert SPEC not in told["commits"][0]["added"]


async def test_so_it_is_on_a_new_branch(house: House) -> None:
    await house.push({"specs/000-old/spec.md": OPEN})
    await house.settle()
    many = {f"docs/{number}.md": "x\n" for number in range(MOST_FILES)}
    commit = await house.push({**many, ".specify/" + SPEC: OPEN}, branch="001-login")
    await house.settle()
    assert [run.name for run in checks(house, commit)] == [f"vTeam: .specify/{SPEC}"]


async def test_a_link_is_not_followed(house: House) -> None:
    secret: Files = {"notes.md": GOOD, SPEC: FileContent(b"../../notes.md", link=True)}
    await house.github.push_commit(REPOSITORY, "main", files=secret, by="ada")
    await house.settle()
    [run] = checks(house)
    assert shown(house, run) == snapshot("""\
vTeam: specs/001-login/spec.md: failure: The specification cannot be read

`specs/001-login/spec.md` is a link or a submodule, which I do not follow. Push the file itself.\
""")
    assert await house.sessions() == []


async def test_bytes_that_are_no_text_are_said_to_be_none(house: House) -> None:
    await house.github.push_commit(REPOSITORY, "main", files={SPEC: b"\xff\xfe#\x00"}, by="ada")
    await house.settle()
    [run] = checks(house)
    assert run.summary == snapshot(
        "`specs/001-login/spec.md` is not text in UTF-8. Save it as UTF-8 and push it again."
    )


async def test_whoever_may_no_longer_write_starts_no_plan(house: House) -> None:
    with house.github.held_webhooks():
        await house.push({SPEC: GOOD})
        house.github.grant(REPOSITORY, "ada", role="triage")
    await house.settle()
    [run] = checks(house)
    assert shown(house, run) == snapshot("""\
vTeam: specs/001-login/spec.md: neutral: Ready to be planned, but not planned

The specification has no fault. A plan takes write access, and ada has triage access: somebody with more can push it, or ask for a plan in an issue.\
""")
    assert await house.sessions() == []


async def test_a_bot_that_nobody_listed_starts_nothing(house: House) -> None:
    house.github.site.world.add_user("renovate[bot]", "Bot")
    house.github.grant(REPOSITORY, "renovate[bot]", role="write")
    await house.push({SPEC: OPEN}, by="renovate[bot]")
    await house.settle()
    assert checks(house) == []


async def test_a_listed_bot_is_heard(house: House) -> None:
    renovate = house.github.site.world.add_user("renovate[bot]", "Bot")
    house.github.grant(REPOSITORY, renovate.login, role="write")
    settings = {"metadata": {"name": SINGLETON, "namespace": NAMESPACE}, "spec": {"botIds": [renovate.id]}}
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)
    await house.push({SPEC: GOOD}, by=renovate.login)
    await house.settle()
    assert len(await house.sessions()) == len(checks(house)) == 1


async def test_a_repository_that_nobody_serves_is_left_alone(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, namespaces="other/*=vteam") as house:
        await house.push({SPEC: OPEN})
        await house.settle()
        assert checks(house) == []


async def test_a_namespace_that_is_not_there_is_said(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, namespaces="*/*=elsewhere") as house:
        await house.push({SPEC: GOOD})
        await house.settle()
        [run] = checks(house)
        assert shown(house, run) == snapshot("""\
vTeam: specs/001-login/spec.md: neutral: Ready to be planned, but not planned

The specification has no fault, but no namespace of this installation serves acme/shop. Whoever runs the bot can add it to its map of namespaces (`VTEAM_NAMESPACES`).\
""")
