"""Foreign text made harmless: what a model or a stranger wrote passes here before it stands in a comment of the bot's.

Called by wording.py; pure. No secret, no mention, no hidden marker, no closing keyword and no endless text goes out in
the bot's name, whatever the text does to hide it from these rules.
"""

import re

from crds.redaction import redact

_JOINER = "\u2060"
"""Shows as nothing, and keeps apart what GitHub would read as one."""
# Control characters, and those that turn or hide text: GitHub shows none of them, and a secret can be split by them.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# GitHub looks for mentions in what Markdown has made of the text, so that code marks and entities hide none.
_MENTION = re.compile(r"(?<![A-Za-z0-9])@(?=\S)")
_ENTITY = re.compile(r"&(?=#|commat;|num;)", re.IGNORECASE)
_MARKUP = re.compile(r"<(?=!|/?(?:details|summary|blockquote)\b)", re.IGNORECASE)
_CLOSING = re.compile(
    r"\b([cfr])(los(?:e[sd]?|ing)|ix(?:e[sd]|ing)?|esolv(?:e[sd]?|ing))(?=:?\s+(?:\S*#|\S*://|[^\w\s]*GH-|[^\w\s]*\[))",
    re.IGNORECASE,
)


def quoted(text: str, most: int = 4000) -> str:
    """Foreign text, made harmless for a comment: redacted, unable to mention, hide, close issues, or run on."""
    safe = _ENTITY.sub("&amp;", redact(_INVISIBLE.sub("", text)))
    safe = _MENTION.sub("@" + _JOINER, _MARKUP.sub("&lt;", safe))
    safe = _CLOSING.sub(rf"\g<1>{_JOINER}\g<2>", safe)
    return safe if len(safe) <= most else safe[:most].rstrip() + " …"


def plain_line(text: str, most: int = 120) -> str:
    """Foreign text for a title, or for a code span: one line that ends neither the span nor the cell around it."""
    return quoted(re.sub(r"[`\s|]+", " ", _INVISIBLE.sub("", text)).strip(), most)


def quoted_line(text: str, most: int = 120) -> str:
    """Foreign text for the middle of a line: one line, no link, image or HTML of its own."""
    return plain_line(text, most).replace("[", "\\[").replace("<", "&lt;")
