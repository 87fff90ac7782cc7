"""The page of a pull request with reviews and checks, and a check run's own page; nothing in them becomes markup."""

from __future__ import annotations

import httpx

from bot.standins.github import GitHubStandIn
from tests.standins.conftest import SHOP, Clients

EVIL = "<script>alert(1)</script>"


async def get(github: GitHubStandIn, path: str) -> str:
    async with httpx.AsyncClient(base_url=github.url) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    return answer.text


async def proposed(github: GitHubStandIn) -> str:
    github.grant(SHOP, "grace", role="write")
    sha = await github.push_commit(SHOP, "fix", files={"src/a.py": f"x = 1\n# {EVIL}\n"}, by="grace")
    await github.open_pull_request(SHOP, "fix", title="Fix", by="grace")
    return sha


async def test_reviews_show_their_conversations(github: GitHubStandIn) -> None:
    await proposed(github)
    review = await github.review(
        SHOP, 1, body=f"No {EVIL}", state="changes_requested", comments=[("src/a.py", 2, EVIL)], by="ada"
    )
    [comment] = github.inline_comments(SHOP, 1, review)
    await github.reply_inline(SHOP, comment, body="Because", by="grace")
    page = await get(github, f"/{SHOP}/pull/1")
    assert EVIL not in page
    assert "requested changes" in page
    assert "src/a.py:2" in page
    assert page.index("requested changes") < page.index(f"discussion_r{comment.id}") < page.index("Because")
    await github.push_commit(SHOP, "fix", files={"src/a.py": "x = 2\n"}, by="grace")
    assert "src/a.py:2 (outdated)" in await get(github, f"/{SHOP}/pull/1")


async def test_a_check_run_shows_its_remarks(github: GitHubStandIn, clients: Clients) -> None:
    sha, kit = await proposed(github), clients.installation()
    remark = {"path": "src/a.py", "start_line": 1, "end_line": 2, "annotation_level": "failure", "message": EVIL}
    output = {"title": "One fault", "summary": f"See **below** {EVIL}", "annotations": [remark]}
    run = (
        await kit.rest.checks.async_create(
            "acme", "shop", name="vteam spec", head_sha=sha, conclusion="failure", output=output
        )
    ).parsed_data
    listed = await get(github, f"/{SHOP}/pull/1")
    assert "1 remark<" in listed
    assert f"/{SHOP}/runs/{run.id}" in listed
    page = await get(github, run.html_url.removeprefix(github.url))
    assert EVIL not in page
    assert "src/a.py:1–2" in page
    assert "<strong>below</strong>" in page
    assert github.violations == []
