"""Plans a session: reads what the owner has decided and what such runs have used, and lets the decision be made.

Called by the reconciler before a Job is made, and for the work order; both come to the same plan.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.cluster import PROJECT_SETTINGS, Cluster, Forbidden
from bot.continuing import Continuing
from bot.settings import Settings
from bot.starts import OrderRefused
from bot.store import Intent, Store
from crds.agent_loop import Run
from crds.agentic_session import Budget
from crds.project_settings import SINGLETON, ProjectSettingsSpec
from crds.work_order import Limits
from handlers import wording
from handlers.finished_run import repository_key
from handlers.model_choice import AUTO
from handlers.plan import Plan
from handlers.planning import Wish, candidates, planned
from handlers.session import Session

CHARACTERS = 4
"""Of a token, about: enough to tell a long request from a short one."""


@dataclass(frozen=True)
class Planning:
    store: Store
    cluster: Cluster
    settings: Settings

    async def plan(self, session: Session, intent: Intent | None) -> Plan:
        """The plan of this session. Raises OrderRefused, and what the cluster and the store raise."""
        return planned(await self._wish(session, intent, await owner_settings(self.cluster, session.namespace)))

    async def _wish(self, session: Session, intent: Intent | None, owner: ProjectSettingsSpec) -> Wish:
        key = repository_key(session, intent.repository_id if intent else 0)
        model = self._named(session, owner)
        models = candidates(model, self.settings.model)
        runs = {name: Run(repository=key, task=session.work.task, model=name, prompt=0) for name in models}
        return Wish(
            repository=key,
            task=session.work.task,
            model=model,
            limits=self._limits(session, intent, owner),
            default=self.settings.model,
            gpu=self.settings.model_gpu,
            history={name: await self.store.runs.history(run) for name, run in runs.items()},
            counts={name: await self.store.runs.counts(name) for name in models},
            prefix=self.settings.prefix,
            earlier=await Continuing(self.store, self.cluster).likely_tokens(intent, session.work.task),
            request=len(session.work.prompt) // CHARACTERS,
        )

    def _named(self, session: Session, owner: ProjectSettingsSpec) -> str:
        """The model that was named; where one was chosen for the session already, that one."""
        named = session.work.model or owner.model or self.settings.model
        chosen = session.status.model
        return chosen if named == AUTO and chosen in candidates(AUTO, self.settings.model) and chosen else named

    def _limits(self, session: Session, intent: Intent | None, owner: ProjectSettingsSpec) -> Limits:
        settings, asked = self.settings, (session.work.budget, owner.budget or Budget())
        return Limits(
            context_tokens=int(_least(settings.context_tokens, *(budget.context_tokens for budget in asked))),
            total_tokens=int(_least(settings.session_tokens, *(budget.total_tokens for budget in asked))),
            cost_usd=_least(self._most_usd(session, intent), *(budget.cost_usd for budget in asked)),
            turns=int(_least(settings.session_turns, *(budget.turns for budget in asked))),
            seconds=session.work.timeout or settings.session_seconds,
            bundle_bytes=settings.bundle_bytes,
        )

    def _most_usd(self, session: Session, intent: Intent | None) -> float:
        """Dollars of a session: a person who asks in a thread may name more than the usual, a resource may not."""
        named = intent is not None and session.work.budget.cost_usd is not None
        return max(self.settings.session_usd, self.settings.session_usd_most) if named else self.settings.session_usd


async def owner_settings(cluster: Cluster, namespace: str) -> ProjectSettingsSpec:
    """What the owner of a namespace has decided; nothing where there is no such resource.

    Raises OrderRefused, in words, for one that cannot be read: it may hold a limit, and what may not be done. The
    schema refuses such a one in a cluster that has this version's.
    """
    try:
        found: dict[str, Any] | None = await cluster.get(PROJECT_SETTINGS, SINGLETON, namespace)
        return ProjectSettingsSpec.model_validate((found or {}).get("spec") or {})
    except Forbidden as refused:
        raise OrderRefused(wording.settings_forbidden(namespace, str(refused))) from refused
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in ("spec", *first["loc"]))
        raise OrderRefused(wording.settings_unreadable(namespace, f"{where}: {first['msg']}")) from error


def _least(most: float, *wanted: float | None) -> float:
    return min([most, *(value for value in wanted if value is not None)])
