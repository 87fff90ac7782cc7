"""The title and the body of the pull request. Called by publishing.py and by bot/publish.py; pure.

The body has one section a session. Which session wrote which is known by hidden markers, so that none is written twice.
"""

from crds.agentic_session import Task
from handlers.events import SessionObserved
from handlers.naming import about_marker, marker
from handlers.quoting import plain_line, quoted
from handlers.wording.parts import LONGEST, as_quote, confidential, receipt_details, scripted, spent, to
from handlers.wording.spec_check import spec_asked_for

_RULE = "\n\n---\n\n"
_LEFT_OUT = "<!-- vteam:left-out -->\n*What earlier sessions said here is left out.*"


def pull_request_title(task: Task, title: str) -> str:
    """The title of the pull request."""
    verb = {Task.FIX: "Fix", Task.PLAN: "Plan"}.get(task, "Do")
    # The words together: "Fix: " before a title that begins with "#12" would close issue 12 on a squash.
    return plain_line(f"{verb}: {title}", 200)


def pull_request_body(event: SessionObserved, *, in_thread: bool, about: int = 0, forecast: str = "") -> str:
    """The body of the pull request: what was asked, what was done, how it was checked, what it cost, how to go on.

    `in_thread`: whether it is opened where it was asked for; in another repository the bare number is another issue.
    `about`: the issue that it is made for, where that is not the thread itself. `forecast`: what was expected beside
    what was used, folded away.
    """
    parts = [
        _asked_for(event, in_thread=in_thread, about=about),
        _agents_words(event),
        how_checked(event),
        "Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what "
        "people with write access ask for in a review needs no command. Or comment here"
        f"{_or_there(event)} with `{event.dialect.prefix} fix` and what is to be different. Commits are added to it.",
        spent(event),
        scripted(event),
        forecast,
        receipt_details(event),
    ]
    return "\n".join([*_markers(event, about), "\n\n".join(part for part in parts if part)])[:LONGEST]


def _or_there(event: SessionObserved) -> str:
    return "" if event.standing.spec else " or on the issue"


def pull_request_section(event: SessionObserved, *, forecast: str = "") -> str:
    """What a further session adds to the body of a pull request that is open already."""
    asked = f"[asked for more]({event.standing.source_url})" if event.standing.source_url else "asked for more"
    who = f"**{plain_line(event.standing.requester)}**" if event.standing.requester else "Somebody"
    parts = [
        f"{who} {asked}, and commits were added.",
        _agents_words(event, 8_000),
        how_checked(event),
        spent(event),
        scripted(event),
        forecast,
        receipt_details(event),
    ]
    return "\n".join([_by(event.session.uid), "\n\n".join(part for part in parts if part)])


def with_section(body: str, section: str, uid: str) -> str:
    """The body with the section of this session at its end, once; the oldest ones go where it would become too long."""
    if _by(uid) in body:
        return body
    first, *more = body.split(_RULE + "<!-- vteam:session:")
    later = [*("<!-- vteam:session:" + part for part in more), section]
    whole = _RULE.join([first, *later])
    while len(whole) > LONGEST and len(later) > 1:
        later = later[1:]
        whole = _RULE.join([first.removesuffix(f"\n\n{_LEFT_OUT}") + f"\n\n{_LEFT_OUT}", *later])
    return whole if len(whole) <= LONGEST else body


def how_checked(event: SessionObserved) -> str:
    """Which checks the agent ran: what came of them only its own words can say."""
    if not event.standing.checked and event.session.work.task is Task.PLAN:
        return ""  # a plan is for people to check
    if not event.standing.checked:
        return "**Checked:** the agent ran no test, linter or build that I know."
    commands = ", ".join(f"`{plain_line(command, 160)}`" for command in event.standing.checked)
    return f"**Checked:** the agent ran {commands}."


def _agents_words(event: SessionObserved, most: int = 20_000) -> str:
    report = None if confidential(event) else event.standing.report
    agent = report.result.agent if report else None
    return as_quote(quoted(agent.text, most)) if agent and agent.text else ""


def _markers(event: SessionObserved, about: int) -> list[str]:
    thread = event.standing.thread
    made_for = [about_marker(thread.repository_id, about or thread.number)] if thread else []
    return [*made_for, _by(event.session.uid)]


def _by(uid: str) -> str:
    return marker("session", uid)


def _asked_for(event: SessionObserved, *, in_thread: bool, about: int) -> str:
    thread, spec = event.standing.thread, event.standing.spec
    if thread is not None and spec is not None:
        return spec_asked_for(spec, event.standing.requester, thread.url)
    if thread is None or not thread.number:
        return ""
    place, issue = _named(event, thread.number, in_thread), _named(event, about or thread.number, in_thread)
    fixes = in_thread and event.session.work.task is Task.FIX and not thread.pull_request
    return (
        f"{to(event.standing.requester)}this is what you asked for in {place}.\n\n{'Fixes' if fixes else 'For'} {issue}"
    )


def _named(event: SessionObserved, number: int, in_thread: bool) -> str:
    thread = event.standing.thread
    return f"#{number}" if in_thread or thread is None else f"{thread.repository}#{number}"
