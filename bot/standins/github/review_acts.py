"""What is done in the review of a pull request, and the events that follow. REST and the verbs share these.

An inline comment is always part of a review: one that is made alone, and every reply, brings a review of its own
along, as on GitHub.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.standins.github.acts import Actor, Place
from bot.standins.github.events import announce
from bot.standins.github.schema import pulls, reviews
from bot.standins.github.site import Site
from bot.standins.github.world import Anchor, PullRequest, Review, ReviewComment, ReviewState, Side

HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
BLANK_HUNK = "Pull request review thread diff hunk can't be blank"


class Unprocessable(ValueError):
    """What GitHub will not take; the message is in its words."""


@dataclass(frozen=True, kw_only=True)
class Remark:
    path: str
    line: int
    body: str
    side: Side = "RIGHT"
    start_line: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReviewDraft:
    body: str = ""
    state: ReviewState = "commented"
    remarks: tuple[Remark, ...] = ()


def pull_of(place: Place) -> PullRequest:
    if place.thread.pull is None:
        raise LookupError(place.thread.number)
    return place.thread.pull


async def submit(site: Site, place: Place, actor: Actor, *, draft: ReviewDraft) -> Review:
    """All or nothing: one remark off the diff refuses the whole review. Raises Unprocessable."""
    _check(place, actor, draft)
    patches = await patches_of(site, place)
    anchors = [_anchor(place, remark, patches) for remark in draft.remarks]
    review = _review(site, place, actor, draft=draft)
    comments = [
        _comment(site, place, actor, review=review, said=(remark.body, anchor))
        for remark, anchor in zip(draft.remarks, anchors, strict=True)
    ]
    tell_review(site, place, actor, review=review, action="submitted")
    for comment in comments:
        tell_comment(site, place, actor, comment=comment, action="created")
    return review


def _check(place: Place, actor: Actor, draft: ReviewDraft) -> None:
    own = place.thread.author.id == actor.user.id
    if own and draft.state in ("approved", "changes_requested"):
        what = "approve" if draft.state == "approved" else "request changes on"
        raise Unprocessable(f"Can not {what} your own pull request")
    if draft.state != "approved" and not draft.body.strip() and not draft.remarks:
        raise Unprocessable("Pull request review body can't be blank")


async def patches_of(site: Site, place: Place) -> dict[str, str]:
    """Path → hunks of what the pull request changes."""
    git, pull = site.git(place.repository), pull_of(place)
    base = await git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    return await git.patches(f"{base}..{pull.head_sha}")


def _anchor(place: Place, remark: Remark, patches: dict[str, str]) -> Anchor:
    patch = patches.get(remark.path)
    if patch is None:
        raise Unprocessable(f"Pull request review thread path is invalid and {BLANK_HUNK}")
    found = hunk_at(patch, remark.line, remark.side)
    if found is None:
        raise Unprocessable(f"Pull request review thread line must be part of the diff and {BLANK_HUNK}")
    return Anchor(
        path=remark.path,
        line=remark.line,
        side=remark.side,
        start_line=remark.start_line,
        diff_hunk=found[0],
        position=found[1],
        commit_id=pull_of(place).head_sha,
    )


def hunk_at(patch: str, line: int, side: Side) -> tuple[str, int] | None:
    """The hunk down to that line of that side, and the line's position; None where the diff does not show it."""
    hunk: list[str] = []
    numbers = {"LEFT": 0, "RIGHT": 0}
    for position, text in enumerate(patch.split("\n")):
        header = HUNK.match(text)
        if header:
            hunk, numbers = [text], {"LEFT": int(header[1]), "RIGHT": int(header[2])}
            continue
        hunk.append(text)
        shown: list[Side] = {"+": ["RIGHT"], "-": ["LEFT"], "\\": []}.get(text[:1], ["LEFT", "RIGHT"])  # type: ignore[assignment]
        if side in shown and numbers[side] == line:
            return "\n".join(hunk), position
        for one in shown:
            numbers[one] += 1
    return None


def _review(site: Site, place: Place, actor: Actor, *, draft: ReviewDraft) -> Review:
    now, pull = site.world.now(), pull_of(place)
    review = Review(
        id=site.world.new_id(),
        author=actor.user,
        body=draft.body,
        state=draft.state,
        commit_id=pull.head_sha,
        submitted_at=now,
        updated_at=now,
        via_app=actor.via_app,
    )
    pull.reviews.append(review)
    place.thread.updated_at = now
    return review


