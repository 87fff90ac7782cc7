"""Reviews on a pull request's page: the verdict, and the conversations at lines of the diff."""

from __future__ import annotations

from bot.standins.github.inspection import first_comments
from bot.standins.github.page.code import hunk_view
from bot.standins.github.page.markup import Html, h
from bot.standins.github.page.said import Saying, box, of_review_comment
from bot.standins.github.world import PullRequest, Repository, Review, ReviewComment

DID = {
    "approved": "approved these changes",
    "changes_requested": "requested changes",
    "commented": "reviewed",
    "dismissed": "left a review that was dismissed",
    "pending": "is reviewing",
}


def review_box(repository: Repository, pull: PullRequest, review: Review) -> Html:
    saying = Saying(
        author=review.author,
        body=review.body,
        at=review.submitted_at,
        anchor=f"pullrequestreview-{review.id}",
        edited=review.edits > 0,
        did=DID[review.state],
    )
    firsts = [one for one in first_comments(pull) if one.review is review]
    talks = [_conversation(repository, pull, first) for first in firsts]
    return h("div", box(repository, saying, *talks), class_=f"review {review.state}")


def _conversation(repository: Repository, pull: PullRequest, first: ReviewComment) -> Html:
    answers = [one for one in pull.review_comments if one.in_reply_to is first]
    said = [box(repository, of_review_comment(one)) for one in (first, *answers)]
    place = f"{first.anchor.path}:{first.anchor.line}"
    hunk = hunk_view(f"{place} (outdated)" if first.outdated else place, first.anchor.diff_hunk)
    return h("section", hunk, h("div", said, class_="talk"), class_="file conversation")
