"""The facts around what was heard: read first, whole, so that the decision needs nothing else. Called by bot/worker.py.

One room for each kind of fact (people, the owner's settings, sessions, targets); here they become one event. Nothing is
decided here but what need not be read at all.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.cluster import Cluster
from bot.deliveries import (
    Assigned,
    Closed,
    Deleted,
    Edited,
    Heard,
    Ignored,
    InstallationChanged,
    InThread,
    Labelled,
    Moved,
    Reviewed,
    Spoke,
)
from bot.facts.ground import ground_of
from bot.facts.made import Made, asked_about
from bot.facts.memory import memory_of
from bot.facts.people import People
from bot.facts.project import Project, project_of
from bot.facts.pulls import pull_head
from bot.facts.reviews import Reviews
from bot.facts.sessions import Sessions
from bot.facts.targets import Targets
from bot.github import GitHub
from bot.github.repositories import installation_of
from bot.metrics import Metrics
from bot.pushes import Pushed
from bot.settings import Settings
from bot.spec_facts import SpecFacts
from bot.store import Store
from handlers import wording
from handlers.asked import Asked, Memory
from handlers.command import read_commands
from handlers.events import (
    Actor,
    Bounds,
    CommandGiven,
    CommentDeleted,
    Event,
    InstallationLost,
    InstallationWoken,
    IssueAssigned,
    IssueClosed,
    IssueLabelled,
    IssueMoved,
    Permission,
    PullHead,
    ReviewFollowedUp,
    SpecPushed,
    TextEdited,
    Thread,
)
from handlers.grammar.words import Command, Dialect, Read
from handlers.status_patch import moment

log = structlog.get_logger()


@dataclass(frozen=True)
class Facts:
    store: Store
    cluster: Cluster
    github: GitHub
    settings: Settings
    people: People
    metrics: Metrics
    clock: Callable[[], float]

    @property
    def dialect(self) -> Dialect:
        """By which names the bot is called on GitHub."""
        return self.settings.dialect

    async def event(self, heard: Heard) -> Event | Ignored:  # noqa: C901 - one arm a kind
        """What is to be decided on. Raises Later, and what GitHub or the cluster refuse."""
        match heard:
            case Reviewed():
                return await self._reviewed(heard)
            case Spoke():
                return await self._given(heard)
            case Edited():
                return await self._edited(heard)
            case Deleted():
                return await self._deleted(heard)
            case Labelled():
                return await self._labelled(heard)
            case Assigned():
                return await self._assigned(heard)
            case Closed():
                return await self._closed(heard)
            case Moved():
                return IssueMoved(**await self._around(heard), to=await self._now_at(heard))
            case Pushed():
                return await self._pushed(heard)
            case InstallationChanged():
                return await self._installation(heard)

    async def _given(self, heard: Spoke) -> CommandGiven:
        project = await self._project(heard.thread)
        tasks = {project.labels[name] for name in heard.labels if name in project.labels}
        given = await self._text(heard, project, body=heard.body)
        return CommandGiven(**given, label_task=tasks.pop() if len(tasks) == 1 else None)

    async def _deleted(self, heard: Deleted) -> CommentDeleted:
        around = await self._around(heard)
        asked = await self._sessions().asked_by(heard.message.key)
        return CommentDeleted(**around | {"sessions": asked}, message=heard.message)

    async def _reviewed(self, heard: Reviewed) -> CommandGiven | ReviewFollowedUp | Ignored:
        """A review with a command is a text like any other; without one, of our pull request, it may be a follow-up."""
        if await asyncio.to_thread(read_commands, heard.body, self.dialect):
            return await self._given(heard)
        if not await self.people.is_the_bot(heard.opened_by, heard.thread):
            return Ignored("no_command")
        around = await self._around(heard, project=await self._project(heard.thread))
        reviews = Reviews(self.github, self._sessions(), self.dialect)
        return ReviewFollowedUp(**around, message=heard.message, state=heard.state, **await reviews.of(heard))

    async def _edited(self, heard: Edited) -> TextEdited:
        given = await self._text(heard, await self._project(heard.thread), body=heard.body)
        before = await asyncio.to_thread(read_commands, heard.before, self.dialect)
        return TextEdited(**given, before=tuple(before), author=heard.author)

    async def _text(self, heard: Spoke | Edited, project: Project, *, body: str) -> dict[str, Any]:
        """What a text with commands needs, as arguments of its event."""
        # A hostile comment can take its reader a second; the event loop has others to serve meanwhile.
        commands = tuple(await asyncio.to_thread(read_commands, body, self.dialect))
        told = any(isinstance(read, Command) and read.verb == "context" for read in commands)
        around = await self._around(heard, project=project, receipts=told)
        if asked_about(heard.thread, commands):
            made = await Made(self.github, self._sessions()).of(heard.thread, receipts=told)
            around["sessions"] = tuple(sorted((*made, *around["sessions"]), key=lambda one: one.created_at))
        around["memory"] = await self._memory(heard.thread) if told else Memory()
        targets = Targets(self.github, self._sessions(), self.people, self.settings, self._memory if told else None)
        return {
            **around,
            "message": heard.message,
            "commands": commands,
            "targets": await targets.of(Asked(**around), commands, project.bot_ids),
            "pull": await self._pull(heard.thread, commands),
        }

    async def _memory(self, thread: Thread) -> Memory:
        return await memory_of(self.store, self.settings, thread)

    async def _closed(self, heard: Closed) -> IssueClosed:
        thread = heard.thread
        waits = thread.pull_request and await self.store.notes.wait_for(thread.repository_id, thread.number)
        return IssueClosed(**await self._around(heard), merged=heard.merged, remembers=waits, reverts=heard.reverts)

    async def _pull(self, thread: Thread, commands: tuple[Read, ...]) -> PullHead | None:
        wanted = thread.pull_request and any(isinstance(read, Command) and read.verb == "ok" for read in commands)
        return await pull_head(self.github, thread) if wanted else None

    async def _labelled(self, heard: Labelled) -> IssueLabelled | Ignored:
        project = await self._project(heard.thread)
        task = project.labels.get(heard.label)
        if task is None:
            return Ignored("other_label")
        return IssueLabelled(
            **await self._around(heard, project=project),
            label=heard.label,
            task=task,
            tasks=project.labels,
            opening=heard.opening,
            said=tuple(await asyncio.to_thread(read_commands, heard.opening.body, self.dialect)),
        )

    async def _assigned(self, heard: Assigned) -> IssueAssigned | Ignored:
        if not await self.people.is_the_bot(heard.assignee, heard.thread):
            return Ignored("other_assignee")
        project = await self._project(heard.thread)
        return IssueAssigned(
            **await self._around(heard, project=project),
            tasks=project.labels,
            opening=heard.opening,
            said=tuple(await asyncio.to_thread(read_commands, heard.opening.body, self.dialect)),
        )

    async def _pushed(self, heard: Pushed) -> SpecPushed:
        ground = ground_of(heard.thread.repository, self.settings)
        actor = await self.people.actor(heard.sender, heard.thread, (await self._project(heard.thread)).bot_ids)
        return await SpecFacts(self.github, self.cluster, self.store).pushed(heard, actor, ground)

    async def _around(
        self, heard: InThread, *, project: Project | None = None, receipts: bool = False
    ) -> dict[str, Any]:
        """What every event of a thread has, as its arguments. Without a project nobody asks what the person may do."""
        thread = heard.thread
        actor = Actor(heard.sender, Permission.NONE)
        return {
            "thread": thread,
            "actor": await self.people.actor(heard.sender, thread, project.bot_ids) if project else actor,
            "ground": ground_of(thread.repository, self.settings),
            "sessions": await self._sessions().of_thread(thread, receipts=receipts),
            "bounds": project.bounds(self.settings) if project else Bounds(),
            "now": self.clock(),
            "dialect": self.dialect,
        }

    def _sessions(self) -> Sessions:
        return Sessions(self.store, self.cluster, self.clock)

    async def _project(self, thread: Thread) -> Project:
        return await project_of(self.cluster, ground_of(thread.repository, self.settings).namespace)

    async def _now_at(self, heard: Moved) -> Thread | None:
        installation = await installation_of(self.github, heard.to.repository)
        return None if installation is None else replace(heard.to, installation=installation)

    async def _installation(self, heard: InstallationChanged) -> InstallationLost | InstallationWoken | Ignored:
        log.info("installation_changed", action=heard.action, account=heard.account, installation=heard.installation)
        self.metrics.installations.labels(heard.action).inc()
        if heard.action == "unsuspend":
            there = await self._sessions().asked_on(heard.installation)
            return InstallationWoken(heard.installation, moment(self.clock()), there)
        if not heard.takes_away:
            return Ignored("installation")
        reason = wording.the_app_left(heard.account, suspended=heard.action == "suspend")
        return InstallationLost(reason, await self._sessions().of_installation(heard.installation, heard.gone))
