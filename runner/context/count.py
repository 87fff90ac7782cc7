"""Counts tokens, with a vocabulary file that ships with the package: nothing is downloaded.

The vocabulary is cl100k_base's (published by OpenAI with tiktoken, MIT); the models that run here have others, so a
count is an estimate for them, and exact for the receipt. Loading takes about 0.15 s; the rest of the house is pure.
"""

import re
from base64 import b64decode
from functools import cache
from importlib.resources import files

import tiktoken

NAME = "cl100k_base"
LONGEST_EXACT = 200_000
"""Characters up to which `about` counts all of them."""
SAMPLES, SAMPLE = 50, 2000
"""How many parts of a longer text are counted, and the characters of each."""
# As in tiktoken_ext.openai_public.cl100k_base.
_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
    r"|\s+(?!\S)|\s"
)
# The pattern's engine overflows its stack on a run of some 100,000 blanks; no text is counted in one piece past this.
_LONG_BLANK = re.compile(r"(\s{10000})")


@cache
def _encoding() -> tiktoken.Encoding:
    lines = files("runner.context").joinpath("vocab", f"{NAME}.tiktoken").read_bytes().splitlines()
    ranks = {b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    return tiktoken.Encoding(NAME, pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})


def count(text: str) -> int:
    """Tokens of the text. Special tokens such as `<|endoftext|>` are text like any other."""
    return sum(len(_encoding().encode_ordinary(part)) for part in _LONG_BLANK.split(text) if part)


def about(text: str) -> int:
    """Tokens of the text: exact up to 200,000 characters, estimated from parts of it above that."""
    if len(text) <= LONGEST_EXACT:
        return count(text)
    step = len(text) // SAMPLES
    parts = [text[at : at + SAMPLE] for at in range(0, step * SAMPLES, step)]
    return sum(map(count, parts)) * len(text) // sum(map(len, parts))


def load() -> None:
    """Reads the vocabulary ahead of its first use."""
    _encoding()


def head(text: str, tokens: int) -> str:
    """The longest start of the text that is at most so many tokens, on a character's boundary."""
    found = _encoding().encode_ordinary(_LONG_BLANK.sub(" ", text[: _enough(tokens)]))[:tokens]
    return _encoding().decode_bytes(found).decode("utf-8", "ignore")


def tail(text: str, tokens: int) -> str:
    """The longest end of the text that is at most so many tokens, on a character's boundary."""
    if tokens <= 0:
        return ""
    found = _encoding().encode_ordinary(_LONG_BLANK.sub(" ", text[-_enough(tokens) :]))[-tokens:]
    return _encoding().decode_bytes(found).decode("utf-8", "ignore")


def _enough(tokens: int) -> int:
    """Characters that surely hold as many tokens in any real text; keeps a text of 10 MB out of the encoder."""
    return 16 * tokens + 64
