"""Files that keep a grammar for good, take all memory or end the process that reads them: packed in blocks, in time."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.embedded.kubelet.processes import descendants
from runner.context.cache import Cache
from runner.context.code import Code
from runner.context.pieces import Piece, Tier
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.definition import LENGTH, MOST_NAME, Definition, answer, answered
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import ranked
from runner.context.ranking.syntax import (
    MOST_OF_ALL,
    MOST_OF_LANGUAGE,
    MOST_SECONDS,
    File,
    Found,
    Patience,
    Reader,
    Unread,
)
from runner.context.repository import corpus_of
from runner.context.tree import Folder, listed
from tests.runner import reading

ENDLESS = b"<a {{b:>c:d(e f)\n"
"""tree-sitter-typescript#323: its scanner goes round in a circle."""
WITHOUT_BOUND = b"a<\n" * 30_000
"""Gigabytes of what it could all mean, and then too deep for the stack."""
SUM = "export function total(lines) {\n  return lines.length\n}\n\nexport function last(lines) {\n  return lines\n}\n"
PROMPT = 120.0
"""Seconds on a machine with much else to do; without bounds these files take hours, or never end."""


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


def found(reader: Reader, path: str, data: bytes, patience: Patience | None = None) -> Found:
    [(_, one)] = reader.each([File(path, data)], patience or Patience())
    return one


def answering(program: str) -> Reader:
    """One whose child is this program."""
    return Reader([sys.executable, "-I", "-c", program])


def code(folder: Path) -> list[Piece]:
    pieces = Code([Folder("shop", listed(folder))]).pieces("The total is wrong", "`total` forgets the last line", 4000)
    return [piece for piece in pieces if piece.tier is Tier.CODE]


@pytest.mark.long
def test_a_file_that_keeps_its_grammar_for_good_is_packed_in_blocks_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "total.tsx").write_bytes(SUM.encode() + ENDLESS)
    (tmp_path / "sum.tsx").write_text(SUM, "utf-8")
    began, before = time.monotonic(), set(descendants(os.getpid()))
    reasons = {piece.source: piece.reason for piece in code(tmp_path)}
    assert time.monotonic() - began < PROMPT
    assert reasons == {"total.tsx": "ranked; its syntax could not be read in time", "sum.tsx": "ranked: total, last"}
    assert set(descendants(os.getpid())) <= before


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "data"),
    [("a.tsx", b'[-@"\'"){~n[|>'), ("a.java", WITHOUT_BOUND), ("a.cs", WITHOUT_BOUND), ("a.cpp", b"a<\n" * 150_000)],
)
def test_what_takes_all_time_or_memory_ends_the_child_alone(path: str, data: bytes, reader: Reader) -> None:
    began = time.monotonic()
    assert found(reader, path, data) in (Unread.LATE, Unread.BROKEN)
    assert found(reader, "sum.js", SUM.encode()) == reading.defined("sum.js", SUM)
    assert time.monotonic() - began < PROMPT


NESTED = {
    "a.c": b"{\n" * 40_000 + b"}\n" * 40_000,
    "b.cpp": b"{\n" * 40_000 + b"}\n" * 40_000,
    "c.c": b"f(\n" * 40_000,
    "d.h": b"f();\n{\n}\n" * 16_000,
}


