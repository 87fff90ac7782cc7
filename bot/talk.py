"""The talk of a session's order: the issue or pull request, comments, reviews and remarks on lines, as they stood.

Called by bot/orders.py, and by bot/perform.py at the moment when an intent is kept. What handlers/talk_kept.py leaves
out is told to the runner without its text, so that the receipt can say so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bot.github import GitHub, GitHubRefused
from bot.github import threads as github_threads
from bot.github.marks import Marks, fragment, marks_of
from bot.store import Intent
from bot.threads import requester_of, thread_of
from crds.receipt import Trust
from crds.work_order import STANDINGS, LeftOut, Standing, Talk
from handlers import wording
from handlers.events import DiffPlace, Thread
from handlers.naming import digest
from handlers.talk_kept import Written, seconds_of, why_left_out

Json = dict[str, Any]

GONE = (403, 404, 410)
HUNK_LINES, HUNK_CHARACTERS = 12, 1500
"""Of the diff above a remark: its end, where the commented line stands."""


@dataclass(frozen=True)
class Said:
    talk: tuple[Talk, ...]
    left_out: tuple[LeftOut, ...] = ()


async def with_what_stands(github: GitHub, intent: Intent) -> Intent:
    """The intent with what it did not hear: the issue's text, and the reviews, which tell no time of a change."""
    thread = thread_of(intent)
    if not thread.number:
        return intent
    stood = intent.stood
    try:
        if stood.body is None:
            stood = replace(stood, body=(await github_threads.issue(github, thread)).get("body") or "")
        if thread.pull_request:
            stood = replace(stood, reviews=_digests(await github_threads.reviews(github, thread)))
    except GitHubRefused as refused:
        if refused.status not in GONE:
            raise
    return replace(intent, stood=stood)


def _digests(reviews: Iterable[Json]) -> dict[str, str]:
    return {str(review["id"]): digest(review.get("body") or "") for review in reviews}


async def talk_about(github: GitHub, intent: Intent, *, corrected: str | None = None) -> Said:
    """What is said in the intent's thread. `corrected`: the request, where its message was corrected since."""
    thread = thread_of(intent)
    told = await _issue(github, thread, intent)
    comments = await github_threads.comments(github, thread)
    comments = [item for item in comments if not _by_bot(item, github.app_id)]
    beside = thread.pull_request or any(not _asked(item, intent, "comment") for item in comments)
    marks = await marks_of(github, thread) if beside else Marks()
    told += [marked(_comment(item, intent, corrected), marks) for item in comments]
    if thread.pull_request:
        told += [marked(one, marks) for one in await _about_changes(github, thread, intent, corrected)]
    place = [_line_of(intent.source_url, intent.diff)] if intent.diff else []
    return Said(
        talk=(*place, *(one for one in told if isinstance(one, Talk))),
        left_out=tuple(one for one in told if isinstance(one, LeftOut)),
    )


def marked(found: Talk | LeftOut, marks: Marks) -> Talk | LeftOut:
    """The piece as GitHub marks it: left out where somebody has hidden it, unless it asked, or settled."""
    name = fragment(found.source)
    if isinstance(found, LeftOut):
        return found
    if name in marks.hidden and not found.trigger:
        why = wording.hidden_by_somebody(marks.hidden[name])
        return LeftOut(source=found.source, kind=found.kind, author=found.author, at=found.at, reason=why)
    return found.model_copy(update={"settled": True}) if name in marks.settled else found


async def _about_changes(github: GitHub, thread: Thread, intent: Intent, corrected: str | None) -> list[Talk | LeftOut]:
    reviews = [item for item in await github_threads.reviews(github, thread) if (item.get("body") or "").strip()]
    remarks = await github_threads.remarks(github, thread)
    return [
        *(_review(item, intent, corrected) for item in reviews),
        *(_remark(item, intent, corrected) for item in remarks),
    ]


async def _issue(github: GitHub, thread: Thread, intent: Intent) -> list[Talk | LeftOut]:
    item, stood = await github_threads.issue(github, thread), intent.stood.body
    if stood is None:  # an intent of an earlier version, or a thread that could not be read then
        return [_kept(item, intent, kind="issue", text=f"{item['title']}\n\n{item.get('body') or ''}")]
    asked = intent.origin.message == f"body-{item['number']}"
    found = _talk(item, intent, kind="issue", text=f"{intent.title or item['title']}\n\n{stood}", trigger=asked)
    same = stood == (item.get("body") or "")
    return [found, *([] if same else [_left_out(item, "issue", wording.stood_otherwise())])]


def _comment(item: Json, intent: Intent, corrected: str | None) -> Talk | LeftOut:
    if _asked(item, intent, "comment"):
        return _trigger(item, intent, "comment", corrected)
    return _kept(item, intent, kind="comment", text=item.get("body") or "")


def _review(item: Json, intent: Intent, corrected: str | None) -> Talk | LeftOut:
    if _asked(item, intent, "review"):
        return _trigger(item, intent, "review", corrected)
    text = item.get("body") or ""
    if str(item.get("state") or "").lower() == "dismissed":
        return _left_out(item, "review", wording.review_dismissed())
    known = intent.stood.reviews.get(str(item["id"]))
    if _author(item) == requester_of(intent) or known == digest(text):
        return _talk(item, intent, kind="review", text=text, trigger=_added(item, intent))
    return _left_out(item, "review", wording.changed_since() if known else wording.written_since())


