"""Buttons and reactions in Slack → the verb that they stand for, about their one session. Called by talk.py."""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.cluster import SESSIONS
from bot.slack.deciding import Deciding, press
from bot.slack.facts import SlackFacts
from bot.slack.heard import ButtonPressed, Reacted
from bot.slack.utterance import message_key
from bot.store import Intent
from bot.threads import thread_of
from handlers import wording
from handlers.asked import SessionBrief
from handlers.events import Actor, Permission, Person, SlackThread
from handlers.grammar.words import Command, Options
from handlers.session import read_session
from handlers.slack_events import (
    DefaultKept,
    HeardCommand,
    SessionShown,
    SlackAsked,
    SlackAsker,
)
from handlers.slack_words import APPROVE, KEEP, RAISE, RETRY, SHOW, STOP

VERBS = {STOP: "cancel", RETRY: "retry", RAISE: "budget", APPROVE: "approve"}
"""What the buttons ask for."""


@dataclass(frozen=True)
class Presses:
    deciding: Deciding

    @property
    def facts(self) -> SlackFacts:
        return self.deciding.facts

    async def reacted(self, reacted: Reacted) -> str:
        """Somebody put a mark on a message."""
        if not reacted.added:
            return "reaction_removed"
        found = await self._marked(reacted)
        if found is None:
            return "no_session"
        place, brief = found
        asker = await self.facts.asker(press(reacted, place, f"reaction:{brief.name}"))
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
        for brief in reversed(await self.deciding.of_link(await self.deciding.link(place))):
            if not brief.ended and (brief.source == source or payload.get("key") == f"progress-{brief.uid}"):
                return place, brief
        return None

    async def pressed(self, pressed: ButtonPressed) -> str:
        """Somebody pressed a button."""
        place = SlackThread(pressed.team, pressed.channel, pressed.thread_ts or pressed.message_ts, pressed.user)
        name, _, more = pressed.value.partition(" ")
        asker = await self.facts.asker(press(pressed, place, f"press:{pressed.action_id}:{pressed.value}"))
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
            return await self.deciding.say(asker, wording.slack_session_gone())
        thread, (missing, actor) = thread_of(intent), await self._who(asker, intent, command.verb)
        if missing:
            return await self.deciding.say(asker, missing)
        given = await self.facts.given(asker, thread, actor, await self.facts.only(asker.place, namespace, name))
        event = SlackAsked(asker, (HeardCommand(command, replace(given, commands=(command,))),))
        return await self.deciding.decided(event)

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

    async def _shown(self, asker: SlackAsker, namespace: str, name: str) -> str:
        intent = await self.facts.store.intents.get(namespace, name)
        found = await self.facts.cluster.get(SESSIONS, name, namespace) if intent else None
        if intent is None or found is None or intent.slack is None or not intent.origin.issue:
            return await self.deciding.say(asker, wording.slack_session_gone())
        session, place = read_session(found), asker.place
        thread = thread_of(intent)
        nobody = Actor(Person(asker.login, 0), Permission.NONE)
        return await self.deciding.decided(
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
        return await self.deciding.decided(DefaultKept(asker, repository, may))


def _is_amount(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and text.isascii() and len(text) < 12
