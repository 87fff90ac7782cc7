"""Secrets known by the name before them: `password=…`, `"api_key": "…"`, `Authorization: Basic …`. For redaction.py.

What stands there is a secret only if it looks like one: code (`password=os.environ[…]`, `password: str`) and prose
(`password: required`) stay as they are. Each match takes what it has looked at, whatever is decided of it, so that
no text is read twice.
"""

import re
from collections.abc import Callable

LEAST = 6
"""Characters of a value below which it is no secret worth the name."""
LEAST_TOKEN = 16
"""The same after a bare `token`, which is a word of many trades."""

_ASSIGNED = re.compile(
    r"""
    (?P<name>(?i:pass(?:word|wd|phrase)|pwd|secret(?:[_-]?access)?(?:[_-]?key)?
      |(?:api|access|private|signing|encryption)[_-]?key|token))
    (?P<between>\\{0,3}["'`]?[ \t]{0,4}(?::=|=>|=|:)[ \t]{0,4})
    (?:
        (?P<quote>\\{0,3}")(?P<double>[^"\s]*+)
      | (?P<tick>\\{0,3}')(?P<single>[^'\s]*+)
      | (?P<bare>(?:[^\s"'`,;()<>\[\]{}&\\]|&(?!\w{1,40}=))*+)
    )
    """,
    re.VERBOSE,
)
_HEADER = re.compile(
    r"""
    (?P<before>(?i:authorization)\\{0,3}["']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}["']?(?i:bearer|basic|token)[ \t]{1,4})
    (?P<value>[A-Za-z0-9+/=._~-]*+)
    """,
    re.VERBOSE,
)
_LETTER_AND_DIGIT = re.compile(r"(?=[^A-Za-z]*+[A-Za-z])[^0-9]*+[0-9]")
_INNER_SYMBOL = re.compile(r"[A-Za-z0-9][!#$%^][A-Za-z0-9]")
_PLACEHOLDER = re.compile(r"\$[A-Za-z_{(]|[%*<{~.]|/|https?:|x{4,}", re.IGNORECASE)
_TYPE = re.compile(r"(?:uint|float|bytes|string|varchar|sha|base|oauth|argon)\d+", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[A-Za-z_]\w{0,23}(?:[.:]{1,2}[A-Za-z_]\w{0,23})+")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_FAMILIAR = ("pass", "secret", "key", "token")


def mask_assigned(text: str, mask: str) -> str:
    """The text with the values of such names replaced by the mask; linear in the text's length."""
    return _HEADER.sub(_masking_header(mask), _ASSIGNED.sub(_masking(mask), text))


def _masking(mask: str) -> Callable[[re.Match[str]], str]:
    def masked(found: re.Match[str]) -> str:
        quote = found["quote"] or found["tick"] or ""
        value = (found["double"] or found["single"] or found["bare"] or "").rstrip("\\" if quote else ".:!?")
        after = found.string[found.end() : found.end() + 1]
        secret = _quoted(found, value, after) if quote else _bare(found, value, after)
        if not secret:
            return found[0]
        rest = found.end() - found.start() - len(found["name"] + found["between"] + quote + value)
        return f"{found['name']}{found['between']}{quote}{mask}{found[0][len(found[0]) - rest :]}"

    return masked


def _quoted(found: re.Match[str], value: str, after: str) -> bool:
    """Whether a literal is a secret: one word up to its closing quote, or to the end of a text that was cut."""
    closed = after in ("", '"' if found["quote"] else "'")
    return closed and _long_enough(found, value) and (_mixed(value) or _digits_of_a_password(found, value))


def _bare(found: re.Match[str], value: str, after: str) -> bool:
    """Whether a value without quotes is a secret and not the code of an assignment or an argument."""
    if (after and after in "([{<\"'`\\") or not _long_enough(found, value) or _code(value):
        return False
    return _mixed(value) or _digits_of_a_password(found, value) or _of_an_environment(found, value)


def _long_enough(found: re.Match[str], value: str) -> bool:
    name = found["name"].lower()
    least = LEAST_TOKEN if name == "token" else LEAST
    return len(value) >= least and not _PLACEHOLDER.match(value) and not _TYPE.fullmatch(value)


def _mixed(value: str) -> bool:
    """Whether there is what words and names seldom have: a digit among letters, or a symbol within."""
    return bool(_LETTER_AND_DIGIT.match(value) or _INNER_SYMBOL.search(value))


def _digits_of_a_password(found: re.Match[str], value: str) -> bool:
    return value.isdecimal() and "pass" in found["name"].lower()


def _code(value: str) -> bool:
    """Whether it is an attribute (`settings.v2.key`), or a name that speaks of secrets (`db_password2`)."""
    if _ATTRIBUTE.fullmatch(value):
        return True
    return "_" in value and bool(_IDENTIFIER.fullmatch(value)) and _familiar(value) and len(value) <= 24


def _familiar(value: str) -> bool:
    return any(word in value.lower() for word in _FAMILIAR)


def _of_an_environment(found: re.Match[str], value: str) -> bool:
    """Whether it is the word of a line like `DB_PASSWORD=letmein`, as environments and shells have them."""
    return found["name"].isupper() and found["between"] == "=" and value.isalpha() and not _familiar(value)


def _masking_header(mask: str) -> Callable[[re.Match[str]], str]:
    def masked(found: re.Match[str]) -> str:
        value = found["value"]
        return f"{found['before']}{mask}" if _credential(value) else found[0]

    return masked


def _credential(value: str) -> bool:
    """Whether what follows `Bearer` in a header is no word (`credentials`) and no stand-in (`YOUR_TOKEN`)."""
    letters = "".join(letter for letter in value if letter.isalpha())
    one_case = letters.islower() or letters.isupper() or letters.istitle()
    return len(value) >= 8 and (not one_case or any(letter.isdigit() for letter in value) or len(value) >= 24)
