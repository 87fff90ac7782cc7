"""What is done to check runs, and the `check_run` events that follow. REST and the verbs share these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.standins.github.acts import Actor
from bot.standins.github.events import announce
from bot.standins.github.schema import checks
from bot.standins.github.site import Site
from bot.standins.github.world import Annotation, CheckAction, CheckRun, Repository


@dataclass(frozen=True, kw_only=True)
class CheckChange:
    """New values of a check run's fields; annotations are added to those that are there, actions replaced."""

    fields: dict[str, Any]
    annotations: tuple[Annotation, ...] = ()
    actions: tuple[CheckAction, ...] | None = None


def create(site: Site, repository: Repository, actor: Actor, *, name: str, sha: str, change: CheckChange) -> CheckRun:
    suite = repository.check_suites.setdefault(sha, site.world.new_id())
    now = site.world.now()
    run = CheckRun(id=site.world.new_id(), suite_id=suite, name=name, head_sha=sha, started_at=now)
    repository.check_runs[run.id] = run
    _apply(run, change, now)
    tell(site, repository, actor, run=run, action="created")
    if run.status == "completed":
        tell(site, repository, actor, run=run, action="completed")
    return run


def update(site: Site, repository: Repository, actor: Actor, *, run: CheckRun, change: CheckChange) -> None:
    """`completed` is told once: when the run becomes so."""
    before = run.status
    _apply(run, change, site.world.now())
    if run.status == "completed" and before != "completed":
        tell(site, repository, actor, run=run, action="completed")


def _apply(run: CheckRun, change: CheckChange, now: datetime) -> None:
    """A conclusion completes the run; a run that is taken up again has none."""
    for name, value in change.fields.items():
        setattr(run, name, value)
    if change.fields.get("conclusion"):
        run.status, run.completed_at = "completed", run.completed_at or now
    elif run.status != "completed":
        run.conclusion = run.completed_at = None
    run.annotations += change.annotations
    if change.actions is not None:
        run.actions = list(change.actions)


def tell(
    site: Site, repository: Repository, actor: Actor, *, run: CheckRun, action: str, requested: str | None = None
) -> None:
    more = {"requested_action": {"identifier": requested}} if requested else {}
    document = checks.check_run_event(site, repository, run)
    announce(site, repository, actor.user, name="check_run", action=action, check_run=document, **more)
