"""Reviews and inline comments: as people write them, as GitHub tells them, as the App reads and answers them."""

from __future__ import annotations

from typing import Any

import pytest
from githubkit.exception import RequestFailed
from githubkit.webhooks import parse
from inline_snapshot import snapshot

from bot.standins.github import GitHubStandIn
from bot.standins.github.review_acts import Unprocessable, hunk_at
from tests.standins.conftest import SHOP, Clients, Door

CODE = "x = 1\ny = 2\nz = 3\n"


async def proposed(github: GitHubStandIn) -> int:
    """grace's pull request; she may write here."""
    github.grant(SHOP, "grace", role="write")
    await github.push_commit(SHOP, "fix", files={"src/a.py": CODE}, by="grace")
    return (await github.open_pull_request(SHOP, "fix", title="Fix", by="grace")).number


def mentioned(events: list[str]) -> list[str]:
    return [one for one in events if "review" in one]


async def test_a_review_is_told_with_each_of_its_comments(github: GitHubStandIn, door: Door) -> None:
    number = await proposed(github)
    comments = [("src/a.py", 2, "Why?"), ("src/a.py", 3, "And why this?")]
    await github.review(SHOP, number, body="Hm", state="changes_requested", comments=comments, by="ada")
    await github.drain()
    assert mentioned(door.events) == [
        "pull_request_review.submitted",
        "pull_request_review_comment.created",
        "pull_request_review_comment.created",
    ]
    review, first, _ = door.payloads[-3:]
    assert (review["review"]["state"], review["review"]["body"]) == ("changes_requested", "Hm")
    assert first["comment"]["pull_request_review_id"] == review["review"]["id"]
    assert first["comment"]["diff_hunk"] == "@@ -1 +1,3 @@\n x = 1\n+y = 2"
    assert (first["comment"]["path"], first["comment"]["line"], first["comment"]["side"]) == ("src/a.py", 2, "RIGHT")
    assert "mergeable" not in first["pull_request"]
    for headers, body in door.heard:
        parse(headers["x-github-event"], body)


async def test_a_single_comment_and_every_reply_submit_a_review_of_their_own(github: GitHubStandIn, door: Door) -> None:
    number = await proposed(github)
    comment = await github.comment_on_line(SHOP, number, path="src/a.py", line=2, body="Why?", by="ada")
    answer = await github.reply_inline(SHOP, comment, body="Because", by="grace")
    again = await github.reply_inline(SHOP, answer, body="Oh", by="ada")
    await github.drain()
    assert mentioned(door.events) == ["pull_request_review.submitted", "pull_request_review_comment.created"] * 3
    assert door.payloads[-2]["review"]["body"] is None
    assert door.payloads[-1]["comment"]["in_reply_to_id"] == comment.id
    assert again.in_reply_to is comment


async def test_a_review_reads_as_a_conversation(github: GitHubStandIn) -> None:
    number = await proposed(github)
    await github.comment(SHOP, number, body="First", by="ada")
    comment = await github.comment_on_line(SHOP, number, path="src/a.py", line=2, body="Why?", by="ada")
    await github.reply_inline(SHOP, comment, body="Because\nof this", by="grace")
    await github.react_inline(SHOP, comment, content="eyes", by="grace")
    await github.push_commit(SHOP, "fix", files={"src/a.py": "x = 1\ny = 3\n"}, by="grace")
    await github.review(SHOP, number, body="Good", state="approved", by="ada")
    assert github.thread(SHOP, number) == snapshot("""\
acme/shop#1 Fix [open]

@grace (collaborator):

@ada (collaborator):
    First

@ada (collaborator) reviewed:
    src/a.py:2 (outdated)  +y = 2
    @ada (collaborator):
        Why?
        [👀 1]
    @grace (collaborator):
        Because
        of this

@ada (collaborator) approved:
    Good
""")


async def test_the_app_reads_reviews_and_comments(github: GitHubStandIn, clients: Clients) -> None:
    number = await proposed(github)
    review = await github.review(SHOP, number, body="Hm", comments=[("src/a.py", 2, "Why?")], by="ada")
    await github.review(SHOP, number, state="approved", by="ada")
    kit = clients.installation()
    listed = (await kit.rest.pulls.async_list_reviews("acme", "shop", number)).parsed_data
    assert [(one.state, one.body, one.user.login) for one in listed] == [
        ("COMMENTED", "Hm", "ada"),
        ("APPROVED", "", "ada"),
    ]
    [comment] = (await kit.rest.pulls.async_list_review_comments("acme", "shop", number)).parsed_data
    same = (await kit.rest.pulls.async_list_comments_for_review("acme", "shop", number, review.id)).parsed_data
    one = (await kit.rest.pulls.async_get_review_comment("acme", "shop", comment.id)).parsed_data
    assert [each.id for each in same] == [one.id] == [comment.id]
    assert (one.path, one.line, one.diff_hunk) == ("src/a.py", 2, "@@ -1 +1,3 @@\n x = 1\n+y = 2")
    files = (await kit.rest.pulls.async_list_files("acme", "shop", number)).parsed_data
    assert [(file.filename, file.additions, file.patch) for file in files] == [
        ("src/a.py", 2, "@@ -1 +1,3 @@\n x = 1\n+y = 2\n+z = 3")
    ]
    [commit] = (await kit.rest.pulls.async_list_commits("acme", "shop", number)).parsed_data
    assert commit.author.login == "grace"
    assert github.violations == []


