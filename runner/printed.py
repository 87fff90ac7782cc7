"""How much of the window the newest turn's tools have filled, which no server has counted yet. Used by `renewal.py`."""

from dataclasses import dataclass

from claude_agent_sdk import HookInput

from runner.context import count

LONGEST_SHOWN, PREVIEW = 30_000, 700
"""Characters of a command's output that the model is shown; of a longer one it is shown so many tokens of its start."""
NUMBER_OF_A_LINE = 2
"""Tokens of the number before each line of a file."""


@dataclass
class Printed:
    """What the tools of the newest turn have printed: the next request holds it, and no server has counted it yet."""

    turn: int = 0
    tokens: int = 0

    def add(self, turn: int, told: HookInput) -> None:
        """One more output, of this turn."""
        if turn != self.turn:
            self.turn, self.tokens = turn, 0
        self.tokens += _read_of(told.get("tool_response", told.get("error")))


def _read_of(response: object) -> int:
    """Tokens that the model reads of a tool's answer, in the shapes of the tools that print much (Claude Code 2.1.330).
    An edit's answer holds the whole file, and an image's its bytes: it reads neither."""
    match response:
        case {"file": {"content": str(text)}}:
            return count.about(text) + NUMBER_OF_A_LINE * text.count("\n")
        case {"persistedOutputPath": str()}:
            return PREVIEW
        case {"stdout": str(printed), "stderr": str(complained)}:
            return _shown(printed + complained)
        case str(text) | {"mode": str(), "content": str(text)}:
            return _shown(text)
    return 0


def _shown(text: str) -> int:
    return count.about(text) if len(text) <= LONGEST_SHOWN else PREVIEW
