"""What is known of a review that may be a follow-up: its remarks, and whether the pull request is ours and open.

Called by the facts; nothing is decided here but whose pull request it is.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.deliveries import Reviewed
from bot.facts.sessions import Sessions
from bot.github import GitHub
from bot.github import threads as github_threads
from bot.github.pulls import Place, pull_facts
from handlers.command import Dialect, may_hold_command, read_commands
from handlers.events import Remark, SessionBrief, Thread

Json = dict[str, Any]


@dataclass(frozen=True)
class Reviews:
    github: GitHub
    sessions: Sessions
    dialect: Dialect

    async def of(self, heard: Reviewed) -> dict[str, Any]:
        """What the follow-up needs to know beside what every event has, as its arguments. Raises Later."""
        thread = heard.thread
        place = Place(thread.repository, thread.repository_id, thread.installation, home=thread.repository_id)
        pull = await pull_facts(self.github, place, thread.number)
        if pull is None or not pull.ours or not pull.open or pull.fork:
            return {"open": False}
        told = await github_threads.remarks(self.github, thread)
        mine = [one for one in told if one.get("pull_request_review_id") == heard.message.id]
        return {
            "remarks": tuple(_remark(one, told) for one in mine),
            "commanded": await asyncio.to_thread(self._commanded, mine),
            "issues": await self._of_issue(thread, pull.about),
        }

    def _commanded(self, remarks: Sequence[Json]) -> bool:
        texts = [one.get("body") or "" for one in remarks]
        return any(may_hold_command(text, self.dialect) and read_commands(text, self.dialect) for text in texts)

    async def _of_issue(self, thread: Thread, number: int) -> tuple[SessionBrief, ...]:
        if not number or number == thread.number:
            return ()
        issue = Thread(thread.repository, thread.repository_id, number, thread.installation)
        return await self.sessions.of_thread(issue)


def _remark(one: Json, told: Sequence[Json]) -> Remark:
    """A remark, with whether it answers people among themselves."""
    first = one.get("in_reply_to_id")
    conversation = [each for each in told if first is not None and first in (each["id"], each.get("in_reply_to_id"))]
    people = {_author(each) for each in conversation if (each.get("user") or {}).get("type") == "User"}
    return Remark(one["id"], one.get("body") or "", among_others=bool(people - {_author(one)}))


def _author(one: Json) -> int:
    return int((one.get("user") or {}).get("id") or 0)
