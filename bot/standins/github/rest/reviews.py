"""Reviews and inline comments over REST: list, get, write, reply, edit, delete, react."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.standins.github import acts, review_acts
from bot.standins.github.acts import Place
from bot.standins.github.rest.call import Answer, Call, Endpoint, paged
from bot.standins.github.rest.issues import CommentBody, CommentsQuery, ReactionBody, checked_body
from bot.standins.github.rest.pulls import place_of_pull
from bot.standins.github.schema import issues, reviews
from bot.standins.github.strict import Page, Refusal, Strict, invalid, not_found
from bot.standins.github.world import Review, ReviewComment, ReviewState, Side

STATES: dict[str, ReviewState] = {"APPROVE": "approved", "REQUEST_CHANGES": "changes_requested", "COMMENT": "commented"}


class RemarkBody(Strict):
    path: str
    body: str
    line: int = Field(ge=1)
    side: Side = "RIGHT"
    start_line: int | None = Field(default=None, ge=1)
    start_side: Side | None = None


class NewReview(Strict):
    """GitHub keeps a review without an `event` as pending, shown to nobody; here that is refused."""

    event: Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]
    body: str = ""
    commit_id: str | None = None
    comments: list[RemarkBody] = []


class NewComment(RemarkBody):
    commit_id: str


class ReviewCommentsQuery(CommentsQuery):
    sort: Literal["created", "updated", "created_at"] = "created"
    direction: Literal["asc", "desc"] | None = None


def _review(call: Call, level: str = "read") -> tuple[Place, Review]:
    place = place_of_pull(call, level)
    wanted = call.path["review_id"]
    found = next((one for one in review_acts.pull_of(place).reviews if one.id == wanted), None)
    if found is None:
        raise not_found()
    return place, found


def _comment(call: Call, level: str = "read") -> tuple[Place, ReviewComment]:
    repository = call.repository("pull_requests", level)
    found = repository.review_comment(call.path["comment_id"])
    if found is None:
        raise not_found()
    return Place(repository, found[0]), found[1]


def _review_answer(call: Call, place: Place, review: Review) -> Answer:
    return Answer(reviews.review(call.site, place.repository, place.thread, one=review))


def _comment_answer(call: Call, place: Place, comment: ReviewComment, *, status: int = 200) -> Answer:
    return Answer(reviews.review_comment(call.site, place.repository, place.thread, one=comment), status)


async def list_reviews(call: Call) -> Answer:
    place = place_of_pull(call, "read")
    found = review_acts.pull_of(place).reviews
    return paged(call, [reviews.review(call.site, place.repository, place.thread, one=one) for one in found])


async def get_review(call: Call) -> Answer:
    return _review_answer(call, *_review(call))


async def create_review(call: Call) -> Answer:
    place, new = place_of_pull(call, "write"), call.body
    remarks = tuple(
        review_acts.Remark(path=one.path, line=one.line, body=one.body, side=one.side, start_line=one.start_line)
        for one in new.comments
    )
    draft = review_acts.ReviewDraft(body=new.body, state=STATES[new.event], remarks=remarks)
    try:
        review = await review_acts.submit(call.site, place, call.actor, draft=draft)
    except review_acts.Unprocessable as refused:
        raise Refusal(422, "Unprocessable Entity", [str(refused)]) from None
    return _review_answer(call, place, review)


async def update_review(call: Call) -> Answer:
    place, review = _review(call, "write")
    review_acts.edit_review(call.site, place, call.actor, review=review, body=call.body.body)
    return _review_answer(call, place, review)


async def list_comments(call: Call) -> Answer:
    place, query = place_of_pull(call, "read"), call.query
    found = [
        one
        for one in review_acts.pull_of(place).review_comments
        if query.since is None or one.updated_at >= query.since
    ]
    found.sort(key=lambda one: (one.updated_at if query.sort == "updated" else one.created_at, one.id))
    if query.direction == "desc":
        found.reverse()
    return _listed(call, place, found)


async def list_comments_of_review(call: Call) -> Answer:
    place, review = _review(call)
    return _listed(call, place, [one for one in review_acts.pull_of(place).review_comments if one.review is review])


def _listed(call: Call, place: Place, found: list[ReviewComment]) -> Answer:
    return paged(call, [reviews.review_comment(call.site, place.repository, place.thread, one=one) for one in found])


async def get_comment(call: Call) -> Answer:
    return _comment_answer(call, *_comment(call))


async def create_comment(call: Call) -> Answer:
    """One inline comment: a review of its own, that says nothing else."""
    place, new = place_of_pull(call, "write"), call.body
    remark = review_acts.Remark(path=new.path, line=new.line, body=new.body, side=new.side, start_line=new.start_line)
    if new.commit_id != review_acts.pull_of(place).head_sha:
        message = "commit_id is not part of the pull request"
        raise invalid("PullRequestReviewComment", "custom", field="commit_id", message=message)
    try:
        draft = review_acts.ReviewDraft(remarks=(remark,))
        review = await review_acts.submit(call.site, place, call.actor, draft=draft)
    except review_acts.Unprocessable:
        raise _off_the_diff() from None
    comment = next(one for one in review_acts.pull_of(place).review_comments if one.review is review)
    return _comment_answer(call, place, comment, status=201)


def _off_the_diff() -> Refusal:
    field, resource = "pull_request_review_thread.line", "PullRequestReviewComment"
    wrong = {"resource": resource, "code": "custom", "field": field, "message": f"{field} must be part of the diff"}
    blank = {"resource": resource, "code": "missing_field", "field": "pull_request_review_thread.diff_hunk"}
    return Refusal(422, "Validation Failed", [wrong, blank])


async def reply(call: Call) -> Answer:
    """Only to a conversation's first comment: GitHub takes no replies to replies."""
    place, comment = _comment(call, "write")
    if place.thread.number != call.path["number"]:
        raise not_found()
    if comment.in_reply_to:
        raise Refusal(422, "Validation Failed", ["in_reply_to is a reply"], violation="a reply to a reply")
    body = checked_body(call.body.body, "PullRequestReviewComment")
    made = await review_acts.reply(call.site, place, call.actor, to=comment, body=body)
    return _comment_answer(call, place, made, status=201)


