"""What people said in the Slack thread before somebody asked there, as pieces of talk. Called by bot/orders.py, once.

The newest come first where not all fit; the bot's own words are left out, and those of other apps are folded. What is
read here goes to the agent and nowhere else: it is foreign text, and only the asker's own counts as the asker's.
"""

import asyncio
from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import structlog

from bot.errors import Later
from bot.images.before import Before
from bot.slack.client import SlackRefused
from bot.slack.facts import number_of
from bot.slack.files import addresses, named
from bot.slack.messages import Messages
from bot.slack.people import People
from bot.slack.utterance import message_key
from bot.store import Intent, SlackPlace
from bot.threads import slack_thread_of
from crds.receipt import Trust
from crds.work_order import Talk
from handlers.command import slack_text
from handlers.grammar.words import Dialect

Json = dict[str, Any]

log = structlog.get_logger()

MOST_MESSAGES, MOST_BYTES = 50, 64 * 1024
APP_BYTES = 2_000
"""Bytes of an app's message: an alert begins with what it is about."""
TRIES, LONGEST_PAUSE = 3, 5.0
"""How often Slack is asked before the work goes on without the thread; seconds between two times at most."""


@dataclass(frozen=True)
class ThreadTalk:
    messages: Messages
    people: People
    dialect: Dialect

    async def before(self, intent: Intent | None) -> Before:
        """The thread that the session was asked for in, oldest first; nothing where it was not asked for in one."""
        if intent is None or intent.slack is None or not intent.slack.ts:
            return Before()
        for attempt in range(TRIES):
            try:
                return await self._read(intent, intent.slack)
            except Later as later:
                log.warning("slack_thread_later", reason=later.reason, attempt=attempt + 1)
                await asyncio.sleep(min(later.after, LONGEST_PAUSE) if attempt + 1 < TRIES else 0)
            except SlackRefused as refused:
                log.warning("slack_thread_refused", reason=refused.code)
                break
        # Slack being away stops no work; the agent knows that something is missing.
        return Before((Talk(source="slack", kind="slack", author="", trust=Trust.BOT, at="", text=UNREAD),))

    async def _read(self, intent: Intent, place: SlackPlace) -> Before:
        thread = slack_thread_of(intent)
        assert thread is not None
        me = await self.messages.slack.me()
        replies = await self.messages.replies(thread)
        asked = _asked_at(replies, intent, place)
        said = replies if asked is None else [*replies[:asked], _asking(replies[asked], intent, place)]
        mine = {me.bot, me.user} - {""}
        foreign = [one for one in said if not mine & {one.get("bot_id"), one.get("user")}]
        kept = _newest(_folded(foreign, replace(self.dialect, bot_id=me.user)))
        link = await self.messages.permalink(thread, place.ts) if kept and intent.visibility != "public" else ""
        own = "" if asked is None else str(replies[asked].get("ts", ""))
        talk = [await self._piece(one, place, (link, own)) for one in kept]
        found = ChainMap(*(dict(addresses(one.get("files"))) for one in foreign))
        slack = self.messages.slack
        return Before(tuple(talk), {name: url for name, url in found.items() if slack.keeps(url)}, slack.files)

    async def _piece(self, one: "Said", place: SlackPlace, known: tuple[str, str]) -> Talk:
        """`known`: the thread's link, and the time of the message that asked."""
        link, asked = known
        return Talk(
            source=_address(link, place, one.ts),
            kind="slack",
            author=one.app or await self._name(one.user),
            trust=Trust.REQUESTER if one.user == place.user else Trust.OUTSIDE,
            at=datetime.fromtimestamp(float(one.ts), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            text=one.text,
            trigger=one.ts == asked,
        )

    async def _name(self, user: str) -> str:
        found = await self.people.user(user)
        return found.name if found else user


UNREAD = "What was said before in the Slack thread could not be read: Slack did not answer."


@dataclass(frozen=True)
class Said:
    ts: str
    user: str
    """Empty where an app said it."""
    app: str
    text: str


def _asked_at(replies: list[Json], intent: Intent, place: SlackPlace) -> int | None:
    """Which message of the thread asked; None where something else did: then the whole thread stood before it."""
    for at, one in enumerate(replies):
        if intent.origin.message in _sources(place, one):
            return at
    return None


def _asking(message: Json, intent: Intent, place: SlackPlace) -> Json:
    """The message that asked: whole, for the request may be a part of it. What somebody sent to the bot by a message's
    menu is the request to the last word; of that its files are left."""
    sent = intent.origin.message == _sources(place, message)[1]
    return {name: message.get(name) for name in ("ts", "user", "files")} if sent else message


def _sources(place: SlackPlace, message: Json) -> tuple[str, str]:
    """By which names an intent knows the message: as one that asks, and as one that was sent to the bot."""
    key = message_key(place.team, place.channel, str(message.get("ts", "")))
    return f"slack-{number_of(key)}", f"slack-{number_of(f'{key}:shortcut:{place.user}')}"


def _folded(said: Iterable[Json], dialect: Dialect) -> list[Said]:
    """Each person's message; of what an app says in a row, the last."""
    folded: list[Said] = []
    for app, group in groupby(said, key=_app):
        several = [
            Said(str(one["ts"]), "" if app else str(one.get("user", "")), app, _text(one, dialect)) for one in group
        ]
        folded += [_fold(several)] if app else several
    return [one for one in folded if one.text.strip()]


def _fold(several: list[Said]) -> Said:
    last, more = several[-1], len(several) - 1
    note = f"\n[before it, {more} more of this app]" if more else ""
    return Said(last.ts, "", last.app, _cut(last.text, APP_BYTES) + note)


def _app(one: Json) -> str:
    if not one.get("bot_id") and one.get("subtype") != "bot_message":
        return ""
    return str(one.get("username") or (one.get("bot_profile") or {}).get("name") or one.get("bot_id") or "an app")


def _text(one: Json, dialect: Dialect) -> str:
    """The message as people see it, its files by their names; an app's may stand in its attachments alone."""
    attached = [str(each.get("text") or each.get("fallback") or "") for each in one.get("attachments") or ()]
    text = slack_text(one, dialect).strip() or "\n".join(filter(None, attached))
    return "\n".join(filter(None, (text, *named(one.get("files")))))


def _newest(said: list[Said]) -> list[Said]:
    """As many of the newest as fit, oldest first; of the first one that does not, what fits."""
    kept: list[Said] = []
    left = MOST_BYTES
    for one in reversed(said[-MOST_MESSAGES:]):
        text = _cut(one.text, left)
        if not text:
            break
        kept.append(Said(one.ts, one.user, one.app, text))
        left -= len(text.encode())
    return kept[::-1]


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _address(link: str, place: SlackPlace, ts: str) -> str:
    """The message's permalink. A public repository shows its receipts: there it is no more than "slack"."""
    if not link:
        return "slack"
    address = link.partition("?")[0].replace(f"/p{place.ts.replace('.', '')}", f"/p{ts.replace('.', '')}")
    return address if ts == place.ts else f"{address}?thread_ts={place.ts}&cid={place.channel}"
