"""From checked bundles to branches and pull requests. Called by bot/perform.py for the effect `Publish`.

Everything is looked for before it is made: a branch that stands at the head already was pushed, a pull request that is
open was opened. What is refused becomes an outcome with the reason; what cannot be reached is raised as Later.
"""

from dataclasses import dataclass
from pathlib import Path

from bot.bundle import Caches, Claim, take_in
from bot.errors import Later
from bot.git import GitRefused, Remote, git
from bot.github import GitHub, GitHubRefused
from bot.github.pulls import Place, PullRequestDraft, body_of, open_pull_of, opened, say
from bot.github.repositories import facts, installation_of
from bot.store import Store
from crds.session_status import BranchOutcome, Outcome, PullRequestOutcome
from crds.work_order import OrderedRepository
from handlers import wording
from handlers.bundle_policy import why_refuse
from handlers.effects import Publish, PushPlan
from handlers.landing import BranchFacts, Landing, land
from handlers.naming import digest
from handlers.starting import PullFacts

MOVED = ("non-fast-forward", "fetch first", "cannot lock ref")
"""What git says of a branch that somebody else has pushed to since we looked."""


@dataclass(frozen=True)
class Target:
    """Where one repository's work goes."""

    remote: Remote
    name: str
    """`owner/name`, or the address where there is no forge."""
    place: Place | None = None
    """The repository, where there is a forge."""


@dataclass(frozen=True)
class Landed:
    """What became of one repository's work."""

    branch: BranchOutcome
    pull: PullRequestOutcome | None = None
    aside: str = ""
    """Why the work lies elsewhere, in words."""


class Refusal(Exception):
    """The work is not pushed; the message says why, for people. Never leaves this module."""


@dataclass(frozen=True)
class Publisher:
    store: Store
    caches: Caches
    github: GitHub | None
    github_url: str
    local: tuple[Path, ...] = ()

    async def publish(self, effect: Publish) -> Outcome:
        """What became of the work. Raises Later where a service is out of reach."""
        landed: list[Landed] = []
        refused = ""
        try:
            for plan in effect.plans:
                target = await self._target(effect, plan)
                landed.append(await self._landed(effect, plan, target))
        except (Refusal, GitRefused, GitHubRefused) as why:
            refused = str(why)[:1000]
        return Outcome(
            summary=effect.summary[:16000],
            refused=refused,
            aside=next((one.aside for one in landed if one.aside), "")[:1000],
            branches=[one.branch for one in landed],
            pull_requests=[one.pull for one in landed if one.pull],
        )

    async def _target(self, effect: Publish, plan: PushPlan) -> Target:
        if plan.url.startswith("file://"):
            if not any(Path(plan.url.removeprefix("file://")).is_relative_to(path) for path in self.local):
                raise Refusal(f"{plan.url} is no repository that this bot serves")
            return Target(Remote(plan.url), plan.url)
        name = repository_name(plan.url, self.github_url)
        if name is None or self.github is None:
            raise Refusal(f"{plan.url} is on no forge that this bot knows")
        return await self._github_target(self.github, plan, (name, number_in(effect, name)))

    async def _github_target(self, github: GitHub, plan: PushPlan, wanted: tuple[str, int]) -> Target:
        name, number = wanted
        installation = await installation_of(github, name, number=number)
        found = await facts(github, name, installation, number=number) if installation is not None else None
        if installation is None or found is None:
            raise Refusal(wording.app_is_gone(name))
        if found.archived:
            raise Refusal(wording.was_archived(found.full_name))
        token = await github.token(installation, repositories=[found.id], permissions={"contents": "write"})
        place = Place(found.full_name, found.id, installation, home=plan.home)
        return Target(Remote(address_now(plan.url, found.full_name), token.token), found.full_name, place)

    async def _landed(self, effect: Publish, plan: PushPlan, target: Target) -> Landed:
        """Checks, pushes, and opens or brings up to date the pull request."""
        ordered = await self._ordered(effect.uid, plan)
        bundle = await self.store.results.bundle(effect.uid, plan.repository)
        if bundle is None:
            raise Refusal("the bundle is gone from the store")
        async with self.caches.repository(plan.url) as folder:
            holds = await take_in(folder, target.remote, Claim(plan.base, plan.head), bundle)
            if why := why_refuse(holds, plan.scope):
                raise Refusal(why)
            landing = await self._landing(folder, target, plan, final=effect.final)
            branch = await _pushed_to(folder, target.remote, plan, landing=landing, uid=effect.uid)
        pull = await self._pull_request(effect, plan, target, ordered, (landing, branch))
        aside = wording.branch_moved(plan.branch, branch) if landing.moved else ""
        return Landed(BranchOutcome(repository=target.name, branch=branch, commit=plan.head), pull, aside)

    async def _landing(self, folder: Path, target: Target, plan: PushPlan, *, final: bool) -> Landing:
        stands = await _stands_at(folder, target.remote, plan.branch)
        pull = await self._open_pull(target, plan) if stands is not None else None
        builds_on = stands is not None and await _builds_on(folder, stands, plan.head)
        return land(plan.head, plan.follows, BranchFacts(stands, builds_on, pull), final=final)

    async def _open_pull(self, target: Target, plan: PushPlan) -> PullFacts | None:
        if self.github is None or target.place is None:
            return None
        return await open_pull_of(self.github, target.place, plan.branch)

    async def _ordered(self, uid: str, plan: PushPlan) -> OrderedRepository:
        order = await self.store.orders.get(uid)
        ordered = {entry.name: entry for entry in order.repositories} if order else {}
        entry = ordered.get(plan.repository)
        if entry is None or not entry.writable or entry.commit != plan.base:
            raise Refusal("the result names a start that the work order did not")
        return entry

    async def _pull_request(
        self, effect: Publish, plan: PushPlan, target: Target, ordered: OrderedRepository, where: tuple[Landing, str]
    ) -> PullRequestOutcome | None:
        landing, branch = where
        if not effect.final or effect.thread is None or self.github is None or target.place is None:
            return None
        if landing.adds_to is not None:
            return await self._added(self.github, effect, plan, (target.place, landing.adds_to))
        if not landing.opens:
            return None
        base = plan.base_branch or ordered.branch
        draft = PullRequestDraft(branch, base, plan.pull_request_title, plan.pull_request_body, plan.draft)
        pull = await opened(self.github, target.place, draft)
        return PullRequestOutcome(repository=target.name, number=pull["number"], url=pull["html_url"])

    async def _added(
        self, github: GitHub, effect: Publish, plan: PushPlan, where: tuple[Place, PullFacts]
    ) -> PullRequestOutcome:
        """The pull request that the work was added to, with what it says brought up to date."""
        place, pull = where
        if pull.ours:
            before = await body_of(github, place, pull.number)
            after = wording.with_section(before, plan.section, effect.uid)
            if after != before:
                await say(github, place, pull.number, body=after)
        added = plan.follows == pull.number
        return PullRequestOutcome(repository=place.name, number=pull.number, url=pull.url, added=added)


