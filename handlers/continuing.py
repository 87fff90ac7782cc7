"""Whether a session goes on with the conversation of the one before it in its thread, or begins afresh. Pure.

Called by bot/continuing.py. Two questions: may it (nothing that the earlier one has read may come to where the later
one could not read it itself), and does it pay. The answer is a reason in words for the receipt, empty where it goes on.
"""

from dataclasses import dataclass

from crds.agentic_session import Task
from handlers import wording


@dataclass(frozen=True)
class Conversation:
    """What a session's agent is given, and where it was asked."""

    task: Task
    repository_id: int
    """Of the thread; 0 where it is about none."""
    slack: str
    """The thread in Slack, `team:channel:time`; empty where it was asked for on GitHub."""
    repositories: frozenset[str]
    """All that it reads, each by the forge's number, or by its address where it has none."""
    threads: frozenset[str]
    """Addresses of the other threads that it was given."""
    private: frozenset[str] = frozenset()
    """Those of the repositories that were not public then: notes and threads of that time came with them."""


def why_afresh(earlier: Conversation, now: Conversation, *, ended: bool) -> str:
    """Why the earlier conversation is not gone on with; empty where it is."""
    if not ended:
        return wording.conversation_goes_on()
    if now.task is Task.REVIEW and earlier.task is not Task.REVIEW:
        return wording.reviewed_afresh()
    if earlier.repository_id != now.repository_id or not _same_slack(earlier.slack, now.slack):
        return wording.spoken_elsewhere()
    if not earlier.repositories <= now.repositories:
        return wording.read_more_repositories()
    if not earlier.threads <= now.threads:
        return wording.read_more_threads()
    if not earlier.private <= now.private:
        return wording.was_held_in_private()
    return ""


def _same_slack(earlier: str, now: str) -> bool:
    """What was said in Slack stays in its thread. One that the bot's own first words began had no time yet."""
    return not earlier or earlier == now or (earlier.endswith(":") and now.startswith(earlier))
