"""What a definition looks like in each language: names of syntax nodes, as the tree-sitter grammars give them.

Data, read by grammars.py, and which names of files tell a language. One that is not listed here is read in blocks
between blank lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    module: str
    """Package of the grammar's wheel."""
    functions: frozenset[str]
    containers: frozenset[str]
    """What holds functions, and has lines of its own: classes, traits, namespaces."""
    wrappers: frozenset[str] = frozenset()
    """What stands around a definition and belongs to it: decorators, `export`, templates."""
    entry: str = "language"
    """Function of the package that gives the grammar."""
    modules: bool = False
    """Whether functions serve as modules, too: long ones that hold the others."""
    preprocessed: bool = False
    """Whether macros and conditions stand around what the grammar reads."""


def _kinds(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PYTHON = Language(
    "tree_sitter_python", _kinds("function_definition"), _kinds("class_definition"), _kinds("decorated_definition")
)
_JS_FUNCTIONS = "function_declaration generator_function_declaration method_definition"
_JAVASCRIPT = Language(
    "tree_sitter_javascript",
    _kinds(_JS_FUNCTIONS),
    _kinds("class_declaration"),
    _kinds("export_statement"),
    modules=True,
)
_TS_FUNCTIONS = _kinds(_JS_FUNCTIONS + " type_alias_declaration function_signature")
_TS_CONTAINERS = _kinds(
    "class_declaration abstract_class_declaration interface_declaration enum_declaration internal_module module"
)
_TYPESCRIPT = Language(
    "tree_sitter_typescript",
    _TS_FUNCTIONS,
    _TS_CONTAINERS,
    _kinds("export_statement"),
    "language_typescript",
    modules=True,
)
_TSX = Language(
    "tree_sitter_typescript", _TS_FUNCTIONS, _TS_CONTAINERS, _kinds("export_statement"), "language_tsx", modules=True
)
_GO = Language("tree_sitter_go", _kinds("function_declaration method_declaration"), _kinds("type_declaration"))
_RUST = Language(
    "tree_sitter_rust",
    _kinds("function_item macro_definition"),
    _kinds("impl_item trait_item mod_item struct_item enum_item"),
)
_JAVA = Language(
    "tree_sitter_java",
    _kinds("method_declaration constructor_declaration"),
    _kinds("class_declaration interface_declaration enum_declaration record_declaration annotation_type_declaration"),
)
_C = Language(
    "tree_sitter_c",
    _kinds("function_definition"),
    _kinds("struct_specifier enum_specifier union_specifier"),
    preprocessed=True,
)
_CPP = Language(
    "tree_sitter_cpp",
    _kinds("function_definition"),
    _kinds("class_specifier struct_specifier enum_specifier union_specifier namespace_definition"),
    _kinds("template_declaration"),
    preprocessed=True,
)
_CSHARP = Language(
    "tree_sitter_c_sharp",
    _kinds("method_declaration constructor_declaration operator_declaration property_declaration"),
    _kinds(
        "class_declaration struct_declaration interface_declaration record_declaration enum_declaration "
        "namespace_declaration file_scoped_namespace_declaration"
    ),
)
_RUBY = Language("tree_sitter_ruby", _kinds("method singleton_method"), _kinds("class module"))
_PHP = Language(
    "tree_sitter_php",
    _kinds("function_definition method_declaration"),
    _kinds("class_declaration interface_declaration trait_declaration enum_declaration namespace_definition"),
    entry="language_php",
)

BY_SUFFIX: Mapping[str, Language] = {
    ".py": _PYTHON, ".pyi": _PYTHON, ".pyx": _PYTHON,
    ".js": _JAVASCRIPT, ".jsx": _JAVASCRIPT, ".mjs": _JAVASCRIPT, ".cjs": _JAVASCRIPT,
    ".ts": _TYPESCRIPT, ".mts": _TYPESCRIPT, ".cts": _TYPESCRIPT, ".tsx": _TSX,
    ".go": _GO, ".rs": _RUST, ".java": _JAVA,
    ".c": _C, ".h": _CPP, ".cc": _CPP, ".cpp": _CPP, ".cxx": _CPP, ".hpp": _CPP, ".hh": _CPP, ".hxx": _CPP,
    ".cs": _CSHARP, ".rb": _RUBY, ".rake": _RUBY, ".php": _PHP,
}  # fmt: skip
"""The language of a file, by its name's suffix."""


def suffix_of(path: str) -> str:
    """The suffix of a file that a grammar reads, or nothing."""
    dot = path.rfind(".")
    suffix = path[dot:].lower() if dot > path.rfind("/") else ""
    return suffix if suffix in BY_SUFFIX else ""


def language_of(path: str) -> Language | None:
    """The language of a file by its name, or None where no grammar reads it."""
    return BY_SUFFIX.get(suffix_of(path))


_OTHER_SOURCE = """
.kt .kts .scala .sc .swift .sh .bash .zsh .fish .lua .ex .exs .erl .hrl .pl .pm .t .vue .svelte .astro .sql .r .jl .dart
.m .mm .clj .cljs .cljc .hs .ml .mli .fs .fsx .vb .zig .nim .cr .d .proto .thrift .tf .graphql .gradle .groovy .cmake
.ipynb .s .asm .v .sv .vhd .y .yy .l .ll .inc .inl .ipp .tcc .tpp .cu .cuh .cl .glsl .pxd .pxi .vala .qml .el .lisp
.scm .rkt .vim .ps1 .psm1 .bat .awk .tcl .phtml .f .f90 .f95 .pas .sol .elm .nix .coffee .rbs .gemspec .podspec .bzl
"""
OTHER_SOURCE = frozenset(_OTHER_SOURCE.split())
"""Source that no grammar here reads: taken by the rules of outlines.py, or in blocks."""
_PROSE = """
.md .rst .txt .adoc .pod .toml .cfg .ini .yaml .yml .json .html .css .scss .less .jinja .j2 .xml .in .mk .tmpl .tpl
.twig .erb .haml .ejs .hbs .mustache .conf .env .ac .am .m4 .ui .service .properties
"""
PROSE = frozenset(_PROSE.split())
"""Text beside the source: documentation, settings, templates."""
_NAMED = """
Makefile Dockerfile Containerfile Jenkinsfile Vagrantfile Rakefile Gemfile Brewfile Procfile Justfile justfile
BUILD WORKSPACE meson.build go.mod
"""
NAMED = frozenset(_NAMED.split())
"""Files that are known by their whole name."""
