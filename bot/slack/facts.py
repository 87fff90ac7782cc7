"""The facts around what was asked in Slack: read first, whole, so that the decision needs nothing else.

Called by talk.py. Every command becomes the `CommandGiven` that it would be on GitHub, or says what is missing for it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.cluster import SESSIONS, Cluster
from bot.facts.ground import ground_of
from bot.facts.memory import memory_of
from bot.facts.project import project_of
from bot.facts.pulls import pull_head
from bot.facts.sessions import Sessions
from bot.settings import Settings
from bot.slack.client import SlackRefused
from bot.slack.defaults import usual_repository
from bot.slack.messages import Messages
from bot.slack.people import People
from bot.slack.repositories import SlackRepositories
from bot.slack.utterance import Utterance
from bot.store import Identity, SlackLink, Store
from handlers import wording
from handlers.asked import CommandGiven, SessionBrief
from handlers.effects import StopSession
from handlers.events import Actor, Message, Permission, Person, SlackThread, Thread
from handlers.grammar.words import Command, Read
from handlers.quoting import plain_line
from handlers.session import read_session
from handlers.slack_events import HeardCommand, Missing, SlackAsked, SlackAsker

FREE = frozenset({"ask", "status", "context", "cancel"})
"""Verbs for whom nobody on GitHub stands: in public repositories, and `cancel` for what they have asked for."""


@dataclass(frozen=True)
class SlackFacts:
    store: Store
    cluster: Cluster
    repositories: SlackRepositories
    messages: Messages
    people: People
    settings: Settings
    clock: Callable[[], float]

    async def asked(self, said: Utterance, *, chosen: str = "", before: tuple[Read, ...] | None = None) -> SlackAsked:
        """What is to be decided on. `chosen`: the answer to the question which repository; `before`: an edit's."""
        identity = await self.store.identities.get(said.team, said.user)
        room = await self._room(said, identity, chosen)
        commands = said.commands(self.settings.dialect)
        heard = tuple([await self._heard(room, command, before) for command in commands])
        wanting = any(one.missing is Missing.REPOSITORY for one in heard)
        return SlackAsked(
            asker=room.asker,
            heard=heard,
            choice=await self.repositories.choice(identity) if wanting else (),
            document=said.document(),
            seconds=self.settings.slack_question_seconds,
        )

    async def asker(self, said: Utterance) -> SlackAsker:
        """Who asked, and where the answer goes."""
        identity = await self.store.identities.get(said.team, said.user)
        return self._asker(said, said.place, identity)

    def _asker(self, said: Utterance, place: SlackThread, identity: Identity | None) -> SlackAsker:
        return SlackAsker(
            place=place,
            key=said.key,
            ts=said.ts,
            login=identity.login if identity else "",
            alone=said.alone,
            response_url=said.response_url,
            author=said.author,
            prefix=self.settings.prefix,
        )

    async def _room(self, said: Utterance, identity: Identity | None, chosen: str) -> "Room":
        channel = await self.people.channel(said.channel)
        hidden = channel is None or channel.private
        link = await self.store.slack_links.get(said.team, said.channel, said.thread) if said.thread else None
        return Room(
            said=said,
            asker=self._asker(said, replace(said.place, private=hidden), identity),
            identity=identity,
            link=link,
            usual=chosen or ("" if link else await self._usual(said)),
            chosen=bool(chosen),
            external=channel is not None and channel.external,
            direct=channel is not None and channel.direct,
        )

    async def _usual(self, said: Utterance) -> str:
        """The repository that is meant in this channel where nobody names one."""
        return await usual_repository(self.store, self.cluster, self.settings, (said.team, said.channel))

    async def _heard(self, room: "Room", read: Read, before: tuple[Read, ...] | None) -> HeardCommand:
        if not isinstance(read, Command):
            return HeardCommand(read)
        if read.verb in ("help", "link"):
            return HeardCommand(read, missing=Missing.NOBODY)
        repository, number = room.named(read)
        name = f"{repository}#{number}" if number else repository
        if not repository:
            return HeardCommand(read, missing=Missing.REPOSITORY)
        thread = await self._thread(room, repository, number)
        missing, actor = await self._barred(room, read, thread)
        if missing is not None or thread is None:
            return HeardCommand(read, missing=missing or Missing.UNSEEN, name=name)
        given = await self.given(room.asker, thread, actor, await self._of(room, thread))
        return HeardCommand(read, await self._with(given, room, read, before), name=name)

    async def _barred(self, room: "Room", command: Command, thread: Thread | None) -> tuple[Missing | None, Actor]:
        """Why this person is not answered about that, if so; and who they are there."""
        person = Person(room.identity.login, room.identity.github_id) if room.identity else Person("", 0)
        nobody = Actor(person, Permission.NONE)
        if room.identity is None and (thread is None or thread.private or command.verb not in FREE):
            return Missing.UNLINKED, nobody
        if thread is None:
            return Missing.UNSEEN, nobody
        may = await self.repositories.permission(thread, room.identity)
        if thread.private and may < Permission.READ:
            return Missing.UNSEEN, nobody
        if thread.private and room.external:
            return Missing.OUTSIDE, nobody
        # What everybody may read, everybody in the workspace may ask about: the answer stays there.
        asks = room.identity is None and command.verb == "ask"
        return None, Actor(person, Permission.TRIAGE if asks else may)

    async def _thread(self, room: "Room", repository: str, number: int) -> Thread | None:
        link = room.link
        if not number and link is not None and link.repository == repository:
            number = await self._pull_of(link)
        return await self.repositories.thread(repository, number)

    async def _pull_of(self, link: SlackLink) -> int:
        """The pull request that a thread without an issue has led to: what follows is about it."""
        for name in reversed(await self._intents(link)):
            found = await self.cluster.get(SESSIONS, name[1], name[0])
            outcome = read_session(found).status.outcome if found else None
            for pull in outcome.pull_requests if outcome else ():
                if pull.repository.lower() == link.repository.lower():
                    return pull.number
        return 0

    async def _intents(self, link: SlackLink) -> list[tuple[str, str]]:
        keys = slack_keys(link)
        found = [one for key in keys for one in await self.store.intents.recent(key, 0.0)]
        return [(one.namespace, one.name) for one in sorted(found, key=lambda one: one.created_at)]

    async def _of(self, room: "Room", thread: Thread) -> tuple[SessionBrief, ...]:
        """The sessions that the commands may be about: the issue's, and those of a thread in Slack without one."""
        sessions = Sessions(self.store, self.cluster, self.clock)
        mine = await sessions.of_keys(slack_keys(room.link)) if room.link else ()
        there = await sessions.of_thread(thread, receipts=True) if thread.number else ()
        if room.link is not None and room.link.repository_id != thread.repository_id:
            mine = ()
        both = {one.name: one for one in (*mine, *there)}
        briefs = sorted(both.values(), key=lambda one: one.created_at)
        return tuple([await self._own(room.asker.place, one) for one in briefs])

    async def _own(self, asks: SlackThread, brief: SessionBrief) -> SessionBrief:
        """Whoever is nobody on GitHub owns what they have asked for all the same."""
        if brief.requester_id is not None:
            return brief
        intent = await self.store.intents.get(brief.namespace, brief.name)
        place = intent.slack if intent else None
        own = place is not None and (place.team, place.user) == (asks.team, asks.user)
        return replace(brief, requester_id=0 if own else -1)

    async def given(
        self, asker: SlackAsker, thread: Thread, actor: Actor, sessions: tuple[SessionBrief, ...]
    ) -> CommandGiven:
        """The event of a command in this thread, without its command."""
        ground = ground_of(thread.repository, self.settings)
        project = await project_of(self.cluster, ground.namespace)
        url = await self._address(asker) if thread.private and asker.ts else ""
        return CommandGiven(
            thread=thread,
            actor=actor,
            ground=ground,
            sessions=sessions,
            bounds=project.bounds(self.settings),
            now=self.clock(),
            dialect=self.settings.dialect,
            memory=await memory_of(self.store, self.settings, thread),
            message=Message("slack", number_of(asker.key), url),
            commands=(),
        )

    async def _address(self, asker: SlackAsker) -> str:
        try:
            return await self.messages.permalink(asker.place, asker.ts)
        except SlackRefused:  # a message that the bot cannot see, sent to it by its menu
            return ""

    def source(self, key: str) -> str:
        """How a session says by which message it was asked for."""
        return f"slack-{number_of(key)}"

    def stopped(self, brief: SessionBrief, asker: SlackAsker) -> StopSession:
        """The end of a session whose message was taken back."""
        # Slack does not tell who has deleted a message; whose it was is known.
        origin = brief.spec.get("origin") or {}
        login = asker.login or str((origin.get("requester") or {}).get("login") or "")
        who = f"@{login}" if login else "whoever asked for it"
        return StopSession(brief.namespace, brief.name, wording.slack_taken_back(who))

    async def only(self, place: SlackThread, namespace: str, name: str) -> tuple[SessionBrief, ...]:
        """This session alone, as the verbs need it."""
        sessions = Sessions(self.store, self.cluster, self.clock)
        found = await sessions.named(namespace, name)
        return tuple([await self._own(place, one) for one in found])

    async def _with(
        self, given: CommandGiven, room: "Room", read: Command, before: tuple[Read, ...] | None
    ) -> CommandGiven:
        command = room.meant(replace(read, target=None), any(one.spec for one in given.sessions))
        thread = given.thread
        if not thread.number:
            thread = replace(thread, title=_title(command, room, private=thread.private))
        corrects = frozenset({read.ordinal}) if before is not None and _stood(read, before) else frozenset()
        pull = await pull_head(self.repositories.github, thread) if read.verb == "ok" and thread.pull_request else None
        return replace(given, thread=thread, commands=(command,), pull=pull, edit=before is not None, corrects=corrects)


