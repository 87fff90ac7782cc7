"""Answers to commands that follow, stop, raise or release something, and to events around them. One function a
sentence; called by the verbs; pure."""

from collections.abc import Sequence
from decimal import Decimal

from crds.receipt import Receipt
from handlers.events import SessionBrief, Thread
from handlers.grammar.words import Target
from handlers.quoting import plain_line, quoted_line
from handlers.wording.receipt import receipt_block


def target_unseen(login: str, target: Target) -> str:
    """The target is not there, or must not be shown here: one sentence for all of it."""
    name = f"{plain_line(target.repository or '')}#{target.number}"
    return (
        f"@{login}, I cannot take that to `{name}`: either it is not there, or the App is not installed there, or you "
        "may not read it, or it is private and this thread is not. Ask in that place itself, or check its address."
    )


def taken_there(login: str, thread: Thread) -> str:
    """The work is about another thread, and goes on there."""
    return f"@{login}, I have taken that to {thread.name}, and go on there."


def edited_by_another(login: str, author: str) -> str:
    """Somebody who may not ask for work changed another person's text."""
    return (
        f"@{login}, you have changed what @{author} wrote, and words put into another person's mouth count only from "
        "somebody with write access. Write a comment of your own instead."
    )


def edited_too_late(login: str, session: str, *, prefix: str) -> str:
    """The request was corrected when its session had begun."""
    return (
        f"@{login}, session `{plain_line(session)}` had begun when you changed the command, and works on the words "
        f"that it had. If the difference matters: `{prefix} cancel {plain_line(session)}`, and ask again."
    )


def not_granted(login: str, why: str) -> str:
    """The options ask for more than there is."""
    return f"@{login}, I have left all as it is: {why}"


def too_dear(asked: Decimal, most: float) -> str:
    """More dollars than this installation grants."""
    return (
        f"${asked:.2f} is more than a session may cost here, which is ${most:.2f}. "
        "Whoever runs the bot can raise that (`VTEAM_SESSION_USD_MOST`)."
    )


def too_many_turns(asked: int, most: int) -> str:
    """More turns than this installation grants."""
    return (
        f"{asked:,} turns are more than a session may take here, which is {most:,}. "
        "Whoever runs the bot can raise that (`VTEAM_SESSION_TURNS`)."
    )


def too_long(asked: int, most: int) -> str:
    """More time than this installation grants."""
    return (
        f"{asked:,} seconds are more than a session may take here, which is {most:,}. "
        "Whoever runs the bot can raise that (`VTEAM_SESSION_SECONDS`)."
    )


def too_many_repositories(asked: int, most: int) -> str:
    """More repositories beside the session's own than it may read, with those of the session before it."""
    return (
        f"with those that the session before it reads it would read {asked} repositories beside its own, and may read "
        f"{most}. Name fewer with `--repo`, or begin anew with the ones that matter."
    )


def model_not_offered(asked: str, offered: Sequence[str]) -> str:
    """A model without a known price, which nobody here has chosen."""
    known = ", ".join(f"`{plain_line(name)}`" for name in dict.fromkeys(offered))
    return (
        f"the model `{plain_line(asked)}` has no price that I know, and so no limit in dollars. "
        f"Models with a known price can be named, and {known}. Whoever owns the namespace can choose another one."
    )


def default_continuation() -> str:
    """What a bare `continue` means."""
    return "Go on with the work where you left it."


def approved_request(plan: str, words: str) -> str:
    """What an approved plan asks for."""
    return "\n\n".join(part for part in (f"The plan of session {plan} is approved: carry it out.", words) if part)


def no_session_yet(login: str, verb: str, *, prefix: str) -> str:
    """There is nothing that the verb could be about."""
    return (
        f"@{login}, no session has run in this thread yet, so there is nothing to `{verb}`. "
        f"`{prefix} help` says how to begin."
    )


def still_runs(login: str, session: str, *, prefix: str) -> str:
    """The session that is to be followed has not ended."""
    name = plain_line(session)
    return (
        f"@{login}, session `{name}` still works. Wait for its end, or stop it with `{prefix} cancel {name}`; "
        "then ask again."
    )


def nothing_to_approve(login: str, *, prefix: str) -> str:
    """The thread has no plan."""
    return f"@{login}, no plan has been finished in this thread. `{prefix} plan` writes one."


def no_such_session(login: str, name: str, *, prefix: str) -> str:
    """A session of that name is not of this thread."""
    return f"@{login}, this thread has no session `{plain_line(name)}`. `{prefix} status` lists those that it has."


def budget_now(session: SessionBrief, limit: float, *, prefix: str) -> str:
    """What a session may use."""
    used = f"${session.usd:.2f}" if session.usd else "nothing"
    return (
        f"Session `{plain_line(session.name)}` may cost ${limit:.2f}, and has used {used}. "
        f"`{prefix} budget --max-cost 10` raises that to ten dollars."
    )