async def update_comment(call: Call) -> Answer:
    place, comment = _comment(call, "write")
    body = checked_body(call.body.body, "PullRequestReviewComment")
    review_acts.edit_comment(call.site, place, call.actor, comment=comment, body=body)
    return _comment_answer(call, place, comment)


async def delete_comment(call: Call) -> Answer:
    place, comment = _comment(call, "write")
    review_acts.delete_comment(call.site, place, call.actor, comment=comment)
    return Answer(None, 204)


async def list_reactions(call: Call) -> Answer:
    return paged(call, [issues.reaction(call.site, one) for one in _comment(call)[1].reactions])


async def react(call: Call) -> Answer:
    reactions = _comment(call, "write")[1].reactions
    made, new = acts.react(call.site, call.actor, reactions, content=call.body.content)
    return Answer(issues.reaction(call.site, made), 201 if new else 200)


PULL = "/repos/{owner}/{repo}/pulls/{number:int}"
REVIEW = f"{PULL}/reviews/{{review_id:int}}"
COMMENT = "/repos/{owner}/{repo}/pulls/comments/{comment_id:int}"
ENDPOINTS = [
    Endpoint(method="GET", path=f"{PULL}/reviews", handler=list_reviews, query=Page),
    Endpoint(method="POST", path=f"{PULL}/reviews", handler=create_review, body=NewReview),
    Endpoint(method="GET", path=REVIEW, handler=get_review),
    Endpoint(method="PUT", path=REVIEW, handler=update_review, body=CommentBody),
    Endpoint(method="GET", path=f"{REVIEW}/comments", handler=list_comments_of_review, query=Page),
    Endpoint(method="GET", path=f"{PULL}/comments", handler=list_comments, query=ReviewCommentsQuery),
    Endpoint(method="POST", path=f"{PULL}/comments", handler=create_comment, body=NewComment),
    Endpoint(method="POST", path=f"{PULL}/comments/{{comment_id:int}}/replies", handler=reply, body=CommentBody),
    Endpoint(method="GET", path=COMMENT, handler=get_comment),
    Endpoint(method="PATCH", path=COMMENT, handler=update_comment, body=CommentBody),
    Endpoint(method="DELETE", path=COMMENT, handler=delete_comment),
    Endpoint(method="GET", path=f"{COMMENT}/reactions", handler=list_reactions, query=Page),
    Endpoint(method="POST", path=f"{COMMENT}/reactions", handler=react, body=ReactionBody),
]
