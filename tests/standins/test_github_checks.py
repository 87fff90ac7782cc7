"""Check runs: created, completed, remarked on line by line, and told; what GitHub would refuse is refused."""

from __future__ import annotations

from typing import Any

import pytest
from githubkit.exception import RequestFailed
from inline_snapshot import snapshot

from bot.standins.github import GitHubStandIn
from tests.standins.conftest import SHOP, Clients, Door


async def head(github: GitHubStandIn) -> str:
    return await github.push_commit(SHOP, "plan", files={"specs/a/spec.md": "# A\n"}, by="ada")


def remark(line: int, **more: Any) -> dict[str, Any]:
    return {
        "path": "specs/a/spec.md",
        "start_line": line,
        "end_line": line,
        "annotation_level": "warning",
        "message": f"fault {line}",
        **more,
    }


async def test_a_check_run_is_made_remarked_and_completed(github: GitHubStandIn, clients: Clients, door: Door) -> None:
    sha, kit = await head(github), clients.installation()
    output = {"title": "Reading", "summary": "Reading it", "annotations": [remark(n) for n in range(1, 51)]}
    made = (
        await kit.rest.checks.async_create(
            "acme", "shop", name="vteam spec", head_sha=sha, status="in_progress", output=output
        )
    ).parsed_data
    assert (made.status, made.output.annotations_count) == ("in_progress", 50)
    more = {"title": "Two faults", "summary": "See the lines", "annotations": [remark(51, title="FR-1")]}
    done = (
        await kit.rest.checks.async_update("acme", "shop", made.id, data={"conclusion": "failure", "output": more})
    ).parsed_data
    assert (done.status, done.conclusion, done.output.annotations_count) == ("completed", "failure", 51)
    listed = [
        one.message
        async for one in kit.rest.paginate(
            kit.rest.checks.async_list_annotations, owner="acme", repo="shop", check_run_id=made.id
        )
    ]
    assert listed == [f"fault {n}" for n in range(1, 52)]
    [run] = github.check_runs(SHOP, sha)
    assert len(run.annotations) == 51
    await github.drain()
    assert door.events == ["push.None", "check_run.created", "check_run.completed"]
    told = door.payloads[-1]["check_run"]
    assert (told["id"], told["conclusion"], told["check_suite"]["conclusion"]) == (made.id, "failure", "failure")
    assert github.violations == []


async def test_a_check_reads_as_a_person_sees_it(github: GitHubStandIn, clients: Clients) -> None:
    sha, kit = await head(github), clients.installation()
    output = {"title": "One fault", "summary": "Look.", "annotations": [remark(3, title="FR-001")]}
    await kit.rest.checks.async_create(
        "acme", "shop", name="vteam spec", head_sha=sha, conclusion="failure", output=output
    )
    assert github.checks(SHOP, sha) == snapshot("""\
vteam spec [failure] One fault
    Look.
    specs/a/spec.md:3 warning: fault 3 (FR-001)
""")


async def test_the_newest_run_of_a_name_is_listed_and_all_of_them_when_asked(
    github: GitHubStandIn, clients: Clients
) -> None:
    sha, kit = await head(github), clients.installation()
    for name in ("one", "one", "two"):
        await kit.rest.checks.async_create("acme", "shop", name=name, head_sha=sha)
    latest = (await kit.rest.checks.async_list_for_ref("acme", "shop", "plan")).parsed_data
    every = (await kit.rest.checks.async_list_for_ref("acme", "shop", sha, filter_="all", per_page=2)).parsed_data
    assert [one.name for one in latest.check_runs] == ["one", "two"]
    assert (every.total_count, len(every.check_runs)) == (3, 2)


async def test_a_pull_request_at_the_commit_is_named(github: GitHubStandIn, clients: Clients) -> None:
    sha, kit = await head(github), clients.installation()
    await github.open_pull_request(SHOP, "plan", title="Plan", by="ada")
    run = (await kit.rest.checks.async_create("acme", "shop", name="vteam", head_sha=sha)).parsed_data
    assert [pull.number for pull in run.pull_requests] == [1]


WRONG = [
    ({"annotations": [remark(n) for n in range(51)]}, "body refused"),
    ({"annotations": [remark(n) for n in range(1, 52)]}, "51 items where 50 are allowed"),
    ({"annotations": [{"path": "a"}]}, "body refused"),
    ({"annotations": [remark(1) | {"end_line": 2, "start_column": 1}]}, "body refused"),
    ({"colour": "red"}, "body refused"),
    ({"summary": "x" * 65536}, "body refused"),
]


@pytest.mark.parametrize(("output", "violation"), WRONG)
async def test_an_output_that_github_refuses_changes_nothing(
    github: GitHubStandIn, clients: Clients, output: dict[str, Any], violation: str
) -> None:
    sha, kit = await head(github), clients.installation()
    given = {"name": "vteam", "head_sha": sha, "output": {"title": "A", "summary": "B", **output}}
    with pytest.raises(RequestFailed) as refused:
        await kit.arequest("POST", "/repos/acme/shop/check-runs", json=given)
    assert refused.value.response.status_code == 422
    assert violation in github.violations[0]
    assert github.check_runs(SHOP, sha) == []


async def test_more_than_fifty_remarks_are_refused_in_githubs_words(github: GitHubStandIn, clients: Clients) -> None:
    output = {"title": "A", "summary": "B", "annotations": [remark(n) for n in range(1, 52)]}
    given = {"name": "vteam", "head_sha": await head(github), "output": output}
    kit = clients.installation()
    with pytest.raises(RequestFailed) as refused:
        await kit.arequest("POST", "/repos/acme/shop/check-runs", json=given)
    message = refused.value.response.json()["message"]
    assert message == "Invalid request.\n\nNo more than 50 items are allowed; 51 were supplied."


@pytest.mark.parametrize("change", [{"status": "completed"}, {"status": "in_progress", "conclusion": "success"}])
async def test_a_completed_run_has_a_conclusion_and_no_other_has(
    github: GitHubStandIn, clients: Clients, change: dict[str, str]
) -> None:
    kit = clients.installation()
    run = (await kit.rest.checks.async_create("acme", "shop", name="vteam", head_sha=await head(github))).parsed_data
    with pytest.raises(RequestFailed) as refused:
        await kit.arequest("PATCH", f"/repos/acme/shop/check-runs/{run.id}", json=change)
    assert refused.value.response.status_code == 422
    assert len(github.violations) == 1


async def test_only_an_app_with_the_permission_writes_checks(github: GitHubStandIn, clients: Clients) -> None:
    sha = await head(github)
    reader = clients.installation(permissions={"checks": "read"})
    with pytest.raises(RequestFailed) as refused:
        await reader.rest.checks.async_create("acme", "shop", name="vteam", head_sha=sha)
    assert refused.value.response.status_code == 403
    writer = clients.installation()
    with pytest.raises(RequestFailed) as unknown:
        await writer.rest.checks.async_create("acme", "shop", name="vteam", head_sha="0" * 40)
    assert unknown.value.response.json()["message"] == f"No commit found for SHA: {'0' * 40}"
