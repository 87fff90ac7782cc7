"""Everything that the bot says to people, one function a sentence. Called by the other handlers; pure.

What a model or a stranger wrote passes through `quoted` before it stands in a comment: no secret, no mention, no hidden
marker, no closing keyword and no endless text goes out in the bot's name.
"""

import re
from datetime import datetime

from crds.agentic_session import Task
from crds.receipt import Receipt, ReceiptRow
from crds.redaction import redact
from handlers.command import ALIASES, PREFIX, VERBS, CommandError
from handlers.events import Permission, SessionBrief, SessionObserved
from handlers.naming import marker

LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
SCRIPTED = (
    "The model behind this run was a **script** on this machine, not Claude: it cost nothing and shows the way only."
)

_MENTION = re.compile(r"(?<![\w/`])@(?=[A-Za-z0-9])")
_CLOSING = re.compile(r"(?i)\b(clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing))(:?\s+)(?=#|\S+#\d|https?://)")
_DOES = {
    Task.RUN: "work on it",
    Task.FIX: "fix it",
    Task.PLAN: "plan it",
    Task.REVIEW: "review it",
    Task.ASK: "answer it",
}


def quoted(text: str, most: int = 4000) -> str:
    """Foreign text, made harmless for a comment: redacted, unable to mention, hide, close issues, or run on."""
    safe = redact(text).replace("<!--", "&lt;!--").replace("\x00", "")
    safe = _CLOSING.sub("\\1\\2\u2060", _MENTION.sub("@\u2060", safe))
    return safe if len(safe) <= most else safe[:most].rstrip() + " …"


def quoted_line(text: str, most: int = 120) -> str:
    """Foreign text for the middle of a line: one line, no Markdown of its own."""
    return quoted(re.sub(r"[`\s|]+", " ", text).strip(), most)


def seconds(moment: str) -> float:
    """A time as Kubernetes writes it, in seconds since the epoch."""
    return datetime.fromisoformat(moment).timestamp()


def default_request(task: str) -> str:
    """What a bare verb means."""
    return {
        Task.FIX: "Fix the problem that this issue describes.",
        Task.PLAN: "Write a plan for what this issue asks for.",
        Task.REVIEW: "Review this, and say what is wrong with it.",
        Task.ASK: "Explain what this is about, and what in the code it concerns.",
    }.get(Task(task), "Do what this issue asks for.")


# --- answers to commands


def help_table() -> str:
    """The table of verbs, from the table of verbs."""
    rows = "\n".join(f"| `{PREFIX} {verb}` | {meaning} |" for verb, meaning in VERBS.items())
    also = ", ".join(f"`{alias}` = `{verb}`" for alias, verb in ALIASES.items())
    example = f"An example: `{PREFIX} fix the test on the second page fails since yesterday`."
    return f"| command | what it does |\n| --- | --- |\n{rows}\n\nAlso understood: {also}.\n\n{example}"


def not_understood(error: CommandError, login: str) -> str:
    """A command with a verb that does not exist."""
    hint = f" Did you mean `{error.did_you_mean}`?" if error.did_you_mean else ""
    line = quoted_line(error.quoted)
    return (
        f"@{login}, I do not know the command `{quoted_line(error.word)}` in line {error.line}:\n\n> `{line}`\n\n"
        f"{hint} `{PREFIX} help` lists the commands.".replace("\n\n ", "\n\n")
    )


def may_not_start(login: str, repository: str, *, needed: Permission, has: Permission) -> str:
    """Somebody without the permission asked for a session."""
    return (
        f"@{login}, this takes {needed.name.lower()} access to {repository}, and yours is {has.name.lower()}. "
        "Somebody with that access can ask instead."
    )


def may_not_stop(login: str) -> str:
    """Somebody without the permission wanted to stop a session."""
    return f"@{login}, stopping a session takes write access to this repository. Somebody who has it can do so."


def not_served(login: str, repository: str) -> str:
    """No namespace serves the repository."""
    return (
        f"@{login}, no namespace of this installation serves {repository}. "
        "Whoever runs the bot can add it to its map of namespaces (`VTEAM_NAMESPACES`)."
    )


def no_access(repository: str) -> str:
    """The App may not read what it needs."""
    return (
        f"I cannot read {repository}: the App is not installed there, or lacks a permission. "
        "An owner of the repository can add it in the App's installation settings."
    )


def nothing_runs(login: str) -> str:
    """There is nothing to stop."""
    return f"@{login}, nothing runs in this thread."


def trouble() -> str:
    """Our own fault: nothing of it is the reader's to know, but that it happened is."""
    return "Something went wrong on my side, and whoever runs the bot has been told. Please ask again in a while."


