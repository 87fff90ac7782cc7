"""Joins a person in Slack with one on GitHub: begins GitHub's device flow, and looks whether it came to an end.

Called by performing.py and talk.py. What waits is a question in the store, so that a restart loses nothing; the token
that GitHub gives at the end is never here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from bot.github.device import DeviceFlow, DeviceRefused, Ended, Proven, Waiting
from bot.store import Question, Store
from handlers import wording
from handlers.events import SlackThread
from handlers.grammar.words import Dialect
from handlers.slack_effects import BeginLinking, SayInSlack
from handlers.slack_words import SlackMessage

Json = dict[str, Any]
log = structlog.get_logger()

SLOWER = 5.0
"""Seconds that GitHub wants beside the interval when it says slow_down."""


@dataclass(frozen=True)
class Linking:
    store: Store
    device: DeviceFlow | None
    """None where the App's client id is not set."""
    clock: Callable[[], float]
    prefix: str = Dialect().prefix

    async def begin(self, wish: BeginLinking) -> SayInSlack:
        """What to tell the person: the code, or why there is none. Raises Later."""
        known = await self.store.questions.get(wish.question)
        if known is not None:
            return self._code(wish, known.document)
        if self.device is None:
            return _alone(wish, wording.slack_link_unset())
        try:
            code = await self.device.begin()
        except DeviceRefused as refused:
            log.warning("device_flow_refused", why=str(refused))
            return _alone(wish, wording.slack_link_ended(str(refused), self.prefix))
        document = {
            "device_code": code.device_code,
            "user_code": code.user_code,
            "url": code.verification_uri,
            "interval": code.interval,
            "ends": self.clock() + code.expires_in,
            "place": place_document(wish.place),
            "response_url": wish.response_url,
        }
        await self.store.questions.ask(wish.question, "device", document, seconds=code.interval)
        return self._code(wish, document)

    def _code(self, wish: BeginLinking, document: Json) -> SayInSlack:
        minutes = max(1.0, (document["ends"] - self.clock()) / 60)
        return _alone(wish, wording.slack_link_code(document["user_code"], document["url"], minutes=minutes))

    async def look(self, question: Question) -> SayInSlack | None:
        """One look at GitHub; what to tell the person where it is over. Raises Later."""
        document = question.document
        found = await self.device.look(document["device_code"]) if self.device else Ended("access_denied")
        if isinstance(found, Waiting) and self.clock() < document["ends"]:
            interval = document["interval"] + (SLOWER if found.slow_down else 0.0)
            await self.store.questions.put_off(question.id, interval, document | {"interval": interval})
            return None
        place = place_of(document["place"])
        if isinstance(found, Proven):
            await self.store.identities.put(place.team, place.user, login=found.login, github_id=found.id)
            log.info("identity_linked", team=place.team, user=place.user, login=found.login)
            words = wording.slack_linked(found.login)
        else:
            words = wording.slack_link_ended(found.why if isinstance(found, Ended) else "expired_token", self.prefix)
        # The code is used up, and what it was is nobody's business any more.
        await self.store.questions.put_off(question.id, 0.0, {"place": document["place"]})
        await self.store.questions.close(question.id)
        return _said(place, question.id + "-end", words, document["response_url"])


def _alone(wish: BeginLinking, words: str) -> SayInSlack:
    return _said(wish.place, wish.question, words, wish.response_url)


def _said(place: SlackThread, key: str, words: str, response_url: str) -> SayInSlack:
    message = SlackMessage(words[:1].upper() + words[1:])
    return SayInSlack(place, key, message, alone=True, response_url=response_url)


def place_document(place: SlackThread) -> Json:
    """A place as a question keeps it."""
    return {
        "team": place.team,
        "channel": place.channel,
        "ts": place.ts,
        "user": place.user,
        "private": place.private,
    }


def place_of(document: Json) -> SlackThread:
    """The place that a question has kept."""
    return SlackThread(**document)
