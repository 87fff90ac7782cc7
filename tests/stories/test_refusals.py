"""Every refusal has a visible reason, and nothing happens."""

import asyncio
import json
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.cluster import PROJECT_SETTINGS, Invalid
from bot.planning import owner_settings
from bot.standins.github import AppRegistration
from bot.starts import OrderRefused
from crds.agentic_session import API_VERSION, Phase
from crds.project_settings import SINGLETON
from tests.house import NAMESPACE, REPOSITORY, House, built
from tests.played_pods import PodLife, commit, hand_in, works


def last_words(house: House) -> str:
    """The last comment of the thread."""
    return house.thread.rsplit("\n\n@vteam", 1)[-1].split("\n", 1)[-1].strip()


async def test_somebody_without_write_access_is_told_so(house: House) -> None:
    await house.comment("/vteam fix it", by="grace")
    await house.settle()
    assert await house.sessions() == []
    assert last_words(house) == snapshot(
        "@grace, this takes write access to acme/shop, and yours is read. Somebody with that access can ask instead."
    )


async def test_triage_may_ask_and_no_more(house: House) -> None:
    await house.comment("/vteam fix it", by="tom")
    await house.settle()
    assert await house.sessions() == []
    assert "takes write access" in last_words(house)


async def test_a_word_that_is_no_command_is_quoted_back(house: House) -> None:
    await house.comment("Hello,\n/vteam fixx it please", by="ada")
    await house.settle()
    assert last_words(house) == snapshot("""\
@ada, I could not understand line 2, from column 8 on: I do not know the command `fixx`.

    ```
    /vteam fixx it please
           ^
    ```

    Did you mean `fix`? `/vteam help` lists the commands.\
""")


async def test_a_repository_that_no_namespace_serves(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, namespaces="other/*=vteam") as house:
        await house.comment("/vteam fix it")
        await house.settle()
        assert await house.sessions() == []
        assert last_words(house) == snapshot(
            "@ada, no namespace of this installation serves acme/shop. Whoever runs the bot can add it to its map of namespaces (`VTEAM_NAMESPACES`)."
        )


async def test_a_namespace_that_does_not_exist(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, namespaces="*/*=nowhere") as house:
        await house.comment("/vteam fix it")
        await house.settle()
        assert "no namespace of this installation serves acme/shop" in last_words(house)