async def _pushed_to(folder: Path, remote: Remote, plan: PushPlan, *, landing: Landing, uid: str) -> str:
    """Pushes without force; the name of the branch that holds the work now."""
    if not landing.aside:
        if landing.push:
            await _pushed(folder, remote, plan.head, plan.branch)
        return plan.branch
    name = f"{plan.branch}-{digest(uid)[:6]}"
    stands = await _stands_at(folder, remote, name)
    if stands is None:
        await _pushed(folder, remote, plan.head, name)
    elif stands != plan.head:
        raise Refusal(f"the branches {plan.branch} and {name} hold other work already")
    return name


async def _builds_on(folder: Path, stands: str, head: str) -> bool:
    """Whether the work builds on that commit; a commit that is not here is none that it knows."""
    try:
        await git(folder, "merge-base", "--is-ancestor", stands, head)
    except GitRefused:
        return False
    return True


async def _stands_at(folder: Path, remote: Remote, branch: str) -> str | None:
    """The commit that a branch of the remote stands at, or None where there is no such branch."""
    listed = await git(folder, "ls-remote", remote.url, f"refs/heads/{branch}", remote=remote)
    return listed.decode().partition("\t")[0] or None


async def _pushed(folder: Path, remote: Remote, commit: str, branch: str) -> None:
    try:
        await git(folder, "push", "--quiet", remote.url, f"{commit}:refs/heads/{branch}", remote=remote)
    except GitRefused as refused:
        # A push of ours whose answer was lost may have won meanwhile: then this one was refused, and all is well.
        if await _stands_at(folder, remote, branch) == commit:
            return
        if any(sign in str(refused) for sign in MOVED):
            raise Later(f"{branch} has moved while it was pushed to") from None  # the next look sees where it stands
        raise


def number_in(effect: Publish, name: str) -> int:
    """The number of the repository, where it is the one that was asked in; 0 for any other."""
    thread = effect.thread
    return thread.repository_id if thread is not None and name.lower() == thread.repository.lower() else 0


def address_now(url: str, full_name: str) -> str:
    """The address of a repository on its forge, by the name that it has now."""
    before = url.removesuffix("/").removesuffix(".git")
    if before.lower().endswith(f"/{full_name.lower()}"):
        return url
    return f"{before.rsplit('/', 2)[0]}/{full_name}.git"


def repository_name(url: str, github_url: str) -> str | None:
    """`owner/name` of an address on this GitHub, or None for any other address."""
    prefix = github_url.rstrip("/") + "/"
    if not url.startswith(prefix):
        return None
    parts = url.removeprefix(prefix).removesuffix("/").removesuffix(".git").split("/")
    return "/".join(parts) if len(parts) == 2 and all(parts) and ".." not in parts else None
