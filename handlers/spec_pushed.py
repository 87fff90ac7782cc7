"""A push of specifications → a check each, and a plan session for a good one. Called by `decide`.

One content has one plan, whatever branch it comes to. A push by a bot that is not listed is nobody's wish.
"""

from dataclasses import dataclass, replace
from urllib.parse import quote

from crds.agentic_session import Task
from handlers import wording
from handlers.check_run import Annotation, CheckRun, Conclusion
from handlers.effects import Check, CreateSession, Effect, Intent
from handlers.events import PushedSpec, SpecPushed, Thread
from handlers.naming import digest, session_name, spec_intent
from handlers.policy import may, needed, speaks
from handlers.spec import Fault, check
from handlers.spec.paths import feature_of, plan_branch
from handlers.spec_source import SpecSource

MOST_SPECS = 5
"""Specifications of one push that are looked at: each may start a session."""
MOST_SHOWN = 150
"""Faults that are shown at their lines."""


@dataclass(frozen=True)
class Said:
    """How a check comes out, and what it says."""

    conclusion: Conclusion
    title: str
    summary: str
    faults: tuple[Fault, ...] = ()


def spec_pushed(event: SpecPushed) -> list[Effect]:
    """The effects of a push."""
    if event.ground.namespace is None or not speaks(event.actor):
        return []
    effects = [effect for spec in event.specs for effect in _one(event, spec, event.ground.namespace)]
    return [*effects, _too_many(event)] if event.more else effects


def _one(event: SpecPushed, spec: PushedSpec, namespace: str) -> list[Effect]:
    if spec.text is None:
        said = Said("failure", wording.spec_unread_title(), wording.spec_unread(spec.path, spec.trouble))
        return [_check(event, spec, said)]
    faults = check(spec.text)
    failures = sum(fault.severity == "failure" for fault in faults)
    if failures:
        summary = wording.spec_faulty(spec.path, failures, len(faults) - failures, shown=MOST_SHOWN)
        return [_check(event, spec, Said("failure", wording.spec_faulty_title(failures), summary, faults))]
    return _good(event, spec, namespace, faults)


def _good(event: SpecPushed, spec: PushedSpec, namespace: str, faults: tuple[Fault, ...]) -> list[Effect]:
    if not may(event.actor, Task.PLAN):
        words = wording.spec_not_planned(event.actor.person.login, needed=needed(Task.PLAN), has=event.actor.permission)
        return [_check(event, spec, Said("neutral", wording.spec_not_planned_title(), words, faults))]
    intent = plan_intent(event, spec, namespace)
    if spec.plan is not None:
        words = wording.spec_planned(spec.plan, feature_of(spec.path))
        return [_check(event, spec, Said("success", wording.spec_good_title(), words, faults))]
    words = wording.spec_planning(spec.path, f"{namespace}/{intent.name}")
    said = Said("success", wording.spec_good_title(), words, faults)
    # The check first: what the session's end makes of it must come last.
    return [_check(event, spec, said), CreateSession(intent, plan_spec(event, intent))]


def plan_intent(event: SpecPushed, spec: PushedSpec, namespace: str) -> Intent:
    """Why the plan of this content is written."""
    thread, page = event.thread, f"{event.web_url}/blob/{event.commit}/{quote(spec.path)}"
    return Intent(
        namespace=namespace,
        name=plan_name(thread.repository_id, spec.path, spec.blob),
        thread=replace(thread, title=feature_of(spec.path), url=page),
        requester=event.actor.person.login,
        requester_id=event.actor.person.id,
        source_url=page,
        request=wording.spec_request(spec.path),
        task=Task.PLAN,
        spec=SpecSource(spec.path, event.branch, event.commit, spec.blob, target=_target(spec)),
    )


def _target(spec: PushedSpec) -> str:
    """The branch of the plan; a later text's plan stands beside that of an earlier one, which may be under review."""
    return plan_branch(spec.path) + (f"-{spec.blob[:7]}" if spec.replanned else "")


def plan_name(repository_id: int, path: str, blob: str) -> str:
    """The name of the session that plans this content: the same on whatever branch it comes to."""
    return session_name(Task.PLAN, 0, spec_intent(repository_id, path, blob))


def plan_spec(event: SpecPushed, intent: Intent) -> dict[str, object]:
    """The spec of the session, in the shape that names the branch of its work (2025)."""
    source = intent.spec or SpecSource("", "", "", "")
    read = {"url": event.ground.clone_url, "branch": source.branch}
    return {
        "displayName": f"plan {feature_of(source.path)} of {intent.thread.repository}"[:1000],
        "prompt": intent.request,
        "task": intent.task,
        "repos": [{"input": read, "output": {**read, "branch": source.target}}],
        "origin": {
            "service": "github",
            "repository": intent.thread.repository,
            "message": f"spec-{source.blob}",
            "requester": {"login": intent.requester, "id": intent.requester_id},
        },
    }


def _check(event: SpecPushed, spec: PushedSpec, said: Said) -> Check:
    annotations = tuple(
        Annotation(spec.path, fault.line, fault.severity, wording.spec_annotation(fault.sentence), title=fault.rule)
        for fault in said.faults[:MOST_SHOWN]
    )
    run = check_run(spec.path, event.commit, said, annotations)
    return Check(event.thread.repository, event.thread.installation, run)


def check_run(path: str, commit: str, said: Said, annotations: tuple[Annotation, ...] = ()) -> CheckRun:
    """The one check of a specification on a commit."""
    return CheckRun(
        name=f"vTeam: {path}"[:100],
        head_sha=commit,
        external_id=f"vteam-spec-{digest(path)}",
        status="completed",
        conclusion=said.conclusion,
        title=said.title,
        summary=said.summary,
        annotations=annotations,
    )


def _too_many(event: SpecPushed) -> Check:
    said = Said("neutral", wording.spec_too_many_title(), wording.spec_too_many(MOST_SPECS, event.more))
    return Check(
        event.thread.repository, event.thread.installation, check_run("more specifications", event.commit, said)
    )


def push_trouble(thread: Thread, commit: str) -> Check:
    """The check of a push that could not be worked off by our own fault."""
    run = check_run("specifications", commit, Said("neutral", wording.spec_trouble_title(), wording.trouble()))
    return Check(thread.repository, thread.installation, run)


def unserved(intent: Intent) -> Check | None:
    """The check of a specification whose namespace is not there; None where something else was asked for."""
    if intent.spec is None:
        return None
    said = Said("neutral", wording.spec_not_planned_title(), wording.spec_unserved(intent.thread.repository))
    run = check_run(intent.spec.path, intent.spec.commit, said)
    return Check(intent.thread.repository, intent.thread.installation, run)
