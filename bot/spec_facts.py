"""The facts of a push of specifications: which, what they say, whether they are planned. For bot/worker.py.

Everything is read at the pushed commit, so that a push that comes later changes nothing here.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.cluster import PROJECT_SETTINGS, SESSIONS, Cluster
from bot.github import GitHub
from bot.github.contents import entries, read_text
from bot.pushes import Pushed
from bot.store import Store
from bot.threads import thread_key
from crds.project_settings import SINGLETON, ProjectSettingsSpec
from handlers.events import Actor, Ground, PlanBrief, PushedSpec, SpecPushed
from handlers.session import read_session
from handlers.spec.paths import NAME, ROOTS
from handlers.spec_pushed import MOST_SPECS, plan_name

NEW = "0" * 40


@dataclass(frozen=True)
class SpecFacts:
    github: GitHub
    cluster: Cluster
    store: Store

    async def pushed(self, heard: Pushed, actor: Actor, ground: Ground) -> SpecPushed:
        """The event of a push. Raises Later, GitHubRefused."""
        wanted = ground.namespace is not None and await self._wanted(heard, ground.namespace)
        paths = await self._paths(heard) if wanted else []
        return SpecPushed(
            thread=heard.thread,
            branch=heard.branch,
            commit=heard.after,
            web_url=heard.web_url,
            actor=actor,
            ground=ground,
            specs=tuple([spec for path in paths[:MOST_SPECS] if (spec := await self._spec(heard, path, ground))]),
            more=max(0, len(paths) - MOST_SPECS),
        )

    async def _wanted(self, heard: Pushed, namespace: str) -> bool:
        """Whether the namespace's owner wants specifications of this branch to be planned."""
        found = await self.cluster.get(PROJECT_SETTINGS, SINGLETON, namespace)
        owner = ProjectSettingsSpec.model_validate((found or {}).get("spec") or {})
        patterns = owner.spec_branches or ["*"]
        return owner.specs is not False and any(fnmatchcase(heard.branch, pattern) for pattern in patterns)

    async def _paths(self, heard: Pushed) -> list[str]:
        """The specifications that the push adds or changes, in their order."""
        found = set(heard.paths)
        if heard.cut:
            before = heard.default_branch if heard.before == NEW else heard.before
            for root in ROOTS:
                found |= await self._changed(heard, root, before)
        return sorted(found)

    async def _changed(self, heard: Pushed, root: str, before: str) -> set[str]:
        """Specifications below a folder that are not as they were: told by their folders' names in git."""
        then = {one["name"]: one["sha"] for one in await entries(self.github, heard.thread, root, before)}
        now = await entries(self.github, heard.thread, root, heard.after)
        folders = [one["name"] for one in now if one["type"] == "dir" and then.get(one["name"]) != one["sha"]]
        return {f"{root}/{folder}/{NAME}" for folder in folders}

    async def _spec(self, heard: Pushed, path: str, ground: Ground) -> PushedSpec | None:
        """A specification as it was pushed; None where the push itself took it away again."""
        found = await read_text(self.github, heard.thread, path, heard.after)
        if found is None:
            return None
        if found.text is None:
            return PushedSpec(path, found.blob, None, found.trouble)
        plan = await self._plan(heard, path, found.blob, ground)
        replanned = plan is None and await self._replanned(heard, path, found.blob)
        return PushedSpec(path, found.blob, found.text, plan=plan, replanned=replanned)

    async def _replanned(self, heard: Pushed, path: str, blob: str) -> bool:
        known = await self.store.intents.recent(thread_key(heard.thread.repository_id, 0), 0.0)
        return any(intent.spec.path == path and intent.spec.blob != blob for intent in known if intent.spec)

    async def _plan(self, heard: Pushed, path: str, blob: str, ground: Ground) -> PlanBrief | None:
        namespace, name = ground.namespace or "", plan_name(heard.thread.repository_id, path, blob)
        resource = await self.cluster.get(SESSIONS, name, namespace)
        if resource is None:
            return None  # a session that somebody has deleted was to be forgotten
        session = read_session(resource)
        outcome = session.status.outcome
        pulls = outcome.pull_requests if outcome else []
        return PlanBrief(session.key, session.phase, pulls[0].url if pulls else "")