def _comment(site: Site, place: Place, actor: Actor, *, review: Review, said: tuple[str, Anchor]) -> ReviewComment:
    now, pull = site.world.now(), pull_of(place)
    comment = ReviewComment(
        id=site.world.new_id(),
        review=review,
        author=actor.user,
        body=said[0],
        anchor=said[1],
        commit_id=pull.head_sha,
        created_at=now,
        updated_at=now,
        via_app=actor.via_app,
    )
    pull.review_comments.append(comment)
    return comment


async def reply(site: Site, place: Place, actor: Actor, *, to: ReviewComment, body: str) -> ReviewComment:
    """An answer below an inline comment. Conversations have one level: an answer to an answer is one to the first."""
    review = _review(site, place, actor, draft=ReviewDraft())
    comment = _comment(site, place, actor, review=review, said=(body, to.anchor))
    comment.in_reply_to = to.in_reply_to or to
    comment.outdated, comment.commit_id = to.outdated, to.commit_id
    tell_review(site, place, actor, review=review, action="submitted")
    tell_comment(site, place, actor, comment=comment, action="created")
    return comment


def edit_review(site: Site, place: Place, actor: Actor, *, review: Review, body: str) -> None:
    before, review.body = review.body, body
    if before == body:
        return
    review.updated_at = site.world.now()
    review.edits += 1
    tell_review(site, place, actor, review=review, action="edited", changes={"body": {"from": before}})


def dismiss(site: Site, place: Place, actor: Actor, *, review: Review) -> None:
    if review.state not in ("approved", "changes_requested"):
        raise Unprocessable(f"Can not dismiss a {review.state} pull request review")
    review.state, review.updated_at = "dismissed", site.world.now()
    tell_review(site, place, actor, review=review, action="dismissed")


def edit_comment(site: Site, place: Place, actor: Actor, *, comment: ReviewComment, body: str) -> None:
    before, comment.body = comment.body, body
    if before == body:
        return
    comment.updated_at = site.world.now()
    comment.edits += 1
    tell_comment(site, place, actor, comment=comment, action="edited", changes={"body": {"from": before}})


def delete_comment(site: Site, place: Place, actor: Actor, *, comment: ReviewComment) -> None:
    """A review that said nothing else goes with its last comment."""
    pull, review = pull_of(place), comment.review
    pull.review_comments.remove(comment)
    left = any(one.review is review for one in pull.review_comments)
    if not left and not review.body and review.state == "commented":
        pull.reviews.remove(review)
    tell_comment(site, place, actor, comment=comment, action="deleted")


async def follow_head(site: Site, place: Place) -> None:
    """After a push: comments move to the new head, and are outdated where their line is no longer shown as it was."""
    pull = pull_of(place)
    patches = await patches_of(site, place) if pull.review_comments else {}
    for one in pull.review_comments:
        found = hunk_at(patches.get(one.anchor.path, ""), one.anchor.line, one.anchor.side)
        last = one.anchor.diff_hunk.rsplit("\n", 1)[-1]
        if found is None or found[0].rsplit("\n", 1)[-1] != last:
            one.outdated = True
        elif not one.outdated:
            one.commit_id = pull.head_sha


def tell_review(site: Site, place: Place, actor: Actor, *, review: Review, action: str, **more: Any) -> None:
    document = reviews.review_event(site, place.repository, place.thread, one=review)
    _tell(site, place, actor, name="pull_request_review", action=action, review=document, **more)


def tell_comment(site: Site, place: Place, actor: Actor, *, comment: ReviewComment, action: str, **more: Any) -> None:
    document = reviews.review_comment(site, place.repository, place.thread, one=comment)
    _tell(site, place, actor, name="pull_request_review_comment", action=action, comment=document, **more)


def _tell(site: Site, place: Place, actor: Actor, **event: Any) -> None:
    """These events carry the short form of the pull request, without the numbers that git would have to count."""
    pull = pulls.short_pull(site, place.repository, (place.thread, pull_of(place)))
    announce(site, place.repository, actor.user, **event, pull_request=pull)
