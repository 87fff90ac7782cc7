"""The stand-in's GraphQL: what is hidden, resolved or edited, in pages, and GitHub's errors for whatever it does not know."""

from typing import Any

import httpx
import pytest

from bot.standins.github import GitHubStandIn
from tests.standins.conftest import Clients

SHOP = "acme/shop"
QUERY = """
query($owner: String!, $name: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $name) {
    databaseId
    issueOrPullRequest(number: $number) {
      __typename
      ... on Issue { comments(last: 2, before: $before) { totalCount pageInfo { hasPreviousPage startCursor } nodes { url } } }
      ... on PullRequest {
        comments(last: 2) { nodes { isMinimized minimizedReason lastEditedAt } }
        reviews(last: 5) { nodes { body: url lastEditedAt } }
        reviewThreads(last: 5) { nodes { isResolved isOutdated comments(first: 9) { nodes { url } } } }
      }
    }
  }
}
"""


async def asked(clients: Clients, number: int, query: str = QUERY, **more: object) -> Any:
    variables = {"owner": "acme", "name": "shop", "number": number, **more}
    kit = clients.installation()
    answer = await kit.arequest(
        "POST", kit.graphql._get_graphql_endpoint(), json={"query": query, "variables": variables}
    )
    return answer.json()


async def test_what_is_said_on_an_issue_comes_in_pages_the_newest_first(
    github: GitHubStandIn, clients: Clients
) -> None:
    issue = await github.open_issue(SHOP, "Slow", by="ada")
    said = [await github.comment(SHOP, issue.number, body=f"{number}", by="ada") for number in range(3)]
    first = (await asked(clients, issue.number))["data"]["repository"]["issueOrPullRequest"]
    page = first["comments"]
    assert (first["__typename"], page["totalCount"], page["pageInfo"]["hasPreviousPage"]) == ("Issue", 3, True)
    assert [one["url"].rpartition("-")[2] for one in page["nodes"]] == [str(one.id) for one in said[1:]]
    second = await asked(clients, issue.number, before=page["pageInfo"]["startCursor"])
    page = second["data"]["repository"]["issueOrPullRequest"]["comments"]
    assert [one["url"].rpartition("-")[2] for one in page["nodes"]] == [str(said[0].id)]
    assert page["pageInfo"]["hasPreviousPage"] is False


async def test_what_is_hidden_resolved_and_edited_is_told(github: GitHubStandIn, clients: Clients) -> None:
    await github.push_commit(SHOP, "change", files={"src/a.py": "x = 2\n"}, by="ada")
    number = (await github.open_pull_request(SHOP, "change", title="Two", by="ada")).number
    await github.hide(SHOP, await github.comment(SHOP, number, body="Buy!", by="grace"), by="ada", why="spam")
    review = await github.review(SHOP, number, body="Why?", by="grace")
    await github.edit_review(SHOP, number, review, body="Why two?", by="grace")
    remark = await github.comment_on_line(SHOP, number, path="src/a.py", line=1, body="Why?", by="grace")
    await github.reply_inline(SHOP, remark, body="So.", by="ada")
    await github.resolve_conversation(SHOP, remark, by="ada")
    found = (await asked(clients, number))["data"]["repository"]["issueOrPullRequest"]
    [comment] = found["comments"]["nodes"]
    assert comment == {"isMinimized": True, "minimizedReason": "spam", "lastEditedAt": None}
    assert [bool(one["lastEditedAt"]) for one in found["reviews"]["nodes"]] == [True, False, False]
    [thread] = found["reviewThreads"]["nodes"]
    assert (thread["isResolved"], thread["isOutdated"], len(thread["comments"]["nodes"])) == (True, False, 2)
    assert github.violations == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            '{ repository(owner: "acme", name: "shop") { secrets } }',
            "Field 'secrets' doesn't exist on type 'Repository'",
        ),
        (QUERY.replace("last: 2)", "first: 101)"), "exceeds the `first` limit of 100 records"),
        (QUERY.replace("(last: 2)", ""), "You must provide a `first` or `last` value"),
        (QUERY.replace("isMinimized", "isMinimized { x }"), "must not have selections"),
        ("mutation { x }", "expected '{'"),
        ('{ repository(owner: "acme", name: "shop") { databaseId }', "expected a name"),
    ],
)
async def test_what_is_not_known_is_refused_and_written_down(
    github: GitHubStandIn, clients: Clients, query: str, message: str
) -> None:
    await github.push_commit(SHOP, "change", files={"src/a.py": "x = 2\n"}, by="ada")
    number = (await github.open_pull_request(SHOP, "change", title="Two", by="ada")).number
    await github.comment(SHOP, number, body="x", by="ada")
    variables = {"query": query} if "$" in query else {}
    found = await asked(clients, number, query) if variables else await bare(clients, query)
    assert message in found["errors"][0]["message"]
    assert message in github.violations[-1]
    github.site.violations.clear()


async def bare(clients: Clients, query: str) -> Any:
    kit = clients.installation()
    return (await kit.arequest("POST", kit.graphql._get_graphql_endpoint(), json={"query": query})).json()


async def test_what_the_app_may_not_see_is_not_there(github: GitHubStandIn, clients: Clients) -> None:
    await github.create_repository("grace/own", {"a": "1"}, private=True)
    found = await asked(clients, 1, owner="grace", name="own")
    assert found["data"] == {"repository": None}
    assert found["errors"][0]["type"] == "NOT_FOUND"
    async with httpx.AsyncClient() as nobody:
        answer = await nobody.post(f"{github.url}/api/graphql", json={"query": "{ repository { id } }"})
    assert answer.status_code == 401
    github.site.violations.clear()
