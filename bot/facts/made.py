"""The sessions whose work one of our pull requests holds: who commands there means them too. Called by the facts.

Nothing is taken from a pull request that only claims to be ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.facts.sessions import Sessions
from bot.github import GitHub
from bot.github.pulls import Place, pull_facts
from handlers.events import SessionBrief, Thread
from handlers.grammar.words import Command, Read

FOLLOWING = frozenset({"approve", "continue", "retry", "cancel", "status", "budget", "context"})
"""Verbs about sessions that were there before."""


def asked_about(thread: Thread, commands: Sequence[Read]) -> bool:
    """Whether the text speaks, in a pull request, of what was there before."""
    spoken = [read for read in commands if isinstance(read, Command) and read.target is None]
    return thread.pull_request and any(read.verb in FOLLOWING for read in spoken)


@dataclass(frozen=True)
class Made:
    github: GitHub
    sessions: Sessions

    async def of(self, thread: Thread, *, receipts: bool) -> tuple[SessionBrief, ...]:
        """The sessions of the issue that our pull request is for; of a specification, those that opened it. For what
        is no pull request of ours, none. Raises Later."""
        place = Place(thread.repository, thread.repository_id, thread.installation, home=thread.repository_id)
        pull = await pull_facts(self.github, place, thread.number)
        if pull is None or not pull.ours or pull.about == thread.number:
            return ()
        if pull.about:
            issue = Thread(thread.repository, thread.repository_id, pull.about, thread.installation)
            return await self.sessions.of_thread(issue, receipts=receipts)
        return await self.sessions.that_opened(thread, receipts=receipts)
