"""What the agent's messages say about its progress, and how its run ended. It sends and stops nothing itself.

Called by `agent.py` for each message of the SDK.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from claude_agent_sdk import (
    AssistantMessage,
    Message,
    ResultMessage,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from crds.redaction import redact
from crds.result import AgentOutcome, ProposedNote
from crds.usage import Tokens
from runner.context.sanitise import one_line
from runner.conversation.messages import SYNTHETIC
from runner.notes import Closing, TestRuns, all_notes, shown, tail, taken_out
from runner.phases import Phase, phase_after
from runner.progress import Kind, News, Progress

TEXT_PAUSE = 2.0
"""Seconds between two pieces of a text that is still being written."""
_DETAIL = ("file_path", "command", "pattern", "path", "query", "url", "description")


class Watch:
    """Follows one run of the agent."""

    def __init__(self, progress: Progress, folder: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = progress
        self._folder = folder
        self._clock = clock
        self._messages: set[str] = set()
        self._writing = ""
        self._told_at = 0.0
        self.session_id = ""
        self.last_text = ""
        self.spent = Tokens()
        self.first: Tokens | None = None
        """What the first answer's request was counted as."""
        self.result: ResultMessage | None = None
        self._tests = TestRuns(folder)
        self._phase = Phase.EXPLORE
        self._before: list[ResultMessage] = []
        self.context_tokens = 0
        """Tokens of the last request, as the model's server counted them."""

    @property
    def progress(self) -> Progress:
        """Where the news goes."""
        return self._progress

    @property
    def turns(self) -> int:
        """Answers of the model so far."""
        return len(self._messages)

    def see(self, message: Message) -> None:
        """Takes note of a message, and tells what of it is news."""
        match message:
            case AssistantMessage() if message.model != SYNTHETIC:
                self._answer(message)
            case UserMessage():
                self._answered(message)
            case StreamEvent() if message.parent_tool_use_id is None:
                self._partial(message.event)
            case ResultMessage():
                self.result = message
                self.session_id = message.session_id or self.session_id
            case SystemMessage():
                self._system(message)
            case _:
                pass

    def _answer(self, message: AssistantMessage) -> None:
        self._turn(message)
        self._writing = ""
        for block in message.content:
            if isinstance(block, TextBlock) and block.text.strip():
                self.last_text = block.text
                self._say(taken_out(block.text).text)
            elif isinstance(block, ToolUseBlock):
                self._tests.called(block.id, block.name, block.input)
                self._enter(phase_after(self._phase, block.name, block.input, self._folder))
                self._tell("tool", block.name, self._detail(block.input))

    def _answered(self, message: UserMessage) -> None:
        for block in message.content if isinstance(message.content, list) else ():
            if isinstance(block, ToolResultBlock):
                self._tests.answered(block.tool_use_id, failed=bool(block.is_error))

    def _turn(self, message: AssistantMessage) -> None:
        """A turn is one answer of the model; the SDK sends one message for each of its blocks."""
        if not message.message_id or message.message_id in self._messages:
            return
        self._messages.add(message.message_id)
        self.session_id = message.session_id or self.session_id
        used = tokens(message.usage)
        self.spent = self.spent.plus(used)
        self.first = self.first or used
        self.context_tokens = used.total - used.output
        self._progress.tell(News("turn", turn=self.turns, context_tokens=self.context_tokens))

    def _enter(self, phase: Phase) -> None:
        if phase is not self._phase:
            self._phase = phase
            self._tell("phase", phase.value)

    def renewed(self) -> None:
        """The run has stopped to go on with a smaller conversation: its end is not the end."""
        if self.result is not None:
            self._before.append(self.result)
        self.result = None
        self._tell("context", "renewed")

    @property
    def reports(self) -> bool:
        """Whether the agent has come to its closing report."""
        return self._phase is Phase.REPORT

    def _partial(self, event: dict[str, Any]) -> None:
        delta = event.get("delta") or {}
        if event.get("type") == "message_delta" and delta.get("stop_reason") == "end_turn":
            self._enter(Phase.REPORT)
        if event.get("type") != "content_block_delta" or delta.get("type") != "text_delta":
            return
        self._writing = tail(self._writing + str(delta.get("text", "")), 600)
        if self._clock() - self._told_at >= TEXT_PAUSE:
            self._told_at = self._clock()
            self._say(shown(self._writing), "writing")

    def _system(self, message: SystemMessage) -> None:
        if message.subtype == "api_retry":
            status = message.data.get("error_status") or "no answer"
            self._tell("phase", "waiting for the model", f"{status}, asked again")
        if message.subtype == "compact_boundary":
            self._tell("context", "compacted")

    def _say(self, text: str, detail: str = "") -> None:
        if text.strip():
            self._tell("text", text, detail)

    def compacting(self) -> None:
        """The agent's program is about to summarise the conversation, for its window is nearly full."""
        self._tell("context", "compacting")

    def _tell(self, kind: Kind, text: str, detail: str = "") -> None:
        self._progress.tell(News(kind, text, detail, self.turns))

    def _detail(self, inputs: dict[str, Any]) -> str:
        """One short line of what a tool works on, with paths as they are in the repository."""
        value = next((str(inputs[name]) for name in _DETAIL if inputs.get(name)), "")
        return redact(one_line(value.replace(f"{self._folder}/", ""), 4000))[:200]

    def notes(self) -> tuple[ProposedNote, ...]:
        """What is proposed to be remembered."""
        return all_notes(self._closing().notes, self._tests)

    def _closing(self) -> Closing:
        return taken_out((self.result.result if self.result else None) or self.last_text)

    def outcome(self) -> AgentOutcome:
        """How the run ended as far as it is known: in the agent's words, redacted and cut."""
        result = self.result
        if result is None:
            text = redact(self._closing().text)[:65536]
            return AgentOutcome(
                subtype="interrupted",
                is_error=True,
                turns=self.turns,
                session_id=self.session_id[:128],
                text=text,
                reported_tokens=self.spent,
            )
        return AgentOutcome(
            subtype=result.subtype[:64],
            is_error=result.is_error,
            turns=max(result.num_turns, 0) + sum(max(one.num_turns, 0) for one in self._before),
            session_id=self.session_id[:128],
            text=redact(self._closing().text)[:65536],
            reported_cost_usd=cost_of([*self._before, result]),
            reported_tokens=sum_of([*self._before, result]),
            api_error=_api_error(result),
        )


