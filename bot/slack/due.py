"""Tells the worker of questions whose time has come: each becomes a delivery of the inbox. Started by wiring.

The time stands in the store, not here: after a restart what was due meanwhile is due at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import orjson
import structlog

from bot.errors import Later
from bot.store import Delivery, Question, Store

log = structlog.get_logger()

LONGEST_SLEEP = 2.0
"""Seconds: another process may have asked meanwhile."""
AGAIN_SECONDS = 300.0
"""Seconds after which a question whose delivery came to nothing is due again."""
EVENT = "due"
"""The deliveries' event."""


@dataclass(frozen=True)
class DueQuestions:
    store: Store
    clock: Callable[[], float]

    async def run(self) -> None:
        """Looks for ever."""
        while True:
            try:
                for question in await self.store.questions.due():
                    await self._tell(question)
                following = await self.store.questions.next_due()
            except Later as later:
                log.warning("store_unreachable", reason=later.reason)
                following = None
            left = LONGEST_SLEEP if following is None else following - self.clock()
            await asyncio.sleep(min(max(left, 0.02), LONGEST_SLEEP))

    async def _tell(self, question: Question) -> None:
        # Put off first: the worker, which may be faster than the next line, says when it is due again.
        await self.store.questions.put_off(question.id, AGAIN_SECONDS)
        body = orjson.dumps({"question": question.id})
        delivery = f"due-{question.id}-{question.due_at:.3f}"
        await self.store.inbox.add(Delivery(delivery, "slack", EVENT, {}, body, self.clock()))
