"""Tells talk that adds nothing but its number: agreement, asking for news, thanks, commands to other bots. Pure.

Called by `fold.py`. Only short messages without a name, a number or an address are taken for noise: "still broken in
2.1" is news. English is known by patterns (`english.py`), other languages by whole phrases (`phrases.py`); each
sentence of a message must be noise, and what is not known to be noise is not noise.
"""

import re
import unicodedata
from collections.abc import Mapping

from runner.context.talk.english import GREETING, PATTERNS
from runner.context.talk.phrases import AGREEMENT, NEWS, THANKS

MOST_WORDS = 14
_MENTION = re.compile(r"@[\w-]+(?:/[\w-]+)?")
_TELLS = re.compile(r"`|https?://|\d|[\w-]+\.\w{1,4}\b|#\w", re.IGNORECASE)
_PLUS_ONE = re.compile(r"\+\s?1\b|:\+1:|:thumbsup:|\U0001f44d[\U0001f3fb-\U0001f3ff]?")
_EMOJI_CODE = re.compile(r":[a-z0-9_+-]{2,40}:")
_COMMAND = re.compile(r"^/[a-z][\w-]*(?: [^\n]*)?$")
_NEUTRAL = re.compile(r"(?:please|guys|everyone|folks|team|all|hi|hello|hey|hi all|hello all|hey all)", re.IGNORECASE)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in PATTERNS.items())
_BORDER = re.compile(r"[.!?,;\n\u3001\u3002\uff01\uff0c\uff1b\uff1f]+")
_ACCENT = re.compile("(?<=[a-z])[\u0300-\u036f]+")


def _phrases(of_kind: Mapping[str, str]) -> list[str]:
    return [phrase.replace("_", " ") for phrases in of_kind.values() for phrase in phrases.split()]


_PHRASES = {
    phrase: kind
    for kind, of_kind in (("thanks", THANKS), ("asking for news", NEWS), ("agreement", AGREEMENT))
    for phrase in _phrases(of_kind)
}


def noise_in(text: str) -> str:
    """What kind of noise a message is, in words; empty where it says something."""
    bare = _MENTION.sub(" ", text).strip()
    lines = [line.strip() for line in bare.split("\n") if line.strip()]
    if not lines or len(bare) > 300:
        return "" if lines or not text.strip() else "a mention alone"
    if all(_COMMAND.match(line) for line in lines):
        return "commands to bots"
    agreed = bool(_PLUS_ONE.search(bare))
    words = _words(_EMOJI_CODE.sub(" ", _PLUS_ONE.sub(" ", bare)))
    if not words:
        return "agreement" if agreed else "emoji alone"
    if len(words) > MOST_WORDS or _TELLS.search(_PLUS_ONE.sub(" ", bare)):
        return ""
    return _of_sentences(bare)


def _kind_of(said: str) -> str:
    bare = GREETING.sub("", said, count=1)
    english = next((kind for kind, pattern in _KINDS if pattern.fullmatch(said) or pattern.fullmatch(bare)), "")
    return english or _PHRASES.get(_plain(said), "")


def _of_sentences(bare: str) -> str:
    """The kind of the first of its sentences, where each of them is noise."""
    said = _EMOJI_CODE.sub(" ", _PLUS_ONE.sub(" ", bare))
    sentences = [" ".join(words) for part in _BORDER.split(said) if (words := _words(part))]
    kinds = [_kind_of(one) for one in sentences if not _NEUTRAL.fullmatch(one)]
    return kinds[0] if kinds and all(kinds) else ""


def _plain(said: str) -> str:
    """In small letters and without the accents of Latin letters, which phones leave out as well."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", said).casefold())
    return unicodedata.normalize("NFC", _ACCENT.sub("", apart))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.replace("\u2019", "'"))
