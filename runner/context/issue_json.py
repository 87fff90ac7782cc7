"""An issue or pull request in GitHub's JSON as pieces of talk: its text, comments, reviews, and remarks on lines. Pure.

Called by issue_file.py. Takes the forms of the REST API, of `gh issue view` and `gh pr view`, and of GraphQL's lists;
whatever of the talk is not taken is told in words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crds.receipt import Trust
from crds.work_order import STANDINGS, Standing, Talk
from runner.context.talk.remarks import Place, told

Json = dict[str, Any]

STATES = {"APPROVED": "Approved.", "CHANGES_REQUESTED": "Changes requested."}
"""What a review decides, in words; its text says the rest."""
MOMENTS = ("created_at", "createdAt", "submitted_at", "submittedAt")
REMARKS = ("review_comments", "reviewComments")
NOT_TAKEN = ("commits", "files", "statusCheckRollup", "closingIssuesReferences", "timeline", "timelineItems")
"""Fields that tell something of the matter, too, and have no place here."""


@dataclass(frozen=True)
class IssueFile:
    title: str
    talk: tuple[Talk, ...]
    """The issue itself, then its comments, reviews and remarks on lines, each in the order given."""
    untaken: tuple[str, ...] = ()
    """What of it is not taken, in words."""


def of_document(found: Json, source: str) -> IssueFile:
    """What is said in a document that has a title."""
    untaken: list[str] = []
    comments = _entries(found, "comments", untaken)
    reviews = _entries(found, "reviews" if found.get("reviews") else "latestReviews", untaken)
    said = [
        _piece(found, source, "issue"),
        *(_piece(one, f"{source}#comment-{number}", "comment") for number, one in enumerate(comments, 1)),
        *_reviews(reviews, source, untaken),
        *_remarks(found, source, untaken),
    ]
    untaken += [name for name in NOT_TAKEN if found.get(name) and not isinstance(found[name], int)]
    return IssueFile(found["title"], tuple(said), tuple(untaken))


def plain_talk(source: str, kind: str, text: str) -> Talk:
    """What nobody is named for."""
    return Talk(source=source[:1024], kind=kind, author="", trust=Trust.OUTSIDE, at="", text=text)


def _entries(found: Json, name: str, untaken: list[str]) -> list[Json]:
    """The entries of a list, which GraphQL calls nodes; where there is only their number, that is told."""
    value: Any = found.get(name)
    total: Any = 0
    if isinstance(value, dict):
        total, value = value.get("totalCount"), value.get("nodes")
    elif not isinstance(value, list):
        total = value
    given = value if isinstance(value, list) else []
    entries = [one for one in given if isinstance(one, dict)]
    counted = total if isinstance(total, int) and not isinstance(total, bool) else 0
    missing = max(counted, len(given)) - len(entries)
    untaken += [f"{missing} of its {name}, of which it has no text"] if missing > 0 else []
    return entries


def _reviews(reviews: list[Json], source: str, untaken: list[str]) -> Iterator[Talk]:
    dismissed = 0
    for number, one in enumerate(reviews, 1):
        state = str(one.get("state") or "").upper()
        piece = _piece(one, f"{source}#review-{number}", "review")
        text = "\n\n".join(part for part in (STATES.get(state, ""), piece.text.strip()) if part)
        dismissed += state == "DISMISSED"
        if text and state != "DISMISSED":
            yield piece.model_copy(update={"text": text})
    untaken += [f"{dismissed} of its reviews, dismissed"] if dismissed else []


def _remarks(found: Json, source: str, untaken: list[str]) -> Iterator[Talk]:
    remarks: list[tuple[Json, Json]] = [(one, {}) for name in REMARKS for one in _entries(found, name, untaken)]
    for thread in _entries(found, "reviewThreads", untaken):
        remarks += [(one, thread) for one in _entries({"remarks": thread.get("comments")}, "remarks", untaken)]
    for number, (one, thread) in enumerate(remarks, 1):
        piece = _piece(one, f"{source}#remark-{number}", "diff")
        settled = bool(thread.get("isResolved") or thread.get("isOutdated"))
        yield piece.model_copy(update={"text": _on_line(one, thread, piece.text), "settled": settled})


def _on_line(one: Json, thread: Json, body: str) -> str:
    def first(*names: str) -> Any:
        return next((each[name] for each in (one, thread) for name in names if each.get(name)), "")

    line = first("line", "originalLine", "original_line")
    side = "before the change" if first("side", "diffSide") == "LEFT" else "after the change"
    hunk = str(first("diff_hunk", "diffHunk"))
    place = Place(" ".join(str(first("path")).split()), line if isinstance(line, int) else 0, hunk, body, "")
    return told(place, side)


def _piece(found: Json, source: str, kind: str) -> Talk:
    author = found.get("author") or found.get("user") or ""
    login = str(author.get("login") or "") if isinstance(author, dict) else str(author)
    at = next(
        (found[name] for name in ("created_at", "createdAt", "submitted_at", "submittedAt") if found.get(name)), ""
    )
    return Talk(
        source=str(found.get("html_url") or found.get("url") or source)[:1024],
        kind=kind,
        author=login.removeprefix("app/")[:256],
        trust=Trust.OUTSIDE,
        at=str(at),
        text=str(found.get("body") or ""),
        standing=_standing(found, author),
    )


def _standing(found: Json, author: object) -> Standing:
    if isinstance(author, dict) and (author.get("is_bot") or "Bot" in (author.get("type"), author.get("__typename"))):
        return "bot"
    association = found.get("author_association") or found.get("authorAssociation")
    return STANDINGS.get(str(association), "bystander") if association else ""
