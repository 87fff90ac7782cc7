"""Stops the agent where a smaller conversation pays, and gives the run that goes on with it: at a phase's border, at a
later turn where it did not pay there yet, and, whatever the task and its phase, before the agent's program would
summarise the conversation itself.

Used by `agent.py`. The stop is a hook's answer after a tool's use: the agent's program then waits for all tools of the
turn, asks the model nothing more, and ends; so each call has its result, and nothing that was done is lost.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from claude_agent_sdk import HookContext, HookInput, ResultMessage
from claude_agent_sdk.types import HookJSONOutput

from crds.windows import UNKNOWN_WINDOW
from crds.work_order import WorkOrder
from runner.context import count
from runner.conversation.entries import Entry, Home, entries
from runner.conversation.mask import Masked, size
from runner.conversation.messages import Said, Unusable, read
from runner.conversation.renewal import Outlook, behind, nearly_full, pays, renewed, turns_left
from runner.phases import Phase, phase_after
from runner.transcript import TranscriptStore
from runner.watch import Watch

GO_ON = (
    "Go on where you stopped. Old output of tools is masked above to save room; your last steps stand as they were. "
    "Read a file again before you edit it."
)
STOPPED = "the context is renewed"
MOST = 25
"""Renewals of one run: each has paid, so this only bounds what nobody foresaw."""
AGAIN = 3
"""Turns after which it is looked again whether a renewal pays, where it did not."""


@dataclass
class Renewal:
    """The renewals of one run."""

    order: WorkOrder
    store: TranscriptStore
    watch: Watch
    folder: str
    phase: Phase = Phase.EXPLORE
    times: int = 0
    wanted: bool = False
    border: bool = False
    """Whether a phase has ended since the last renewal."""
    looked: int | None = None
    """The turn of the last look."""

    async def used(self, told: HookInput, _: str | None, __: HookContext) -> HookJSONOutput:
        """The hook after a tool's use: stops the run where a renewal pays."""
        fresh = self._is_border(told)
        self.border = self.border or fresh
        if self.wanted or self.times >= MOST or not self._is_due(fresh=fresh):
            return {}
        self.looked = self.watch.turns
        self.wanted = await asyncio.to_thread(self._pays)
        return {"continue_": False, "stopReason": STOPPED} if self.wanted else {}

    def _is_border(self, told: HookInput) -> bool:
        tool, inputs = told.get("tool_name"), told.get("tool_input")
        if not isinstance(tool, str) or not isinstance(inputs, dict):
            return False
        before, self.phase = self.phase, phase_after(self.phase, tool, inputs, self.folder)
        return before is not self.phase

    def _is_due(self, *, fresh: bool) -> bool:
        """Once at each border and every few turns after it, and each turn where the window is nearly full."""
        if fresh:
            return self.looked != self.watch.turns
        since = self.watch.turns - self.looked if self.looked is not None else AGAIN
        full = nearly_full(self.watch.context_tokens, self._window)
        return since >= (1 if full else AGAIN) and (self.border or full)

    @property
    def _window(self) -> int:
        return self.order.window_tokens or UNKNOWN_WINDOW

    def _pays(self) -> bool:
        try:
            messages = read(self.store.heard(self.watch.session_id))
        except (Unusable, RecursionError):
            return False
        outlook = self._outlook(messages)
        after = self._renewed(messages)
        return pays(after, behind(messages, after, count.count), outlook)

    def _renewed(self, messages: Sequence[Said]) -> Masked:
        return renewed(messages, count.count, outlook=self._outlook(messages))

    def _outlook(self, messages: Sequence[Said]) -> Outlook:
        forecast = self.order.forecast
        middle = forecast.turns.middle if forecast is not None else None
        left = turns_left(self.watch.turns, self.order.limits.turns, middle)
        return Outlook(left, self._window, self.watch.context_tokens or size(messages, count.count))

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
        self.border = False
        return entries(self._renewed(messages).messages, Home(number, self.folder, self.order.model))