@dataclass(frozen=True)
class Room:
    """What is known of where somebody asked, before any repository is looked at."""

    said: Utterance
    asker: SlackAsker
    identity: Identity | None
    link: SlackLink | None
    usual: str
    chosen: bool
    """Whether the asker has just been asked which repository they mean."""
    external: bool
    direct: bool

    def named(self, command: Command) -> tuple[str, int]:
        """The repository and the number that a command is about; nothing is guessed."""
        target, link = command.target, None if self.chosen else self.link
        if target is not None:
            return target.repository or (link.repository if link else self.usual), target.number
        if link is not None:
            return link.repository, link.number
        return self.usual, 0

    def meant(self, command: Command, any_session: bool) -> Command:
        """Plain words in a thread where something was done go on with that."""
        goes_on = command.verb == "run" and any_session and self.link is not None and not self.said.names_verb
        return replace(command, verb="continue") if goes_on else command


def _stood(command: Command, before: tuple[Read, ...]) -> bool:
    """Whether the same was asked for before the edit, with other words."""
    same = (command.ordinal, command.verb, command.target)
    return any(isinstance(one, Command) and (one.ordinal, one.verb, one.target) == same for one in before)


def _title(command: Command, room: Room, *, private: bool) -> str:
    """What a pull request is called that is made for no issue: the words themselves stay where they were said."""
    if private and command.text.strip():
        return plain_line(command.text.strip().splitlines()[0], 80)
    return f"what {room.asker.login or 'somebody'} asked for in Slack"


def slack_keys(link: SlackLink) -> tuple[str, ...]:
    """The keys of the sessions of a thread in Slack that is about no issue, or was not at first."""
    return tuple(dict.fromkeys(filter(None, (link.key, f"slack:{link.team}:{link.channel}:{link.ts}"))))


def number_of(key: str) -> int:
    """A number for what has none on Slack: 60 bits of its name's digest."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:15], 16)