def status(sessions: tuple[SessionBrief, ...]) -> str:
    """What runs in a thread."""
    if not sessions:
        return "No session has run in this thread yet."
    rows = "\n".join(
        f"| `{brief.namespace}/{brief.name}` | {brief.task} | {brief.phase} | {quoted_line(brief.message)} |"
        for brief in sessions
    )
    return f"| session | task | phase | |\n| --- | --- | --- | --- |\n{rows}"


# --- how a session can end


def invalid_spec(fault: str) -> str:
    """The resource cannot be understood."""
    return f"The session's spec cannot be read: {quoted_line(fault, 500)}."


def no_repository() -> str:
    """The resource names no repository."""
    return "The session names no repository; `spec.repos` needs at least one."


def unsupported(fields: tuple[str, ...]) -> str:
    """The resource asks for what this version cannot do."""
    return (
        f"The session asks for {', '.join(fields)}, which this version of the bot cannot do. Take it out and try again."
    )


def foreign_repositories(reasons: tuple[str, ...], namespace: str) -> str:
    """The session wants to read what it may not."""
    return f"The session in {namespace} may not read what it asks for: {'; '.join(reasons)}."


def work_refused(why: str) -> str:
    """The bundle was refused."""
    return f"The work was not pushed: {quoted_line(why, 800)}."


def unreachable(reason: str) -> str:
    """The forge was out of reach for too long."""
    return f"the repository could not be reached for a quarter of an hour ({quoted_line(reason, 200)})"


def runner_stopped(error: str) -> str:
    """The runner was told to stop and said so."""
    return f"The runner was stopped before it was done. {quoted_line(error, 300)}".strip()


def prerequisite_failed(error: str) -> str:
    """The runner could not begin."""
    return f"The work could not begin: {quoted_line(error, 1000)}"


def agent_error(error: str) -> str:
    """The agent's run ended with an error."""
    return f"The agent could not finish: {quoted_line(error, 1000)}"


def completed(*, changed: bool) -> str:
    """All is well."""
    return "Done." if changed else "Done; there was nothing to change."


def stopped_by(who: str) -> str:
    """Somebody stopped it."""
    return f"Stopped by {quoted_line(who)}."


def job_deleted() -> str:
    """The Job is gone."""
    return "The session's Job was deleted from the cluster while it worked. Ask again to start anew."


def image_trouble(reason: str, message: str) -> str:
    """The pod cannot be made."""
    return (
        f"The cluster cannot start the runner ({reason}): {quoted_line(message, 300)}. "
        "Whoever runs the bot can check the runner's image and settings; then ask again."
    )


def deadline_exceeded() -> str:
    """Out of time."""
    return "The time ran out before the work was done. Ask again with a smaller task, or have the time limit raised."


def pod_gone(message: str) -> str:
    """No pod is left to ask."""
    return f"The runner's pod is gone and left no result. {quoted_line(message, 300)} Ask again to start anew.".replace(
        "  ", " "
    )


def out_of_memory() -> str:
    """Killed for memory."""
    return (
        "The runner ran out of memory. Whoever runs the bot can give it more (`VTEAM_RUNNER_MEMORY`); then ask again."
    )


def evicted() -> str:
    """The node wanted it gone."""
    return "The cluster took the runner's node away, and no replacement came. Ask again to start anew."


def no_result() -> str:
    """Exit without a result."""
    return (
        "The runner ended without a result. Ask again; if it happens twice, whoever runs the bot finds more in its log."
    )


def runner_died(exit_code: int | None, reason: str) -> str:
    """Any other death."""
    told = f"exit code {exit_code}" if exit_code is not None else "no exit code"
    return f"The runner ended unexpectedly ({told}{', ' + reason if reason else ''}). Ask again to start anew."


def session_deleted(requester: str) -> str:
    """The resource was deleted under the work."""
    return f"{_to(requester)}The session was deleted from the cluster; its work ends here and nothing was pushed."


# --- the progress comment, the closing words, the pull request


def progress(event: SessionObserved) -> str:
    """The progress comment while the session lives."""
    pod = event.pod
    started = pod is not None and pod.phase == "Running"
    doing = event.session.status.progress.doing if event.session.status.progress else ""
    steps = [
        (True, f"accepted as session `{event.session.key}`"),
        (event.job is not None and started, "the runner starts" if not started else "the runner has started"),
        (False, f"the agent works{': ' + quoted_line(doing) if doing and started else ''}"),
    ]
    waiting = _waiting(event)
    return _sticky(
        event, f"I will {_DOES[event.session.work.task]}.", _list(steps) + (f"\n\n{waiting}" if waiting else "")
    )