def budget_below_use(login: str, session: SessionBrief, *, prefix: str) -> str:
    """The new limit is spent already."""
    return (
        f"@{login}, session `{plain_line(session.name)}` has used ${session.usd:.2f} already. "
        f"`{prefix} cancel` stops it; a higher `--max-cost` lets it go on."
    )


def budget_raised(login: str, session: SessionBrief, *, cost: float | None, turns: int | None) -> str:
    """The limit is another one now, and what that means."""
    name, granted = plain_line(session.name), []
    if cost is not None:
        granted.append(f"cost ${cost:.2f}")
    if turns is not None:
        granted.append(f"take {turns:,} turns")
    words = f"@{login}, session `{name}` may now {' and '.join(granted)}."
    if session.ended:
        return f"{words} It has ended: `continue` goes on from it with that, `retry` begins anew."
    late = " A runner that works keeps the turns that it began with: they count from the next `continue`."
    return words + (late if turns is not None else "")


def receipt_of(session: SessionBrief, receipt: Receipt, *, later: SessionBrief | None = None) -> str:
    """What a session was given to read; `later`: a newer one of which nothing can be shown."""
    head = f"Session `{plain_line(session.name)}` was given {receipt.prompt:,} tokens of the {receipt.budget:,} it may."
    hidden = f" {receipt.hidden_characters:,} hidden characters were taken out." if receipt.hidden_characters else ""
    newer = receipt_lacks(later) if later else ""
    return f"{head}{hidden} {newer[:1].upper()}{newer[1:]}".rstrip() + f"\n\n{receipt_block(receipt)}"


def no_receipt(login: str, last: SessionBrief | None, *, prefix: str) -> str:
    """No session has told what it was given."""
    if last is None:
        return no_session_yet(login, "context", prefix=prefix)
    return f"@{login}, {receipt_lacks(last)}"


def receipt_lacks(session: SessionBrief) -> str:
    """Why nothing can be shown of what this session was given to read."""
    name = plain_line(session.name)
    if not session.ended:
        return f"session `{name}` tells what it was given to read at its end. Ask again then."
    return f"nothing is kept of what session `{name}` was given to read: it ended before that, or long ago."


def released(login: str, commit: str) -> str:
    """A fork's pull request may be worked on."""
    return f"@{login}, sessions may write for this pull request at `{commit[:12]}`. A later commit needs another `ok`."


def not_released(login: str, why: str) -> str:
    """The release is refused."""
    return f"@{login}, nothing is released: {why}"


def ok_is_for_its_pull_request() -> str:
    """`ok` was said elsewhere."""
    return "`ok` is said in the pull request that it is about."


def ok_is_for_forks() -> str:
    """`ok` was said where nothing needs it."""
    return "this pull request is a branch of the repository itself, and needs no `ok`."


def ok_needs_a_commit(head: str) -> str:
    """`ok` was said without a commit."""
    return f"`ok` names the commit that you have looked at. This pull request stands at `{head[:12]}`."


def ok_names_another_commit(sha: str, head: str) -> str:
    """`ok` names a commit that is not the newest."""
    return (
        f"the pull request stands at `{head[:12]}`, not at `{plain_line(sha)[:12]}`. "
        "Look at what has changed since, then name that commit."
    )


def link_from_slack(login: str, *, prefix: str) -> str:
    """Linking begins elsewhere."""
    return (
        f"@{login}, accounts are linked from Slack's side: write `{prefix} link` there, and confirm the code on "
        "GitHub. Here I know who you are already."
    )


def the_deletion(login: str) -> str:
    """Who stopped a session, where its comment was deleted."""
    return f"@{login}, who deleted the comment that asked for it"


def the_dismissal(login: str) -> str:
    """Who stopped a session, where its review was dismissed."""
    return f"@{login}, who dismissed the review that asked for it"


def the_closing(login: str) -> str:
    """Who stopped a session that waited, where its thread was closed."""
    return f"@{login}, who closed this before it had begun"


def the_transfer(login: str) -> str:
    """Who stopped a session, where its issue was moved."""
    return f"@{login}, who moved the issue to another repository"


def the_app_left(account: str, *, suspended: bool) -> str:
    """What stopped a session, where the App lost its installation."""
    return f"the {'suspension' if suspended else 'removal'} of the App from {quoted_line(account)}"


def goes_on_though_closed(sessions: tuple[str, ...], *, pull_request: bool, prefix: str) -> str:
    """Sessions work in a thread that was closed."""
    names = ", ".join(f"`{plain_line(name)}`" for name in sessions)
    what = "pull request" if pull_request else "issue"
    works = "works" if len(sessions) == 1 else "work"
    return f"This {what} was closed while {names} {works}. I go on; `{prefix} cancel` stops that."


def stopped_by_transfer(login: str, sessions: tuple[str, ...]) -> str:
    """Sessions were stopped because their issue is another one now."""
    names = ", ".join(f"`{plain_line(name)}`" for name in sessions)
    return f"@{login}, I have stopped {names}, which began before this issue was moved here. Ask again here to go on."