def sum_of(results: Sequence[ResultMessage]) -> Tokens:
    """Tokens of all parts of a run."""
    spent = Tokens()
    for one in results:
        spent = spent.plus(tokens(one.usage))
    return spent


def cost_of(results: Sequence[ResultMessage]) -> float | None:
    """Dollars of all parts of a run, as its programs say; None where none of them does.

    Each part counts its own: the CLI adds to what an earlier one has cost only where it resumes that one's transcript,
    and ours are written anew (seen with Claude Code 2.1.330).
    """
    said = [one.total_cost_usd for one in results if one.total_cost_usd is not None]
    return sum(max(0.0, usd) for usd in said) if said else None


def _api_error(result: ResultMessage) -> str:
    """The model server's words, where they ended the run."""
    if result.api_error_status is None and not (result.is_error and result.subtype == "success"):
        return ""
    status = f"{result.api_error_status}: " if result.api_error_status is not None else ""
    return redact(f"{status}{result.result or ''}")[:2000]


def tokens(usage: dict[str, Any] | None) -> Tokens:
    """Tokens of a usage block of the Messages API; what is absent or odd counts as none."""
    found = usage or {}

    def number(name: str) -> int:
        value = found.get(name)
        return value if isinstance(value, int) and value > 0 else 0

    return Tokens(
        input=number("input_tokens"),
        output=number("output_tokens"),
        cache_read=number("cache_read_input_tokens"),
        cache_write=number("cache_creation_input_tokens"),
    )
