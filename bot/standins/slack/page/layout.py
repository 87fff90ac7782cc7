"""The frame of every page: the workspace's sidebar, and the small parts that pages share."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from starlette.responses import HTMLResponse

from bot.standins.github.page.markup import Child, Html, h
from bot.standins.slack.reading import Reader
from bot.standins.slack.site import Site
from bot.standins.slack.world import Channel

STYLE = (Path(__file__).parent / "style.css").read_text()
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Nothing may run or load but this one style: what people wrote stays text even if the escaping failed.
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
FACES = ("#3b6ea5", "#8a4f9e", "#2f7d5b", "#a5622a", "#a23b4a", "#4a5bb0", "#5f6b2d", "#2d6f7a")


def page(site: Site, title: str, *content: Child, here: str = "", status: int = 200) -> HTMLResponse:
    """A whole page; `here` is the address that the sidebar marks."""
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("title", title),
        Html(f"<style>{STYLE}</style>"),
    )
    body = h("body", _sidebar(site, here), h("main", *content))
    document = Html("<!DOCTYPE html>") + h("html", head, body, lang="en")
    return HTMLResponse(document, status, {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})


def _sidebar(site: Site, here: str) -> Html:
    channels = sorted(site.world.channels.values(), key=lambda one: (one.kind == "im", one.name))
    shown = [_entry(f"/archives/{one.id}", name(site, one), here) for one in channels if one.kind != "im"]
    direct = [_entry(f"/archives/{one.id}", name(site, one), here) for one in channels if one.kind == "im"]
    return h(
        "nav",
        h("div", site.world.team_name, class_="team"),
        h("h2", "Channels"),
        shown,
        [h("h2", "Direct messages"), direct] if direct else None,
        h("h2", "App"),
        _entry("/deliveries", "What it was told", here),
        h("div", "stand-in Slack · nothing here leaves this machine", class_="note"),
    )


def _entry(address: str, words: str, here: str) -> Html:
    return h("a", words, href=address, class_="here" if address == here else None)


def name(site: Site, place: Channel) -> str:
    """As people see it: a channel by its name, a conversation by the person in it."""
    if place.kind != "im":
        return f"{'🔒' if place.kind == 'group' else '#'} {place.name}"
    other = next(one for one in place.members if one != site.app.user_id)
    return f"{Reader(site.world).user(other)[1:]}, {site.app.name}"


def face(words: str, *, app: bool) -> Html:
    """A coloured initial, since there are no pictures here. SVG attributes need no style."""
    colour = "#4a154b" if app else FACES[crc32(words.encode()) % len(FACES)]
    square = h("rect", width=36, height=36, fill=colour)
    mark = "🤖" if app else words[:1].upper()
    letter = h("text", mark, x=18, y=24, fill="#fff", font_size=18, text_anchor="middle")
    return h("svg", square, letter, class_="face", viewBox="0 0 36 36", aria_hidden="true")


def moment(ts: str) -> Html:
    at = datetime.fromtimestamp(float(ts), UTC)
    return h("time", at.strftime("%H:%M"), class_="when", datetime=at.isoformat(), title=at.strftime("%d %b %Y %H:%M"))


def day(ts: str) -> str:
    return datetime.fromtimestamp(float(ts), UTC).strftime("%A, %-d %B %Y")
