"""The frame of every page, and the small parts that pages share: faces, states, labels, moments."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from pathlib import Path

from starlette.responses import HTMLResponse

from bot.standins.github.page.markup import Child, Html, h, join
from bot.standins.github.world import Label, Thread, User

STYLE = (Path(__file__).parent / "style.css").read_text()
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Nothing may run or load but this one style: what people wrote stays text even if the escaping failed.
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
FACES = ("#3b6ea5", "#8a4f9e", "#2f7d5b", "#a5622a", "#a23b4a", "#4a5bb0", "#5f6b2d", "#2d6f7a")


def page(title: str, *content: Child, crumbs: list[tuple[str, str]], status: int = 200) -> HTMLResponse:
    """A whole page. `crumbs` are (words, address) from the repository to here."""
    trail = [h("a", words, href=address) for words, address in crumbs]
    note = h("span", "stand-in GitHub · nothing here leaves this machine", class_="note")
    top = h("div", h("div", h("a", "All repositories", href="/", class_="here"), trail, note), class_="top")
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("title", title),
        Html(f"<style>{STYLE}</style>"),
    )
    document = Html("<!DOCTYPE html>") + h("html", head, h("body", top, h("main", *content)), lang="en")
    return HTMLResponse(document, status, {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})


def face(user: User) -> Html:
    """A coloured initial, since there are no pictures here. SVG attributes need no style."""
    colour = FACES[user.id % len(FACES)]
    circle = h("circle", cx=12, cy=12, r=12, fill=colour)
    letter = h("text", user.login[0].upper(), x=12, y=16, fill="#fff", font_size=12, text_anchor="middle")
    return h("svg", circle, letter, class_="face", viewBox="0 0 24 24", aria_hidden="true")


def state_word(thread: Thread) -> str:
    if thread.pull and thread.pull.merged_at:
        return "merged"
    if thread.pull and thread.pull.draft and thread.state == "open":
        return "draft"
    if thread.pull is None and thread.state == "closed" and thread.state_reason == "completed":
        return "completed"
    return thread.state


def state(thread: Thread) -> Html:
    word = state_word(thread)
    return h("span", word.capitalize(), class_=f"state {word}")


def labels(given: list[Label]) -> Html:
    return join(h("span", label.name, class_="label") for label in given)


def moment(at: datetime) -> Html:
    return h("time", at.strftime("%d %b %Y %H:%M:%S"), class_="when", datetime=at.isoformat())
