"""A session's progress and closing words as Slack shows them: GitHub's words, without what only GitHub can show. Pure.

Called by slack_mirror.py. The words stay Markdown; bot/slack makes Slack's own of them.
"""

import re

from crds.agentic_session import Phase, Task
from handlers.events import SessionObserved
from handlers.quoting import quoted
from handlers.slack_words import APPROVE, RAISE, RETRY, SHOW, STOP, Button, SlackMessage
from handlers.wording.parts import as_quote, asked_in_slack, hushed, outcome_lines, scripted, spent
from handlers.wording.progress import ended, progress, what_happened

_HIDDEN = re.compile(r"^<!--.*?-->\n*", re.MULTILINE)
_DONE, _OPEN = re.compile(r"^- \[x\] ", re.MULTILINE), re.compile(r"^- \[ \] ", re.MULTILINE)


def slack_progress(event: SessionObserved) -> SlackMessage:
    """The progress message while the session lives."""
    stop = Button(STOP, "Stop", event.session.key, style="danger", confirm="Stop this session?")
    return _message(event, progress(event), (stop,))


def slack_ended(event: SessionObserved) -> SlackMessage:
    """The progress message once the session has ended."""
    return _message(event, ended(event), ())


def _message(event: SessionObserved, body: str, buttons: tuple[Button, ...]) -> SlackMessage:
    text = _OPEN.sub("⬜ ", _DONE.sub("✅ ", _HIDDEN.sub("", body))).replace(asked_in_slack(event), "")
    return SlackMessage("\n\n".join(part for part in (_about(event), text) if part), buttons=buttons, link=_page(event))


def _about(event: SessionObserved) -> str:
    thread = event.standing.thread
    if thread is None:
        return ""
    if not thread.number:
        return f"**{thread.repository}**"
    return f"[{thread.repository}#{thread.number}]({thread.url})"


def _page(event: SessionObserved) -> str:
    return event.standing.thread.url if event.standing.thread else ""


def slack_closing(event: SessionObserved, *, mention: str) -> SlackMessage:
    """The closing message: it mentions the asker, says what happened, what was kept, and what the agent said."""
    status = event.session.status
    parts = [what_happened(event), *outcome_lines(event)]
    if status.result:
        parts.append(as_quote(quoted(status.result, 20_000)))
    parts += [spent(event), scripted(event)]
    text = "\n\n".join(part for part in parts if part)
    return SlackMessage(text, mention=mention, buttons=_next_steps(event), link=_page(event))


def _next_steps(event: SessionObserved) -> tuple[Button, ...]:
    key, task, phase = event.session.key, event.session.work.task, event.session.phase
    spent_up = _budget_spent(event)
    buttons = []
    if phase is Phase.COMPLETED and task is Task.PLAN:
        buttons.append(Button(APPROVE, "Approve plan", key, style="primary"))
    if phase in (Phase.FAILED, Phase.ERROR, Phase.STOPPED):
        buttons.append(Button(RETRY, "Retry", key))
    if spent_up:
        buttons.append(Button(RAISE, f"Raise budget to ${spent_up:g}", f"{key} {spent_up:g}"))
    if hushed(event):
        confirm = "Everybody who sees the issue will see your words and the answer."
        buttons.append(Button(SHOW, "Show in issue", key, confirm=confirm))
    return tuple(buttons)


def _budget_spent(event: SessionObserved) -> float:
    """Twice the budget of a session that has used its own up; 0 where that is not so."""
    budget = event.session.status.budget
    if event.session.phase is not Phase.FAILED or budget is None or not budget.limit_usd or not budget.used_usd:
        return 0.0
    return 2 * budget.limit_usd if budget.used_usd >= 0.95 * budget.limit_usd else 0.0
