"""What people do in Slack → events → effects. Called by the worker for each delivery of Slack's, and for due questions.

Reads what was heard, has the facts read, decides, performs; nothing is decided here but whom a message is meant for.
Everything may come twice: what it leads to is named by the message itself.
"""

import asyncio
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import assert_never
from weakref import WeakValueDictionary

import orjson
import structlog

from bot.cluster import SESSIONS
from bot.facts.sessions import Sessions
from bot.perform import Performer
from bot.slack.due import EVENT
from bot.slack.facts import SlackFacts, slack_keys
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
from bot.slack.utterance import Utterance, kept, message_key, of_command, of_message, of_shortcut
from bot.store import Delivery, Intent, Question, SlackLink
from bot.threads import thread_of
from handlers import decide, wording
from handlers.asked import SessionBrief
from handlers.effects import Effect
from handlers.events import Actor, Permission, Person, SlackThread, Thread
from handlers.grammar.words import Command, Options
from handlers.session import read_session
from handlers.slack_answers import say
from handlers.slack_events import (
    DefaultKept,
    HeardCommand,
    RepositoryChosen,
    SessionShown,
    SlackAsked,
    SlackAsker,
    SlackEvent,
)
from handlers.slack_words import APPROVE, CHOOSE, KEEP, RAISE, RETRY, SHOW, STOP

log = structlog.get_logger()

VERBS = {STOP: "cancel", RETRY: "retry", RAISE: "budget", APPROVE: "approve"}
"""What the buttons ask for."""


