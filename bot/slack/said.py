"""Messages in Slack, written, changed, deleted → events → effects. Called by talk.py.

Nothing is decided here but whom a message is meant for.
"""

from dataclasses import dataclass, replace

from bot.slack.deciding import Deciding
from bot.slack.facts import SlackFacts
from bot.slack.heard import SlackSaid, SlackUnsaid
from bot.slack.utterance import Utterance, calls, message_key, of_message
from handlers import decide
from handlers.effects import Effect
from handlers.events import SlackThread
from handlers.grammar.words import Command
from handlers.slack_events import SlackAsker


@dataclass(frozen=True)
class Said:
    deciding: Deciding

    @property
    def facts(self) -> SlackFacts:
        return self.deciding.facts

    async def said(self, said: SlackSaid) -> str:
        """Somebody wrote or changed a message."""
        called = calls(said, self.facts.settings.dialect)
        directly = said.channel_type == "im" or not called
        if not called and said.channel_type != "im" and await self._others_talk(said):
            return "others_talk"
        now = of_message(said, directly=directly)
        if not said.edited:
            return await self.deciding.decided(await self.facts.asked(now))
        earlier = replace(now, text=said.before, blocks=said.before_blocks)
        return await self._edited(now, earlier)

    async def _others_talk(self, said: SlackSaid) -> bool:
        """Whether anybody but the bot and the asker has spoken in the thread: then it listens to its name only."""
        if said.thread_ts is None:
            return True
        place = SlackThread(said.team, said.channel, said.root, said.user)
        replies = await self.facts.messages.replies(place)
        people = {str(one.get("user", "")) for one in replies if not one.get("bot_id")}
        return bool(people - {said.user, "", (await self.facts.messages.slack.me()).user})

    async def _edited(self, now: Utterance, earlier: Utterance) -> str:
        names = self.facts.settings.dialect
        before, after = earlier.commands(names), now.commands(names)
        event = await self.facts.asked(now, before=before)
        fresh = tuple(one for one in event.heard if one.read not in before)
        if not fresh and set(before) <= set(after):
            return "not_changed"
        gone = await self._taken_back(event.asker, {_name(one) for one in before} - {_name(one) for one in after})
        return await self.deciding.done([*gone, *decide(replace(event, heard=fresh))])

    async def _taken_back(self, asker: SlackAsker, gone: set[object]) -> list[Effect]:
        """The end of what an edit or a deletion has taken back, as long as it waits."""
        if not gone:
            return []
        link = await self.deciding.link(asker.place)
        mine = [
            one
            for one in await self.deciding.of_link(link)
            if one.waiting and one.source == self.facts.source(asker.key)
        ]
        return [self.facts.stopped(one, asker) for one in mine]

    async def unsaid(self, unsaid: SlackUnsaid) -> str:
        """Somebody deleted one."""
        place = SlackThread(unsaid.team, unsaid.channel, unsaid.root, unsaid.user)
        asker = SlackAsker(place, message_key(unsaid.team, unsaid.channel, unsaid.ts), alone=True)
        return await self.deciding.done(await self._taken_back(asker, {"all"}))


def _name(one: object) -> object:
    """A command without its words: what an edit of the words leaves as it is."""
    return (one.ordinal, one.verb, one.target) if isinstance(one, Command) else one
