"""Gives a session's order the conversation of the one that it goes on from, copied under its own name. For orders.py.

Whether it may is decided in handlers/continuing.py, on what both orders say; a session's own claim of a parent counts
for nothing, only the intent in the store. The copy is made once, so that the earlier session may be forgotten.
"""

from dataclasses import dataclass, replace

from bot.cluster import SESSIONS, Cluster, Forbidden
from bot.store import Intent, Store, TooMuch
from crds.agentic_session import Task
from crds.overhead import overhead
from crds.result import Result
from crds.work_order import Continuation, LeftOut, OrderedRepository, WorkOrder
from handlers import wording
from handlers.continuing import Conversation, why_afresh
from handlers.session import Session, read_session

MOST_SILENT = 10
"""Sessions up the line that are looked at for a conversation."""


@dataclass(frozen=True)
class Continuing:
    store: Store
    cluster: Cluster

    async def with_conversation(self, order: WorkOrder, intent: Intent | None, *, uid: str) -> WorkOrder:
        """The order, with the conversation that it goes on with, or with the reason why it begins afresh."""
        if intent is None or not intent.parent:
            return order
        found = await self._found(order, intent, intent.parent, uid)
        if isinstance(found, Continuation):
            return order.model_copy(update={"continues": found})
        note = LeftOut(source=f"session {intent.parent}", kind="conversation", author="vTeam bot", at="", reason=found)
        return order.model_copy(update={"left_out": (*order.left_out, note)})

    async def likely_tokens(self, intent: Intent | None, task: Task) -> int:
        """Tokens, by the model's count, of the conversation that a session for this intent will probably go on with.

        What its order will hold is not known yet: it is taken to read as much as the earlier one has.
        """
        found = await self._with_words(intent.namespace, intent.parent) if intent and intent.parent else None
        if intent is None or found is None:
            return 0
        earlier, asked, told, _ = found
        before = _conversation(told, asked)
        now = replace(before, task=task, repository_id=intent.repository_id, slack=_slack(intent))
        if why_afresh(before, now, ended=earlier.phase.ended):
            return 0
        largest = await self.store.ledger.largest(earlier.uid, told.model)
        return max(0, largest - round(overhead(told.task, told.model) * told.tokens_per_count))

    async def _found(self, order: WorkOrder, intent: Intent, parent: str, uid: str) -> Continuation | str:
        found = await self._with_words(intent.namespace, parent)
        if found is None:
            return wording.conversation_gone()
        earlier, asked, told, path = found
        if why := why_afresh(_conversation(told, asked), _conversation(order, intent), ended=earlier.phase.ended):
            return why
        try:
            entries = await self.store.transcripts.adopt(path, of=earlier.uid, by=uid)
        except TooMuch as much:
            return wording.conversation_too_long(str(much))
        stored = await self.store.results.get(earlier.uid)
        heads = _heads(told, stored.result if stored else None)
        return Continuation(session_id=path, entries=entries, heads=heads)

    async def _with_words(self, namespace: str, parent: str) -> tuple[Session, Intent, WorkOrder, str] | None:
        """The nearest session up the line in which something was said: one that was stopped before it began, or whose
        runner died at once, has said nothing, and the conversation before it is the one that people mean."""
        for _ in range(MOST_SILENT):
            earlier, asked = await self._session(namespace, parent), await self.store.intents.get(namespace, parent)
            if earlier is None or asked is None:
                return None
            told, path = await self.store.orders.get(earlier.uid), await self.store.transcripts.latest(earlier.uid)
            if told is not None and path is not None:
                return earlier, asked, told, path
            if not earlier.phase.ended or not asked.parent:
                return None
            parent = asked.parent
        return None

    async def _session(self, namespace: str, name: str) -> Session | None:
        try:
            found = await self.cluster.get(SESSIONS, name, namespace)
        except Forbidden:  # the namespace is not this bot's any more
            return None
        return read_session(found) if found else None


def _conversation(order: WorkOrder, intent: Intent) -> Conversation:
    return Conversation(
        task=order.task,
        repository_id=intent.repository_id,
        slack=_slack(intent),
        repositories=frozenset(_known_as(one) for one in order.repositories),
        threads=frozenset(piece.thread for piece in order.talk if piece.thread),
        private=frozenset(_known_as(one) for one in order.repositories if one.private),
    )


def _known_as(repository: OrderedRepository) -> str:
    """A repository through all its names and owners: by the forge's number, or by its address where there is none."""
    return str(repository.id) if repository.id else repository.url


def _slack(intent: Intent) -> str:
    place = intent.slack
    return f"{place.team}:{place.channel}:{place.ts}" if place else ""


def _heads(order: WorkOrder, result: Result | None) -> dict[str, str]:
    """Where the earlier session left each repository: at its own last commit, else where it began."""
    made = {work.repository: work.head for work in result.work} if result else {}
    return {one.name: made.get(one.name, one.commit) for one in order.repositories}
