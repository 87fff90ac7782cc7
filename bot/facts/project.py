"""What the owner of a namespace has decided: labels, bots, model, budget, personas. Read from its ProjectSettings.

A resource that cannot be understood counts as none: its fault must not silence a namespace.
"""

from dataclasses import dataclass, field

import structlog
from pydantic import ValidationError

from bot.cluster import PROJECT_SETTINGS, Cluster, Forbidden, NotFound
from bot.settings import Settings
from crds.agentic_session import Task
from crds.project_settings import SINGLETON, ProjectSettingsSpec
from handlers.events import Bounds
from handlers.issue_labelled import tasks_of
from handlers.personas import PersonaBrief

log = structlog.get_logger()


@dataclass(frozen=True)
class Project:
    labels: dict[str, Task] = field(default_factory=lambda: tasks_of(None))
    bot_ids: tuple[int, ...] = ()
    model: str | None = None
    cost_usd: float | None = None
    """Dollars that a session may cost here at most, where the owner has said so."""

    personas: tuple[PersonaBrief, ...] = ()
    slack_channels: tuple[tuple[str, str], ...] = ()
    """Slack channels and the repositories that are meant there."""

    def bounds(self, settings: Settings) -> Bounds:
        """What a person may ask for: the installation's limits, and the owner's beside them."""
        most = [settings.session_usd_most, *([self.cost_usd] if self.cost_usd is not None else [])]
        usual = [settings.session_usd, *most]
        return Bounds(
            cost_usd=min(most),
            usual_cost_usd=min(usual),
            turns=settings.session_turns,
            seconds=settings.session_seconds,
            models=tuple(filter(None, (self.model, settings.model, settings.small_model))),
            personas=self.personas,
        )


async def project_of(cluster: Cluster, namespace: str | None) -> Project:
    """The owner's settings of a namespace; the defaults where there is none."""
    if namespace is None:
        return Project()
    try:
        found = await cluster.get(PROJECT_SETTINGS, SINGLETON, namespace)
    except (NotFound, Forbidden):
        return Project()
    return _read((found or {}).get("spec") or {}, namespace)


def _read(document: dict[str, object], namespace: str) -> Project:
    try:
        spec = ProjectSettingsSpec.model_validate(document)
    except ValidationError as error:
        log.warning("project_settings_unreadable", namespace=namespace, faults=error.error_count())
        return Project()
    return Project(
        labels=tasks_of(spec.labels),
        bot_ids=tuple(spec.bot_ids or ()),
        model=spec.model,
        cost_usd=spec.budget.cost_usd if spec.budget else None,
        personas=tuple(PersonaBrief(one.name, one.description or "") for one in spec.personas or ()),
        slack_channels=tuple((one.channel, one.repository) for one in spec.slack_channels or ()),
    )
