"""The spec of a session from what somebody asked for: request, options, and the session that it goes on from. Pure.

Called by the verbs and by the handlers of labels and assignments. The grammar has bounded each option by what makes
sense at all; here they are bounded by what this installation grants, and a refusal says so in words.
"""

from dataclasses import dataclass
from typing import Any

from crds.usage import price_of
from handlers import wording
from handlers.asked import Bounds
from handlers.effects import Intent
from handlers.grammar.words import Options
from handlers.model_choice import AUTO
from handlers.personas import unknown

Json = dict[str, Any]

ABOUT_THE_WORK = (
    "repos", "pushBranch", "draft", "llmSettings", "budget", "timeout", "gpu", "queue", "contextRepos", "personas",
)  # fmt: skip
"""Fields that a session takes over from the one that it goes on from."""
MOST_BESIDE = 16
"""Repositories that a session may read beside its own, by the schema of `contextRepos`."""
CORRECTABLE = ("initialPrompt", "llmSettings", "budget", "timeout", "gpu", "queue", "contextRepos", "personas")
"""Fields that may still change until the runner has fetched its order."""


@dataclass(frozen=True)
class Refused:
    """The options ask for more than there is; in words, for people."""

    why: str


def refused(options: Options, bounds: Bounds) -> Refused | None:
    """Why these options are not granted here, or None where they are."""
    if options.max_cost is not None and float(options.max_cost) > bounds.cost_usd:
        return Refused(wording.too_dear(options.max_cost, bounds.cost_usd))
    if options.max_turns is not None and options.max_turns > bounds.turns:
        return Refused(wording.too_many_turns(options.max_turns, bounds.turns))
    if options.timeout is not None and options.timeout > bounds.seconds:
        return Refused(wording.too_long(options.timeout, bounds.seconds))
    if options.model is not None and not _offered(options.model, bounds):
        return Refused(wording.model_not_offered(options.model, bounds.models))
    return None


def persona_refused(spec: Json, bounds: Bounds, namespace: str) -> Refused | None:
    """Why a session with this spec may not begin: it names a persona, or has taken one over, that is not there."""
    missing = unknown([str(name).lower() for name in spec.get("personas") or ()], bounds.personas)
    return Refused(wording.persona_unknown(missing, bounds.personas, namespace)) if missing else None


def too_many_beside(spec: Json) -> Refused | None:
    """Why a session with this spec may not begin: with those that it takes over it would read too many repositories."""
    beside = len(spec.get("contextRepos") or ())
    return Refused(wording.too_many_repositories(beside, MOST_BESIDE)) if beside > MOST_BESIDE else None


def _offered(model: str, bounds: Bounds) -> bool:
    # A model without a price would have no limit in dollars: only the administrator and the owner may name such a one.
    return model in (AUTO, *bounds.models) or price_of(model) is not None


def spec_of(intent: Intent, clone_url: str, *, options: Options | None = None, parent: Json | None = None) -> Json:
    """The spec of a session of this intent, in the 2026 shape. `parent`: the spec of the one that it goes on from."""
    kept = _kept(parent or {})
    asked = options or Options()
    repository = {"url": clone_url, "autoPush": True} | ({"branch": asked.base} if asked.base else {})
    forge = clone_url.removesuffix(f"/{intent.thread.repository}.git")
    return {
        "displayName": f"{intent.task} {intent.thread.name}",
        "initialPrompt": intent.request or wording.default_request(intent.task),
        "task": intent.task,
        "repos": [repository],
        **kept,
        **_asked_for(asked, forge, kept),
        **({"parent": intent.parent} if intent.parent else {}),
        "origin": {
            "service": "github",
            "repository": intent.thread.repository,
            "issue": intent.thread.number,
            "message": intent.source,
            "requester": {"login": intent.requester, "id": intent.requester_id},
        },
    }


def _kept(parent: Json) -> Json:
    """What goes on to be true. The repositories of the 2025 shape do not: the two shapes cannot stand in one spec, and
    such a session (a specification's plan) is gone on with in its pull request, which says where."""
    kept = {field: parent[field] for field in ABOUT_THE_WORK if field in parent}
    if any("input" in repository for repository in kept.get("repos") or []):
        del kept["repos"]
    return kept


def _asked_for(options: Options, forge: str, kept: Json) -> Json:
    """The fields that the options set, on top of those that were kept."""
    budget = _present({"costUSD": _dollars(options), "turns": options.max_turns})
    gpu = _present({"count": options.gpu, "minMemory": options.gpu_memory})
    read = [_reference(forge, repo.name, repo.ref) for repo in options.repos]
    return _present(
        {
            "llmSettings": {"model": options.model} if options.model else None,
            "budget": {**kept.get("budget", {}), **budget} if budget else None,
            "timeout": options.timeout,
            "gpu": {"count": 1, **kept.get("gpu", {}), **gpu} if gpu else None,
            "queue": options.queue,
            "contextRepos": _beside(kept.get("contextRepos") or [], read) or None,
            "personas": list(options.personas) or None,
            "pushBranch": options.branch,
            "draft": options.draft,
        }
    )


def _beside(kept: list[Json], named: list[Json]) -> list[Json]:
    """Those that the earlier session has read, and those that are named now. One that is named again has its branch
    from now: what a conversation has read is read on, or the conversation could not go on."""
    found = {_address(one): one for one in kept}
    return list((found | {_address(one): one for one in named}).values())


def _address(repository: Json) -> str:
    return str(repository.get("url") or "").lower().removesuffix("/").removesuffix(".git")


def _dollars(options: Options) -> float | None:
    return None if options.max_cost is None else float(options.max_cost)


def _reference(forge: str, name: str, ref: str | None) -> Json:
    return _present({"url": f"{forge}/{name}.git", "branch": ref})


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def correction(old: Json, new: Json) -> Json | None:
    """What to change in the spec of a session that waits, so that it does what was meant; None where that cannot be."""
    fixed = ("task", "repos", "pushBranch", "draft")
    if any(old.get(field) != new.get(field) for field in fixed):
        return None
    return {field: new.get(field) for field in CORRECTABLE if old.get(field) != new.get(field)}