@dataclass(frozen=True)
class SlackTalk:
    facts: SlackFacts
    linking: Linking
    performer: Performer
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, repr=False)

    async def work(self, delivery: Delivery) -> str:
        """One delivery, to its end; the effects' names. Raises Later, and what is our own fault."""
        if delivery.event == EVENT:
            return await self._due(str(orjson.loads(delivery.payload)["question"]))
        heard = read(delivery.event, delivery.payload)
        if isinstance(heard, Ignored):
            return heard.reason
        # What is said in one channel is answered in its order: a stop must see what was asked for before it.
        async with self._turns.setdefault(heard.channel, asyncio.Lock()):
            return await self._heard(heard)

    async def _heard(self, heard: SlackHeard) -> str:
        match heard:
            case SlackSaid():
                return await self._said(heard)
            case SlackUnsaid():
                return await self._unsaid(heard)
            case SlashCommand():
                return await self._decided(await self.facts.asked(of_command(heard)))
            case ShortcutUsed():
                return await self._decided(await self.facts.asked(of_shortcut(heard)))
            case ButtonPressed():
                return await self._pressed(heard)
            case OptionChosen():
                return await self._chosen(heard)
            case Reacted():
                return await self._reacted(heard)
            case _:
                assert_never(heard)

    async def trouble(self, delivery: Delivery) -> None:
        """Says one plain sentence where a delivery came to nothing by our own fault. Raises Later."""
        heard = read(delivery.event, delivery.payload) if delivery.event != EVENT else Ignored("due")
        if isinstance(heard, Ignored | Reacted | SlackUnsaid):
            return
        asker = _asker_of(heard)
        await self.performer.perform([say(asker, f"trouble-{delivery.id}", wording.slack_trouble())])

    async def _decided(self, event: SlackEvent) -> str:
        effects = decide(event)
        await self.performer.perform(effects)
        return _names(effects)

    # --- messages

    async def _said(self, said: SlackSaid) -> str:
        directly = said.channel_type == "im" or not said.is_mention
        if not said.is_mention and said.channel_type != "im" and await self._others_talk(said):
            return "others_talk"
        now = of_message(said, directly=directly)
        if not said.edited:
            return await self._decided(await self.facts.asked(now))
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
        effects = [*gone, *decide(replace(event, heard=fresh))]
        await self.performer.perform(effects)
        return _names(effects)

    async def _taken_back(self, asker: SlackAsker, gone: set[object]) -> list[Effect]:
        """The end of what an edit or a deletion has taken back, as long as it waits."""
        if not gone:
            return []
        link = await self._link(asker.place)
        mine = [one for one in await self._of_link(link) if one.waiting and one.source == self.facts.source(asker.key)]
        return [self.facts.stopped(one, asker) for one in mine]

    async def _unsaid(self, unsaid: SlackUnsaid) -> str:
        place = SlackThread(unsaid.team, unsaid.channel, unsaid.root, unsaid.user)
        asker = SlackAsker(place, message_key(unsaid.team, unsaid.channel, unsaid.ts), alone=True)
        effects = await self._taken_back(asker, {"all"})
        await self.performer.perform(effects)
        return _names(effects)

    async def _link(self, place: SlackThread) -> SlackLink | None:
        return await self.facts.store.slack_links.get(place.team, place.channel, place.ts)

    async def _of_link(self, link: SlackLink | None) -> tuple[SessionBrief, ...]:
        if link is None:
            return ()
        sessions = Sessions(self.facts.store, self.facts.cluster, self.facts.clock)
        mine = await sessions.of_keys(slack_keys(link))
        there = await sessions.of_thread(Thread(link.repository, link.repository_id, link.number, link.installation))
        return (*mine, *(there if link.number else ()))

    # --- reactions

    async def _reacted(self, reacted: Reacted) -> str:
        if not reacted.added:
            return "reaction_removed"
        found = await self._marked(reacted)
        if found is None:
            return "no_session"
        place, brief = found
        asker = await self.facts.asker(_press(reacted, place, f"reaction:{brief.name}"))
        return await self._on_session(asker, brief.namespace, brief.name, Command("cancel", "", 1, 0))

    async def _marked(self, reacted: Reacted) -> tuple[SlackThread, SessionBrief] | None:
        """The session that a message asked for, or shows."""
        at = SlackThread(reacted.team, reacted.channel, reacted.ts, reacted.user)
        found = [one for one in await self.facts.messages.replies(at) if one.get("ts") == reacted.ts]
        if not found:
            return None
        place = replace(at, ts=str(found[0].get("thread_ts") or reacted.ts))
        source = self.facts.source(message_key(reacted.team, reacted.channel, reacted.ts))
        payload = (found[0].get("metadata") or {}).get("event_payload") or {}
        for brief in reversed(await self._of_link(await self._link(place))):
            if not brief.ended and (brief.source == source or payload.get("key") == f"progress-{brief.uid}"):
                return place, brief
        return None

    # --- buttons and menus

    async def _pressed(self, pressed: ButtonPressed) -> str:
        place = SlackThread(pressed.team, pressed.channel, pressed.thread_ts or pressed.message_ts, pressed.user)
        name, _, more = pressed.value.partition(" ")
        asker = await self.facts.asker(_press(pressed, place, f"press:{pressed.action_id}:{pressed.value}"))
        if pressed.action_id == KEEP:
            return await self._kept(asker, pressed.value)
        namespace, _, session = name.partition("/")
        if pressed.action_id == SHOW:
            return await self._shown(asker, namespace, session)
        verb = VERBS.get(pressed.action_id)
        if verb is None:
            return "other_button"
        options = Options(max_cost=Decimal(more)) if verb == "budget" and _is_amount(more) else Options()
        return await self._on_session(asker, namespace, session, Command(verb, "", 1, 0, options=options))

    async def _on_session(self, asker: SlackAsker, namespace: str, name: str, command: Command) -> str:
        """The verb, about this one session."""
        intent = await self.facts.store.intents.get(namespace, name)
        if intent is None:
            return await self._say(asker, wording.slack_session_gone())
        thread, (missing, actor) = thread_of(intent), await self._who(asker, intent, command.verb)
        if missing:
            return await self._say(asker, missing)
        given = await self.facts.given(asker, thread, actor, await self.facts.only(asker.place, namespace, name))
        event = SlackAsked(asker, (HeardCommand(command, replace(given, commands=(command,))),))
        return await self._decided(event)

    async def _who(self, asker: SlackAsker, intent: Intent, verb: str) -> tuple[str, Actor]:
        """Who presses, and what they may do where the session works; or why they are not answered."""
        place, thread = asker.place, thread_of(intent)
        identity = await self.facts.store.identities.get(place.team, place.user)
        may = await self.facts.repositories.permission(thread, identity)
        own = intent.slack is not None and (intent.slack.team, intent.slack.user) == (place.team, place.user)
        if identity is None:
            free = verb == "cancel" and own
            return ("" if free else wording.slack_link_first(verb, self.facts.settings.dialect.prefix)), Actor(
                Person("", 0), Permission.NONE
            )
        if thread.private and may < Permission.READ:
            return wording.slack_unseen(thread.repository), Actor(Person(identity.login, 0), may)
        return "", Actor(Person(identity.login, identity.github_id), may)

    async def _say(self, asker: SlackAsker, words: str) -> str:
        effects: list[Effect] = [say(asker, f"reply-{asker.key}", words)]
        await self.performer.perform(effects)
        return _names(effects)

    async def _shown(self, asker: SlackAsker, namespace: str, name: str) -> str:
        intent = await self.facts.store.intents.get(namespace, name)
        found = await self.facts.cluster.get(SESSIONS, name, namespace) if intent else None
        if intent is None or found is None or intent.slack is None or not intent.origin.issue:
            return await self._say(asker, wording.slack_session_gone())
        session, place = read_session(found), asker.place
        thread = thread_of(intent)
        nobody = Actor(Person(asker.login, 0), Permission.NONE)
        return await self._decided(
            SessionShown(
                asker=asker,
                thread=thread,
                words=intent.request,
                answer=session.status.result or "",
                uid=session.uid,
                own=bool(nobody.person.login)
                and not intent.slack.author
                and (intent.slack.team, intent.slack.user) == (place.team, place.user),
            )
        )

    async def _kept(self, asker: SlackAsker, repository: str) -> str:
        identity = await self.facts.store.identities.get(asker.place.team, asker.place.user)
        thread = await self.facts.repositories.thread(repository, 0) if identity else None
        may = thread is not None and await self.facts.repositories.permission(thread, identity) >= Permission.READ
        return await self._decided(DefaultKept(asker, repository, may))

    # --- questions

    async def _chosen(self, chosen: OptionChosen) -> str:
        question = await self.facts.store.questions.get(chosen.block_id) if chosen.action_id == CHOOSE else None
        if question is None or question.kind != "repository":
            return "no_question"
        said = kept(question.document)
        if (said.team, said.user) != (chosen.team, chosen.user):
            place = SlackThread(chosen.team, chosen.channel, chosen.thread_ts or chosen.message_ts, chosen.user)
            asker = await self.facts.asker(_press(chosen, place, f"choice:{question.id}"))
            return await self._say(asker, wording.slack_not_your_question())
        return await self._answered(question, chosen.value, response_url=chosen.response_url)

    async def _due(self, name: str) -> str:
        question = await self.facts.store.questions.get(name)
        if question is None or question.closed:
            return "closed"
        if question.kind == "device":
            words = await self.linking.look(question)
            effects: list[Effect] = [words] if words else []
            await self.performer.perform(effects)
            return _names(effects)
        return await self._answered(question, self.facts.settings.slack_repository, by_time=True)

    async def _answered(
        self, question: Question, repository: str, *, response_url: str = "", by_time: bool = False
    ) -> str:
        """Takes up what was said, with the answer that stands: the first one, whoever else answers at the same time."""
        answer = {"repository": repository, "by_time": by_time}
        stands = await self.facts.store.questions.answer(question.id, answer) or answer
        chosen, timed = str(stands["repository"]), bool(stands["by_time"])
        event = await self.facts.asked(kept(question.document), chosen=chosen)
        if question.closed:
            return "closed"
        done = await self._decided(event) if chosen else ""
        settled = RepositoryChosen(
            asker=replace(event.asker, response_url=response_url),
            question=question.id,
            repository=chosen,
            by_time=timed,
            keep=bool(event.asker.login) and not timed,
        )
        return ",".join(part for part in (done, await self._decided(settled)) if part)


def _press(heard: ButtonPressed | OptionChosen | Reacted, place: SlackThread, key: str) -> Utterance:
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
            said = _press(heard, place, heard.trigger_id)
    return SlackAsker(said.place, said.key, said.ts, alone=said.alone, response_url=said.response_url)


def _is_amount(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and text.isascii() and len(text) < 12


def _name(one: object) -> object:
    """A command without its words: what an edit of the words leaves as it is."""
    return (one.ordinal, one.verb, one.target) if isinstance(one, Command) else one


def _names(effects: list[Effect]) -> str:
    return ",".join(type(effect).__name__ for effect in effects) or "nothing"
