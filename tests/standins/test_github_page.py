"""The pages: what a person can look at, and that nothing which people write becomes more than text."""

from __future__ import annotations

import httpx
import pytest
from inline_snapshot import snapshot

from bot.standins.github import GitHubStandIn
from bot.standins.github.page import markdown
from tests.standins.conftest import SHOP, Clients

FOLDED = "<details><summary>Context: 5 of 10</summary>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n</details>\n\nafter"


def rendered(text: str) -> str:
    return str(markdown.render(text, repository="/acme/shop"))


def test_details_fold_and_hold_markdown() -> None:
    assert rendered(FOLDED) == snapshot("""\
<details>
<summary>Context: 5 of 10</summary>
<table>
<thead>
<tr>
<th>a</th>
<th>b</th>
</tr>
</thead>
<tbody>
<tr>
<td>1</td>
<td>2</td>
</tr>
</tbody>
</table>
</details>
<p>after</p>
""")
    nested = rendered(
        "<details open>\n<summary>one</summary>\n<details>\n<summary>two</summary>\n\nx\n</details>\n</details>"
    )
    assert (nested.count("<details"), nested.count("</details>"), nested.count("<summary>")) == (2, 2, 2)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<details>\n<summary>never closed</summary>\n<script>alert(1)</script>",
        "<details><summary><script>alert(1)</script></summary>\nx\n</details>",
        "<details onclick='alert(1)'>\nx\n</details>",
        "<img src=x onerror=alert(1)>",
        "![picture](https://example.com/x.png)",
        "[link](javascript:alert(1))",
        "@<script>alert(1)</script>",
        "- [x] <script>alert(1)</script>",
        "```<script>\n<script>alert(1)</script>\n```",
    ],
)
def test_what_people_write_stays_text(text: str) -> None:
    shown = rendered(text).lower()
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert "<details on" not in shown


def test_comments_are_hidden_and_tasks_and_references_shown() -> None:
    shown = rendered("<!-- vteam:1 -->\nHello <!-- not\nhere -->@ada, see #12 and `#13`\n\n- [x] done\n- [ ] open")
    assert "vteam:1" not in shown
    assert "not" not in shown
    assert '<strong class="mention">@ada</strong>, see <a href="/acme/shop/issues/12">#12</a>' in shown
    assert "<code>#13</code>" in shown
    assert '<input type="checkbox" disabled checked> done' in shown
    assert '<input type="checkbox" disabled> open' in shown


def test_an_address_leads_where_it_says_and_nowhere_else() -> None:
    shown = rendered('See https://github.test/acme/shop/pull/2#1, javascript:x and https://a.test/"onclick=x')
    assert '<a href="https://github.test/acme/shop/pull/2#1">https://github.test/acme/shop/pull/2#1</a>,' in shown
    assert '<a href="https://a.test/">https://a.test/</a>&quot;onclick=x' in shown
    assert shown.count("<a ") == 2


async def test_a_person_looks_around(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue(SHOP, "A <b>bug</b>", body="It breaks", by="ada", labels=["vteam:fix"])
    comment = await github.comment(SHOP, 1, body="Me too", by="grace")
    await github.react(SHOP, comment, content="heart", by="ada")
    sha = await github.push_commit(SHOP, "topic/fix", files={"src/a.py": "x = '<i>'\n"}, by="ada", message="Fix it")
    await github.open_pull_request(SHOP, "topic/fix", title="Mend", by="ada")
    kit = clients.installation()
    await kit.rest.checks.async_create("acme", "shop", name="vteam", head_sha=sha, status="in_progress")
    await github.drain()
    async with httpx.AsyncClient(base_url=github.url, follow_redirects=True) as browser:
        issue = await browser.get("/acme/shop/issues/1")
        pull = await browser.get("/acme/shop/issues/2")
        others = ["/", "/acme/shop", "/acme/shop/blob/topic/fix/src/a.py", f"/acme/shop/commit/{sha}", "/deliveries"]
        others.append(f"/deliveries/{github.deliveries[0].id}")
        pages = [await browser.get(path) for path in others]
        missing = await browser.get("/acme/shop/issues/99")
    assert "A &lt;b&gt;bug&lt;/b&gt;" in issue.text
    assert "vteam:fix" in issue.text
    assert "❤️ 1" in issue.text
    assert pull.url.path == "/acme/shop/pull/2"
    assert "+x = &#x27;&lt;i&gt;&#x27;" in pull.text
    assert "in_progress" in pull.text
    assert [one.status_code for one in pages] == [200] * len(pages)
    assert "default-src 'none'" in issue.headers["content-security-policy"]
    assert missing.status_code == 404
    assert github.violations == []


async def test_the_thread_reads_as_text(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue(SHOP, "A bug", body="It breaks\nevery time", by="ada", labels=["bug"])
    comment = await github.comment(SHOP, 1, body="/vteam fix", by="ada")
    await github.react(SHOP, comment, content="eyes", by="grace")
    kit = clients.installation()
    await kit.rest.issues.async_create_comment("acme", "shop", 1, body=f"<!-- marker -->\nDone.\n\n{FOLDED}")
    assert github.thread(SHOP, 1) == snapshot("""\
acme/shop#1 A bug [open] (bug)

@ada (collaborator):
    It breaks
    every time

@ada (collaborator):
    /vteam fix
    [👀 1]

@vteam[bot] (bot):
    Done.

    ▸ Context: 5 of 10

    after
""")
