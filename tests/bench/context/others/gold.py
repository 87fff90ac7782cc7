"""Which functions a change is in, and which files count: what a prompt must hold. Pure; called by building.py.

It reads the same grammars as the ranking and nothing of its tables: what the ranking takes for a function has no say.
"""

import importlib
import re
from collections.abc import Iterator, Sequence
from functools import cache

import tree_sitter

from tests.bench.context.others.patches import Change

_GRAMMARS = {
    "Python": ("python", "language", ".py .pyx"),
    "JavaScript": ("javascript", "language", ".js .mjs .cjs .jsx"),
    "TypeScript": ("typescript", "language_typescript", ".ts .mts .cts"),
    "TSX": ("typescript", "language_tsx", ".tsx"),
    "Go": ("go", "language", ".go"),
    "Rust": ("rust", "language", ".rs"),
    "Java": ("java", "language", ".java"),
    "C": ("c", "language", ".c .h"),
    "C++": ("cpp", "language", ".cc .cpp .cxx .hpp .hh .hxx .ipp"),
    "C#": ("c_sharp", "language", ".cs"),
    "Ruby": ("ruby", "language", ".rb .rake"),
    "PHP": ("php", "language_php", ".php .inc"),
    "Perl": ("", "", ".pl .pm"),
}
_BY_SUFFIX = {suffix: name for name, (_, _, suffixes) in _GRAMMARS.items() for suffix in suffixes.split()}
_FUNCTION = re.compile(
    r"(?:generator_)?function_(?:definition|declaration|item)|(?:method|constructor|destructor|operator)_(?:definition|declaration)"
    r"|(?:singleton_)?method|accessor_declaration"
)
_VALUE = ("arrow_function", "function_expression", "function", "generator_function")
_ASIDE = re.compile(
    r"(^|/)(tests?|t|testing|testsuite|__tests__|testdata|specs?|docs?|examples?|debian|fixtures|bench\w*)/"
    r"|_test\.\w+$|\.(?:test|spec)\.\w+$|(^|/)(?:test_[^/]*|conftest\.py|setup\.py|configure|conf\.py)$|Tests?\.(?:java|cs|php)$"
    r"|(^|/)(?:vendor|third_party|node_modules|dist|build)/|\.min\.js$",
    re.IGNORECASE,
)


def language_of(path: str) -> str:
    """The language of a source file that counts; nothing for tests, documents, and what others wrote."""
    if _ASIDE.search(path):
        return ""
    dot = path.rfind(".")
    name = _BY_SUFFIX.get(path[dot:].lower(), "") if dot > path.rfind("/") else ""
    return "TypeScript" if name == "TSX" else name


@cache
def _parser(name: str) -> tree_sitter.Parser | None:
    module, entry, _ = _GRAMMARS[name]
    if not module:
        return None
    return tree_sitter.Parser(tree_sitter.Language(getattr(importlib.import_module(f"tree_sitter_{module}"), entry)()))


def around(path: str, text: str, changes: Sequence[Change]) -> list[tuple[int, int, str]]:
    """The innermost named function around each change, or else the changed lines: (first, last, name)."""
    parser = _parser(_BY_SUFFIX[path[path.rfind(".") :].lower()])
    functions = list(_functions(parser.parse(text.encode("utf-8", "replace")).root_node)) if parser else []
    return list(dict.fromkeys(_holder(change, functions) for change in changes))


def _holder(change: Change, functions: Sequence[tuple[int, int, str]]) -> tuple[int, int, str]:
    last = change.last + change.added  # what is put in after a function's last line is not in it
    holders = [one for one in functions if one[0] <= change.first and one[1] >= last]
    return min(holders, key=lambda one: one[1] - one[0]) if holders else (change.first, change.last, "")


def _functions(root: tree_sitter.Node) -> Iterator[tuple[int, int, str]]:
    stack = [root]
    while stack:
        node = stack.pop()
        stack += node.children
        if (_FUNCTION.fullmatch(node.type) and node.child_by_field_name("body") is not None) or _assigned(node):
            yield node.start_point[0] + 1, node.end_point[0] + 1, node.type


def _assigned(node: tree_sitter.Node) -> bool:
    fields = [node.child_by_field_name(name) for name in ("value", "right")]
    return any(value is not None and value.type in _VALUE for value in fields)