async def test_a_bundle_that_touches_workflows_is_not_pushed(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n", ".github/workflows/ci.yml": "on: [push, pull_request]\n"})
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.FAILED
    assert list(await house.github.branches(REPOSITORY)) == ["main"]
    assert house.github.pull_requests(REPOSITORY) == []
    assert last_words(house) == snapshot("""\
@ada, the work was not pushed: the work touches .github/workflows/ci.yml, and an agent may not change what runs in CI.

    > I fixed it.\
""")


async def test_a_bundle_that_does_not_apply_is_not_pushed(house: House) -> None:
    async def part(life: PodLife) -> None:
        await life.runs()
        _, order = await life.call("GET", "/order")
        repository = order["repositories"][0]
        work = {"repository": repository["name"], "base": repository["commit"], "head": "1" * 40, "commits": 1}
        await hand_in(life, [work | {"bundle": True}], {repository["name"]: b"# v2 git bundle\nrubbish"}, text="Done")
        await life.ends(0)

    house.pods.part = part
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.FAILED
    assert list(await house.github.branches(REPOSITORY)) == ["main"]
    assert "@ada, the work was not pushed" in last_words(house)


async def test_a_bundle_above_the_limit_is_refused_at_the_door(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    answers: list[int] = []

    async def part(life: PodLife) -> None:
        await life.runs()
        _, order = await life.call("GET", "/order")
        _, token = await life.call("POST", "/token")
        (tmp_path / "work").mkdir()
        work, _ = await asyncio.to_thread(commit, tmp_path / "work", order["repositories"][0], token, {"a": "b"})
        answers.append(await hand_in(life, [work], {work["repository"]: b"x" * 200_000}, text="Done"))
        await life.ends(1)

    async with built(tmp_path, app_registration, bundle_bytes=100_000) as house:
        house.pods.part = part
        await house.comment("/vteam fix it")
        await house.settle()
        assert answers == [413]
        assert (await house.session()).phase is Phase.FAILED
        assert list(await house.github.branches(REPOSITORY)) == ["main"]


async def test_two_shapes_in_one_session_are_refused_by_the_schema(house: House) -> None:
    spec = {"prompt": "do it", "repos": [{"url": f"{house.github.url}/{REPOSITORY}.git"}]}
    with pytest.raises(Invalid) as refused:
        await house.apply(
            {"apiVersion": API_VERSION, "kind": "AgenticSession", "metadata": {"name": "a"}, "spec": spec}
        )
    assert "a session is written in one of the two shapes" in str(refused.value)


async def test_a_session_made_with_kubectl_gets_only_its_namespaces_repositories(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    async with built(tmp_path, app_registration, namespaces="acme/other=vteam") as house:
        await house.apply(kubectl_session(house))
        await house.settle()
        session = await house.session()
        assert session.phase is Phase.FAILED
        assert session.status.message == snapshot(
            "The session in vteam may not read what it asks for: acme/shop is not one of this namespace's repositories."
        )


async def test_a_session_made_with_kubectl_pushes_a_branch_and_tells_nobody(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"})
    before = house.thread
    await house.apply(kubectl_session(house))
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert sorted(await house.github.branches(REPOSITORY)) == ["main", "vteam/by-hand"]
    assert house.github.pull_requests(REPOSITORY) == []
    assert house.thread == before


async def test_a_claimed_origin_is_not_believed(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"})
    resource = kubectl_session(house)
    resource["spec"] |= {"origin": {"service": "github", "repository": REPOSITORY, "issue": 1, "message": "comment-1"}}
    before = house.thread
    await house.apply(resource)
    await house.settle()
    assert house.thread == before
    assert house.github.pull_requests(REPOSITORY) == []


def kubectl_session(house: House) -> dict[str, dict[str, object]]:
    """A session as somebody would apply it."""
    spec: dict[str, object] = {
        "initialPrompt": "Make x two.",
        "task": "fix",
        "repos": [{"url": f"{house.github.url}/{REPOSITORY}.git", "autoPush": True}],
    }
    return json.loads(json.dumps({"metadata": {"name": "by-hand", "namespace": NAMESPACE}, "spec": spec}))  # type: ignore[no-any-return]


async def test_a_base_that_is_not_there_is_said_in_words(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.comment("/vteam fix --base nowhere it")
    await house.settle()
    session = await house.session()
    assert (session.phase, session.status.message) == snapshot(
        (Phase.FAILED, "The work could not begin: acme/shop has no branch nowhere, or no commit on it")
    )


async def test_settings_that_nobody_can_read_end_a_session_with_words(house: House) -> None:
    """Another platform's schema has let them in: they may hold a limit, so that nothing is done against them."""
    settings = {"metadata": {"name": SINGLETON}, "spec": {"budget": {"costUSD": 1}}}
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)
    [kind] = [one for one in house.api.resources() if one.startswith("projectsettings")]
    stored = house.api.get(kind, NAMESPACE, SINGLETON)
    assert stored is not None
    house.api.write_through(
        kind, "MODIFIED", {**json.loads(stored.body), "spec": {"budget": {"costUSD": "one dollar"}}}
    )
    await house.comment("/vteam fix it")
    await house.settle()
    session = await house.session()
    assert (session.phase, session.status.job_name) == (Phase.FAILED, None)
    assert last_words(house) == snapshot(
        "@ada, the ProjectSettings of the namespace `vteam` cannot be read (spec.budget.costUSD: Input should be a valid number, unable to parse string as a number), and nothing runs without what its owner has decided. Whoever owns the namespace can mend it; then ask again."
    )
    with pytest.raises(OrderRefused, match="cannot be read"):
        await owner_settings(house.cluster, NAMESPACE)


async def test_a_repository_that_vanished_with_its_comment_is_nobodys_fault(house: House) -> None:
    with house.github.held_webhooks():
        await house.comment("/vteam fix it")
        house.github.delete_repository(REPOSITORY)
    await house.settle()
    assert house.bot.world is not None
    assert await house.sessions() == []
    assert house.bot.world.metrics.registry.get_sample_value("vteam_faults_total", {"where": "worker"}) is None


async def test_a_place_that_was_opened_since_hears_nothing_private(house: House) -> None:
    """It was private when ada asked there, so that she might have had another private repository read."""
    await house.github.create_repository("acme/safe", {"a.py": "x = 1\n"}, private=True)
    house.github.grant("acme/safe", "ada", role="write")
    house.github.make_private(REPOSITORY)
    await house.settle()
    with house.github.held_webhooks():
        await house.comment("/vteam fix --repo acme/safe it")
        house.github.make_public(REPOSITORY)
    await house.settle()
    session = await house.session()
    assert (session.phase, session.status.job_name) == (Phase.FAILED, None)
    assert "the answer would go to a public place" in last_words(house)
