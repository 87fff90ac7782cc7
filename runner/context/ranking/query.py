"""What an issue asks of the code: terms with weights, names as they are written, paths, traceback frames. Pure.

Called by rank.py. What issue forms add (checklists, version dumps, comments) is left out; tracebacks are kept.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from runner.context.ranking.vocabulary import STOP, WORD, weighed

TITLE_WEIGHT = 3.0
MOST_TEXT = 60_000
"""Characters of an issue that are looked at."""
MOST_TITLE = 1000
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CHECKLIST = re.compile(r"^[^\S\n]*[-*][^\S\n]*\[[ xX]\].*$", re.MULTILINE)
_DUMP = re.compile(
    r"^[ \t]*(?:[\w.+-]+[ \t]*(?:[:=]{1,2}[ \t]*|[ \t]{2,})v?(?:\d+\.[\w.+-]*|None|installed)"
    r"|(?:INSTALLED VERSIONS|commit|python-bits|OS-release|machine|processor|byteorder|LC_ALL|LANG|LOCALE)\b[^\n]*)"
    r"[ \t]*$",
    re.MULTILINE,
)
_NUMBER = re.compile(
    r"\bCVE-\d{4}-\d{3,8}\b|\bGHSA(?:-\w{4}){3}\b|(?:\bGH-|(?<![\w&/])#)\d{1,7}\b|(?<![\w/])[0-9a-f]{40}\b(?!/)"
    r"|\b(?:Merge (?:pull request|commit|branch|remote-tracking branch) from\b|\bcherry[- ]picked from\b)",
    re.IGNORECASE,
)
"""Numbers of advisories, issues and commits: they say which one, and in code they are something else."""
_FENCE = re.compile(r"(```|~~~)[^\n`~]*\n(.*?)(?:\1|\Z)", re.DOTALL)
_INLINE = re.compile(r"`([^`\n]{1,200})`")
_FRAME = re.compile(r"""File "([^"\n]{1,300})", line (\d{1,6})(?:, in (\w+))?""")
_CALL = re.compile(r"\bat\s+(?:async |new )?([\w$.<>]{1,200}) ?\(([^()\s:]{1,300}):(\d{1,6})(?::\d{1,6})?\)")
"""A frame of JavaScript, Java or Kotlin: `at Shop.find (/app/src/shop.ts:10:7)`."""
_IN = re.compile(r"([\w./-]{1,300}\.\w{1,5}):(\d{1,6}):in [`'](?:[\w:]+[#.])?(\w+)")
"""A frame of Ruby: shop.rb:10:in `find'."""
_LINE = re.compile(r"([\w./\\-]{1,300}\.(?:cs|fs|vb|php))(?::line |\()(\d{1,6})")
"""A frame of C# or PHP: `in /app/Shop.cs:line 10`, `/app/shop.php(10)`."""
_LINKED = re.compile(r"/(?:blob|blame|src)/[^/\s]{1,100}/([^\s#?)>\]]{1,300})(?:#L(\d{1,6}))?")
"""A link to a file of a forge, with its line."""
_PLACE = re.compile(r"(?<![\w/.-])/?((?:[\w.-]+/)*[\w-]+\.[A-Za-z]{1,5}):(\d{1,6})\b")
_PATH = re.compile(
    r"(?:(?<![\w/.\"(-])/|(?<![\w/.-]))((?:[\w.-]+/)+[\w.-]+|[\w-]+\.(?:py|pyx|go|ts|tsx|js|jsx|rs|java|c|h|cc|cpp|cs|rb|php))\b"
)
_DOTTED = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_LOOKS_LIKE_CODE = re.compile(r"_|[a-z][A-Z]|[A-Z]{2}|\d")
_CALLED = re.compile(r"\b([A-Za-z_]\w{2,})\(")
_WORDS = re.compile(r"\w+|[-]{2}[\w-]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_GENERIC = """
self cls args kwargs none true false print import def class return test tests main init str int
"""
GENERIC = frozenset(_GENERIC.split())


@dataclass(frozen=True)
class Frame:
    path: str
    line: int
    name: str


@dataclass(frozen=True)
class Query:
    title: dict[str, float]
    """Terms of the title."""
    prose: dict[str, float]
    """Terms of the text outside of code."""
    code: dict[str, float]
    """Terms of code blocks and spans."""
    names: Counter[str]
    """Identifiers as they are written, where they look like names of code; the last part of dotted ones too."""
    paths: tuple[str, ...]
    frames: tuple[Frame, ...]
    trigrams: frozenset[tuple[str, ...]]
    """Three words in a row, in lower case: messages and calls that stand in the code literally."""
    flags: frozenset[str]
    """Options such as `--lf`."""
    words: frozenset[str]
    """All words in lower case."""

    @property
    def terms(self) -> dict[str, float]:
        """All terms in one, the title weighing more."""
        return _summed((self.title, TITLE_WEIGHT), (self.prose, 1.0), (self.code, 1.0))


def query_of(title: str, body: str) -> Query:
    """The query of an issue."""
    title, body = _NUMBER.sub(" ", title[:MOST_TITLE]), _NUMBER.sub(" ", cleaned(body[:MOST_TEXT]))
    if not _LETTERS.search(title):
        # A title that is a number alone tells nothing: the first line does.
        title, _, body = body.strip().partition("\n")
        title = title[:MOST_TITLE]
    code = "\n".join([*(found[2] for found in _FENCE.finditer(body)), *(found[1] for found in _INLINE.finditer(body))])
    prose = _INLINE.sub(" ", _FENCE.sub("\n", body))
    both = f"{title}\n{body}"
    words = [word.lower() for word in _WORDS.findall(both)]
    return Query(
        title=_terms(title),
        prose=_terms(prose),
        code=_terms(code),
        names=_names(title, prose, code),
        paths=tuple(dict.fromkeys(path.strip("./") for path in [*_PATH.findall(both), *_linked(both)])),
        frames=tuple(dict.fromkeys(_frames(both))),
        trigrams=frozenset(each for each in zip(words, words[1:], words[2:], strict=False) if _says_much(each)),
        flags=frozenset(word for word in words if word.startswith("--")),
        words=frozenset(words),
    )


def _says_much(trigram: tuple[str, ...]) -> bool:
    """Whether it has two identifiers, one of them no stop word: others stand anywhere."""
    names = [word for word in trigram if WORD.fullmatch(word)]
    return len(names) >= 2 and any(word not in STOP for word in names)


def cleaned(body: str) -> str:
    """The text without comments, checklists and version dumps."""
    return _DUMP.sub("", _CHECKLIST.sub("", _COMMENT.sub("", body.replace("\r\n", "\n"))))


def _terms(text: str) -> dict[str, float]:
    return weighed((word, float(times)) for word, times in Counter(WORD.findall(text)).items())


def _names(title: str, prose: str, code: str) -> Counter[str]:
    found = Counter(word for word in WORD.findall(code) if word.lower() not in STOP)
    for text in (title, prose):
        found.update(word for word in WORD.findall(text) if _LOOKS_LIKE_CODE.search(word))
        found.update(_CALLED.findall(text))
        found.update(part for name in _DOTTED.findall(text) for part in name.split("."))
    return Counter({name: times for name, times in found.items() if len(name) > 2 and name.lower() not in GENERIC})


def _frames(text: str) -> Iterator[Frame]:
    for found in _FRAME.finditer(text):
        yield Frame(found[1], int(found[2]), found[3] or "")
    for found in _CALL.finditer(text):
        yield Frame(found[2], int(found[3]), found[1].rpartition(".")[2])
    for found in _IN.finditer(text):
        yield Frame(found[1], int(found[2]), found[3])
    for pattern in (_LINE, _PLACE, _LINKED):
        yield from (Frame(found[1], int(found[2]), "") for found in pattern.finditer(text) if found[2])


def _linked(text: str) -> list[str]:
    return [found[1] for found in _LINKED.finditer(text)]


def _summed(*parts: tuple[dict[str, float], float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for terms, weight in parts:
        for term, times in terms.items():
            found[term] = found.get(term, 0.0) + weight * times
    return found
