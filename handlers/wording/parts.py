"""What several texts share: quotes, lists, the cost, the receipt, the outcome. Called by the other texts; pure."""

from dataclasses import replace
from decimal import Decimal

from handlers.events import SessionObserved
from handlers.quoting import plain_line
from handlers.wording.endings import work_refused
from handlers.wording.receipt import receipt_block

LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
SCRIPTED = (
    "The model behind this run was a **script** on this machine, not Claude: it cost nothing and shows the way only."
)

_OPENERS = frozenset(("Done", "Here", "Stopped", "The", "This", "It", "What", "Nothing", "No", "Out", "There"))
"""Words that our own sentences begin with. A name keeps its capital."""


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
    return receipt_block(receipt) if receipt else ""


def outcome_lines(event: SessionObserved) -> list[str]:
    outcome = event.session.status.outcome
    if outcome is None:
        return []
    opened = {pull.repository: pull for pull in outcome.pull_requests}
    lines = [
        f"{'Commits added to pull request' if pull.added else 'Pull request'}: {plain_line(pull.url, 500)}"
        for pull in outcome.pull_requests
    ]
    kept = [] if outcome.aside else [branch for branch in outcome.branches if branch.repository not in opened]
    lines += [f"What was done so far is kept on branch `{plain_line(branch.branch, 255)}`." for branch in kept]
    lines += [outcome.aside] if outcome.aside else []
    refused = work_refused(outcome.refused) if outcome.refused else ""
    return lines + ([refused] if refused and refused != event.session.status.message else [])


def scripted(event: SessionObserved) -> str:
    return SCRIPTED if event.scripted else ""


def task_list(steps: list[tuple[bool, str]]) -> str:
    return "\n".join(f"- [{'x' if done else ' '}] {words}" for done, words in steps)


def as_quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def to(login: str) -> str:
    return f"@{login}, " if login else ""


def spoken_to(login: str, sentence: str) -> str:
    """The sentence, said to somebody: behind "@ada," it goes on with a small letter, where its first word is ours."""
    if not login:
        return sentence
    first, space, rest = sentence.partition(" ")
    return f"{to(login)}{first.lower() if first.rstrip('.;,') in _OPENERS else first}{space}{rest}"


def confidential(event: SessionObserved) -> bool:
    """Whether it was asked for in Slack about a public repository: what was said there is not repeated in public."""
    thread = event.standing.thread
    return from_slack(event) and thread is not None and not thread.private


def hushed(event: SessionObserved) -> bool:
    """Whether a public issue is told of a session that was asked for in Slack: without the words and the answer."""
    return confidential(event) and event.standing.issue is not None


def from_slack(event: SessionObserved) -> bool:
    """Whether it was asked for in Slack."""
    origin = event.session.work.origin
    return origin is not None and origin.service == "slack" and event.standing.thread is not None


def asked_in_slack(event: SessionObserved) -> str:
    """Who asked and that it was in Slack; not the words: they were said to fewer people."""
    return f" Asked for by {event.standing.requester} in Slack." if from_slack(event) and event.standing.issue else ""


def quiet(event: SessionObserved) -> SessionObserved:
    """The event as a public issue may hear of it: what the agent does at the moment may repeat what it was told."""
    progress = event.session.status.progress
    if progress is None or not hushed(event):
        return event
    status = event.session.status.model_copy(update={"progress": progress.model_copy(update={"doing": ""})})
    return replace(event, session=replace(event.session, status=status))
