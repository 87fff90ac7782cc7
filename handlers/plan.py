"""What a session is given before it runs, and what is remembered of it afterwards: frozen data without behaviour.

Made by planning.py and finished_run.py; carried by events and effects.
"""

from dataclasses import dataclass

from crds.agent_loop import PastRun
from crds.forecast import Forecast
from crds.work_order import Limits


@dataclass(frozen=True)
class Plan:
    model: str
    reason: str
    """Why this model, in words, where the bot chose it."""
    limits: Limits
    window: int | None
    """Tokens that the model holds; None where nobody knows."""
    tokens_per_count: float
    """The model's own tokens for one of the bundled tokenizer's."""
    forecast: Forecast
    refused: str = ""
    """Why it cannot be run, in words."""
    warning: str = ""
    """What the budget means for it, in words."""


@dataclass(frozen=True)
class FinishedRun:
    past: PastRun
    counted: int
    """Tokens of its prompt, or of its first request, by the bundled tokenizer; 0 where that says nothing of the model's
    own count."""
    whole: bool
    """Whether it came to its own end. Of one that a limit has cut (`past.cut`) it is learned that it takes that much or
    more; of one that failed or was stopped, nothing."""
    forecast: Forecast | None
    """What was expected of it."""
    request: int = 0
    """The model's own count of the same text by the runner's word, where the ledger does not know it: of the prompt
    alone, or of a first request that cannot be told from side jobs of the same model."""
