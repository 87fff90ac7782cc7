"""What the prompt and the receipt say of an earlier conversation: where the repository stands now, and what was masked.

Pure; called by `runner/continuing.py` and `runner/context/of_order.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crds.receipt import ReceiptRow, Trust, Way
from runner.context.pieces import Piece, Tier
from runner.context.sanitise import one_line
from runner.conversation.resume import Brief, Resumed

MOST_PATHS = 40


@dataclass(frozen=True)
class Moved:
    """Where a repository stood when the earlier session ended, and where it stands now."""

    name: str
    old: str
    new: str
    paths: tuple[str, ...] | None
    """Paths that differ between the two; None where the old commit is not to be had."""


@dataclass(frozen=True)
class Earlier:
    """The earlier conversation of this session as the prompt and the receipt tell of it."""

    session_id: str
    resumed: Resumed | None = None
    why_afresh: str = ""
    digest: str = ""
    repositories: tuple[Moved, ...] = ()


def pieces(earlier: Earlier) -> list[Piece]:
    """What the new prompt says beyond the order: the state of the work tree, or the closing words of what is lost."""
    if earlier.resumed is not None:
        text = state(earlier.repositories)
        return [Piece(Tier.TASK, "runner", "state", "vTeam bot", Trust.BOT, text, least=20)]
    if earlier.digest:
        # What an agent wrote after it had read strangers' words is worth no more than those.
        text = f"What the earlier session of this thread said of its work:\n\n{earlier.digest}"
        return [Piece(Tier.THREAD, "earlier session", "conversation", "vTeam bot", Trust.OUTSIDE, text, least=50)]
    return []


def state(repositories: Sequence[Moved]) -> str:
    """The state of the repositories in the new pod, in a sentence each."""
    opening = (
        "This goes on with the conversation above, in a new pod: what was installed or left uncommitted there is gone. "
        "Read a file again before you edit it."
    )
    return "\n".join([opening, *(_sentence(one) for one in repositories)])


def _sentence(one: Moved) -> str:
    if one.old == one.new:
        return f"{one.name} stands at commit {one.new[:12]}, as it was left."
    moved = f"{one.name} was left at commit {one.old[:12]} and stands at {one.new[:12]} now"
    if one.paths is None:
        return f"{moved}; the old commit is not to be had any more, so read files again before you rely on them."
    if not one.paths:
        return f"{moved}; no file differs."
    shown = ", ".join(one_line(path, 200) for path in one.paths[:MOST_PATHS])
    more = f" and {len(one.paths) - MOST_PATHS} more" if len(one.paths) > MOST_PATHS else ""
    return f"{moved}; these files differ, read them again before you rely on them: {shown}{more}."


def rows(earlier: Earlier) -> list[ReceiptRow]:
    """The conversation in the receipt: it stands before the prompt, so none of the prompt's tokens are its."""
    if earlier.resumed is None:
        return [_row(0, Way.DROPPED, earlier.why_afresh)] if earlier.why_afresh else []
    found, brief = earlier.resumed.conversation, earlier.resumed.brief
    done = [
        f"gone on with: {len(found.messages)} messages, {found.tokens:,} tokens before this prompt",
        _number(found.outputs, "output or input of tools masked", "outputs and inputs of tools masked"),
        _number(found.answers, "old answer cut to its telling sentences", "old answers cut to their telling sentences"),
        _brief(brief) if brief else "",
        f"{found.saved:,} tokens less" if found.saved else "",
    ]
    way = Way.SUMMARY if brief else Way.SPANS if found.saved else Way.WHOLE
    return [_row(found.tokens + found.saved, way, "; ".join(filter(None, done)))]


def _number(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}" if number else ""


def _brief(brief: Brief) -> str:
    """What became of the oldest part, and why."""
    how = f"summarised by {one_line(brief.by, 100)}" if brief.by else f"told in its own sentences, for {brief.why}"
    part = f"{_number(brief.messages, 'message', 'messages')}, {brief.tokens:,} tokens"
    return f"shortened it was still too long, so its oldest part ({part}) is {how}"


def _row(offered: int, way: Way, reason: str) -> ReceiptRow:
    return ReceiptRow(
        source="earlier conversation",
        kind="conversation",
        author="vTeam bot",
        trust=Trust.OUTSIDE,
        offered=offered,
        taken=0,
        way=way,
        reason=reason[:512],
    )
