"""Everything that the bot says to people, one function a sentence. Called by the other handlers; pure.

What a model or a stranger wrote passes through quoting.py before it stands in a comment.
"""

from decimal import Decimal

from crds.agentic_session import Task
from crds.receipt import Receipt, ReceiptRow
from handlers.command import ALIASES, PREFIX, VERBS, CommandError
from handlers.events import Permission, SessionBrief, SessionObserved
from handlers.gpu import near_miss
from handlers.naming import marker
from handlers.quoting import plain_line, quoted, quoted_line

LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
SCRIPTED = (
    "The model behind this run was a **script** on this machine, not Claude: it cost nothing and shows the way only."
)

_DOES = {
    Task.RUN: "work on it",
    Task.FIX: "fix it",
    Task.PLAN: "plan it",
    Task.REVIEW: "review it",
    Task.ASK: "answer it",
}


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
    hint = f"Did you mean `{error.did_you_mean}`? " if error.did_you_mean else ""
    line = plain_line(error.quoted)
    return (
        f"@{login}, I do not know the command `{plain_line(error.word)}` in line {error.line}:\n\n> `{line}`\n\n"
        f"{hint}`{PREFIX} help` lists the commands."
    )


def too_many_commands(login: str, most: int) -> str:
    """A comment that would start a flood."""
    return f"@{login}, a comment can hold at most {most} commands, so I have done nothing. Please ask for less at once."


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


def nothing_runs(login: str) -> str:
    """There is nothing to stop."""
    return f"@{login}, nothing runs in this thread."


def already_stopping(login: str) -> str:
    """What runs is on its way out."""
    return f"@{login}, what runs in this thread is being stopped already."


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


def name_too_long(most: int) -> str:
    """The resource's name does not fit into a label."""
    return f"The session's name is longer than {most} characters, so that no Job can carry it. Make it anew, shorter."


def same_repository_twice(folder: str) -> str:
    """Two repositories would share a folder."""
    return f"The session names the repository {quoted_line(folder)} twice; once is enough."


def unsupported(fields: tuple[str, ...]) -> str:
    """The resource asks for what this version cannot do."""
    return (
        f"The session asks for {', '.join(fields)}, which this version of the bot cannot do. Take it out and try again."
    )


def foreign_repositories(reasons: tuple[str, ...], namespace: str) -> str:
    """The session wants to read what it may not."""
    shown = "; ".join(quoted_line(reason, 300) for reason in reasons[:5])
    more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
    return f"The session in {namespace} may not read what it asks for: {shown}{more}."


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


def completed(task: Task, *, changed: bool, withheld: bool) -> str:
    """All is well."""
    if changed:
        return "Done."
    if withheld:
        return "Done. The changes were not pushed, for the session says so (`autoPush`)."
    done = {Task.ASK: "Here is the answer.", Task.REVIEW: "Here is the review."}
    return done.get(task, "Done; there was nothing to change.")


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
    why = f" ({quoted_line(message, 300)})" if message else ""
    return f"The runner's pod is gone and left no result{why}. Ask again to start anew."


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


def session_deleted() -> str:
    """The resource was deleted under the work."""
    return "The session was deleted from the cluster, and its work ended with it."


# --- the progress comment, the closing words, the pull request


def progress(event: SessionObserved) -> str:
    """The progress comment while the session lives."""
    pod = event.pod
    started = pod is not None and pod.phase != "Pending"
    doing = event.session.status.progress.doing if event.session.status.progress else ""
    steps = [
        (True, f"accepted as session `{event.session.key}`"),
        (event.job is not None and started, "the runner starts" if not started else "the runner has started"),
        (False, f"the agent works{': ' + quoted_line(doing) if doing and started else ''}"),
    ]
    body = "\n\n".join(part for part in (_list(steps), _waiting(event)) if part)
    return _sticky(event, f"I will {_DOES[event.session.work.task]}.", body)


def _waiting(event: SessionObserved) -> str:
    if event.job and event.job.suspended:
        return "Waiting in the queue to be admitted."
    if event.pod and event.pod.unschedulable:
        gpu, why = event.session.work.gpu, quoted_line(event.pod.unschedulable, 200)
        card = near_miss(gpu.min_memory) if gpu and gpu.min_memory else None
        hint = (
            f" (`minMemory` is just above what a {card} reports: a size class such as `80GB` fits it)" if card else ""
        )
        return f"Waiting for {'a GPU' if gpu else 'room in the cluster'}: {why}{hint}"
    if event.pod and event.pod.waiting_message:
        return f"The cluster says: {quoted_line(event.pod.waiting_message, 200)}"
    return ""