def _waiting(event: SessionObserved) -> str:
    if event.job and event.job.suspended:
        return "Waiting in the queue to be admitted."
    if event.pod and event.pod.unschedulable:
        what = "a GPU" if event.session.work.gpu else "room in the cluster"
        return f"Waiting for {what}: {quoted_line(event.pod.unschedulable, 200)}"
    if event.pod and event.pod.waiting_message:
        return f"The cluster says: {quoted_line(event.pod.waiting_message, 200)}"
    return ""


def ended(event: SessionObserved) -> str:
    """The progress comment once the session has ended."""
    return _sticky(event, quoted(event.session.status.message or "Ended."), "\n".join(_outcome_lines(event)))


def closing(event: SessionObserved) -> str:
    """The closing comment: it mentions the asker, says what happened, what was kept, and what the agent said."""
    status = event.session.status
    parts = [f"{_to(event.standing.requester)}{quoted(status.message or 'The session has ended.')}"]
    parts += _outcome_lines(event)
    if status.result:
        parts.append(_as_quote(quoted(status.result, 20_000)))
    parts += [spent(event), _scripted(event), receipt_details(event)]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def pull_request_title(task: Task, title: str) -> str:
    """The title of the pull request."""
    verb = {Task.FIX: "Fix", Task.PLAN: "Plan"}.get(task, "Do")
    return f"{verb}: {quoted_line(title, 200)}"


def pull_request_body(event: SessionObserved) -> str:
    """The body of the pull request: what was asked, what was done, what it cost, how to go on."""
    thread, report = event.standing.thread, event.standing.report
    asked = f"{_to(event.standing.requester)}this is what you asked for in #{thread.number}.\n\n" if thread else ""
    link = {Task.FIX: "Fixes"}.get(event.session.work.task, "For") + f" #{thread.number}" if thread else ""
    agent = report.result.agent if report else None
    parts = [
        asked + link,
        _as_quote(quoted(agent.text, 20_000)) if agent and agent.text else "",
        "Read it as you would a stranger's change: an agent wrote it. To ask for a change, comment on the issue "
        f"with `{PREFIX} fix` and what is to be different.",
        spent(event),
        _scripted(event),
        receipt_details(event),
    ]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def spent(event: SessionObserved) -> str:
    """What the session used, by the gateway's ledger."""
    used = event.standing.used
    if not used.calls:
        return ""
    money = "no cost" if event.scripted or not used.usd else f"${used.usd:.2f}"
    return f"{money} · {used.tokens.total:,} tokens in {used.calls} model calls"


def receipt_details(event: SessionObserved) -> str:
    """The context receipt, folded away."""
    receipt = event.standing.report.result.receipt if event.standing.report else None
    if receipt is None:
        return ""
    summary = f"Context: {receipt.prompt:,} of {receipt.budget:,} tokens"
    return f"<details><summary>{summary}</summary>\n\n{_receipt_table(receipt)}\n</details>"


def _receipt_table(receipt: Receipt, most: int = 40) -> str:
    rows = sorted(receipt.rows, key=lambda row: -row.taken)
    lines = ["| source | kind | trust | taken | offered | how |", "| --- | --- | --- | ---: | ---: | --- |"]
    lines += [_receipt_row(row) for row in rows[:most]]
    if len(rows) > most:
        lines.append(f"| … and {len(rows) - most} more | | | {sum(row.taken for row in rows[most:]):,} | | |")
    return "\n".join(lines)


def _receipt_row(row: ReceiptRow) -> str:
    how = f"{row.way}{': ' + quoted_line(row.reason, 80) if row.reason else ''}"
    source, kind = quoted_line(row.source, 100), quoted_line(row.kind)
    return f"| {source} | {kind} | {row.trust} | {row.taken:,} | {row.offered:,} | {how} |"


def _sticky(event: SessionObserved, headline: str, body: str) -> str:
    title = f"**vTeam · {event.session.work.task}** — {headline}"
    parts = [marker("progress", event.session.uid), title, body, spent(event), _scripted(event)]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def _outcome_lines(event: SessionObserved) -> list[str]:
    outcome = event.session.status.outcome
    if outcome is None:
        return []
    opened = {pull.repository: pull for pull in outcome.pull_requests}
    lines = [f"Pull request: {pull.url}" for pull in outcome.pull_requests]
    kept = [branch for branch in outcome.branches if branch.repository not in opened]
    return lines + [f"What was done so far is kept on branch `{quoted_line(branch.branch)}`." for branch in kept]


def _scripted(event: SessionObserved) -> str:
    return SCRIPTED if event.scripted else ""


def _list(steps: list[tuple[bool, str]]) -> str:
    return "\n".join(f"- [{'x' if done else ' '}] {words}" for done, words in steps)


def _as_quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def _to(login: str) -> str:
    return f"@{login}, " if login else ""
