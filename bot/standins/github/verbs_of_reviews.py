"""What a person does in the review of a pull request: reviews, inline comments, answers, corrections."""

from __future__ import annotations

from collections.abc import Sequence

from bot.standins.github import acts, check_acts, review_acts
from bot.standins.github.acts import Actor, Place
from bot.standins.github.admission import Admission
from bot.standins.github.review_acts import Remark, ReviewDraft
from bot.standins.github.world import Comment, ReactionContent, Review, ReviewComment, ReviewState


class ReviewVerbs(Admission):
    """Mixed into the stand-in. What GitHub would not take raises Unprocessable."""

    async def review(
        self,
        repository: str,
        number: int,
        *,
        by: str,
        body: str = "",
        state: ReviewState = "commented",
        comments: Sequence[tuple[str, int, str]] = (),
    ) -> Review:
        """A whole review; `comments` are (path, line of the new side, text)."""
        place, actor = self._thread(repository, number, by=by)
        remarks = tuple(Remark(path=path, line=line, body=text) for path, line, text in comments)
        draft = ReviewDraft(body=body, state=state, remarks=remarks)
        return await review_acts.submit(self.site, place, actor, draft=draft)

    async def comment_on_line(
        self, repository: str, number: int, *, path: str, line: int, body: str, by: str
    ) -> ReviewComment:
        """ "Add single comment": GitHub submits a review that says nothing else with it."""
        review = await self.review(repository, number, by=by, comments=[(path, line, body)])
        return self.inline_comments(repository, number, review)[0]

    def inline_comments(self, repository: str, number: int, review: Review | None = None) -> list[ReviewComment]:
        """Those of one review, or all of the pull request's, oldest first."""
        pull = review_acts.pull_of(Place(self._repository(repository), self._repository(repository).threads[number]))
        return [one for one in pull.review_comments if review is None or one.review is review]

    async def reply_inline(self, repository: str, comment: ReviewComment, *, body: str, by: str) -> ReviewComment:
        place, actor = self._of_review_comment(repository, comment, by=by)
        return await review_acts.reply(self.site, place, actor, to=comment, body=body)

    async def edit_review(self, repository: str, number: int, review: Review, *, body: str, by: str) -> None:
        place, actor = self._thread(repository, number, by=by)
        self._own(place.repository, actor, review.author)
        review_acts.edit_review(self.site, place, actor, review=review, body=body)

    async def dismiss_review(self, repository: str, number: int, review: Review, *, by: str) -> None:
        place, actor = self._thread(repository, number, by=by, needs="write")
        review_acts.dismiss(self.site, place, actor, review=review)

    async def edit_inline(self, repository: str, comment: ReviewComment, *, body: str, by: str) -> None:
        place, actor = self._of_review_comment(repository, comment, by=by)
        self._own(place.repository, actor, comment.author)
        review_acts.edit_comment(self.site, place, actor, comment=comment, body=body)

    async def delete_inline(self, repository: str, comment: ReviewComment, *, by: str) -> None:
        place, actor = self._of_review_comment(repository, comment, by=by)
        self._own(place.repository, actor, comment.author)
        review_acts.delete_comment(self.site, place, actor, comment=comment)

    async def react_inline(self, repository: str, comment: ReviewComment, *, content: ReactionContent, by: str) -> None:
        _, actor = self._of_review_comment(repository, comment, by=by)
        acts.react(self.site, actor, comment.reactions, content=content)

    async def resolve_conversation(self, repository: str, comment: ReviewComment, *, by: str) -> None:
        """GitHub tells of it in an event that the App does not hear."""
        place, actor = self._of_review_comment(repository, comment, by=by)
        if place.thread.author.id != actor.user.id:
            self._allowed(repository, by, needs="write")
        (comment.in_reply_to or comment).resolved = True

    async def hide(
        self, repository: str, said: Comment | Review | ReviewComment, *, by: str, why: str = "off-topic"
    ) -> None:
        """Somebody chose "Hide" below a comment: GitHub tells nobody."""
        self._allowed(repository, by, needs="write")
        said.minimized = why

    async def rerequest_check(self, repository: str, check_run_id: int, *, by: str) -> None:
        """Somebody pressed "Re-run" at a check."""
        repo, actor = self._allowed(repository, by, needs="write")
        run = repo.check_runs[check_run_id]
        check_acts.tell(self.site, repo, actor, run=run, action="rerequested")

    async def press_check_action(self, repository: str, check_run_id: int, *, identifier: str, by: str) -> None:
        """Somebody pressed one of the check run's own buttons."""
        repo, actor = self._allowed(repository, by, needs="write")
        run = repo.check_runs[check_run_id]
        if identifier not in [one.identifier for one in run.actions]:
            raise LookupError(identifier)
        check_acts.tell(self.site, repo, actor, run=run, action="requested_action", requested=identifier)

    def _of_review_comment(self, repository: str, comment: ReviewComment, *, by: str) -> tuple[Place, Actor]:
        repo, actor = self._writable(repository, by, needs="read")
        found = repo.review_comment(comment.id)
        if found is None:
            raise LookupError(f"review comment {comment.id}")
        return Place(repo, found[0]), actor
