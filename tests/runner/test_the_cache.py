"""What was parsed once is not parsed again; and a cache that is broken, foreign, locked or read-only does no harm."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.context.cache import Cache
from runner.context.cache_file import APPLICATION
from runner.context.cache_rows import (
    parts_of_row,
    row_of_parts,
    row_of_rules,
    row_of_words,
    rules_of_row,
    words_of_row,
)
from runner.context.ranking.corpus import Corpus, blob_name
from runner.context.ranking.parsed import parts_of, words_of
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import Ranking, ranked
from runner.context.repository import corpus_of
from runner.context.tree import LeftOut, listed
from tests.runner.reading import defined
from tests.runner.test_ranking import SHOP

ISSUE = query_of("Cart.total is wrong", "apply_voucher and `Cart.total` do not agree")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for path, text in SHOP.items():
        (tmp_path / "shop" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / path).write_text(text, "utf-8")
    return tmp_path / "shop"


class Said(list[str]):
    """What was said about a cache."""


def opened(path: Path, *, read_only: bool = False, said: list[str] | None = None) -> Cache:
    cache = Cache.open(path, say=(said if said is not None else []).append, read_only=read_only)
    assert cache is not None
    return cache


def found(shop: Path, cache: Cache | None) -> Ranking:
    return ranked(corpus_of(listed(shop), cache), ISSUE)


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as database:
        answer = database.execute(statement).fetchall()
    database.close()
    return answer


def test_what_is_kept_gives_the_same_ranking_and_is_not_made_again(shop: Path, tmp_path: Path) -> None:
    path, cold = tmp_path / "c.db", found(shop, None)
    first = opened(path)
    assert found(shop, first) == cold
    first.close()
    # Whatever is read from the rows: if they were made again, the marked name would be gone.
    with sqlite3.connect(path) as database:
        database.execute("UPDATE blobs SET used = -1")
    database.close()
    again = opened(path)
    assert found(shop, again) == cold
    assert found(shop, opened(path, read_only=True)) == cold
    again.close()
    assert {used for (used,) in rows(path, "SELECT used FROM blobs")} == {-1}


def test_a_content_is_known_by_its_git_name_wherever_it_stands(shop: Path, tmp_path: Path) -> None:
    git = subprocess.run(["git", "hash-object", "shop/cart.py"], cwd=shop, capture_output=True, text=True, check=True)
    assert blob_name((shop / "shop/cart.py").read_bytes()) == git.stdout.strip()
    cache = opened(tmp_path / "c.db")
    found(shop, cache)
    before = rows(tmp_path / "c.db", "SELECT count(*) FROM blobs")
    (shop / "shop/cart.py").rename(shop / "shop/basket.py")
    assert "shop/basket.py" in found(shop, cache).files
    assert rows(tmp_path / "c.db", "SELECT count(*) FROM blobs") == before
    (shop / "shop/basket.py").write_text("class Cart:\n    def total(self):\n        return 1\n", "utf-8")
    assert found(shop, cache) == found(shop, None)
    cache.close()


def test_a_broken_cache_is_thrown_away_with_a_word(shop: Path, tmp_path: Path) -> None:
    path, said = tmp_path / "c.db", Said()
    cache = opened(path)
    cold = found(shop, cache)
    cache.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    broken = Cache.open(path, say=said.append)
    assert found(shop, broken) == cold
    assert "is not used" in "".join(said)
    fresh = opened(path)
    assert found(shop, fresh) == cold
    fresh.close()


def test_rows_that_are_wrong_are_made_again(shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    cache = opened(path)
    cold = found(shop, cache)
    cache.close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE blobs SET chunks = '[[\"evil\",0,1,999999,1,0]]', names = names || ' evil'")
        database.execute("UPDATE postings SET body = x'00'")
        database.execute("UPDATE folders SET files = '[1]'")
    database.close()
    cache = opened(path)
    assert found(shop, cache) == cold
    cache.close()


@pytest.mark.parametrize("content", [b"my diary\n" * 500, b"", b"SQLite format 3\0"])
def test_a_file_of_somebody_else_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path, said = tmp_path / "diary", Said()
    path.write_bytes(content)
    cache = Cache.open(path, say=said.append)
    assert (cache is None and said and path.read_bytes() == content) or not content


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path, said = tmp_path / "books.db", Said()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE books (title TEXT)")
    database.close()
    before = path.read_bytes()
    assert Cache.open(path, say=said.append) is None
    assert "no cache" in said[0]
    assert path.read_bytes() == before


def test_one_of_another_version_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute("PRAGMA user_version = 999")
        database.execute("CREATE TABLE blobs (key TEXT)")
    database.close()
    assert Cache.open(path, say=print, read_only=True) is None
    opened(path).close()
    assert rows(path, "SELECT count(*) FROM trees") == [(0,)]


def test_nothing_is_written_beside_an_agent_nor_while_another_one_writes(shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    opened(path).close()
    before = path.read_bytes()
    reader = opened(path, read_only=True)
    cold = found(shop, reader)
    reader.close()
    assert path.read_bytes() == before
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = Cache.open(path, say=print)
    assert writer is not None
    writer.keep_files("x", {})  # is not waited for
    other.execute("COMMIT")
    other.close()
    assert found(shop, writer) == cold
    assert rows(path, "SELECT count(*) FROM trees") == [(1,)]
    assert Cache.open(tmp_path / "none.db", say=print, read_only=True) is None
    writer.close()


def test_a_cache_that_has_grown_lets_the_oldest_go(tmp_path: Path) -> None:
    cache = Cache.open(tmp_path / "c.db", say=print, most_bytes=200_000)
    assert cache is not None
    for number in range(30):
        texts = {f"{number}/{name}.py": f"word_{number}_{name} = {name}\n" * 5 for name in range(100)}
        corpus = Corpus.of_texts(texts)
        index = corpus.index(frozenset(), frozenset())
        cache.keep_words({f"{number}-{path}": words_of(path, text.encode()) for path, text in texts.items()})
        cache.keep_index(f"{number:02x}" * 16, index, list(texts))
    cache.close()
    assert (tmp_path / "c.db").stat().st_size < 500_000


@given(st.text(max_size=300), st.integers(min_value=0, max_value=5), st.binary(max_size=20))
@settings(max_examples=60, deadline=None)
def test_rows_are_read_as_they_were_written_or_not_at_all(text: str, place: int, noise: bytes) -> None:
    data = f"def f():\n    {text!r}\nx = 1\n".encode("utf-8", "replace")
    words = words_of("a.py", data)
    parts = parts_of("a.py", data, words, defined("a.py", data.decode()))
    assert words_of_row(row_of_words(words)) == words
    assert parts_of_row(row_of_parts(parts), words) == parts
    bad = [*row_of_parts(parts)]
    bad[place % len(bad)] = noise
    assert parts_of_row(tuple(bad), words) in (None, parts)


def test_what_was_left_out_is_named_from_the_cache_and_no_row_names_what_is_not_there(
    shop: Path, tmp_path: Path
) -> None:
    (shop / "blob.py").write_bytes(b"\0")
    path, told = tmp_path / "c.db", {"binary": LeftOut(1, ["blob.py"])}
    for _ in range(2):
        cache = opened(path)
        corpus = corpus_of(listed(shop), cache)
        ranked(corpus, ISSUE)
        assert corpus.all_left_out() == told
        cache.close()
    paths = ["a.py", "b.py"]
    assert rules_of_row(row_of_rules({"binary": LeftOut(3, ["b.py"])}, {"b.py": 1}), paths) == {
        "binary": LeftOut(3, ["b.py"])
    }
    for bad in ('{"binary": [1, 2]}', '{"<b>": [1]}', '{"binary": [1, 0, 1]}', '{"binary": [1, -1]}', '{"binary": 1}', "[]",
                '{"binary": []}', '{"binary": ["x"]}', '{"binary": [true]}', "{", None):  # fmt: skip
        assert rules_of_row(bad, paths) is None


def test_the_command_keeps_what_it_parsed(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "issue.md").write_text("Cart.total is wrong\n", "utf-8")
    command = [
        sys.executable,
        "-I",
        "-m",
        "runner",
        "context",
        "--repo",
        str(shop),
        "--issue",
        str(tmp_path / "issue.md"),
    ]
    runs = [
        subprocess.run([*command, *more], capture_output=True, check=True, timeout=60).stdout
        for more in (["--no-cache"], ["--cache", str(tmp_path / "c.db")], ["--cache", str(tmp_path / "c.db")])
    ]
    assert runs[0] == runs[1] == runs[2]
    assert rows(tmp_path / "c.db", "SELECT count(*) FROM trees") == [(1,)]
    assert (tmp_path / "c.db").stat().st_mode & 0o077 == 0
