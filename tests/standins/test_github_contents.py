"""Files, directories, comparisons and pushes as GitHub tells them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from githubkit.exception import RequestFailed

from bot.standins.github import GitHubStandIn
from bot.standins.github.git import ZERO
from tests.standins.conftest import SHOP, Clients, Door

SPEC = "specs/001-login/spec.md"


async def test_a_directory_lists_what_lies_in_it(github: GitHubStandIn, clients: Clients) -> None:
    await github.push_commit(SHOP, "plan", files={SPEC: "# A\n", "specs/README.md": "Specs\n"}, by="ada")
    kit = clients.installation()
    listed = (await kit.rest.repos.async_get_content("acme", "shop", "specs", ref="plan")).parsed_data
    assert [(one.type, one.path, one.size) for one in listed] == [
        ("dir", "specs/001-login", 0),
        ("file", "specs/README.md", 6),
    ]
    for root in ("", "/"):
        answer = await kit.arequest("GET", f"/repos/acme/shop/contents{root}", params={"ref": "plan"})
        assert [one["name"] for one in answer.json()] == ["README.md", "specs", "src"]
    one = (await kit.rest.repos.async_get_content("acme", "shop", SPEC, ref="plan")).parsed_data
    blob = await github.bare(SHOP).text("rev-parse", f"plan:{SPEC}")
    assert (base64.b64decode(one.content), one.sha, one.encoding) == (b"# A\n", blob, "base64")
    assert github.violations == []


async def test_a_large_file_keeps_its_content_to_itself(github: GitHubStandIn, clients: Clients) -> None:
    await github.push_commit(SHOP, "big", files={"big.txt": "x" * (1024 * 1024 + 1)}, by="ada")
    kit = clients.installation()
    answer = await kit.rest.repos.async_get_content("acme", "shop", "big.txt", ref="big")
    assert (answer.json()["content"], answer.json()["encoding"]) == ("", "none")


@pytest.mark.parametrize(
    ("path", "ref", "message"),
    [("gone.md", "main", "Not Found"), ("src", "nowhere", "No commit found for the ref nowhere")],
)
async def test_what_is_not_there_is_not_found(
    github: GitHubStandIn, clients: Clients, path: str, ref: str, message: str
) -> None:
    kit = clients.installation()
    with pytest.raises(RequestFailed) as missing:
        await kit.rest.repos.async_get_content("acme", "shop", path, ref=ref)
    assert (missing.value.response.status_code, missing.value.response.json()["message"]) == (404, message)
    assert github.violations == []


async def test_a_comparison_tells_commits_in_pages_and_files_once(github: GitHubStandIn, clients: Clients) -> None:
    for number in range(3):
        await github.push_commit(SHOP, "fix", files={f"f{number}.py": "a = 1\n"}, by="ada", message=f"Step {number}")
    await github.push_commit(SHOP, "main", files={"other.py": "b = 1\n"}, by="ada")
    kit = clients.installation()
    first = await kit.rest.repos.async_compare_commits("acme", "shop", "main...fix", per_page=2)
    found = first.parsed_data
    assert (found.status, found.ahead_by, found.behind_by, found.total_commits) == ("diverged", 3, 1, 3)
    assert [one.commit.message for one in found.commits] == ["Step 0", "Step 1"]
    assert [(one.filename, one.status, one.patch) for one in found.files] == [
        (f"f{number}.py", "added", "@@ -0,0 +1 @@\n+a = 1") for number in range(3)
    ]
    second = (await kit.rest.repos.async_compare_commits("acme", "shop", "main...fix", per_page=2, page=2)).parsed_data
    assert ([one.commit.message for one in second.commits], second.files) == (["Step 2"], [])
    assert found.commits[0].author.login == "ada"
    with pytest.raises(RequestFailed) as unknown:
        await kit.rest.repos.async_compare_commits("acme", "shop", "main...nowhere")
    assert unknown.value.response.status_code == 404
    assert github.violations == []


def facts(payload: Any) -> dict[str, Any]:
    return {name: payload[name] for name in ("ref", "created", "deleted", "forced", "base_ref")} | {
        "commits": [(one["message"], one["added"], one["modified"], one["removed"]) for one in payload["commits"]],
        "head": payload["head_commit"] and payload["head_commit"]["id"] == payload["after"],
    }


async def test_a_push_says_what_each_commit_has_changed(github: GitHubStandIn, door: Door) -> None:
    await github.push_commit(SHOP, "main", files={SPEC: "# A\n", "src/a.py": "x = 2\n"}, by="ada", message="Spec")
    await github.push_commit(SHOP, "main", files={SPEC: None}, by="ada", message="No spec")
    await github.drain()
    assert [facts(one)["commits"] for one in door.payloads] == [
        [("Spec", [SPEC], ["src/a.py"], [])],
        [("No spec", [], [], [SPEC])],
    ]
    assert door.payloads[0]["pusher"]["name"] == door.payloads[0]["sender"]["login"] == "ada"
    assert door.payloads[0]["commits"][0]["author"]["username"] == "ada"
    assert door.payloads[1]["before"] == door.payloads[0]["after"]


async def test_a_branch_is_made_rewound_and_deleted(github: GitHubStandIn, door: Door) -> None:
    await github.push_commit(SHOP, "fix", files={"a": "1"}, by="ada", message="One")
    await github.force_push(SHOP, "fix", files={"a": "2"}, by="ada", message="Two")
    await github.delete_branch(SHOP, "fix", by="ada")
    await github.drain()
    made, rewound, gone = door.payloads
    assert facts(made)["created"]
    assert made["before"] == ZERO
    assert (facts(rewound)["forced"], [one["message"] for one in rewound["commits"]]) == (True, ["Two"])
    assert (facts(gone)["deleted"], gone["after"], gone["commits"], gone["head_commit"]) == (True, ZERO, [], None)
