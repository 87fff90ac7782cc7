"""A request that did not fit into the window: how that is told, and the conversation that fits. Pure.

Used by `renewal.py` of the runner, after the agent's program has ended for it. One turn may print more than the window
holds, so here new output is masked too, the oldest first, and only as much as has to be.
"""

import re
from collections.abc import Sequence

from crds.windows import answer_room
from runner.conversation.mask import Count, Masked, Reach, masked
from runner.conversation.messages import Said
from runner.conversation.renewal import FORESTALLED, KEPT_NEARLY_FULL, REFUSES, least_saved

_TOLD = re.compile(
    r"prompt is too long"  # Claude, and the agent's program itself
    r"|exceed context limit"  # Claude, of a prompt and its answer together
    r"|maximum context length"  # vLLM and what speaks as OpenAI does
    r"|longer than the model's context length"  # SGLang
    r"|exceeds the (?:available )?context (?:size|length)"  # llama.cpp, Ollama
    r"|context size has been exceeded",  # llama.cpp, while it answers
    re.IGNORECASE,
)


def told(error: str) -> bool:
    """Whether these words of a model's server or of the agent's program say that the window is too small."""
    return _TOLD.search(error) is not None


def room(window: int, beside: int, tokens_per_count: float) -> int:
    """Tokens of the bundled tokenizer that the messages may take, so that the next turns find room too.

    `beside`: what a request holds beside its messages, counted likewise.
    """
    return int(FORESTALLED * (window - answer_room(window) - REFUSES) / tokens_per_count) - beside


def fitting(messages: Sequence[Said], count: Count, *, share: int, window: int) -> Masked | None:
    """The conversation within `share` tokens: all old output masked, and of the new what does not fit.

    None where that is not enough, or frees so little that the next request would end alike.
    """
    old = masked(messages, share=0, count=count, kept=KEPT_NEARLY_FULL, reach=Reach.OLD_OUTPUT)
    both = masked(old.messages, share=share, count=count, kept=KEPT_NEARLY_FULL)
    saved = old.saved + both.saved
    if both.tokens > share or saved < least_saved(window):
        return None
    return Masked(both.messages, both.tokens, old.outputs + both.outputs, saved)
