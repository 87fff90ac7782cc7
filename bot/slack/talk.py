"""What people do in Slack → events → effects. Called by the worker for each delivery of Slack's, and for due questions.

Reads what was heard, has the facts read, decides, performs; nothing is decided here but whom a message is meant for.
Everything may come twice: what it leads to is named by the message itself.
"""

import asyncio
from dataclasses import dataclass, field
from typing import assert_never
from weakref import WeakValueDictionary

import orjson

from bot.perform import Performer
from bot.slack.answered import Answers
from bot.slack.deciding import Deciding, press
from bot.slack.due import EVENT
from bot.slack.facts import SlackFacts
from bot.slack.heard import (
    ButtonPressed,
    Ignored,
    OptionChosen,
    Reacted,
    ShortcutUsed,
    SlackHeard,
    SlackSaid,
    SlackUnsaid,
    SlashCommand,
)
from bot.slack.hearing import read
from bot.slack.linking import Linking
from bot.slack.pressed import Presses
from bot.slack.said import Said
from bot.slack.utterance import of_command, of_message, of_shortcut
from bot.store import Delivery
from handlers import wording
from handlers.events import SlackThread
from handlers.slack_answers import say
from handlers.slack_events import SlackAsker


@dataclass(frozen=True)
class SlackTalk:
    facts: SlackFacts
    linking: Linking
    performer: Performer
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, repr=False)

    @property
    def _deciding(self) -> Deciding:
        return Deciding(self.facts, self.performer)

    @property
    def _answers(self) -> Answers:
        return Answers(self._deciding, self.linking)

    async def work(self, delivery: Delivery) -> str:
        """One delivery, to its end; the effects' names. Raises Later, and what is our own fault."""
        if delivery.event == EVENT:
            return await self._answers.due(str(orjson.loads(delivery.payload)["question"]))
        heard = read(delivery.event, delivery.payload)
        if isinstance(heard, Ignored):
            return heard.reason
        # What is said in one channel is answered in its order: a stop must see what was asked for before it.
        async with self._turns.setdefault(heard.channel, asyncio.Lock()):
            return await self._heard(heard)

    async def _heard(self, heard: SlackHeard) -> str:
        match heard:
            case SlackSaid():
                return await Said(self._deciding).said(heard)
            case SlackUnsaid():
                return await Said(self._deciding).unsaid(heard)
            case SlashCommand():
                return await self._deciding.decided(await self.facts.asked(of_command(heard)))
            case ShortcutUsed():
                return await self._deciding.decided(await self.facts.asked(of_shortcut(heard)))
            case ButtonPressed():
                return await Presses(self._deciding).pressed(heard)
            case OptionChosen():
                return await self._answers.chosen(heard)
            case Reacted():
                return await Presses(self._deciding).reacted(heard)
            case _:
                assert_never(heard)

    async def trouble(self, delivery: Delivery) -> None:
        """Says one plain sentence where a delivery came to nothing by our own fault. Raises Later."""
        heard = read(delivery.event, delivery.payload) if delivery.event != EVENT else Ignored("due")
        if isinstance(heard, Ignored | Reacted | SlackUnsaid):
            return
        asker = _asker_of(heard)
        await self.performer.perform([say(asker, f"trouble-{delivery.id}", wording.slack_trouble())])


def _asker_of(heard: SlackSaid | SlashCommand | ShortcutUsed | ButtonPressed | OptionChosen) -> SlackAsker:
    match heard:
        case SlackSaid():
            said = of_message(heard, directly=False)
        case SlashCommand():
            said = of_command(heard)
        case ShortcutUsed():
            said = of_shortcut(heard)
        case _:
            place = SlackThread(heard.team, heard.channel, heard.thread_ts or heard.message_ts, heard.user)
            said = press(heard, place, heard.trigger_id)
    return SlackAsker(said.place, said.key, said.ts, alone=said.alone, response_url=said.response_url)