def ended(event: SessionObserved) -> str:
    """The progress comment once the session has ended."""
    return _sticky(event, _what_happened(event), "\n".join(_outcome_lines(event)))


def closing(event: SessionObserved) -> str:
    """The closing comment: it mentions the asker, says what happened, what was kept, and what the agent said."""
    status = event.session.status
    parts = [_to(event.standing.requester) + _what_happened(event)]
    parts += _outcome_lines(event)
    if status.result:
        parts.append(_as_quote(quoted(status.result, 20_000)))
    parts += [spent(event), _scripted(event), receipt_details(event)]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def _what_happened(event: SessionObserved) -> str:
    if event.session.deleting and not event.session.phase.ended:
        return session_deleted()
    return quoted(event.session.status.message or "The session has ended.")


def pull_request_title(task: Task, title: str) -> str:
    """The title of the pull request."""
    verb = {Task.FIX: "Fix", Task.PLAN: "Plan"}.get(task, "Do")
    # The words together: "Fix: " before a title that begins with "#12" would close issue 12 on a squash.
    return plain_line(f"{verb}: {title}", 200)


def pull_request_body(event: SessionObserved, *, in_thread: bool) -> str:
    """The body of the pull request: what was asked, what was done, what it cost, how to go on.

    `in_thread`: whether it is opened where it was asked for; in another repository the bare number is another issue.
    """
    report = event.standing.report
    agent = report.result.agent if report else None
    parts = [
        _asked_for(event, in_thread=in_thread),
        _as_quote(quoted(agent.text, 20_000)) if agent and agent.text else "",
        "Read it as you would a stranger's change: an agent wrote it. To ask for a change, comment on the issue "
        f"with `{PREFIX} fix` and what is to be different.",
        spent(event),
        _scripted(event),
        receipt_details(event),
    ]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def _asked_for(event: SessionObserved, *, in_thread: bool) -> str:
    thread = event.standing.thread
    if thread is None:
        return ""
    issue = f"#{thread.number}" if in_thread else f"{thread.repository}#{thread.number}"
    link = "Fixes" if in_thread and event.session.work.task is Task.FIX else "For"
    return f"{_to(event.standing.requester)}this is what you asked for in {issue}.\n\n{link} {issue}"


def spent(event: SessionObserved) -> str:
    """What the session used, by the gateway's ledger."""
    used = event.standing.used
    if not used.calls:
        return ""
    money = "no cost" if event.scripted or not used.usd else f"${max(used.usd, Decimal('0.01')):.2f}"
    calls = "1 model call" if used.calls == 1 else f"{used.calls} model calls"
    return f"{money} · {used.tokens.total:,} tokens in {calls}"


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
    source, kind = plain_line(row.source, 100), quoted_line(row.kind)
    return f"| `{source or '-'}` | {kind} | {row.trust} | {row.taken:,} | {row.offered:,} | {how} |"


def _sticky(event: SessionObserved, headline: str, body: str) -> str:
    title = f"**vTeam · {event.session.work.task}** — {headline}"
    parts = [marker("progress", event.session.uid), title, body, spent(event), _scripted(event)]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def _outcome_lines(event: SessionObserved) -> list[str]:
    outcome = event.session.status.outcome
    if outcome is None:
        return []
    opened = {pull.repository: pull for pull in outcome.pull_requests}
    lines = [f"Pull request: {plain_line(pull.url, 500)}" for pull in outcome.pull_requests]
    kept = [branch for branch in outcome.branches if branch.repository not in opened]
    lines += [f"What was done so far is kept on branch `{plain_line(branch.branch, 255)}`." for branch in kept]
    refused = work_refused(outcome.refused) if outcome.refused else ""
    return lines + ([refused] if refused and refused != event.session.status.message else [])


def _scripted(event: SessionObserved) -> str:
    return SCRIPTED if event.scripted else ""


def _list(steps: list[tuple[bool, str]]) -> str:
    return "\n".join(f"- [{'x' if done else ' '}] {words}" for done, words in steps)


def _as_quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def _to(login: str) -> str:
    return f"@{login}, " if login else ""
