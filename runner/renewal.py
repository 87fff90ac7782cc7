"""Stops the agent at a phase's border where that pays, and gives the run that goes on with a smaller conversation.

Used by `agent.py`. The stop is a hook's answer after a tool's use: the agent's program then waits for all tools of the
turn, asks the model nothing more, and ends; so each call has its result, and nothing that was done is lost.
"""

import asyncio
from dataclasses import dataclass

from claude_agent_sdk import HookContext, HookInput, ResultMessage
from claude_agent_sdk.types import HookJSONOutput

from crds.work_order import WorkOrder
from runner.context import count
from runner.conversation.entries import Entry, Home, entries
from runner.conversation.messages import Unusable, read
from runner.conversation.renewal import Outlook, behind, pays, renewed, turns_left
from runner.phases import Phase, phase_after
from runner.policy import UNKNOWN_WINDOW
from runner.transcript import TranscriptStore
from runner.watch import Watch

GO_ON = (
    "Go on where you stopped. Old output of tools is masked above to save room; your last steps stand as they were. "
    "Read a file again before you edit it."
)
STOPPED = "the context is renewed"
MOST = 3
"""Renewals of one run."""


@dataclass
class Renewal:
    """The borders of one run."""

    order: WorkOrder
    store: TranscriptStore
    watch: Watch
    folder: str
    phase: Phase = Phase.EXPLORE
    times: int = 0
    wanted: bool = False

    async def used(self, told: HookInput, _: str | None, __: HookContext) -> HookJSONOutput:
        """The hook after a tool's use: stops the run at a border where a renewal pays."""
        if self.wanted or not self._is_border(told) or self.times >= MOST:
            return {}
        self.wanted = await asyncio.to_thread(self._pays)
        return {"continue_": False, "stopReason": STOPPED} if self.wanted else {}

    def _is_border(self, told: HookInput) -> bool:
        tool, inputs = told.get("tool_name"), told.get("tool_input")
        if not isinstance(tool, str) or not isinstance(inputs, dict):
            return False
        before, self.phase = self.phase, phase_after(self.phase, tool, inputs)
        return before is not self.phase

    def _pays(self) -> bool:
        try:
            messages = read(self.store.heard(self.watch.session_id))
        except (Unusable, RecursionError):
            return False
        after = renewed(messages, count.count)
        forecast = self.order.forecast
        left = turns_left(
            self.watch.turns, self.order.limits.turns, forecast.turns.middle if forecast is not None else None
        )
        used = self.watch.context_tokens or after.tokens + after.saved
        outlook = Outlook(left, self.order.window_tokens or UNKNOWN_WINDOW, used)
        return pays(after, behind(messages, after, count.count), outlook)

    async def taken(self, result: ResultMessage | None) -> list[Entry] | None:
        """The conversation to go on with, where the run has stopped for that and nothing else; else None."""
        wanted, self.wanted = self.wanted, False
        if not wanted or result is None or result.is_error or result.stop_reason != "tool_use":
            return None
        return await asyncio.to_thread(self._entries)

    def _entries(self) -> list[Entry] | None:
        number = self.watch.session_id
        try:
            messages = read(self.store.heard(number))
        except (Unusable, RecursionError):
            return None
        self.times += 1
        return entries(renewed(messages, count.count).messages, Home(number, self.folder, self.order.model))
