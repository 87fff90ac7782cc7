"""Messages on a page: a channel from top to bottom, and a thread with its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from starlette.responses import HTMLResponse

from bot.standins.github.page.markup import Html, h
from bot.standins.slack.emoji import EMOJI
from bot.standins.slack.page.blocks import Blocks
from bot.standins.slack.page.layout import day, face, moment, name, page
from bot.standins.slack.page.text import Text
from bot.standins.slack.reading import Reader
from bot.standins.slack.site import Site
from bot.standins.slack.world import Channel, Ephemeral, Message, View


class Talk:
    """Draws for one workspace."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._reader = Reader(site.world)
        self._text = Text(self._reader)
        self._blocks = Blocks(self._text)

    def channel(self, place: Channel) -> HTMLResponse:
        whispers = [one for one in self._whispers(place) if one.thread_ts is None]
        shown = _in_order(place.top_level, whispers)
        people = h("span", f"{len(place.members)} members", class_="quiet")
        head = h("header", h("h1", name(self._site, place)), people)
        address = f"/archives/{place.id}"
        return page(self._site, name(self._site, place), head, list(self._days(place, shown)), here=address)

    def thread(self, place: Channel, parent: Message) -> HTMLResponse:
        whispers = [one for one in self._whispers(place) if one.thread_ts == parent.ts]
        answers = _in_order(place.replies(parent.ts), whispers)
        head = h("header", h("h1", "Thread"), h("span", name(self._site, place), class_="quiet"))
        count = len(place.replies(parent.ts))
        rule = h("div", _counted(count), class_="rule") if count else None
        said = [self.said(place, parent, counts=False), rule, *(self.said(place, one) for one in answers)]
        return page(self._site, "Thread", head, said, here=f"/archives/{place.id}")

    def view(self, view: View) -> HTMLResponse:
        content = view.content
        buttons = [h("span", content["close"]["text"] if content.get("close") else "Cancel", class_="button")]
        if content.get("submit"):
            buttons.append(h("span", content["submit"]["text"], class_="button primary"))
        title = content["title"]["text"] if content.get("title") else "Home"
        parts = [h("header", title), h("div", self._blocks.all(content["blocks"]), class_="body")]
        footer = h("footer", buttons) if content["type"] == "modal" else None
        return page(self._site, title, h("div", *parts, footer, class_="modal"))

    def _whispers(self, place: Channel) -> Iterator[Ephemeral]:
        return (one for one in self._site.world.ephemerals if one.channel == place.id)

    def _days(self, place: Channel, shown: Iterable[Message | Ephemeral]) -> Iterator[Html]:
        before = ""
        for one in shown:
            if day(one.ts) != before:
                before = day(one.ts)
                yield h("div", h("span", before), class_="day")
            yield self.said(place, one)

    def said(self, place: Channel, one: Message | Ephemeral, *, counts: bool = True) -> Html:
        """One message with its author, its words, its reactions and the way into its thread."""
        whisper, app = isinstance(one, Ephemeral), self._is_app(one)
        author = self._author(one)
        head = h("div", h("b", author), " ", h("span", "APP", class_="app") if app else None, moment(one.ts))
        line = isinstance(one, Message) and one.subtype in ("tombstone", "channel_join")
        said = h(
            "div",
            h("div", f"Only visible to {self._reader.user(one.user)}", class_="quiet") if whisper else None,
            h("div", head, class_="who"),
            h("div", self._blocks.message(one), self._edited(one), class_="body"),
            self._below(place, one, counts=counts) if isinstance(one, Message) else None,
        )
        kind = " whisper" if whisper else " line" if line else ""
        anchor = f"p{one.ts.replace('.', '')}"
        return h("article", face(author, app=app), said, class_=f"message{kind}", id=anchor)

    def _is_app(self, one: Message | Ephemeral) -> bool:
        if isinstance(one, Ephemeral):
            return one.by == self._site.app.user_id
        return one.by_app or one.subtype == "bot_message"

    def _author(self, one: Message | Ephemeral) -> str:
        if isinstance(one, Ephemeral):
            found = self._site.world.users.get(one.by)
            return found.real_name if found else "Slackbot"
        if one.username:
            return one.username
        found = self._site.world.users.get(one.user)
        return found.real_name if found else "Slackbot"

    def _edited(self, one: Message | Ephemeral) -> Html | None:
        return h("span", "(edited)", class_="quiet") if isinstance(one, Message) and one.edited else None

    def _below(self, place: Channel, one: Message, *, counts: bool) -> Html:
        pills = [h("span", f"{EMOJI.get(it.name, f':{it.name}:')} {len(it.users)}") for it in one.reactions]
        reactions = h("div", pills, class_="reactions") if pills else None
        count = len(place.replies(one.ts)) if counts else 0
        address = f"/archives/{place.id}/p{one.ts.replace('.', '')}"
        answers = h("a", _counted(count), href=address, class_="answers") if count else None
        return h("div", reactions, answers)


def _in_order(messages: list[Message], whispers: list[Ephemeral]) -> list[Message | Ephemeral]:
    return sorted([*messages, *whispers], key=lambda one: one.ts)


def _counted(count: int) -> str:
    return f"{count} {'reply' if count == 1 else 'replies'}"
