"""Makes a session's work order, once: repositories at pinned commits, what people said, limits. For the runner door.

The bot reads with its own tokens, so that this is where a confused deputy would be: every repository passes
bot/reading.py first. The order holds no secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.cached import cached_until
from bot.changes import changes_of
from bot.cluster import Cluster
from bot.continuing import Continuing
from bot.github import GitHub
from bot.github.contents import read_text
from bot.images.before import Before
from bot.images.collect import Images
from bot.instructions import Instructions, instruction_files
from bot.linked import Linked
from bot.planning import Planning, owner_settings
from bot.project_repositories import ProjectRepositories
from bot.read_tokens import NONE, read_token
from bot.reading import Allowed, Reading
from bot.settings import Settings
from bot.starts import OrderRefused, Starts
from bot.store import Intent, Store
from bot.talk import Said, talk_about
from bot.threads import author_of, counts, requester_of, thread_of
from crds.images import OrderedImage
from crds.project_settings import ProjectSettingsSpec
from crds.receipt import Trust
from crds.spelling import Repository
from crds.usage import price_of
from crds.work_order import (
    MemoryNote,
    OrderedPersona,
    OrderedRepository,
    ReadToken,
    Talk,
    WorkOrder,
)
from handlers import wording
from handlers.memory.choosing import for_order
from handlers.memory.shared_code import shares_code
from handlers.memory.summaries import digests_of
from handlers.naming import repository_folder
from handlers.personas import PersonaBrief, unknown
from handlers.session import Session, read_session
from handlers.spec_source import SpecSource

if TYPE_CHECKING:
    from bot.slack.thread_talk import ThreadTalk

Json = dict[str, Any]
Pictures = tuple[OrderedImage, ...]


@dataclass(frozen=True)
class Orders:
    store: Store
    cluster: Cluster
    reading: Reading
    github: GitHub | None
    settings: Settings
    slack: "ThreadTalk | None" = None

    async def make(self, resource: Json) -> WorkOrder:
        """The order of this session, as it was made the first time. Raises OrderRefused, Later."""
        session = read_session(resource)
        known = await self.store.orders.get(session.uid)
        return known or await self.store.orders.put_once(session.uid, await self._made(session))

    async def token(self, resource: Json) -> ReadToken:
        """What reads this session's repositories and nothing else. Raises OrderRefused, Later."""
        session = read_session(resource)
        intent, order = await self._intent(session), await self.store.orders.get(session.uid)
        allowed = [*await self._allowed(session, intent), *await self._beside_allowed(session, intent, order)]
        return await read_token(self.github, allowed, order) if self.github is not None else NONE

    async def _intent(self, session: Session) -> Intent | None:
        return counts(await self.store.intents.get(session.namespace, session.name), session.work.origin)

    async def _allowed(self, session: Session, intent: Intent | None) -> list[Allowed]:
        seen = await self.reading.look(session, intent)
        if refused := [entry.refused for entry in seen if entry.refused]:
            raise OrderRefused("; ".join(refused))
        return seen

    async def _beside_allowed(self, session: Session, intent: Intent | None, order: WorkOrder | None) -> list[Allowed]:
        """Those that the session was given beside its own, by its owner's settings, and may read still."""
        own = {repository_folder(one.url) for one in (*session.work.repositories, *session.work.context_repositories)}
        given = [one for one in order.repositories if one.name not in own] if order else []
        entries = [Repository(url=one.url, branch=one.branch, push=False) for one in given]
        return [one for one in await self.reading.each(session, intent, entries) if not one.refused]

    async def _made(self, session: Session) -> WorkOrder:
        intent = await self._intent(session)
        allowed = await self._allowed(session, intent)
        owner = await owner_settings(self.cluster, session.namespace)
        plan = await Planning(self.store, self.cluster, self.settings).plan(session, intent)
        priced = price_of(plan.model) is not None
        said = await self._said(session, intent)
        before = await self._before(intent)
        before = replace(before, talk=(*said.talk, *before.talk))
        own = [await self._ordered(session, intent, entry) for entry in allowed]
        changes = await self._changes(intent, own)
        pin = partial(self._ordered, session, None)
        beside = ProjectRepositories(self.reading, pin)
        added = await beside.beside(session, intent, allowed, owner.context_repos or ())
        repositories = (*own, *added.repositories)
        told = await self._instruction_files(allowed[0]) if allowed else Instructions()
        order = WorkOrder(
            session=session.key,
            task=session.work.task,
            request=session.work.prompt,
            title=(intent.title if intent else "") or session.work.display_name or session.name,
            model=plan.model,
            small_model=self.settings.small_model if priced else plan.model,
            priced=priced,
            limits=plan.limits,
            forecast=plan.forecast,
            model_reason=plan.reason[:512],
            window_tokens=plan.window,
            tokens_per_count=plan.tokens_per_count,
            repositories=repositories,
            shares_code=shares_code(repositories, asked_for=intent is not None),
            talk=(*before.talk, *changes.talk),
            left_out=(*said.left_out, *changes.left_out, *told.left_out, *added.left_out),
            images=await self._images(session, intent, before, plan.model),
            instructions=owner.instructions or "",
            personas=_personas(session, owner),
            instruction_files=told.files,
            environment=session.work.environment,
            co_author=_co_author(intent),
            memory=await self._memory(allowed),
            takes_notes=self._takes_notes(session, allowed),
        )
        known = await self._with_summaries(order)
        going_on = await Continuing(self.store, self.cluster).with_conversation(known, intent, uid=session.uid)
        kept = await cached_until(self.store, going_on, now=self.store.notes.now())
        return going_on.model_copy(update={"cached_until": kept})

    async def _changes(self, intent: Intent | None, own: Sequence[OrderedRepository]) -> Said:
        """What the pull request changes that the session is about."""
        if intent is None or self.github is None or intent.spec is not None:
            return Said(())
        return await changes_of(self.github, intent, own[0] if own else None)

    async def _images(self, session: Session, intent: Intent | None, said: Before, model: str) -> Pictures:
        """The images that the talk names, and the bytes of those that go along kept for the runner."""
        if intent is None or self.github is None:
            return ()
        images = Images(self.store, self.github, self.settings.github_url, said.images, said.fetch)
        return await images.told(session.uid, thread_of(intent), said.talk, model=model)

    async def _with_summaries(self, order: WorkOrder) -> WorkOrder:
        """With what earlier sessions of the repository have had summarised of the same texts."""
        main = order.repositories[0].id if order.repositories else 0
        if not main or not self.settings.summaries:
            return order
        known = await self.store.summaries.known(main, digests_of(order))
        return order.model_copy(update={"summaries": known, "summarises": True})

    async def _memory(self, allowed: Sequence[Allowed]) -> tuple[MemoryNote, ...]:
        """What earlier sessions of the main repository have left; a local folder has none."""
        main = allowed[0].facts if allowed else None
        if main is None or not self.settings.memory_days:
            return ()
        notes = await self.store.notes.of(main.id)
        return for_order(notes, self.store.notes.now(), private=main.private, days=self.settings.memory_days)

    def _takes_notes(self, session: Session, allowed: Sequence[Allowed]) -> bool:
        """A session that opens no pull request has nothing that its notes could wait for."""
        remote = bool(allowed) and allowed[0].facts is not None
        return bool(self.settings.memory_days) and remote and session.work.task.writes

    async def _before(self, intent: Intent | None) -> Before:
        return await self.slack.before(intent) if self.slack else Before()

    async def _instruction_files(self, main: Allowed) -> Instructions:
        if self.github is None or main.facts is None:
            return Instructions()
        return await instruction_files(self.github, main.facts)

    async def _ordered(self, session: Session, intent: Intent | None, allowed: Allowed) -> OrderedRepository:
        entry = allowed.entry
        if allowed.facts is not None and self.github is not None:
            starts = Starts(self.store, self.cluster, self.github, self.settings.prefix)
            return await starts.ordered(entry, allowed.facts, intent, writes=session.work.task.writes)
        branch, commit = await self.reading.local_head(entry)
        return OrderedRepository(
            name=repository_folder(entry.url), url=entry.url, commit=commit, branch=branch, writable=entry.push
        )

    async def _said(self, session: Session, intent: Intent | None) -> Said:
        prompt = Talk(
            source=(intent.source_url or "slack") if intent else "prompt",
            kind="request",
            author=author_of(intent) if intent else "",
            trust=Trust.OUTSIDE if intent and intent.slack and intent.slack.author else Trust.REQUESTER,
            at="",
            text=session.work.prompt,
            trigger=True,
        )
        if intent is None or self.github is None:
            return Said((prompt,))
        if intent.spec is not None:  # before the question of an issue: a specification has none
            return Said((prompt, await self._spec(self.github, intent, intent.spec)))
        if not intent.origin.issue:
            return Said((prompt,))
        meant = intent.request or wording.default_request(session.work.task)
        corrected = session.work.prompt if session.work.prompt != meant else None
        said = await talk_about(self.github, intent, corrected=corrected)
        beside = await Linked(self.github, self.reading).beside(session, intent, (prompt, *said.talk))
        said = Said((*said.talk, *beside.talk), (*said.left_out, *beside.left_out))
        # The text that asked stands in the thread already; what a label means stands nowhere.
        asked = [] if any(piece.trigger and piece.kind in ("comment", "review") for piece in said.talk) else [prompt]
        return replace(said, talk=(*asked, *said.talk))

    async def _spec(self, github: GitHub, intent: Intent, source: SpecSource) -> Talk:
        """The specification as it was pushed: who pushed it answers for it."""
        found = await read_text(github, thread_of(intent), source.path, source.commit)
        if found is None or found.text is None:
            raise OrderRefused(f"{source.path} cannot be read at {source.commit[:12]} any more")
        author = requester_of(intent)
        return Talk(source=intent.source_url, kind="spec", author=author, trust=Trust.REQUESTER, at="", text=found.text)


def _personas(session: Session, owner: ProjectSettingsSpec) -> tuple[OrderedPersona, ...]:
    """Whom the session works as. Raises OrderRefused where one has gone since it was asked for."""
    offered = owner.personas or []
    briefs = [PersonaBrief(one.name, one.description or "") for one in offered]
    if missing := unknown(session.work.personas, briefs):
        raise OrderRefused(wording.persona_unknown(missing, briefs, session.namespace))
    texts = {one.name: one.instructions for one in offered}
    return tuple(OrderedPersona(name=name, instructions=texts[name]) for name in session.work.personas)


def _co_author(intent: Intent | None) -> str:
    requester = intent.origin.requester if intent else None
    if requester is None or requester.id is None:
        return ""
    return f"{requester.login} <{requester.id}+{requester.login}@users.noreply.github.com>"
