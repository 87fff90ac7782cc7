"""States of the world around one session, built from what differs: the table of a life stays readable."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from crds.result import AgentOutcome, Result, Work
from crds.usage import Tokens
from handlers.command import read_commands
from handlers.events import (
    Actor,
    Bounds,
    CommandGiven,
    Ground,
    JobFacts,
    Message,
    Permission,
    Person,
    PodFacts,
    Report,
    SessionBrief,
    SessionObserved,
    Standing,
    TextEdited,
    Thread,
    Used,
)
from handlers.job import RunnerRules
from handlers.session import FINALIZER, STOP_ANNOTATION, read_session
from handlers.status_patch import moment

Json = dict[str, Any]

NOW = 1_800_000_000.0
URL = "https://github.com/acme/shop.git"
FOLDER = "acme__shop"
BASE, HEAD = "a" * 40, "b" * 40
THREAD = Thread("acme/shop", 7, 12, 99, title="Login fails", url="https://github.com/acme/shop/issues/12")
RULES = RunnerRules()
SPEC: Json = {"initialPrompt": "Fix it.", "task": "fix", "repos": [{"url": URL}]}

STARTED: Json = {"phase": "Running", "jobName": "fix-12-abc", "startTime": moment(NOW - 60)}
LIVE, SUSPENDED = JobFacts("fix-12-abc", active=1), JobFacts("fix-12-abc", suspended=True)
DONE = JobFacts("fix-12-abc", succeeded=1, complete=True)
BROKEN = JobFacts("fix-12-abc", failed=1, failure="BackoffLimitExceeded", failure_message="too many failures")
LATE = JobFacts("fix-12-abc", failed=1, failure="DeadlineExceeded")
LEAVING = JobFacts("fix-12-abc", active=1, deleting=True)

PENDING, RUNNING = PodFacts("p", "Pending", created_at=NOW - 5), PodFacts("p", "Running", created_at=NOW - 5)
LEFT = PodFacts("p", "Succeeded", exit_code=0)


def died(exit_code: int | None, reason: str = "Error", *, disrupted: bool = False) -> PodFacts:
    """A pod whose runner died so."""
    return PodFacts("p", "Failed", exit_code=exit_code, reason=reason, disrupted=disrupted)


def result(exit_code: Any = 0, *, work: bool = True, error: str = "", text: str = "Done so.") -> Result:
    """What a runner hands in."""
    handed_in = (Work(repository=FOLDER, base=BASE, head=HEAD, commits=1, bundle=True),) if work else ()
    agent = AgentOutcome(subtype="success", is_error=exit_code != 0, turns=3, session_id="s-1", text=text)
    return Result(exit_code=exit_code, error=error, work=handed_in, agent=agent)


FINAL, CHECKPOINT = Report(True, result()), Report(False, result())
NO_CHANGE = Report(True, result(work=False))
USED = Used(Tokens(input=1200, output=300), Decimal("0.42"), 3)


def resource(spec: Json | None = None, status: Json | None = None, **more: Any) -> Json:
    """A session as it lies in the cluster; `stop`, `deleting`, `finalizers`, `name` change its metadata."""
    metadata: Json = {
        "namespace": "vteam",
        "name": more.get("name", "fix-12-abc"),
        "uid": "uid-1",
        "generation": 1,
        "creationTimestamp": moment(NOW - 90),
        "finalizers": more.get("finalizers", [FINALIZER]),
    }
    if more.get("stop"):
        metadata["annotations"] = {STOP_ANNOTATION: more["stop"]}
    if more.get("deleting"):
        metadata["deletionTimestamp"] = moment(NOW)
    return {"metadata": metadata, "spec": SPEC if spec is None else spec, "status": status or {}}


def world(
    session: Json | None = None, job: JobFacts | None = None, pod: PodFacts | None = None, **more: Any
) -> SessionObserved:
    """One look; `report`, `used`, `thread`, `foreign`, `personas`, `behind`, `now` … change what else is known."""
    thread = more.get("thread", THREAD)
    standing = Standing(
        thread=thread,
        requester="ada" if thread else "",
        report=more.get("report"),
        used=more.get("used", Used()),
        foreign=more.get("foreign", ()),
        personas=more.get("personas", ()),
        behind=more.get("behind", ""),
    )
    return SessionObserved(
        session=read_session(session or resource()),
        standing=standing,
        job=job,
        pod=pod,
        now=more.get("now", NOW),
        rules=more.get("rules", RULES),
        scripted=more.get("scripted", False),
    )


def comment(body: str, permission: Permission = Permission.WRITE, **more: Any) -> CommandGiven:
    """A comment in the thread; `kind`, `namespace`, `sessions`, `comment_id` … change what else is known."""
    return CommandGiven(
        thread=more.get("thread", THREAD),
        message=Message(
            "comment", more.get("comment_id", 501), "https://github.com/acme/shop/issues/12#issuecomment-501"
        ),
        commands=tuple(read_commands(body)),
        actor=Actor(Person("ada", 42, more.get("kind", "User")), permission, more.get("listed", False)),
        ground=Ground(more.get("namespace", "vteam"), URL),
        sessions=more.get("sessions", ()),
        targets=more.get("targets", {}),
        pull=more.get("pull"),
        bounds=more.get("bounds", Bounds(models=("claude-sonnet-5-5",))),
    )


def edited(before: str, after: str, **more: Any) -> TextEdited:
    """The comment with its text changed; `seconds` after it was written, by `editor` (a person's number)."""
    written = comment(after, more.pop("permission", Permission.WRITE), **more)
    own = {field.name: getattr(written, field.name) for field in fields(CommandGiven)}
    editor = Person("ada", 42) if "editor" not in more else Person("bob", more["editor"])
    at = f"2026-01-01T00:{more.get('seconds', 300) // 60:02}:{more.get('seconds', 300) % 60:02}Z"
    own |= {
        "message": replace(written.message, created_at="2026-01-01T00:00:00Z", updated_at=at),
        "actor": replace(written.actor, person=editor),
    }
    return TextEdited(**own, before=tuple(read_commands(before)), author=Person("ada", 42))


def brief(phase: str, name: str = "fix-12-abc", message: str = "", **more: Any) -> SessionBrief:
    """A session of the same thread."""
    return SessionBrief(
        "vteam", name, phase, more.pop("task", "fix"), message, **{"uid": f"uid-{name}", "spec": SPEC, **more}
    )


def told(event: SessionObserved, **more: Any) -> SessionObserved:
    """The same look, with this in the status of what has been told."""
    status = event.session.status.model_copy(update={"told": more["told"]})
    return replace(event, session=replace(event.session, status=status))