@pytest.mark.parametrize("path", NESTED)
def test_what_is_long_and_deep_is_read_in_a_time_that_grows_as_it_does(path: str, reader: Reader) -> None:
    assert not isinstance(found(reader, path, NESTED[path]), Unread)


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "piece"),
    [
        ("angle.cpp", "a<"), ("angle.go", "a<"), ("tern.go", "a?(["), ("tern.py", "a if ("), ("quote.cpp", "\"'`\\"),
        ("quote.php", "\"'`\\"), ("quote.c", "\"'"), ("garbage.c", "}{;)(\"#if\n%$"), ("garbage.rb", "%q{#{<<~A\n"),
        ("open.rs", "fn a(|"), ("open.ts", "class A { [(() => {"), ("comment.c", "#if\n{/*x"),
    ],
)  # fmt: skip
def test_hundreds_of_kilobytes_of_nonsense_are_packed_in_seconds(path: str, piece: str, tmp_path: Path) -> None:
    for wide in (1, 20):
        line = piece * wide + "\n"
        (tmp_path / f"{wide}{path}").write_text(line * (400_000 // len(line)) + "total\n", "utf-8")
    began = time.monotonic()
    assert len(code(tmp_path)) == 2
    assert time.monotonic() - began < PROMPT


@pytest.mark.long
def test_after_some_such_files_no_other_of_the_language_is_tried_and_then_none_at_all(reader: Reader) -> None:
    patience, good = Patience(), SUM.encode()
    files = [File("a.cs", WITHOUT_BOUND)] * MOST_OF_LANGUAGE + [File("b.cs", b"class A {}"), File("a.ts", good)]
    kinds = [one if isinstance(one, Unread) else "read" for _, one in reader.each(files, patience)]
    assert set(kinds[:MOST_OF_LANGUAGE]) <= {Unread.BROKEN, Unread.LATE}  # a slow machine ends them by the clock
    assert kinds[MOST_OF_LANGUAGE:] == [Unread.SKIPPED, "read"]
    patience.failed[".java"] = MOST_OF_ALL - MOST_OF_LANGUAGE
    assert found(reader, "a.ts", good, patience) is Unread.SKIPPED
    assert found(reader, "a.ts", good) == reading.defined("a.ts", SUM)
    assert found(reader, "a.ts", good, Patience(Counter(), MOST_SECONDS)) is Unread.SKIPPED


@pytest.mark.long
def test_what_was_cut_into_blocks_for_want_of_time_is_not_kept_as_if_it_had_been_read(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "total.tsx").write_bytes(ENDLESS)
    (tmp_path / "shop" / "sum.ts").write_text(SUM, "utf-8")
    cache = Cache.open(tmp_path / "cache", say=print)
    assert cache is not None
    corpus = corpus_of(listed(tmp_path / "shop"), cache)
    ranked(corpus, query_of("The total is wrong", "see total.tsx"))
    assert corpus.in_blocks == {"total.tsx": Unread.LATE}
    assert list(cache.parts([source.key for source in corpus.sources.values()])) == [corpus.sources["sum.ts"].key]
    cache.close()


def test_a_child_that_cannot_be_started_or_talks_nonsense_is_done_without() -> None:
    large = f"import sys; sys.stdout.buffer.write(b'\\xff' * {LENGTH})"
    for reader in (Reader(["/nowhere"]), answering("pass"), answering("print('{}' * 99)"), answering(large)):
        reader.start()
        assert found(reader, "a.py", b"def f(): pass\n") is Unread.BROKEN
        assert list(reader.each([File("a.txt", b"")], Patience())) == [(File("a.txt", b""), ())]
        reader.close()
    corpus = Corpus.of_texts({"a.py": "def total():\n    return 1\n"})
    corpus.reader = Reader(["/nowhere"])
    assert ranked(corpus, query_of("total", "")).files == ("a.py",)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"[1,[]]", b"[0.1,[[]]]", b'[0.1,[["f",2,1,0,true]]]', b'[0.1,[["f",0,1,0,true]]]', b"[" * 100_000,
     b'[0.1,[["f\\n",1,1,0,true]]]', b'[0.1,[["f",1.0,1,0,true]]]', b'[0.1,[["f",1,99999999999,0,true]]]',
     b'[0.1,[["' + b"f" * (MOST_NAME + 1) + b'",1,1,0,true]]]', b'[0.1,[["f",1,1,-1,true]]]', b'[0.1,[["f",1,1,0,2]]]'],
)  # fmt: skip
def test_an_answer_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        answered(body)


def test_an_answer_is_read_as_it_was_said() -> None:
    said = [Definition("A.f", 1, 2, 1, function=True)]
    assert answered(answer(0.25, said)[LENGTH:]) == (0.25, said)


def test_the_child_is_told_nothing_of_the_environment() -> None:
    names = "import os; from runner.context.ranking.definition import *; import sys; sys.stdin.buffer.read(4); "
    tell = "sys.stdout.buffer.write(answer(0.0, [Definition(name, 1, 1, 0, True) for name in os.environ]))"
    reader = answering(names + tell)
    told = found(reader, "a.py", b"")
    reader.close()
    assert not isinstance(told, Unread)
    assert {one.name for one in told} <= {"PATH", "LD_LIBRARY_PATH", "LC_CTYPE"}


def test_whoever_goes_away_in_the_middle_leaves_no_answer_behind(reader: Reader) -> None:
    files = reader.each([File("a.py", b"def f(): pass\n"), File("b.py", b"def g(): pass\n")], Patience())
    assert next(files)[0].path == "a.py"
    files.close()
    assert found(reader, "c.py", b"def h(): pass\n") == reading.defined("c.py", "def h(): pass\n")


def test_the_child_ends_with_its_parent_however_that_ends() -> None:
    program = "import time; from runner.context.ranking.syntax import *; r = Reader(); r.start(); print(r.pid); time.sleep(99)"
    with subprocess.Popen([sys.executable, "-Iuc", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + PROMPT
    while _runs(child):
        assert time.monotonic() < until
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    """Whether a process does; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_names_within_names_do_not_grow_without_end(reader: Reader) -> None:
    names = "".join(f"class {'N' * 190}{number}:\n{' ' * (number + 1)}" for number in range(40)) + "pass\n"
    defined = found(reader, "a.py", names.encode())
    assert not isinstance(defined, Unread)
    assert len(defined) == 40
    assert max(len(one.name) for one in defined) == MOST_NAME
