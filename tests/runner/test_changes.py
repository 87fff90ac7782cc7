"""The changes of a pull request: first of all for a review, in whole hunks, and what programs wrote last."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.agentic_session import Task
from crds.receipt import Trust, Way
from crds.work_order import Talk
from runner.context import count
from runner.context.of_order import packed_for
from runner.context.pack import Packed
from runner.context.sanitise import Sanitised
from runner.context.talk.changes import hunks_within, pieces, places
from tests.runner.repositories import limits, make_repository, order_for, ordered, talk
from tests.runner.test_what_was_said import rows, said


def hunk(number: int, lines: int) -> str:
    body = "\n".join(f"-    old{line} = {number}\n+    new{line} = {number}" for line in range(lines))
    return f"@@ -{10 * number},3 +{10 * number},3 @@ def part{number}():\n{body}"


def change(path: str, *hunks: str, **changed: object) -> Talk:
    text = f"{path}, modified, +3 -1:\n\n" + "\n".join(hunks)
    usual = {"kind": "changes", "source": f"acme/calc#1 {path}", "path": path, "at": ""}
    return said(1, text, **(usual | changed))


def packed(*given: Talk, tokens: int = 8000, **changed: object) -> Packed:
    order = order_for(talk=given, limits=limits(context_tokens=tokens), **changed)
    return packed_for(order, Path("/absent"))


WHOLE = talk("Pull request #1 changes 2 files", kind="changes", source="pull/1/files")
REMARK = said(2, "At src/a.py, line 3 (after the change):\n\n@@ -1 +1 @@\n-x\n+y\n\nTypo.", kind="diff")


def test_the_changes_stand_by_file_above_the_remarks_on_them() -> None:
    found = packed(REMARK, change("src/b.py", hunk(1, 2)), change("src/a.py", hunk(1, 2)), WHOLE)
    part = found.prompt.partition("# The changes and the remarks on them, by file")[2]
    order = [part.index(text) for text in ("#1 changes 2 files", "src/a.py, modified", "Typo.", "src/b.py, modified")]
    assert order == sorted(order)
    row = rows(found)["acme/calc#1 src/a.py"]
    assert (row.kind, row.trust, row.way, row.author) == ("changes", Trust.OUTSIDE, Way.WHOLE, "a1")


def test_whole_hunks_are_kept_and_the_others_are_named() -> None:
    text = change("src/a.py", hunk(1, 2), hunk(2, 200), hunk(3, 2)).text
    cut = hunks_within(text, 160)
    assert "-    old1 = 1" in cut
    assert "@@ -20,3 +20,3 @@ def part2():\n[… " in cut
    assert "old0 = 2" not in cut
    assert cut.endswith("+    new1 = 3")
    assert hunks_within(text, 20) == ""
    assert hunks_within(text, 10_000) == text


@given(st.lists(st.integers(1, 30), max_size=12), st.integers(1, 600))
def test_a_cut_patch_fits_and_says_nothing_that_the_patch_does_not_say(sizes: list[int], room: int) -> None:
    text = change("src/a.py", *(hunk(number, size) for number, size in enumerate(sizes))).text
    cut = hunks_within(text, room)
    assert count.count(cut) <= room
    assert all(line in text for line in cut.split("\n") if "characters cut here" not in line)


def test_where_there_is_little_room_a_lock_file_gives_way_and_a_large_file_keeps_its_headings() -> None:
    lock = change("a.lock", *(hunk(number, 100) for number in range(9)))
    large = change("src/large.py", *(hunk(number, 100) for number in range(9)))
    small = change("src/small.py", hunk(1, 3))
    found = packed(lock, small, large, tokens=1800, task=Task.REVIEW)
    ways = {source.partition(" ")[2]: row.way for source, row in rows(found).items() if row.kind == "changes"}
    assert ways == {"src/small.py": Way.WHOLE, "src/large.py": Way.OUTLINE, "a.lock": Way.OUTLINE}
    assert rows(found)["acme/calc#1 src/large.py"].reason == "the headings of its hunks: cut to the budget"
    assert "@@ -80,3 +80,3 @@ def part8():" in found.prompt


def test_for_a_review_the_changes_come_before_the_remarks_and_for_a_fix_the_remarks() -> None:
    remarks = [
        said(number, f"At src/z.py, line {number} (after the change):\n\n{'word ' * 150}{number}", kind="diff")
        for number in range(2, 12)
    ]
    files = [change(f"src/f{number}.py", hunk(number, 20)) for number in range(8)]

    def taken(task: Task) -> tuple[int, int]:
        found = packed(*remarks, *files, talk("Wrong. " * 3000), tokens=4000, task=task).receipt.rows
        return tuple(sum(row.taken for row in found if row.kind == kind) for kind in ("changes", "diff"))  # type: ignore[return-value]

    of_review, of_fix = taken(Task.REVIEW), taken(Task.FIX)
    assert of_review[0] > of_review[1]
    assert of_fix[1] > of_fix[0]


def test_a_patch_is_code_in_which_nothing_hides_quotes_or_is_noise() -> None:
    quoted = said(2, "We keep the signature of add because the plugins call it by position.")
    text = "@@ -1,2 +1,4 @@\n > We keep the signature of add because the plugins call it by position.\n"
    text += "+<!-- kept -->\n+![x](y)\n"
    found = packed(talk("Wrong."), quoted, change("a.md", text), change("b.md", text))
    assert found.prompt.count(" > We keep the signature of add") == 2
    assert found.prompt.count("+<!-- kept -->\n+![x](y)") == 2


def test_the_code_around_the_changes_is_ranked_by_where_they_stand(tmp_path: Path) -> None:
    body = "".join(f"def part{number}(value):\n    return value + {number}\n\n\n" for number in range(60))
    files = {f"src/m{number}.py": body.replace("part", f"p{number}_") for number in range(30)}
    repository = make_repository(tmp_path / "calc", files)
    one = ordered(repository)
    changed = change("src/m17.py", "@@ -161,3 +161,3 @@\n-    return value\n+    return value + 40")
    order = order_for(one, request="review it", title="Odd", talk=(changed,), task=Task.REVIEW)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / one.name).symlink_to(repository.path)
    found = packed_for(order, tmp_path / "work")
    code = [row.source for row in found.receipt.rows if row.kind == "code" and row.taken]
    assert code[0] == "src/m17.py"
    assert "def p17_40(value):" in found.prompt
    assert places(pieces([(changed, Sanitised(changed.text, 0))])) == "src/m17.py:161"


@pytest.mark.parametrize("text", ["@@ -" * 20_000, "@@ -1 +1 @@\n" * 5000, "\n" * 60_000, "+" * 60_000])
def test_a_patch_that_is_meant_to_hurt_is_packed_like_any_other(text: str) -> None:
    assert packed(talk("Wrong."), change("src/a.py", text), task=Task.REVIEW).receipt.prompt <= 8000
