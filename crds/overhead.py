"""What the agent's program sends beside the prompt, in tokens of the bundled tokenizer: measured, not assumed.

`python -m tests.bench.overhead` prints these figures: the real CLI of claude-agent-sdk with the runner's own options
(tools of the task, its system prompt) asks a scripted Messages API, and its first request is taken apart.
"""

from crds.agentic_session import Task

MEASURED_WITH = "claude-agent-sdk 0.2.187, cl100k_base"

TERSE: dict[Task, int] = {Task.RUN: 3631, Task.FIX: 3655, Task.PLAN: 2708, Task.REVIEW: 2232, Task.ASK: 2218}
"""The first request without the prompt: tools, system prompt, reminders."""
WORDY: dict[Task, int] = {Task.RUN: 6137, Task.FIX: 6162, Task.PLAN: 3288, Task.REVIEW: 2577, Task.ASK: 2563}
"""The same for the models to which the CLI explains its tools at length."""

REMINDERS = 240
"""Tokens of either that stand in the messages (folder, model, date): behind the prompt for most models. Tools and the
system prompt are the rest, and the same for all sessions of a repository with the same task and model."""

# By prefix of the model's name, the longest match wins; the CLI is brief with all others, unknown ones among them.
_WORDY = {
    "claude-3": True,
    "claude-haiku-4": True,
    "claude-sonnet-4": True,
    "claude-opus-4-5": True,
    "claude-sonnet-5": True,
    "claude-sonnet-5-5": False,
}


def overhead(task: Task, model: str) -> int:
    """Tokens of the first request that are not the prompt."""
    known = [prefix for prefix in _WORDY if model.startswith(prefix)]
    return (WORDY if known and _WORDY[max(known, key=len)] else TERSE)[task]
