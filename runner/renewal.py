"""Stops the agent where a smaller conversation pays, and gives the run that goes on with it: at a phase's border, at a
later turn where it did not pay there yet, and, whatever the task and its phase, before the agent's program would
summarise the conversation itself. A run that has ended because a request was too long goes on with one that fits.

Used by `agent.py`. The stop is a hook's answer after a tool's use: the agent's program then waits for all tools of the
turn, asks the model nothing more, and ends; so each call has its result, and nothing that was done is lost.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from claude_agent_sdk import HookContext, HookInput, ResultMessage
from claude_agent_sdk.types import HookJSONOutput

from crds.overhead import overhead
from crds.windows import UNKNOWN_WINDOW
from crds.work_order import WorkOrder
from runner.context import count
from runner.conversation import overflow
from runner.conversation.entries import Entry, Home, entries
from runner.conversation.mask import Masked, size
from runner.conversation.messages import GO_ON, TOO_MUCH, Said, Unusable, read
from runner.conversation.renewal import Outlook, behind, nearly_full, pays, renewed, turns_left
from runner.phases import Phase, phase_after
from runner.printed import Printed
from runner.transcript import TranscriptStore
from runner.watch import Watch

STOPPED = "the context is renewed"
MOST = 200
"""Renewals of one run: each has paid or was needed, every turn in the smallest windows; so this only bounds what nobody
foresaw."""
MOST_OVERFLOWS = 4
"""Turns in a row that may print more than the window holds: an agent that does not learn from it costs money."""
HEARD_SECONDS = 3.0
"""How long a turn waits for what it says to be in the transcript, where the bot that takes it is slow."""
AGAIN = 3
"""Turns after which it is looked again whether a renewal pays, where it did not."""


@dataclass(frozen=True)
class GoneOn:
    """A run that goes on."""

    prompt: str
    conversation: list[Entry]


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
    pressed: int | None = None
    """The turn of the last look because the window is nearly full."""
    printed: Printed = field(default_factory=Printed)
    overflows: int = 0
    """Turns in a row that have printed too much."""
    overflowed: int = 0
    """The last one of them."""

    async def used(self, told: HookInput, call: str | None, _: HookContext) -> HookJSONOutput:
        """The hook after a tool's use: stops the run where a renewal pays."""
        fresh = self._is_border(told)
        self.border = self.border or fresh
        self.printed.add(self.watch.turns, told)
        if self.wanted or self.times >= MOST or not self._is_due(fresh=fresh):
            return {}
        self.looked = self.watch.turns
        if call is not None:
            await self.store.until_heard(call, HEARD_SECONDS)
        self.wanted = await asyncio.to_thread(self._pays)
        return {"continue_": False, "stopReason": STOPPED} if self.wanted else {}

    def _is_border(self, told: HookInput) -> bool:
        tool, inputs = told.get("tool_name"), told.get("tool_input")
        if not isinstance(tool, str) or not isinstance(inputs, dict):
            return False
        before, self.phase = self.phase, phase_after(self.phase, tool, inputs, self.folder)
        return before is not self.phase

    def _is_due(self, *, fresh: bool) -> bool:
        """Once at each border and every few turns after it, and once a turn where the window is nearly full."""
        turn = self.watch.turns
        if self.pressed != turn and nearly_full(self._used, self._window):
            self.pressed = turn
            return True
        if fresh:
            return self.looked != turn
        return self.border and (self.looked is None or turn - self.looked >= AGAIN)

    @property
    def _used(self) -> int:
        """Tokens of the next request, as far as they are known: 0 where the model's server counts none."""
        counted = self.watch.context_tokens
        return counted + round(self.printed.tokens * self.order.tokens_per_count) if counted else 0

    @property
    def _window(self) -> int:
        return self.order.window_tokens or UNKNOWN_WINDOW

    def _messages(self) -> Sequence[Said]:
        """The conversation so far; none where its transcript cannot be read."""
        try:
            return read(self.store.heard(self.watch.session_id))
        except (Unusable, RecursionError):
            return ()

    def _pays(self) -> bool:
        messages = self._messages()
        if not messages:
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
        return Outlook(left, self._window, self._used or size(messages, count.count))

    async def taken(self, result: ResultMessage | None) -> GoneOn | None:
        """What to go on with, where the run has stopped for a renewal or for want of room, and for nothing else."""
        wanted, self.wanted = self.wanted, False
        if result is None or self.times >= MOST:
            return None
        if result.is_error and overflow.is_too_long(result.result or ""):
            return await asyncio.to_thread(self._goes_on, overflowed=True)
        stopped = wanted and not result.is_error and result.stop_reason == "tool_use"
        return await asyncio.to_thread(self._goes_on, overflowed=False) if stopped else None

    def _goes_on(self, *, overflowed: bool) -> GoneOn | None:
        messages = self._messages()
        if not messages:
            return None
        share = min(self._room, overflow.less_than(messages, count.count)) if overflowed else self._room
        made = self._with_newest(messages, share)
        if made.tokens <= share:
            return self._with(GO_ON, made)
        cut = overflow.without_newest(messages, count.count, share=share)
        if cut is not None and self._may_overflow():
            return self._with(TOO_MUCH, cut)
        return None if overflowed else self._with(GO_ON, made)

    def _with_newest(self, messages: Sequence[Said], share: int) -> Masked:
        """The conversation with its newest output, and if that goes with room for as much once more."""
        made, roomy = self._renewed(messages), share - self.printed.tokens
        if made.tokens <= roomy:
            return made
        brief = overflow.with_newest(messages, count.count, share=roomy)
        return brief or overflow.with_newest(messages, count.count, share=share) or made

    def _may_overflow(self) -> bool:
        """Counts a turn that has printed too much; whether the run goes on after it."""
        in_a_row = self.watch.turns - self.overflowed <= 1
        self.overflows, self.overflowed = (self.overflows if in_a_row else 0) + 1, self.watch.turns
        return self.overflows <= MOST_OVERFLOWS

    def _with(self, prompt: str, made: Masked) -> GoneOn:
        self.times += 1
        self.border = False
        home = Home(self.watch.session_id, self.folder, self.order.model)
        return GoneOn(prompt, entries(made.messages, home))

    @property
    def _room(self) -> int:
        beside = overhead(self.order.task, self.order.model)
        return overflow.room(self._window, beside, self.order.tokens_per_count)
