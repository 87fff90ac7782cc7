"""The code that belongs to an issue is found without a model, chosen part by part, and never over the budget."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.context import count
from runner.context.cases import answers
from runner.context.ranking.choose import Chosen, choose
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.file_features import FILE_FEATURES
from runner.context.ranking.outlines import BY_SUFFIX
from runner.context.ranking.part_features import PART_FEATURES
from runner.context.ranking.places import is_beside, is_test
from runner.context.ranking.query import cleaned, query_of
from runner.context.ranking.rank import RankedPart, Ranking, ranked
from runner.context.ranking.weights import FITTED
from runner.context.repository import corpus_of
from runner.context.tree import listed
from tests.runner import reading

SHOP = {
    "shop/cart.py": '''"""The cart."""


class Cart:
    """What a customer wants."""

    def __init__(self):
        self.lines = []

    def add(self, line):
        self.lines.append(line)

    def total(self):
        return sum(line.price for line in self.lines)
''',
    "shop/discount.py": "def apply_voucher(cart, voucher):\n    return cart.total() - voucher.worth\n",
    "shop/mail.py": "def send_receipt(customer):\n    raise ConnectionError('the mail server does not answer')\n",
    "tests/test_cart.py": "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total() == 0\n",
    "README.md": "# shop\n\nA shop with a cart.\n",
}

LANGUAGES = {
    "a.py": "import os\n\n\n@cached\ndef first():\n    pass\n\n\nclass Box:\n    x = 1\n\n    def open(self):\n        pass\n",
    "a.ts": "export class Box {\n  open(): void {}\n}\nexport const first = () => 1;\n",
    "a.tsx": "export function first() { return <p/>; }\nclass Box { open() {} }\n",
    "a.js": "class Box { open() {} }\nfunction first() {}\n",
    "a.go": "package a\n\n// first does.\nfunc first() {}\n\ntype Box struct{}\n\nfunc (b *Box) open() {}\n",
    "a.rs": "fn first() {}\nstruct Box;\nimpl Box {\n    fn open(&self) {}\n}\n",
    "A.java": "class Box {\n  void open() {}\n  void first() {}\n}\n",
    "a.c": "struct Box { int x; };\nint first(void) { return 1; }\nint open(struct Box *b) { return 2; }\n",
    "a.cpp": "class Box {\n  void open() {}\n};\ntemplate <class T> T first(T t) { return t; }\n",
    "a.cs": "class Box {\n  void open() {}\n  int first() { return 1; }\n}\n",
    "a.rb": "class Box\n  def open\n  end\nend\n\ndef first\nend\n",
    "a.pm": "package Box;\n\nsub open {\n    my $self = shift;\n}\n\nsub first\n{\n    return 1;\n}\n",
    "a.kt": "class Box {\n    private suspend fun open(): Int {\n        return 1\n    }\n}\nfun <T> first(t: T) {\n    t\n}\n",
    "a.swift": "class Box {\n  @objc public func open() {\n    run()\n  }\n}\nfunc first(\n  a: Int\n) -> Int {\n  a\n}\n",
    "a.sh": "first() {\n  echo 1\n}\n\nfunction open {\n  echo 2\n}\n",
    "a.lua": "local function first(a)\n  return a\nend\n\nfunction Box:open()\n  return 1\nend\n",
    "a.ex": "defmodule Box do\n  def open(a) do\n    a\n  end\n\n  defp first(a) do\n    a\n  end\nend\n",
    "a.r": "first <- function(a) {\n  a\n}\nopen = function(b)\n{\n  b\n}\n",
    "a.php": "<?php\nclass Box {\n  function open() {}\n}\nfunction first() {}\n",
}


def corpus(files: dict[str, str]) -> Corpus:
    return Corpus.of_texts(files)


def best(files: dict[str, str], title: str, body: str = "") -> Ranking:
    return ranked(corpus(files), query_of(title, body))


def text_of(files: dict[str, str]):  # type: ignore[no-untyped-def]
    def text(part: RankedPart) -> str:
        lines = files[part.path].split("\n")[part.chunk.first - 1 : part.chunk.last]
        return "\n".join([f"### {part.path}", *lines, ""])

    return text


@pytest.mark.parametrize(
    ("title", "body", "path", "name"),
    [
        ("A cart forgets what its lines hold", "`Cart` starts without them", "shop/cart.py", "Cart"),
        ("a voucher is not taken off", "apply_voucher does nothing", "shop/discount.py", "apply_voucher"),
        ("Ordering fails", "ConnectionError: the mail server does not answer", "shop/mail.py", "send_receipt"),
        ("Ordering fails", 'File "/app/shop/mail.py", line 2, in send_receipt', "shop/mail.py", "send_receipt"),
    ],
)
def test_what_an_issue_speaks_of_comes_first(title: str, body: str, path: str, name: str) -> None:
    ranking = best(SHOP, title, body)
    assert ranking.files[0] == path
    assert (path, name) in [(part.path, part.chunk.name) for part in ranking.parts[:3]]
    assert ranking == best(SHOP, title, body)


@pytest.mark.parametrize("path", LANGUAGES)
def test_every_language_is_read_in_functions_and_classes(path: str) -> None:
    names = {chunk.name for chunk in reading.parts(path, LANGUAGES[path])}
    assert {name.rpartition(".")[2] for name in names} >= {"first", "open"}
    assert path.endswith((*BY_SUFFIX, ".c")) or any(name.startswith("Box") for name in names)


def test_a_decorator_and_a_doc_comment_go_with_their_function() -> None:
    [first] = [chunk for chunk in reading.parts("a.py", LANGUAGES["a.py"]) if chunk.name == "first"]
    [documented] = [chunk for chunk in reading.parts("a.go", LANGUAGES["a.go"]) if chunk.name == "first"]
    assert (first.first, first.last) == (4, 6)
    assert (documented.first, documented.last) == (3, 4)


def spans_of(path: str, text: str) -> dict[str, tuple[int, int]]:
    """The functions of a file with their lines."""
    return {chunk.name: (chunk.first, chunk.last) for chunk in reading.parts(path, text) if chunk.kind == "function"}


def test_a_brace_in_both_branches_of_a_condition_hides_no_function() -> None:
    text = "int first(int x)\n{\n#ifdef A\n  if (x) {\n#else\n  if (!x) {\n#endif\n    run();\n  }\n}\n\nint open(void)\n{\n  return 1;\n}\n"
    assert spans_of("a.c", text) == {"first": (1, 10), "open": (11, 15)}


def test_a_function_that_a_macro_begins_is_one() -> None:
    text = 'DEFUN ("car", Fcar, 1)\n  (Lisp_Object list)\n{\n  return first(list);\n}\n\nint open(void)\n{\n  return 1;\n}\n'
    assert spans_of("a.c", text) == {"car": (1, 5), "open": (6, 10)}


def test_a_long_function_of_javascript_is_the_module_of_those_in_it() -> None:
    inner = "  function first() {\n    return 1;\n  }\n"
    rest = "  go();\n" * 130
    assert spans_of("a.js", f"function Module() {{\n{inner}{rest}}}\n") == {"Module.first": (2, 4)}
    assert spans_of("a.js", f"function Module() {{\n{inner}}}\n") == {"Module": (1, 5)}
    assert spans_of("a.js", f"function Module() {{\n{rest}}}\n") == {"Module": (1, 132)}


@pytest.mark.parametrize("path", ["src/docker/run.go", "lib/document.py", "a/sampler.c", "newsfeed/a.py"])
def test_what_only_sounds_like_documents_is_the_product(path: str) -> None:
    assert (is_beside(path), is_test(path)) == (False, False)


@pytest.mark.parametrize(
    "path",
    ["t/basic.t", "Shop.Tests/Cart.cs", "src/test/java/A.java", "spec/cart_spec.rb", "a_test.go", "Tests/a.swift"],
)
def test_tests_are_told_by_the_habits_of_each_language(path: str) -> None:
    assert is_test(path)


LINES = st.lists(
    st.sampled_from(
        [
            "def f():",
            "    pass",
            "class C:",
            "  def g(self):",
            "",
            "# note",
            "x = (",
            "}",
            "func h() {",
            "\t",
            "sub i {",
            "#if A",
            "#else",
            "#endif",
            "function j()",
            "end",
            "DEFUN (x)",
        ]
    ),
    max_size=300,
)


@given(st.sampled_from(["a.py", "a.go", "a.ts", "a.txt", "a.rs", "a.c", "a.js", "a.pm", "a.lua"]), LINES)
@settings(max_examples=150, deadline=None)
def test_the_parts_of_a_file_cover_it_and_never_overlap(path: str, lines: list[str]) -> None:
    text = "\n".join(lines)
    covered = [line for chunk in reading.parts(path, text) for line in range(chunk.first, chunk.last + 1)]
    length = len(lines) - (bool(lines) and not lines[-1])
    assert covered == list(range(1, len(covered) + 1))
    assert len(covered) == (length if text else 0)


@given(st.integers(min_value=0, max_value=600), st.text(max_size=60), st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_what_is_chosen_never_passes_the_budget(budget: int, title: str, body: str) -> None:
    chosen = choose(best(SHOP, title, body), budget, text=text_of(SHOP), count=count.count)
    entries = [line.text for line in chosen.map] + [text_of(SHOP)(part) for part, _ in chosen.parts]
    assert sum(map(count.count, entries)) == chosen.tokens <= budget
    places = [(part.path, part.chunk.first) for part, _ in chosen.parts]
    assert len(places) == len(set(places))


def test_nothing_to_rank_is_nothing_chosen() -> None:
    assert choose(best({}, "x"), 1000, text=text_of({}), count=count.count) == Chosen((), (), 0)
    assert best({"empty.py": ""}, "x").parts == ()


def test_what_issue_forms_add_is_left_out_and_tracebacks_are_kept() -> None:
    said = (
        "It fails.\n<!-- please fill in -->\n- [x] I searched\nINSTALLED VERSIONS\nnumpy: 1.2.3\nxarray    0.12.1\n"
        'File "a.py", line 3, in f\n'
    )
    left = cleaned(said)
    assert "It fails." in left
    assert 'File "a.py", line 3, in f' in left
    assert not [word for word in ("please", "searched", "INSTALLED", "numpy", "0.12.1") if word in left]


def test_the_number_of_an_advisory_is_not_looked_for_and_no_title() -> None:
    query = query_of("CVE-2014-3596 (#4711)", "The cart takes any price\nSee GHSA-68xg-gqqm-vgj8")
    assert {"cart", "price"} <= query.title.keys()
    assert not {"cve", "2014", "3596", "4711", "ghsa"} & query.terms.keys()


def test_a_link_to_a_line_of_a_commit_still_says_where() -> None:
    query = query_of("Wrong", f"https://forge.example/a/shop/blob/{'0123456789' * 4}/shop/cart.py#L10")
    assert ("shop/cart.py", 10) in [(frame.path, frame.line) for frame in query.frames]


def test_every_feature_has_its_weight() -> None:
    assert set(FITTED.files) == set(FILE_FEATURES)
    assert set(FITTED.parts) == set(PART_FEATURES)


def test_what_is_vendored_generated_or_minified_is_not_ranked(tmp_path: Path) -> None:
    files = {
        "a.py": "x = 1\n",
        "vendor/b.py": "x = 1\n",
        "build/c.py": "x = 1\n",
        "src/build/d.py": "x = 1\n",
        "e_pb2.py": "x = 1\n",
        "f.py": "# Code generated by a tool. DO NOT EDIT.\n",
        "g.js": "x" * 5000,
        "h.png": "no text",
        "bin/shop": "#!/usr/bin/perl\nsell();\n",
        "LICENSE": "You may sell.\n",
        "LICENSE.txt": "You may sell.\n",
        "shop_de.ts": '<?xml version="1.0"?>\n<!DOCTYPE TS>\n<TS></TS>\n',
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    assert corpus_of(listed(tmp_path)).index(frozenset(), frozenset()).files == [
        "LICENSE.txt",
        "a.py",
        "bin/shop",
        "src/build/d.py",
    ]


def test_the_command_answers_cases_line_by_line(tmp_path: Path) -> None:
    for path, text in SHOP.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    case = {"id": "1", "repo_path": str(tmp_path), "issue": {"title": "Cart.total is wrong", "body": ""}, "budget": 300}
    command = [sys.executable, "-I", "-m", "runner", "context", "--jsonl", "--no-cache"]
    done = subprocess.run(command, input=json.dumps(case) + "\n", text=True, capture_output=True, check=True)
    assert done.stdout.splitlines() == [one.line for one in answers(io.StringIO(json.dumps(case)))]
    answer = json.loads(done.stdout)
    assert (answer["id"], answer["budget"], answer["ranking"][0]) == ("1", 300, "shop/cart.py")
    assert {"path": "shop/cart.py", "spans": [[12, 14]]} in answer["files"]
    bad = subprocess.run(command, input="{}\n", text=True, capture_output=True, check=False)
    assert bad.returncode == 1
    assert "no case" in bad.stderr
