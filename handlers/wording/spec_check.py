"""What the check of a pushed specification says as a whole, and what its plan session and pull request are told. Pure.

Called by spec_pushed.py, spec_planned.py and publishing.py.
"""

import re

from handlers.events import Permission, PlanBrief, SessionObserved
from handlers.quoting import plain_line, quoted
from handlers.spec.paths import feature_of, folder_of, plan_of
from handlers.spec_source import SpecSource
from handlers.wording.parts import LONGEST, as_quote, outcome_lines, receipt_details, scripted, spent, to

_TROUBLE = {
    "large": "is larger than 256 KiB. A specification that long is better split into several features.",
    "long": "has more than 10,000 lines. A specification that long is better split into several features.",
    "binary": "is not text in UTF-8. Save it as UTF-8 and push it again.",
    "link": "is a link or a submodule, which I do not follow. Push the file itself.",
    "listed": "lies in a folder that GitHub does not list to its end. Keep fewer files beside it.",
}


def spec_unread_title() -> str:
    """The title of the check of a file that was not read."""
    return "The specification cannot be read"


def spec_unread(path: str, trouble: str) -> str:
    """Why the file was not read."""
    return f"`{plain_line(path, 300)}` {_TROUBLE[trouble]}"


def spec_faulty_title(failures: int) -> str:
    """The title of the check of a specification with faults."""
    return "1 thing to settle before it can be planned" if failures == 1 else f"{failures} things to settle first"


def spec_faulty(path: str, failures: int, warnings: int, *, shown: int) -> str:
    """A specification with faults."""
    also = f" Beside them {_counted(warnings, 'remark')} that would not hold it up." if warnings else ""
    cut = f" The first {shown} are shown." if failures + warnings > shown else ""
    return (
        f"`{plain_line(path, 300)}` is not ready to be planned: {_counted(failures, 'fault')}, each shown at its "
        f"line.{also}{cut}\n\nSettle them and push again; the plan is started by the push that has none."
    )


def _counted(count: int, thing: str) -> str:
    return f"1 {thing}" if count == 1 else f"{count} {thing}s"


def spec_annotation(sentence: str) -> str:
    """A fault at its line: GitHub shows annotations as plain text, so that code stands in quotation marks."""
    return re.sub("`([^`]+)`", r"“\1”", sentence)


def spec_good_title() -> str:
    """The title of the check of a good specification."""
    return "Ready to be planned"


def spec_planning(path: str, session: str) -> str:
    """A good specification whose plan is begun."""
    return (
        f"`{plain_line(path, 300)}` has all that a plan needs. Session `{session}` writes "
        f"`{plain_line(plan_of(path), 300)}`; its pull request will be linked here."
    )


def spec_planned(plan: PlanBrief, feature: str) -> str:
    """A specification of which this very content has a plan already."""
    if plan.pull_request:
        return f"This text of {plain_line(feature)} has a plan already: {plain_line(plan.pull_request, 500)}"
    if plan.phase in ("Failed", "Stopped", "Error", "Completed"):
        return (
            f"This text of {plain_line(feature)} was given to session `{plan.session}`, which ended as {plan.phase} "
            "without a plan. A push that changes the text starts another one."
        )
    return f"This text of {plain_line(feature)} is being planned already, by session `{plan.session}`."


def spec_not_planned_title() -> str:
    """The title of the check of a good specification that nobody who may has pushed."""
    return "Ready to be planned, but not planned"


def spec_not_planned(login: str, *, needed: Permission, has: Permission) -> str:
    """Somebody without the permission pushed a good specification."""
    return (
        f"The specification has no fault. A plan takes {needed.name.lower()} access, and {plain_line(login)} has "
        f"{has.name.lower()} access: somebody with more can push it, or ask for a plan in an issue."
    )


def spec_unserved(repository: str) -> str:
    """The namespace that should hold the session is not there."""
    return (
        f"The specification has no fault, but no namespace of this installation serves {repository}. Whoever runs the "
        "bot can add it to its map of namespaces (`VTEAM_NAMESPACES`)."
    )


def spec_too_many_title() -> str:
    """The title of the check of a push with many specifications."""
    return "More specifications than I look at in one push"


def spec_too_many(most: int, more: int) -> str:
    """A push with many specifications."""
    return (
        f"This push changes {most + more} specifications, and I have looked at the first {most}. Change the other "
        f"{more} in further pushes, at most {most} in each."
    )


def spec_trouble_title() -> str:
    """The title of the check of a push that was not worked off by our own fault."""
    return "Something went wrong on my side"


def spec_request(path: str) -> str:
    """What the session is asked to do."""
    plan = plan_of(path)
    return (
        f"Write the implementation plan for the specification `{path}` into `{plan}`, beside it. The specification's "
        "text is given below as it was pushed; it counts, even where the file in the work tree is older. Cover the "
        "technical approach, the design decisions with their reasons, the changes by file, the order of the steps, "
        "how each functional requirement (FR-…) is met and by which test each success criterion (SC-…) is shown. "
        f"Change nothing but files in `{folder_of(path)}`, and never the specification itself."
    )


def spec_ended_title(*, planned: bool) -> str:
    """The title of the check once the session has ended."""
    return "Ready, and planned" if planned else "Ready to be planned, but there is no plan"


def spec_ended(event: SessionObserved) -> str:
    """The check once the session has ended: the plan's pull request, or why there is none."""
    status = event.session.status
    parts = [quoted(status.message or "The session has ended."), *outcome_lines(event)]
    if status.result and not (status.outcome and status.outcome.pull_requests):
        parts.append(as_quote(quoted(status.result, 20_000)))
    if not (status.outcome and status.outcome.pull_requests):
        parts.append("A push that changes the specification's text starts another plan.")
    parts += [spent(event), scripted(event), receipt_details(event)]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def spec_asked_for(source: SpecSource, requester: str, source_url: str) -> str:
    """Why the pull request of a plan is there."""
    shown = f"`{plain_line(source.path, 300)}`"
    link = f"[{shown}]({source_url})" if source_url else shown
    return (
        f"{to(requester)}this is the plan for {link} as you pushed it to `{plain_line(source.branch, 250)}` with "
        f"{source.commit[:12]}."
    )


def spec_title(path: str) -> str:
    """What stands for an issue's title where a specification is planned."""
    return feature_of(path)


def outside_of_folder(path: str, folder: str) -> str:
    """A plan session touched what it may not."""
    return f"the work touches {path}, and a plan of this specification may change only what lies in {folder}"


def touches_spec(path: str) -> str:
    """A plan session changed the specification itself."""
    return f"the work changes {path}, which is what it was to plan"


def lacks_plan(path: str) -> str:
    """A plan session wrote no plan."""
    return f"the work holds no {path}, which is where the plan was to be written"
