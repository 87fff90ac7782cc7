"""Carries out the effects in Slack: one small method each. Called by bot/perform.py.

Every effect may come twice, so that each looks before it speaks. What shows a session beside GitHub never waits for
Slack: it is put off. Where the bot may not speak, the asker is told in a direct message.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from bot.errors import Later
from bot.slack.client import SlackRefused
from bot.slack.linking import Linking
from bot.slack.messages import Messages
from bot.store import SlackLink, Store
from handlers.events import SlackThread, Thread
from handlers.slack_effects import (
    AskInSlack,
    BeginLinking,
    CloseSlack,
    KeepDefault,
    LinkSlack,
    ReactInSlack,
    SayInSlack,
    SettleQuestion,
    SlackEffect,
    TellSlack,
)
from handlers.slack_mirror import PATIENCE, message_digest
from handlers.slack_words import SlackMessage
from handlers.status_patch import moment

Json = dict[str, Any]
log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds in which nobody else tries a Slack that did not answer, doubled while it does not: the reconcile loop has
others to look after, and one lost answer is no outage."""


@dataclass
class SlackHands:
    store: Store
    messages: Messages
    linking: Linking
    clock: Callable[[], float]
    _down_until: float = field(default=0.0, init=False)
    _pause: float = field(default=FIRST_PAUSE, init=False)

    async def told(self, effect: TellSlack | CloseSlack) -> Json:
        """Shows a session, and what to note of that in its status. Raises Later, at once while Slack is down."""
        if (left := self._down_until - self.clock()) > 0:
            raise Later("Slack is down", after=left)
        try:
            noted = await (self._tell(effect) if isinstance(effect, TellSlack) else self._close(effect))
        except Later as later:
            if later.reason.startswith("Slack cannot be reached"):
                self._down()
            if isinstance(effect, CloseSlack) and self.clock() - effect.since > PATIENCE:
                log.error("slack_given_up", session=f"{effect.namespace}/{effect.name}", reason=later.reason)
                return {"result": "none"}
            raise
        self._pause = FIRST_PAUSE
        return noted

    def _down(self) -> None:
        self._down_until = self.clock() + self._pause
        self._pause = min(LONGEST_PAUSE, 2 * self._pause)

    async def _tell(self, effect: TellSlack) -> Json:
        place, ts = effect.place, None
        try:
            ts = await self.messages.upsert(place, effect.known, effect.key, effect.message)
        except SlackRefused as refused:
            log.warning("slack_refused", method=refused.method, code=refused.code)
            if not place.ts:
                place, ts = await self._directly(place, effect.key, effect.message)
        thread = place.ts or ts or ""
        if ts and not place.ts and effect.about is not None:
            await self._link(
                replace(place, ts=thread), effect.about, f"slack:{place.team}:{place.channel}:{effect.name}"
            )
        said = {"channel": place.channel, "progress": ts or "none"} | ({"thread": thread} if thread else {})
        return said | {"digest": message_digest(effect.message), "at": moment(self.clock())}

    async def _close(self, effect: CloseSlack) -> Json:
        try:
            return {"result": await self.messages.post_once(effect.place, effect.key, effect.message)}
        except SlackRefused as refused:
            log.warning("slack_refused", method=refused.method, code=refused.code)
            if effect.place.user:
                _, ts = await self._directly(effect.place, effect.key, effect.message)
                return {"result": ts or "none"}
            return {"result": "none"}

    async def _directly(self, place: SlackThread, key: str, message: SlackMessage) -> tuple[SlackThread, str | None]:
        """The message to the asker alone, where it cannot stand where it should; where, and its timestamp."""
        if not place.user:
            return place, None
        try:
            opened = await self.messages.slack.call("conversations.open", users=place.user)
            direct = replace(place, channel=str(opened["channel"]["id"]), ts="", private=True)
            return direct, await self.messages.post_once(direct, key, message)
        except SlackRefused as refused:
            log.error("slack_untold", method=refused.method, code=refused.code)
            return place, None

    async def perform(self, effect: SlackEffect) -> None:
        """Everything but what shows a session. Raises Later."""
        match effect:
            case SayInSlack():
                await self._say(effect)
            case ReactInSlack():
                await self._react(effect)
            case LinkSlack():
                await self._link(effect.place, effect.about, effect.key)
            case AskInSlack():
                await self._ask(effect)
            case SettleQuestion():
                await self._settle(effect)
            case KeepDefault():
                place = effect.place
                await self.store.channel_defaults.put(
                    place.team, place.channel, effect.repository, by=place.user
                )  # fmt: skip
            case BeginLinking():
                await self._say(await self.linking.begin(effect))
            case TellSlack() | CloseSlack():
                await self.told(effect)

    async def _say(self, effect: SayInSlack) -> None:
        if effect.alone and effect.response_url:
            try:
                return await self.messages.respond(effect.response_url, effect.message)
            except SlackRefused as refused:
                log.info("response_refused", code=refused.code)
        try:
            if effect.alone:
                await self.messages.whisper(effect.place, effect.message)
            else:
                await self.messages.post_once(effect.place, effect.key, effect.message)
        except SlackRefused as refused:
            log.warning("slack_refused", method=refused.method, code=refused.code)
            await self._directly(effect.place, effect.key, effect.message)

    async def _react(self, effect: ReactInSlack) -> None:
        try:
            await self.messages.react(effect.place, effect.ts, effect.name)
        except SlackRefused as refused:
            # A courtesy only: the message may be gone, or the channel closed to the bot.
            log.warning("slack_refused", method=refused.method, code=refused.code)

    async def _link(self, place: SlackThread, about: Thread, key: str) -> None:
        """From now on a reply there is heard without a mention, and is about this."""
        known = await self.store.slack_links.get(place.team, place.channel, place.ts)
        await self.store.slack_links.put(
            SlackLink(
                team=place.team,
                channel=place.channel,
                ts=place.ts,
                repository=about.repository,
                repository_id=about.repository_id,
                number=about.number,
                installation=about.installation,
                key=key or (known.key if known else ""),
                title=about.title,
                url=about.url,
                private=about.private,
                pull_request=about.pull_request,
                user=place.user,
                hidden=place.private,
            )
        )

    async def _ask(self, effect: AskInSlack) -> None:
        await self.store.questions.ask(effect.question, "repository", effect.document, seconds=effect.seconds)
        question = await self.store.questions.get(effect.question)
        if question is None or question.closed:
            return
        await self._say(
            SayInSlack(effect.place, effect.question, effect.message, bool(effect.response_url), effect.response_url)
        )

    async def _settle(self, effect: SettleQuestion) -> None:
        try:
            await self._settled(effect)
        except SlackRefused as refused:
            log.warning("slack_refused", method=refused.method, code=refused.code)
        await self.store.questions.close(effect.question)

    async def _settled(self, effect: SettleQuestion) -> None:
        if effect.response_url:
            await self.messages.respond(effect.response_url, effect.message, replace=True)
        elif effect.place.ts and (asked := await self.messages.find(effect.place, effect.question)):
            await self.messages.edit(effect.place, asked, effect.message)
        else:
            await self.messages.whisper(effect.place, effect.message)
