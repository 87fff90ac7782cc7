"""From an event in Slack to its effects, and the sessions of a thread there: shared by messages, presses and questions.

Called by said.py, pressed.py and answered.py; nothing is decided here.
"""

from dataclasses import dataclass

from bot.facts.sessions import Sessions
from bot.perform import Performer
from bot.slack.facts import SlackFacts, slack_keys
from bot.slack.heard import ButtonPressed, OptionChosen, Reacted
from bot.slack.utterance import Utterance
from bot.store import SlackLink
from handlers import decide
from handlers.asked import SessionBrief
from handlers.effects import Effect
from handlers.events import SlackThread, Thread
from handlers.slack_answers import say
from handlers.slack_events import SlackAsker, SlackEvent


@dataclass(frozen=True)
class Deciding:
    facts: SlackFacts
    performer: Performer

    async def decided(self, event: SlackEvent) -> str:
        """Decides and performs; the effects' names. Raises Later."""
        return await self.done(decide(event))

    async def done(self, effects: list[Effect]) -> str:
        """Performs these; their names. Raises Later."""
        await self.performer.perform(effects)
        return ",".join(type(effect).__name__ for effect in effects) or "nothing"

    async def say(self, asker: SlackAsker, words: str) -> str:
        """An answer in words."""
        return await self.done([say(asker, f"reply-{asker.key}", words)])

    async def link(self, place: SlackThread) -> SlackLink | None:
        """What the thread is about."""
        return await self.facts.store.slack_links.get(place.team, place.channel, place.ts)

    async def of_link(self, link: SlackLink | None) -> tuple[SessionBrief, ...]:
        """The sessions of a thread, those of its issue last."""
        if link is None:
            return ()
        sessions = Sessions(self.facts.store, self.facts.cluster, self.facts.clock)
        mine = await sessions.of_keys(slack_keys(link))
        there = await sessions.of_thread(Thread(link.repository, link.repository_id, link.number, link.installation))
        return (*mine, *(there if link.number else ()))


def press(heard: ButtonPressed | OptionChosen | Reacted, place: SlackThread, key: str) -> Utterance:
    """Somebody's press as something said, seen by them alone."""
    return Utterance(
        team=heard.team,
        channel=heard.channel,
        user=heard.user,
        way="slash",
        key=f"{heard.team}:{key}",
        thread=place.ts,
        response_url="" if isinstance(heard, Reacted) else heard.response_url,
    )
