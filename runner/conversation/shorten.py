"""Makes an earlier conversation fit its share without asking anybody: what is old is shortened first, the newest last.

Pure; called by `resume.py`. In this order, each only as far as needed and the oldest first: old output of tools is
masked, then what tools were given (files that were written), then old long answers are cut to their telling sentences,
then the newest output and inputs are masked. Every call keeps its result, and what people said stays as it was said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.context import extract
from runner.conversation.mask import Count, Masked, Reach, first_new, masked
from runner.conversation.messages import Said

LONG_ANSWER = 150
"""Tokens above which an old answer is cut."""
CUT_TO, LEAST_CUT = 3, 60
"""The part of it that stays, and the tokens that stay at least."""


@dataclass(frozen=True)
class Fitted:
    """A conversation that was made to fit, as far as that went."""

    whole: Masked
    """With as much shortened as was needed. Its `tokens` may still be more than the share."""
    newest: Masked
    """The same with the newest part as it was said, however long that is."""


def fitted(messages: Sequence[Said], *, share: int, count: Count, asked: frozenset[str] = frozenset()) -> Fitted:
    """The conversation in at most `share` tokens, where shortening is enough. `asked`: terms of the new request."""
    old = masked(messages, share=share, count=count, reach=Reach.OLD_INPUT)
    # Cutting takes time: where it cannot be enough, the oldest part is told in brief, and the rest stays as it was.
    enough = masked(old.messages, share=0, count=count).tokens - _most_saved(old.messages, count) <= share
    cut = _with_short_answers(old, share, count, asked) if enough else old
    rest = masked(cut.messages, share=share, count=count)
    saved, outputs = cut.saved + rest.saved, cut.outputs + rest.outputs
    return Fitted(replace(rest, saved=saved, outputs=outputs, answers=cut.answers), cut)


def _with_short_answers(old: Masked, share: int, count: Count, asked: frozenset[str]) -> Masked:
    tokens, answers, made = old.tokens, 0, list(old.messages)
    for number in range(first_new(made)):
        if tokens <= share:
            break
        shorter = _short(made[number], count, asked)
        change = _of_texts(shorter, count) - _of_texts(made[number], count)
        if change < 0:
            made[number], tokens, answers = shorter, tokens + change, answers + 1
    return replace(old, messages=tuple(made), tokens=tokens, saved=old.saved + old.tokens - tokens, answers=answers)


def _of_texts(said: Said, count: Count) -> int:
    return sum(count(one["text"]) for one in said.texts)


def _most_saved(messages: Sequence[Said], count: Count) -> int:
    """Tokens that cutting all old answers takes away, if each takes the room that it gets."""
    answers = [said for said in messages[: first_new(messages)] if said.role == "assistant"]
    long = [tokens for said in answers for text in said.texts if (tokens := count(text["text"])) > LONG_ANSWER]
    return sum(tokens - _room(tokens) for tokens in long)


def _room(tokens: int) -> int:
    """Tokens that stay of a long answer."""
    return max(LEAST_CUT, tokens // CUT_TO)


def _short(said: Said, count: Count, asked: frozenset[str]) -> Said:
    """An answer with its long texts cut; its calls stay."""
    if said.role != "assistant":
        return said
    blocks = [
        {**one, "text": telling(one["text"], count, asked)} if one["type"] == "text" else one for one in said.blocks
    ]
    return Said(said.role, tuple(blocks))


def telling(text: str, count: Count, asked: frozenset[str]) -> str:
    """The telling sentences of a long answer; a short one as it is."""
    tokens = count(text)
    return text if tokens <= LONG_ANSWER else extract.summary(text, _room(tokens), asked) or text
