"""Where an issue points by name: paths, module names, traceback frames. Pure; called by the features."""

import math
import re
from dataclasses import dataclass

from runner.context.ranking.languages import NAMED, PROSE
from runner.context.ranking.query import Frame, Query

_TEST = re.compile(
    r"(^|/)((?i:tests?|testing|testsuites?|__tests__|testdata|e2e|fixtures|specs?)|t|test[-_][^/]*|[^/]*[-_.](?i:tests?))/"
    r"|(_test\.\w+|_spec\.rb|\.test\.\w+|\.spec\.\w+|(^|/)test_[^/]*|(^|/)tests?\.\w+|(^|/)conftest\.py|\.t|Tests?\.(java|cs|kt|php|swift|scala))$"
)
_BESIDE = re.compile(
    r"(^|/)(docs?|documentation|examples?|samples?|demos?|bench|benchmarks?|[^/]*[-_](docs?|examples?|bench))/"
    r"|(^|/)(changelog|changes|news|history|releasenotes|release[-_]notes)(/|[^/]*$)",
    re.IGNORECASE,
)


MARK = "\0"
"""What a path begins with, before the number of its repository, where several are ranked as one."""


def inside(path: str) -> str:
    """A path in its own repository."""
    return path.partition("/")[2] if path.startswith(MARK) else path


def repository_of(path: str) -> str:
    """Its repository's mark; nothing where there is only one."""
    return path.partition("/")[0] if path.startswith(MARK) else ""


@dataclass(frozen=True)
class Pointed:
    """How an issue points at a file."""

    path: int
    """Parts of the longest path in the text that ends as the file's does, or the other way round."""
    base: bool
    """Whether its name stands in the text with its suffix."""
    stem: bool
    """Whether its name without the suffix is a word of the text."""
    frames: float
    """ln(1 + the number of traceback frames in it)."""

    @property
    def plainly(self) -> bool:
        """Whether the text means this file, whatever its words."""
        return bool(self.path or self.base or self.frames)


class Pointers:
    """What the issue points with: its paths, words and traceback frames."""

    def __init__(self, query: Query) -> None:
        self._query = query
        frames = [frame.path.replace("\\", "/") for frame in query.frames]
        self._bases = frozenset(path.rpartition("/")[2] for path in [*query.paths, *frames])

    def may_be(self, path: str) -> bool:
        """Whether a file's name is one that the issue names: of all others it can only hold the words."""
        return path.rpartition("/")[2] in self._bases

    def at(self, path: str) -> Pointed:
        """How the issue points at this file."""
        path = inside(path)
        query, base = self._query, path.rpartition("/")[2]
        stem = base.partition(".")[0].strip("_").lower()
        if not self.may_be(path):
            return Pointed(path=0, base=False, stem=stem in query.words, frames=0.0)
        named = [mention for mention in query.paths if _same(path, mention)]
        return Pointed(
            path=max((mention.count("/") + 1 for mention in named if "/" in mention), default=0),
            base=any(mention.rpartition("/")[2] == base for mention in query.paths),
            stem=stem in query.words,
            frames=math.log(1 + sum(in_file(path, frame) for frame in query.frames)),
        )


def _same(path: str, mention: str) -> bool:
    return path == mention or path.endswith("/" + mention) or mention.endswith("/" + path)


def in_file(path: str, frame: Frame) -> bool:
    """Whether a traceback's frame is in this file: the frame's path is that of another machine."""
    path, there = inside(path), frame.path.replace("\\", "/")
    if _same(path, there):
        return True
    return "/" in path and there.endswith("/".join(path.split("/")[-2:]))


def is_test(path: str) -> bool:
    """Whether a file is a test, by its path."""
    return _TEST.search(path) is not None


def is_beside(path: str) -> bool:
    """Whether a file stands beside the product: documentation, examples, changelogs."""
    return _BESIDE.search(path) is not None


def is_prose(path: str) -> bool:
    """Whether a file is no source: by its suffix, or its whole name. What has no suffix and is read is a script."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name in NAMED or (dot >= 0 and name[dot:].lower() in PROSE)
