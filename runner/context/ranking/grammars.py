"""Definitions of a source file by tree-sitter: what is defined on which lines. Called by parsing.py.

Grammars come as compiled wheels and are loaded on first use. Some texts keep one of them for good, take all memory or
end the process: so this runs in a child that has bounds, and nowhere else.
"""

import importlib
import re
from collections.abc import Iterator
from functools import cache

import tree_sitter

from runner.context.ranking.conditionals import one_build
from runner.context.ranking.definition import MOST_NAME, Definition
from runner.context.ranking.languages import Language

MOST_NESTED = 60
"""Depth of nested definitions that is followed; what a hostile file nests deeper belongs to what is around it."""
_LONGEST = 200
"""Characters of what a single node says that are looked at."""
_RECEIVER = re.compile(r"(\w+)\s*(?:\[[^\]]*\])?\s*\)$")
_VALUES = ("arrow_function", "function_expression", "function", "generator_function", "class", "func_literal")
_NAMED_VALUES = {
    "variable_declarator": ("name", "value"),
    "public_field_definition": ("name", "value"),
    "field_definition": ("property", "value"),
    "pair": ("key", "value"),
    "assignment_expression": ("left", "right"),
    "var_spec": ("name", "value"),
}
"""What gives a function a name from outside, and the fields of the name and of the function."""
_LONG_MODULE = 120
"""Lines of a function of JavaScript from which those in it are told apart."""
_TOP = ("translation_unit", "preproc_ifdef", "preproc_if", "preproc_else", "linkage_specification", "declaration_list")
_MACRO = re.compile(r"(\w+)\s*\(\s*\"?(\w*)")
_GENERIC = re.compile(r"<[^<>]*>")


type _Seen = tuple[tree_sitter.Node, tree_sitter.Node, str, int, tree_sitter.Node | None]
"""A node that is to be looked at; the outermost of the wrappers around it, or itself; the names that it stands in, and
their number; and what stands before it, where that may be a macro that begins it: to ask for that walks from the root.
"""


@cache
def _parser(language: Language) -> tree_sitter.Parser:
    grammar = getattr(importlib.import_module(language.module), language.entry)
    return tree_sitter.Parser(tree_sitter.Language(grammar()))


def definitions(text: str, language: Language) -> list[Definition]:
    """All definitions but those within functions, in the order of their lines."""
    source = (one_build(text) if language.preprocessed else text).encode("utf-8", "replace")
    return list(_walk(_parser(language).parse(source).root_node, language))


def _walk(root: tree_sitter.Node, language: Language) -> Iterator[Definition]:
    stack = _inside(root, "", 0)
    while stack:
        node, outer, prefix, level, call = stack.pop()
        if node.type in language.wrappers:
            stack += [(child, outer, prefix, level, None) for child in reversed(node.children)]
            continue
        name = _defined(node, language, call)
        if name is None or level > MOST_NESTED:
            stack += _inside(node, prefix, level)
            continue
        function = node.type not in language.containers and not _holds_others(node, language)
        whole = (prefix + name)[-MOST_NAME:]
        yield Definition(whole, _first_line(call or outer), _last_line(outer), level, function)
        if not function:  # what a function defines is a part of it
            stack += _inside(node, whole + ".", level + 1)


def _inside(node: tree_sitter.Node, prefix: str, level: int) -> list[_Seen]:
    """What is to be looked at below a node, the first one last."""
    children = node.children
    if node.type not in _TOP:
        return [(child, child, prefix, level, None) for child in reversed(children)]
    beside = reversed(list(zip(children, [None, *children], strict=False)))
    return [(child, child, prefix, level, before if _may_begin(before, child) else None) for child, before in beside]


def _may_begin(before: tree_sitter.Node | None, node: tree_sitter.Node) -> bool:
    """Whether a node may be the call of a macro that the block after it belongs to."""
    return node.type == "compound_statement" and before is not None and before.type == "expression_statement"


def _holds_others(node: tree_sitter.Node, language: Language) -> bool:
    """Whether a function serves as a module: it is long, and there are functions in it."""
    if not language.modules or node.end_point[0] - node.start_point[0] < _LONG_MODULE:
        return False
    stack = list(node.children)
    while stack:
        inner = stack.pop()
        if inner.type not in language.containers and _defined(inner, language, None) is not None:
            return True
        stack += inner.children
    return False


def _first_line(node: tree_sitter.Node) -> int:
    return node.start_point[0] + 1


def _last_line(node: tree_sitter.Node) -> int:
    row, column = node.end_point
    return row + 1 if column else max(row, node.start_point[0] + 1)


def _defined(node: tree_sitter.Node, language: Language, call: tree_sitter.Node | None) -> str | None:
    """The name that a node defines, or None where it defines nothing. `call`: of the macro that may begin it."""
    if node.type in language.functions or node.type in language.containers:
        return _name(node)
    if node.type in _NAMED_VALUES:
        name, value = (node.child_by_field_name(field) for field in _NAMED_VALUES[node.type])
        return _plain(name).rpartition(".")[2] or None if name is not None and _is_function(value) else None
    return _of_macro(call) if call is not None and language.preprocessed else None


def _of_macro(call: tree_sitter.Node) -> str | None:
    """The name of a function that a macro begins: `DEFUN (name, …) { … }`."""
    found = _MACRO.match(_text(call))
    return found[2] or found[1] if found else None


def _is_function(value: tree_sitter.Node | None) -> bool:
    """Whether a value is a function; Go has lists of one there."""
    if value is not None and value.type == "expression_list" and value.named_child_count == 1:
        value = value.named_children[0]
    return value is not None and value.type in _VALUES


def _name(node: tree_sitter.Node) -> str | None:
    if node.type == "type_declaration":
        return next((_name(child) for child in node.children if child.type in ("type_spec", "type_alias")), None)
    named = "type" if node.type == "impl_item" else "name"
    found = node.child_by_field_name(named) or _declared(node)
    if found is None:
        # `struct a b;` in C names a type and defines none.
        return None
    if node.type.endswith("_specifier") and node.child_by_field_name("body") is None:
        return None
    receiver = node.child_by_field_name("receiver") if node.type == "method_declaration" else None
    owner = _RECEIVER.search(_text(receiver)) if receiver is not None else None
    return f"{owner[1]}.{_plain(found)}" if owner else _plain(found)


def _declared(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The name at the bottom of C's declarators."""
    inner = node.child_by_field_name("declarator")
    while inner is not None and (deeper := inner.child_by_field_name("declarator")) is not None:
        inner = deeper
    return inner


def _plain(node: tree_sitter.Node) -> str:
    """A name without type parameters and quotes, its parts set apart by dots in all languages."""
    name, shorter = "", _text(node).strip("\"'()").replace("::", ".")
    while name != shorter:
        name, shorter = shorter, _GENERIC.sub("", shorter)
    return name


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"")[: 4 * _LONGEST].decode("utf-8", "replace").replace("\n", " ")[:_LONGEST]
