"""What the bot says and reads in Slack's conversations. Called by whoever carries out effects.

A message is looked for by its metadata and our bot's id before it is posted: an answer that was lost on the way back
must not become a second message.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from bot.slack.client import Slack, SlackRefused
from bot.slack.render import Rendered, rendered
from handlers.events import SlackThread
from handlers.slack_words import SlackMessage

Json = dict[str, Any]

EVENT_TYPE = "vteam"
"""Of the metadata that all our messages carry."""
PAGE, PAGES = 200, 25
"""Messages of a page; pages that are followed at most: 5,000 messages are more than any prompt holds."""
RECENT_PAGES = 2
"""Pages of a channel that are looked through for a message that began a thread: it was posted moments ago."""
GONE = frozenset({"message_not_found", "cant_update_message", "cant_update_not_found", "edit_window_closed"})
"""Answers to an edit after which the message is posted anew."""


@dataclass(frozen=True)
class Messages:
    """The messages of conversations, as the bot. `trusted`: beginnings of addresses that may be clicked."""

    slack: Slack
    trusted: tuple[str, ...] = ()

    async def find(self, place: SlackThread, key: str) -> str | None:
        """The timestamp of our message with this key, or None."""
        bot = (await self.slack.me()).bot
        async for message in self._looked_through(place):
            if message.get("bot_id") == bot and _key(message) == key:
                return str(message["ts"])
        return None

    async def post_once(self, place: SlackThread, key: str, message: SlackMessage) -> str:
        """The message with this key, posted if it is not there yet. Without `place.ts` it begins a thread."""
        known = await self.find(place, key)
        return known if known is not None else await self._post(place, key, self.form(message))

    async def upsert(self, place: SlackThread, known: str | None, key: str, message: SlackMessage) -> str:
        """The message with this key, saying this now; posted again where somebody deleted it."""
        ts = known if known is not None else await self.find(place, key)
        if ts is None:
            return await self._post(place, key, self.form(message))
        try:
            await self.edit(place, ts, message)
        except SlackRefused as refused:
            if refused.code not in GONE:
                raise
            return await self._post(place, key, self.form(message))
        return ts

    async def edit(self, place: SlackThread, ts: str, message: SlackMessage) -> None:
        """Our message says this now."""
        form = self.form(message)
        await self.slack.call("chat.update", channel=place.channel, ts=ts, text=form.text, blocks=list(form.blocks))

    async def whisper(self, place: SlackThread, message: SlackMessage) -> None:
        """A message that only `place.user` sees; Slack keeps it nowhere, so that it may come twice."""
        form, thread = self.form(message), {"thread_ts": place.ts} if place.ts else {}
        await self.slack.call(
            "chat.postEphemeral",
            channel=place.channel,
            user=place.user,
            text=form.text,
            blocks=list(form.blocks),
            **thread,
        )

    async def respond(self, response_url: str, message: SlackMessage, *, replace: bool = False) -> None:
        """An answer that only the asker sees, or (`replace`) the new wording of the message that was pressed."""
        form = self.form(message)
        body = {"text": form.text, "blocks": list(form.blocks), "replace_original": replace}
        await self.slack.answer(response_url, body if replace else {**body, "response_type": "ephemeral"})

    async def react(self, place: SlackThread, ts: str, name: str) -> None:
        """Our reaction on a message; that it is there already is success."""
        try:
            await self.slack.call("reactions.add", channel=place.channel, timestamp=ts, name=name)
        except SlackRefused as refused:
            if refused.code != "already_reacted":
                raise

    async def unreact(self, place: SlackThread, ts: str, name: str) -> None:
        """No reaction of ours on a message; that there is none is success."""
        try:
            await self.slack.call("reactions.remove", channel=place.channel, timestamp=ts, name=name)
        except SlackRefused as refused:
            if refused.code != "no_reaction":
                raise

    async def permalink(self, place: SlackThread, ts: str) -> str:
        """The address of a message, for a browser."""
        return str((await self.slack.call("chat.getPermalink", channel=place.channel, message_ts=ts))["permalink"])

    async def replies(self, place: SlackThread) -> list[Json]:
        """All messages of a thread, oldest first, as Slack tells them."""
        return [message async for message in self._pages("conversations.replies", PAGES, place)]

    def form(self, message: SlackMessage) -> Rendered:
        """The message as Slack takes it."""
        return rendered(message, self.trusted)

    async def _post(self, place: SlackThread, key: str, form: Rendered) -> str:
        thread = {"thread_ts": place.ts} if place.ts else {}
        made = await self.slack.call(
            "chat.postMessage",
            channel=place.channel,
            text=form.text,
            blocks=list(form.blocks),
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            # What a link leads to is fetched by nobody: its address may carry what a stranger is not to know.
            unfurl_links=False,
            unfurl_media=False,
            **thread,
        )
        return str(made["ts"])

    def _looked_through(self, place: SlackThread) -> AsyncIterator[Json]:
        if place.ts:
            return self._pages("conversations.replies", PAGES, place)
        return self._pages("conversations.history", RECENT_PAGES, place)

    async def _pages(self, method: str, most: int, place: SlackThread) -> AsyncIterator[Json]:
        where = {"channel": place.channel, **({"ts": place.ts} if place.ts else {})}
        cursor: dict[str, str] = {}
        for _ in range(most):
            answer = await self.slack.call(method, **where, limit=PAGE, include_all_metadata=True, **cursor)
            for message in answer.get("messages", []):
                yield message
            following = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not following:
                return
            cursor = {"cursor": following}


def _key(message: Json) -> str | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("key") if metadata.get("event_type") == EVENT_TYPE else None
