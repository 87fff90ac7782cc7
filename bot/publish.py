"""From checked bundles to branches and pull requests. Called by bot/perform.py for the effect `Publish`.

Everything is looked for before it is made: a branch that stands at the head already was pushed, a pull request that is
open was opened. What is refused becomes an outcome with the reason; what cannot be reached is raised as Later.
"""

from dataclasses import dataclass
from pathlib import Path

from bot.bundle import Caches, Claim, take_in
from bot.git import GitRefused, Remote, git
from bot.github import GitHub, GitHubRefused
from bot.github.pulls import PullRequestDraft, opened
from bot.github.repositories import facts, installation_of
from bot.store import Store
from crds.session_status import BranchOutcome, Outcome, PullRequestOutcome
from crds.work_order import OrderedRepository
from handlers.bundle_policy import why_refuse
from handlers.effects import Publish, PushPlan
from handlers.naming import digest


@dataclass(frozen=True)
class Target:
    """Where one repository's work goes."""

    remote: Remote
    name: str
    """`owner/name`, or the address where there is no forge."""
    installation: int | None = None


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
        branches: list[BranchOutcome] = []
        pulls: list[PullRequestOutcome] = []
        try:
            for plan in effect.plans:
                target = await self._target(plan)
                branch = await self._push(effect.uid, plan, target)
                branches.append(BranchOutcome(repository=target.name, branch=branch, commit=plan.head))
                pulls += await self._pull_request(effect, plan, target, branch)
        except (Refusal, GitRefused, GitHubRefused) as refused:
            return Outcome(
                summary=effect.summary[:16000], refused=str(refused)[:1000], branches=branches, pull_requests=pulls
            )
        return Outcome(summary=effect.summary[:16000], branches=branches, pull_requests=pulls)

    async def _target(self, plan: PushPlan) -> Target:
        if plan.url.startswith("file://"):
            if not any(Path(plan.url.removeprefix("file://")).is_relative_to(path) for path in self.local):
                raise Refusal(f"{plan.url} is no repository that this bot serves")
            return Target(Remote(plan.url), plan.url)
        name = repository_name(plan.url, self.github_url)
        if name is None or self.github is None:
            raise Refusal(f"{plan.url} is on no forge that this bot knows")
        return await self._github_target(self.github, plan.url, name)

    async def _github_target(self, github: GitHub, url: str, name: str) -> Target:
        installation = await installation_of(github, name)
        found = await facts(github, name, installation) if installation is not None else None
        if installation is None or found is None:
            raise Refusal(f"the App is not installed in {name}")
        if found.archived:
            raise Refusal(f"{name} is archived")
        token = await github.token(installation, repositories=[found.id], permissions={"contents": "write"})
        return Target(Remote(url, token.token), found.full_name, installation)

    async def _push(self, uid: str, plan: PushPlan, target: Target) -> str:
        """Checks and pushes; the name of the branch that holds the work now."""
        await self._ordered(uid, plan)
        bundle = await self.store.results.bundle(uid, plan.repository)
        if bundle is None:
            raise Refusal("the bundle is gone from the store")
        async with self.caches.repository(plan.url) as folder:
            holds = await take_in(folder, target.remote, Claim(plan.base, plan.head), bundle)
            if why := why_refuse(holds, plan.scope):
                raise Refusal(why)
            return await _push_branch(folder, target.remote, plan, uid)

    async def _ordered(self, uid: str, plan: PushPlan) -> OrderedRepository:
        order = await self.store.orders.get(uid)
        ordered = {entry.name: entry for entry in order.repositories} if order else {}
        entry = ordered.get(plan.repository)
        if entry is None or not entry.writable or entry.commit != plan.base:
            raise Refusal("the result names a start that the work order did not")
        return entry

    async def _pull_request(
        self, effect: Publish, plan: PushPlan, target: Target, branch: str
    ) -> list[PullRequestOutcome]:
        if not effect.final or effect.thread is None or self.github is None or target.installation is None:
            return []
        base = plan.base_branch or (await self._ordered(effect.uid, plan)).branch
        draft = PullRequestDraft(branch, base, plan.pull_request_title, plan.pull_request_body, plan.draft)
        pull = await opened(self.github, target.name, target.installation, draft)
        return [PullRequestOutcome(repository=target.name, number=pull["number"], url=pull["html_url"])]


async def _push_branch(folder: Path, remote: Remote, plan: PushPlan, uid: str) -> str:
    """Pushes without force. A branch of that name with other work on it stays, and ours gets a name of its own."""
    for name in (plan.branch, f"{plan.branch}-{digest(uid)[:6]}"):
        stands = await _stands_at(folder, remote, name)
        if stands == plan.head:
            return name
        if stands is None:
            await _pushed(folder, remote, plan.head, name)
            return name
    raise Refusal(f"the branches {plan.branch} and {name} hold other work already")


async def _stands_at(folder: Path, remote: Remote, branch: str) -> str | None:
    """The commit that a branch of the remote stands at, or None where there is no such branch."""
    listed = await git(folder, "ls-remote", remote.url, f"refs/heads/{branch}", remote=remote)
    return listed.decode().partition("\t")[0] or None


async def _pushed(folder: Path, remote: Remote, commit: str, branch: str) -> None:
    try:
        await git(folder, "push", "--quiet", remote.url, f"{commit}:refs/heads/{branch}", remote=remote)
    except GitRefused:
        # A push of ours whose answer was lost may have won meanwhile: then this one was refused, and all is well.
        if await _stands_at(folder, remote, branch) != commit:
            raise


def repository_name(url: str, github_url: str) -> str | None:
    """`owner/name` of an address on this GitHub, or None for any other address."""
    prefix = github_url.rstrip("/") + "/"
    if not url.startswith(prefix):
        return None
    parts = url.removeprefix(prefix).removesuffix("/").removesuffix(".git").split("/")
    return "/".join(parts) if len(parts) == 2 and all(parts) and ".." not in parts else None
