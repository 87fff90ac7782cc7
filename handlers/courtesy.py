"""Whether words in a review ask for anything at all, or are thanks, praise, or meant for somebody else. Pure.

Called by review_followed_up.py. No model is asked: a text is a courtesy only where every word of it is one, so that
what might be a request is taken for one.
"""

import re

_COURTEOUS = (
    "lgtm sgtm ack agree agreed all and approved approve awesome beautiful brilliant cheers clean clever cool done "
    "excellent fantastic fine fixed good great happy i indeed is it job like lot lots love me merge much neat nice "
    "nicely now ok okay oh perfect pretty really resolved right ship so solid super superb sweet thank thanks that "
    "thats the there this thx to too ty very way well wonderful work works wow yay yeah yep yes you looks look a 1 100"
)
_WORDS = frozenset(_COURTEOUS.split())
"""What thanks and praise are made of."""
_MOST = 12
"""Words of a courtesy; more of them say something."""
_LINE_QUOTED = re.compile(r"^[ ]{0,3}>.*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SHORTCODE = re.compile(r":[a-z0-9_+-]+:")
_APOSTROPHES = re.compile(r"['’]")
_WORD = re.compile(r"[^\W_]+")
_TO_SOMEBODY = re.compile(r"\s*@[A-Za-z0-9]")


def asks(text: str) -> bool:
    """Whether the text may ask for something."""
    said = _LINE_QUOTED.sub("", _COMMENT.sub("", text))
    if not said.strip() or _TO_SOMEBODY.match(said):
        return False  # to the bot it would be a command, which is heard as such
    return not _courtesy(said)


def _courtesy(said: str) -> bool:
    if "?" in said or "`" in said:
        return False
    words = _WORD.findall(_APOSTROPHES.sub("", _SHORTCODE.sub(" ", said.lower())))
    return len(words) <= _MOST and all(word in _WORDS for word in words)
