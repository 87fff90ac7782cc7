"""A request that did not fit into the window: how that is told, and the conversation that fits. Pure.

Used by `renewal.py` of the runner, after the agent's program has ended for it or before it would. One turn may print
more than the window holds, so here new output is masked too, the oldest first, and only as much as has to be. In a
small window even what is left of many turns is too much: their oldest part is then told in the agent's own sentences.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from crds.windows import most_sent
from runner.context import count as counting
from runner.conversation.mask import Count, Masked, Reach, masked, size
from runner.conversation.messages import Block, Said, goes_on
from runner.conversation.oldest import Parted, brief_in, brief_room, digest, parted, with_brief
from runner.conversation.renewal import KEPT_NEARLY_FULL
from runner.conversation.shorten import Fitted, fitted

FULL = 0.95
"""The rest is for what is counted too low."""
AFTER_REFUSAL = 0.9
"""Part of a refused conversation that is tried next."""
NEWEST, FRAMES = 0.85, 120
"""Part of the room beside the prompt that the newest messages may take, and tokens of the frame around the brief."""
_REFUSED = re.compile(
    r"prompt is too long"  # Claude, and the agent's program itself
    r"|exceed context limit"  # Claude, of a prompt and its answer together
    r"|maximum (?:context|input|model) length"  # vLLM and what speaks as OpenAI does
    r"|context length is only"  # vLLM in its newer words
    r"|longer than the model's context length"  # SGLang
    r"|exceeds the (?:available )?context (?:size|length)"  # llama.cpp, Ollama
    r"|context size has been exceeded",  # llama.cpp, while it answers
    re.IGNORECASE,
)


def is_too_long(error: str) -> bool:
    """Whether these words of a model's server or of the agent's program say that the window is too small."""
    return _REFUSED.search(error) is not None


def room(window: int, beside: int, tokens_per_count: float) -> int:
    """Tokens of the bundled tokenizer that the messages may take: nearly all that the program sends. What was printed
    last is what the agent needs, and at the next turn it is old and goes first.

    `beside`: what a request holds beside its messages, counted likewise.
    """
    return int(FULL * most_sent(window) / tokens_per_count) - beside


def less_than(messages: Sequence[Said], count: Count) -> int:
    """Tokens that the messages may take after they were refused: whoever refused them counts more than is counted
    here, so a part of what they seem to be."""
    return int(AFTER_REFUSAL * size(messages, count))


def with_newest(messages: Sequence[Said], count: Count, *, share: int) -> Masked | None:
    """The conversation within `share` tokens with its newest output as it was: all old output masked, and where that is
    not enough, the oldest part in brief. The run's prompt stays. None where the newest part has no room."""
    old = _old_masked(messages, count)
    if old.tokens <= share:
        return old
    made = _in_brief(Fitted(old, old), count, share)
    return _made(made, old.outputs, messages, count) if made is not None else None


def without_newest(messages: Sequence[Said], count: Count, *, share: int) -> Masked | None:
    """The same where the newest output has no room: of it, too, what does not fit is masked, the oldest first. None
    where not even that is enough."""
    old = _old_masked(messages, count)
    both = masked(old.messages, share=share, count=count, kept=KEPT_NEARLY_FULL)
    outputs = old.outputs + both.outputs
    if both.tokens <= share:
        return _made(both.messages, outputs, messages, count)
    found = fitted(both.messages, share=share, count=count)
    made = found.whole.messages if found.whole.tokens <= share else _in_brief(found, count, share)
    return _made(made, outputs, messages, count) if made is not None else None


def _old_masked(messages: Sequence[Said], count: Count) -> Masked:
    return masked(messages, share=0, count=count, kept=KEPT_NEARLY_FULL, reach=Reach.OLD_OUTPUT)


def _made(made: tuple[Said, ...], outputs: int, before: Sequence[Said], count: Count) -> Masked:
    tokens = size(made, count)
    return Masked(made, tokens, outputs, size(before, count) - tokens)


def _in_brief(found: Fitted, count: Count, share: int) -> tuple[Said, ...] | None:
    """The run's prompt, the oldest part in brief, and the newest; None where there is no room for that."""
    place = _place_of_prompt(found.whole.messages)
    prompt = Said("user", tuple(block for block in found.whole.messages[place].blocks if brief_in(block) is None))
    left = share - size([prompt], count)
    parts = parted(found, share=left, count=count, newest=NEWEST)
    if parts is None or not _has_output(parts.newest):
        return None
    kept, asked = _beside_brief(parts, place, prompt)
    older = [said for number, said in enumerate(parts.oldest) if number != place]
    if not older:
        return None
    rest = left - size([Said("user", asked), *parts.newest], count) - FRAMES
    text = _brief_of(parts.oldest, older, tokens=max(0, min(brief_room(left), rest)))
    opening, *newest = with_brief(replace(parts, asked=asked), text, by="")
    made = (Said("user", (*kept, *opening.blocks)), *newest)
    return made if size(made, count) <= share else None


def _place_of_prompt(messages: Sequence[Said]) -> int:
    """The place of this run's prompt: the last message that asks for something. Before it stands the conversation that
    the run goes on with."""
    asked = (said.role == "user" and not _has_output([said]) and not goes_on(said) for said in messages)
    return max((number for number, asks in enumerate(asked) if asks), default=0)


def _beside_brief(parts: Parted, place: int, prompt: Said) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The blocks of the prompt, if it is not in the newest part, and what was said right before that part, if that is
    not the prompt."""
    in_oldest = place < len(parts.oldest)
    return (prompt.blocks if in_oldest else ()), (() if place == len(parts.oldest) - 1 else parts.asked)


def _has_output(newest: Sequence[Said]) -> bool:
    """A run is stopped behind a turn with tools: where that had no room, nothing of what is going on is left."""
    return any(block["type"] == "tool_result" for said in newest for block in said.blocks)


def _brief_of(oldest: Sequence[Said], older: Sequence[Said], *, tokens: int) -> str:
    """What the oldest part came to: the end of what an earlier brief has told, then what came after it."""
    users = [block for said in oldest if said.role == "user" for block in said.blocks]
    earlier = "\n\n".join(filter(None, map(brief_in, users)))
    newer = digest(older, tokens=tokens - min(counting.count(earlier), tokens // 2))
    left = tokens - counting.count(newer) - 2
    kept = counting.tail(earlier, left) if earlier and left > 0 else ""
    return "\n\n".join(filter(None, [kept, newer]))
