"""Which pieces of an order's talk are code, and which files nobody wrote by hand: bot and runner must agree on both.

Pure. Code is read as it stands: an HTML comment in it hides nothing, `> x` quotes nobody, and `![x](y)` is no image.
"""

import re

CHANGES = "changes"
"""Kind of a file that the session's own pull request changes, with its hunks."""
LINKED_DIFF = "linked_diff"
"""Kind of the same of a pull request or commit that the talk names."""
PATCHES = (CHANGES, LINKED_DIFF)
CODE_KINDS = (*PATCHES, "linked_file")

_VENDORED = re.compile(
    r"(^|/)(vendor|third_party|thirdparty|node_modules|bower_components|site-packages|\.yarn|Pods|[^/]+\.egg-info)/"
    r"|^(dist|build|target)/"
)
_GENERATED_NAME = re.compile(
    r"(\.min\.(js|css)|\.map|\.lock|_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)|\.g\.dart|\.designer\.cs|\.snap"
    r"|(^|/)(package-lock\.json|go\.sum|pnpm-lock\.yaml))$",
    re.IGNORECASE,
)


def is_vendored(path: str) -> bool:
    """Whether its folder says that somebody else's code is in it, or what a build has made."""
    return _VENDORED.search(path) is not None


def is_generated(path: str) -> bool:
    """Whether its name says that a program wrote it: lock files, minified and compiled ones."""
    return _GENERATED_NAME.search(path) is not None