def _remark(item: Json, intent: Intent, corrected: str | None) -> Talk | LeftOut:
    """A comment on a line. Those of the review that asked are what was asked for; of the one that asked, the line with
    its diff is told apart from its words."""
    if _asked(item, intent, "remark"):
        return _trigger(item, intent, "comment", corrected)
    found = _kept(item, intent, kind="diff", text=on_line(item))
    asked = intent.origin.message == f"review-{item.get('pull_request_review_id')}" or _added(item, intent)
    if isinstance(found, LeftOut):
        return found
    return found.model_copy(update={"trigger": asked, "settled": is_outdated(item)})


def _added(item: Json, intent: Intent) -> bool:
    """Whether the asker has said it while their session waited for another one's end: it does that as well.

    GitHub tells whole seconds: what was said in the very second is taken for said afterwards.
    """
    return bool(intent.after) and _author(item) == requester_of(intent) and _at(item) >= intent.stood.at


def _asked(item: Json, intent: Intent, kind: str) -> bool:
    """Whether it is the message that asked: by its number too, for a renamed repository has other addresses."""
    return item["html_url"] == intent.source_url or intent.origin.message == f"{kind}-{item['id']}"


def is_outdated(item: Json) -> bool:
    """Whether the line that a remark is at is no more; one on a whole file has never had any."""
    return item.get("line") is None and item.get("subject_type") != "file"


def on_line(item: Json) -> str:
    """A remark with where it stands, and the end of the diff above it."""
    line = item.get("line") or item.get("original_line")
    side = "before the change" if item.get("side") == "LEFT" else "after the change"
    outdated = ", changed since" if is_outdated(item) else ""
    at = f", line {line} ({side}{outdated})" if line else ""
    return f"At {item.get('path', '')}{at}:\n\n{_end_of(item.get('diff_hunk') or '')}\n\n{item.get('body') or ''}"


def _end_of(hunk: str) -> str:
    return "\n".join(hunk.split("\n")[-HUNK_LINES:])[-HUNK_CHARACTERS:]


def _trigger(item: Json, intent: Intent, kind: str, corrected: str | None) -> Talk:
    stood = item.get("body") or "" if intent.stood.text is None else intent.stood.text
    text = stood if corrected is None else _corrected(stood, intent.request, corrected)
    return _talk(item, intent, kind=kind, text=text, trigger=True)


def _corrected(text: str, request: str, corrected: str) -> str:
    """The message with what its request was corrected to; that alone, where the request is not found in it."""
    before, found, after = text.rpartition(request) if request else ("", "", "")
    return f"{before}{corrected}{after}" if found else corrected


def why_not_kept(item: Json, intent: Intent) -> str:
    """Why a comment is not used, in words; empty where it is."""
    written = Written(_author(item), item["created_at"], item["updated_at"])
    return why_left_out(written, requester=requester_of(intent), moment=moment_of(intent))


def moment_of(intent: Intent) -> float:
    """When it was asked for, in seconds since the epoch."""
    at = seconds_of(intent.stood.at)
    return intent.created_at if at is None else at


def standing_of(item: Json) -> Standing:
    """What the author is to the repository, by GitHub's own word for it."""
    if (item.get("user") or {}).get("type") == "Bot":
        return "bot"
    return STANDINGS.get(str(item.get("author_association") or ""), "bystander")


def _kept(item: Json, intent: Intent, *, kind: str, text: str) -> Talk | LeftOut:
    why = why_not_kept(item, intent)
    return _left_out(item, kind, why) if why else _talk(item, intent, kind=kind, text=text)


def _talk(item: Json, intent: Intent, *, kind: str, text: str, trigger: bool = False) -> Talk:
    author = _author(item)
    return Talk(
        source=item["html_url"],
        kind=kind,
        author=author,
        trust=Trust.REQUESTER if author == requester_of(intent) else Trust.OUTSIDE,
        at=_at(item),
        text=text,
        trigger=trigger,
        standing=standing_of(item),
    )


def _left_out(item: Json, kind: str, why: str) -> LeftOut:
    return LeftOut(source=item["html_url"], kind=kind, author=_author(item), at=_at(item), reason=why)


def _at(item: Json) -> str:
    return str(item.get("created_at") or item.get("submitted_at") or "")


def _author(item: Json) -> str:
    return str((item.get("user") or {}).get("login", "ghost"))


def _line_of(source: str, place: DiffPlace) -> Talk:
    """The line of the changes at which it was asked, with the diff around it: a stranger may have written that."""
    side = "before the change" if place.side == "LEFT" else "after the change"
    line = f", line {place.line} ({side})" if place.line else ""
    text = f"The request stands at {place.path}{line}, at commit {place.commit}:\n\n{place.hunk}"
    return Talk(source=source, kind="diff", author="", trust=Trust.OUTSIDE, at="", text=text, trigger=True)


def _by_bot(item: Json, app_id: int) -> bool:
    return (item.get("performed_via_github_app") or {}).get("id") == app_id
