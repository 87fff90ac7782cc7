"""Tells talk that adds nothing but its number: agreement, asking for news, thanks, commands to other bots. Pure.

Called by `fold.py`. Only short messages without a name, a number or an address are taken for noise: "still broken in
2.1" is news. Words are those of English; what is not known to be noise is not noise.
"""

import re

MOST_WORDS = 14
_MENTION = re.compile(r"@[\w-]+(?:/[\w-]+)?")
_TELLS = re.compile(r"`|https?://|\d|[\w-]+\.\w{1,4}\b|#\w", re.IGNORECASE)
_PLUS_ONE = re.compile(r"\+\s?1\b|:\+1:|:thumbsup:|\U0001f44d[\U0001f3fb-\U0001f3ff]?")
_EMOJI_CODE = re.compile(r":[a-z0-9_+-]{2,40}:")
_COMMAND = re.compile(r"^/[a-z][\w-]*(?: [^\n]*)?$")
_AGREEMENT = (
    r"me (?:too|three|as well)|same(?: (?:here|problem|issue|error|for me|as above|boat|with me))*"
    r"|i(?: am|'?m)? (?:also )?(?:have|having|see|seeing|get|getting|hitting|facing|experiencing)"
    r" (?:the |this |that )?(?:same |exact )*(?:problem|issue|error|thing)(?: too| here| as well)?"
    r"|agreed?|exactly|this|yes|yep|yeah|indeed|up"
    r"|(?:i )?(?:would|'?d) (?:really )?(?:love|like) (?:this|to see this|to have this)(?: too| as well)?"
    r"|(?:still )?(?:happening|occurring|affected|broken)(?: (?:for me|here))?(?: too| as well)?"
)
_NEWS = (
    r"(?:any|is there any|are there any) (?:update|news|progress|eta|movement|plan|chance|timeline)s?\b.*"
    r"|(?:what(?:'?s| is) the )?(?:status|eta|progress)(?: (?:of|on|here|for)\b.*)?"
    r"|(?:friendly |gentle )?ping|bump|(?:please )?(?:fix|merge) this(?: (?:please|asap|soon))*"
    r"|when (?:will|can|is) (?:this|it) (?:be )?(?:fixed|released|merged|done|land|available|ready).*"
)
_THANKS = (
    r"(?:many |big )?(?:thanks|thank you|thx|ty|cheers|great|awesome|nice|cool|perfect|amazing|good (?:job|work|catch))"
    r"(?: (?:a lot|so much|very much|for\b.*|everyone|all|guys|again|to\b.*|work|job|catch))*"
    r"|following|subscrib(?:e|ed|ing)|watching|lol|wow"
)
_KINDS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (("agreement", _AGREEMENT), ("asking for news", _NEWS), ("thanks", _THANKS))
)


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
    said = " ".join(words)
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(said)), "")


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.replace("\u2019", "'"))