async def test_the_app_answers_and_reacts_where_it_was_asked(
    github: GitHubStandIn, clients: Clients, door: Door
) -> None:
    number = await proposed(github)
    comment = await github.comment_on_line(SHOP, number, path="src/a.py", line=2, body="Why?", by="ada")
    kit = clients.installation()
    made = await kit.rest.reactions.async_create_for_pull_request_review_comment(
        "acme", "shop", comment.id, content="eyes"
    )
    again = await kit.rest.reactions.async_create_for_pull_request_review_comment(
        "acme", "shop", comment.id, content="eyes"
    )
    assert (made.status_code, again.status_code) == (201, 200)
    answer = await kit.rest.pulls.async_create_reply_for_review_comment(
        "acme", "shop", number, comment.id, body="On it"
    )
    assert answer.parsed_data.in_reply_to_id == comment.id
    await kit.rest.pulls.async_update_review_comment("acme", "shop", answer.parsed_data.id, body="Done")
    with pytest.raises(RequestFailed) as refused:
        await kit.rest.pulls.async_create_reply_for_review_comment(
            "acme", "shop", number, answer.parsed_data.id, body="More"
        )
    assert refused.value.response.status_code == 422
    assert github.violations[0].endswith("a reply to a reply")
    await kit.rest.pulls.async_delete_review_comment("acme", "shop", answer.parsed_data.id)
    await github.drain()
    assert mentioned(door.events)[-4:] == [
        "pull_request_review.submitted",
        "pull_request_review_comment.created",
        "pull_request_review_comment.edited",
        "pull_request_review_comment.deleted",
    ]
    assert door.payloads[-2]["changes"] == {"body": {"from": "On it"}}
    assert {payload["sender"]["login"] for payload in door.payloads[-4:]} == {"vteam[bot]"}


async def test_the_app_reviews(github: GitHubStandIn, clients: Clients) -> None:
    number, kit = await proposed(github), clients.installation()
    comments = [{"path": "src/a.py", "line": 3, "body": "Unused"}]
    made = (
        await kit.rest.pulls.async_create_review(
            "acme", "shop", number, event="COMMENT", body="Read it", comments=comments
        )
    ).parsed_data
    assert made.state == "COMMENTED"
    assert [one.body for one in github.inline_comments(SHOP, number)] == ["Unused"]
    assert github.violations == []


OFF = "Pull request review thread line must be part of the diff and Pull request review thread diff hunk can't be blank"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"event": "COMMENT", "comments": [{"path": "src/a.py", "line": 9, "body": "x"}]}, OFF),
        ({"event": "COMMENT", "comments": [{"path": "gone.py", "line": 1, "body": "x"}]}, "path is invalid"),
        ({"event": "REQUEST_CHANGES"}, "can't be blank"),
    ],
)
async def test_a_review_off_the_diff_is_refused_whole(
    github: GitHubStandIn, clients: Clients, given: dict[str, Any], error: str
) -> None:
    number, kit = await proposed(github), clients.installation()
    with pytest.raises(RequestFailed) as refused:
        await kit.arequest("POST", f"/repos/acme/shop/pulls/{number}/reviews", json=given)
    document = refused.value.response.json()
    assert (document["message"], refused.value.response.status_code) == ("Unprocessable Entity", 422)
    assert error in document["errors"][0]
    assert github.inline_comments(SHOP, number) == []


async def test_nobody_approves_their_own(github: GitHubStandIn) -> None:
    number = await proposed(github)
    with pytest.raises(Unprocessable, match="Can not approve your own pull request"):
        await github.review(SHOP, number, state="approved", by="grace")


async def test_what_is_edited_dismissed_and_deleted_is_told(github: GitHubStandIn, door: Door) -> None:
    number = await proposed(github)
    review = await github.review(SHOP, number, body="No", state="changes_requested", by="ada")
    await github.edit_review(SHOP, number, review, body="No!", by="ada")
    await github.dismiss_review(SHOP, number, review, by="ada")
    comment = await github.comment_on_line(SHOP, number, path="src/a.py", line=2, body="Why?", by="ada")
    await github.edit_inline(SHOP, comment, body="Why so?", by="grace")
    await github.delete_inline(SHOP, comment, by="ada")
    await github.drain()
    said = [one for one in door.payloads if "review" in one or "comment" in one]
    assert [one["action"] for one in said] == [
        "submitted", "edited", "dismissed", "submitted", "created", "edited", "deleted",
    ]  # fmt: skip
    assert said[1]["changes"] == {"body": {"from": "No"}}
    assert said[2]["review"]["state"] == "dismissed"
    assert (said[5]["changes"], said[5]["sender"]["login"]) == ({"body": {"from": "Why?"}}, "grace")
    assert "reviewed:" not in github.thread(SHOP, number)
    for headers, body in door.heard:
        parse(headers["x-github-event"], body)


PATCH = "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n@@ -10,2 +10,3 @@\n j\n+k\n l\n\\ No newline at end of file"


@pytest.mark.parametrize(
    ("line", "side", "last", "position"),
    [
        (2, "RIGHT", "+B", 3),
        (2, "LEFT", "-b", 2),
        (3, "RIGHT", " c", 4),
        (11, "RIGHT", "+k", 7),
        (11, "LEFT", " l", 8),
    ],
)
def test_a_line_is_found_in_its_hunk(line: int, side: Any, last: str, position: int) -> None:
    found = hunk_at(PATCH, line, side)
    assert found is not None
    assert (found[0].split("\n")[-1], found[1]) == (last, position)
    assert hunk_at(PATCH, 7, side) is None
