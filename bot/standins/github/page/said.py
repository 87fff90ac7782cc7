"""One comment as a box: who, when, what, and how others reacted. Threads and reviews are made of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.standins.github.inspection import EMOJI
from bot.standins.github.page import markdown
from bot.standins.github.page.layout import face, moment
from bot.standins.github.page.markup import Child, Html, h
from bot.standins.github.schema.issues import association
from bot.standins.github.world import Comment, Reaction, Repository, ReviewComment, User

BADGES = {"OWNER": "owner", "COLLABORATOR": "collaborator"}


@dataclass(frozen=True, kw_only=True)
class Saying:
    """What a box shows. `did` stands after the name: "approved these changes"."""

    author: User
    body: str
    at: datetime
    anchor: str | None
    edited: bool = False
    did: str = ""
    reactions: Sequence[Reaction] = ()


def of_comment(one: Comment) -> Saying:
    anchor = f"issuecomment-{one.id}" if one.id else None
    return Saying(
        author=one.author,
        body=one.body,
        at=one.created_at,
        anchor=anchor,
        edited=one.edited,
        reactions=one.reactions,
    )


def of_review_comment(one: ReviewComment) -> Saying:
    return Saying(
        author=one.author,
        body=one.body,
        at=one.created_at,
        anchor=f"discussion_r{one.id}",
        edited=one.edits > 0,
        reactions=one.reactions,
    )


def box(repository: Repository, saying: Saying, *below: Child) -> Html:
    """`below` stands in the box, under the words. A review may have said nothing itself."""
    is_bot = saying.author.type == "Bot"
    words = markdown.render(saying.body, repository=f"/{repository.full_name}")
    nothing = None if saying.did else h("p", "No description.", class_="quiet")
    body = h("div", words or nothing, class_="body") if words or nothing else None
    parts = (head(repository, saying), body, _reactions(saying.reactions), *below)
    return h("article", *parts, class_=f"said{' bot' * is_bot}", id=saying.anchor)


def head(repository: Repository, saying: Saying) -> Html:
    author = saying.author
    badge = "bot" if author.type == "Bot" else BADGES.get(association(repository, author))
    return h(
        "header",
        face(author),
        h("b", author.login),
        h("span", badge, class_="badge") if badge else None,
        h("span", saying.did) if saying.did else None,
        h("span", "edited", class_="quiet") if saying.edited else None,
        moment(saying.at),
    )


def _reactions(given: Sequence[Reaction]) -> Html | None:
    counted = Counter(EMOJI[one.content] for one in given)
    if not counted:
        return None
    return h("div", [h("span", f"{emoji} {count}") for emoji, count in counted.items()], class_="reactions")
