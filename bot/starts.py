"""Where a session starts in a repository: reads what GitHub knows; handlers/starting.py decides. For orders.py.

Every commit is pinned here, so that what is pushed afterwards changes no session that runs.
"""

from dataclasses import dataclass

from bot.cluster import Cluster
from bot.github import GitHub
from bot.github.pulls import Place, Sought, our_open_pulls, pull_facts
from bot.github.repositories import RepositoryFacts, head
from bot.publish import address_now
from bot.store import Intent, Store
from bot.thread_branches import pushed_for
from bot.threads import requester_id_of
from crds.spelling import Repository
from crds.work_order import Destination, OrderedRepository
from handlers import wording
from handlers.naming import branch_stem
from handlers.publishing import repository_folder
from handlers.starting import NotStarted, PullFacts, Start, StartFacts, where_to_start


def refusal_of(session_uid: str) -> str:
    """The mark in the store under which it stands why a session got no order."""
    return f"order-refused/{session_uid}"


class OrderRefused(Exception):
    """The order cannot be made; the message says why, for people."""


@dataclass(frozen=True)
class Starts:
    store: Store
    cluster: Cluster
    github: GitHub
    prefix: str
    """What begins a command here."""

    async def ordered(
        self, entry: Repository, facts: RepositoryFacts, intent: Intent | None, *, writes: bool
    ) -> OrderedRepository:
        """The repository as the order names it. Raises OrderRefused, Later."""
        start = await self._start(entry, facts, intent, writes=writes and entry.push)
        commit = start.commit or await head(self.github, facts.full_name, facts.installation, start.branch)
        if commit is None:
            raise OrderRefused(f"{facts.full_name} has no branch {start.branch}, or no commit on it")
        return OrderedRepository(
            name=repository_folder(entry.url),
            url=address_now(entry.url, facts.full_name),
            commit=commit,
            branch=start.branch,
            writable=entry.push,
            pull_request=start.head_of,
            destination=_destination(start) if intent is not None and entry.push else None,
            id=facts.id,
            private=facts.private,
            fork=start.fork,
            vouched=start.vouched,
        )

    async def held(self, entry: Repository, facts: RepositoryFacts, intent: Intent | None) -> str:
        """Why a session that writes may not begin here, in words; empty where it may. Raises Later."""
        if not entry.push:
            return ""
        if facts.archived:
            return wording.archived(facts.full_name)
        if intent is None or not intent.pull_request or facts.id != intent.repository_id:
            return ""
        start = where_to_start(await self._facts(entry, facts, intent, writes=True))
        return start.why if isinstance(start, NotStarted) else ""

    async def _start(self, entry: Repository, facts: RepositoryFacts, intent: Intent | None, *, writes: bool) -> Start:
        branch = entry.branch or facts.default_branch
        if intent is None or not intent.origin.issue or not entry.push:
            return Start(branch=branch, base=branch, target="")
        match where_to_start(await self._facts(entry, facts, intent, writes=writes)):
            case NotStarted(why):
                raise OrderRefused(why)
            case Start() as start:
                return start

    async def _facts(self, entry: Repository, facts: RepositoryFacts, intent: Intent, *, writes: bool) -> StartFacts:
        number = intent.origin.issue or 0
        place = Place(facts.full_name, facts.id, facts.installation, home=intent.repository_id)
        here = facts.id == intent.repository_id
        pull = await pull_facts(self.github, place, number) if here and intent.pull_request else None
        return StartFacts(
            number=number,
            prefix=self.prefix,
            title=intent.title,
            writes=writes,
            default_branch=facts.default_branch,
            base=entry.branch,
            branch=entry.push_branch,
            pull=pull,
            ours=await self._ours(place, pull, number=number) if writes or not intent.pull_request else (),
            requester=requester_id_of(intent),
            released=await self.store.releases.commit(facts.id, number) if pull is not None and pull.fork else None,
        )

    async def _ours(self, place: Place, pull: PullFacts | None, *, number: int) -> tuple[PullFacts, ...]:
        if pull is not None and pull.ours:
            if pull.open:
                return ()  # it is the one itself
            number = pull.about or number
        stem = _stem(pull, number)
        pushed = await pushed_for(self.store, self.cluster, place.home, number)
        named = tuple(branch for branch in pushed if not branch.startswith(stem))
        return await our_open_pulls(self.github, place, Sought(number, stem, named))


def _destination(start: Start) -> Destination | None:
    if not start.target:
        return None
    return Destination(branch=start.target, base=start.base, pull_request=start.follows, about=start.about)


def _stem(pull: PullFacts | None, number: int) -> str:
    """How the branches of our pull requests for this number begin."""
    stem = branch_stem(number, pull_request=True)
    beside = pull is not None and (not pull.ours or pull.head.startswith(stem))
    return stem if beside else branch_stem(number, pull_request=False)
