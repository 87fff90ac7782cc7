"""What a conversation names beside itself: issues, pull requests, files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.linked_places import CommitReference, FileReference
from handlers.references import (
    MOST_FILES,
    MOST_THREADS,
    Here,
    MessageReference,
    References,
    ThreadReference,
    closes,
    references,
    reverted,
)

FORGE = "https://github.test"
HERE = Here("acme/shop", 1, FORGE)


def read(*texts: str) -> References:
    return references([texts], HERE)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Fixes #12.", ("acme/shop", 12, "fixes")),
        ("this closes: acme/cart#3", ("acme/cart", 3, "fixes")),
        ("see also #7", ("acme/shop", 7, "linked")),
        ("a regression from GH-9", ("acme/shop", 9, "linked")),
        ("as in #5, and so on", ("acme/shop", 5, "mentioned")),
        ("(#6)", ("acme/shop", 6, "mentioned")),
        ("https://github.test/acme/cart/pull/8/files?w=1", ("acme/cart", 8, "linked")),
        ("resolves [#10](https://github.test/acme/shop/issues/10)", ("acme/shop", 10, "fixes")),
        ("It closes [the leak](https://github.test/acme/cart/issues/10).", ("acme/cart", 10, "fixes")),
        ("as #9 says. It fixes #9", ("acme/shop", 9, "fixes")),
        ("[that](https://github.test/acme/cart/issues/8)", ("acme/cart", 8, "linked")),
    ],
)
def test_what_is_a_reference(text: str, named: tuple[str, int, str]) -> None:
    assert read(text).threads == (ThreadReference(*named),)


@pytest.mark.parametrize(
    "text",
    [
        "#1",
        "acme/shop#1 again",
        "`#12`",
        "```\n#12\n```",
        "~~~\nFixes #12",
        "colour #000000",
        "C#12 and a#b12",
        "#12abc",
        "https://example.test/acme/cart/issues/8",
        "https://github.test.evil.example/acme/cart/issues/8",
        "# 12",
        "https://github.test/acme/cart/pull/8x",
        "fixes [#12](https://tracker.test/12)",
    ],
)
def test_what_is_none(text: str) -> None:
    assert read(text) == References()


def test_what_is_to_be_closed_comes_before_what_is_only_mentioned_and_nothing_comes_twice() -> None:
    found = read("As #9 says, and #8: see #7", "Fixes #6. #9 again")
    assert [one.number for one in found.threads] == [6, 7, 9, 8]


def test_no_more_than_a_few_are_followed() -> None:
    text = " ".join(f"#{number} {FORGE}/a/b/blob/main/f{number}.py" for number in range(2, 99))
    found = read(text)
    assert (len(found.threads), len(found.files)) == (MOST_THREADS, MOST_FILES)
    assert (found.more_threads, found.more_files) == (97 - MOST_THREADS, 97 - MOST_FILES)


@pytest.mark.parametrize(
    ("text", "file"),
    [
        (f"{FORGE}/acme/cart/blob/main/src/a.py", FileReference("acme/cart", "main", "src/a.py")),
        (f"{FORGE}/acme/cart/blob/v1.2/a.py#L10-L20.", FileReference("acme/cart", "v1.2", "a.py", 10, 20)),
        (f"({FORGE}/acme/cart/blob/main/a%20b.py?plain=1#L3)", FileReference("acme/cart", "main", "a b.py", 3, 3)),
    ],
)
def test_a_linked_file_is_known_with_its_lines(text: str, file: FileReference) -> None:
    assert read(text).files == (file,)


@pytest.mark.parametrize(
    ("fragment", "message"),
    [
        ("#issuecomment-1027", MessageReference("comment", 1027)),
        ("#discussion_r2000000001", MessageReference("remark", 2_000_000_001)),
        ("/files#r77", MessageReference("remark", 77)),
        ("/files/0123abc..4567def#r77", MessageReference("remark", 77)),
        ("#pullrequestreview-3", MessageReference("review", 3)),
    ],
)
def test_the_very_message_of_a_link_is_known(fragment: str, message: MessageReference) -> None:
    assert read(f"see {FORGE}/acme/cart/pull/8{fragment}.").threads == (
        ThreadReference("acme/cart", 8, "linked", (message,)),
    )


def test_the_messages_of_one_thread_come_together() -> None:
    links = " ".join(f"{FORGE}/acme/cart/issues/8#issuecomment-{number}" for number in (5, 6, 5, 7, 8, 9))
    [found] = read(f"fixes acme/cart#8: {links}").threads
    assert (found.relation, [one.id for one in found.messages]) == ("fixes", [5, 6, 7, 8])


def test_what_the_asker_names_comes_before_whatever_a_stranger_says_is_fixed() -> None:
    flood = " ".join(f"fixes #{number}" for number in range(2, 12))
    found = references([["as in acme/lib#77"], [flood]], HERE)
    assert [one.number for one in found.threads] == [77, 2, 3, 4, 5, 6, 7, 8]
    assert found.more_threads == 3


def test_a_pull_request_that_closes_the_thread_says_so() -> None:
    assert closes("Fixes #1.", HERE)
    assert closes(f"resolves [#1]({FORGE}/acme/shop/issues/1)", HERE)
    assert not closes("See #1, and fixes #2, fixes acme/cart#1 and `fixes #1`", HERE)


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_a_branch_may_have_slashes(kind: str) -> None:
    [one] = read(f"{FORGE}/acme/cart/{kind}/release/1.2/src/a").files
    assert one.readings[:3] == (
        ("release", "1.2/src/a"),
        ("release/1.2", "src/a"),
        ("release/1.2/src", "a"),
    )
    assert len(one.readings) == (4 if kind == "tree" else 3)
    assert one.folder is (kind == "tree")
    sha = "0123456789" * 4
    [one] = read(f"{FORGE}/acme/cart/{kind}/{sha}/src/a").files
    assert one.readings == ((sha, "src/a"),)
    [one] = read(f"{FORGE}/acme/cart/raw/refs/heads/main/src/a").files
    assert one.readings == (("main", "src/a"), ("main/src", "a"))


def test_raw_files_are_read_on_github_com_alone() -> None:
    text = "https://raw.githubusercontent.com/acme/cart/main/a.py"
    assert read(text).files == ()
    found = references([[text]], Here("acme/shop", 1, "https://github.com"))
    assert found.files == (FileReference("acme/cart", "main", "a.py"),)


def test_commits_are_known_and_discussions_only_by_their_name() -> None:
    sha = "0123456789" * 4
    found = read(f"{FORGE}/acme/cart/commit/{sha} {FORGE}/acme/shop/pull/8/commits/0123456 {FORGE}/a/b/commit/xyz")
    assert found.commits == (CommitReference("acme/cart", sha), CommitReference("acme/shop", "0123456"))
    assert [one.number for one in found.threads] == [8]
    assert read(f"see {FORGE}/acme/cart/discussions/5#discussioncomment-9").discussions == ("acme/cart/discussions/5",)


def test_the_sessions_own_files_lie_in_its_work_tree() -> None:
    own = " ".join(f"{FORGE}/Acme/Shop/blob/main/f{number}.py" for number in range(9))
    found = read(f"{own} {FORGE}/acme/cart/blob/main/a.py")
    assert ([one.path for one in found.files], found.more_files) == (["a.py"], 0)


@pytest.mark.parametrize("path", ["..%2f..%2fetc", "a/../b", "a%00b", "%0d%0aX", "a//b"])
def test_a_link_does_not_climb(path: str) -> None:
    assert read(f"{FORGE}/acme/cart/blob/main/{path}").files == ()


@given(st.lists(st.text(alphabet="#`~ab/1 \n.:", max_size=300), max_size=4))
def test_any_text_is_read(texts: list[str]) -> None:
    found = read(*texts)
    assert ("acme/shop", 1) not in {(one.repository, one.number) for one in found.threads}


def test_a_hostile_text_is_read_in_no_time() -> None:
    for text in (
        "#1[" * 60_000,
        "[#1](http" * 20_000,
        f"{FORGE}/a/b/issues/1#r" * 6000,
        "`" * 200_000,
        "#" * 200_000,
        "a/" * 100_000 + "#1",
        "```\n" * 60_000,
        f"{FORGE}/" * 12_000,
    ):
        read(text)


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("Reverts acme/shop#13", 13),
        ("\nReverts Acme/Shop#13\n\nIt broke the login.", 13),
        ("Reverts #13", 13),
        ("Reverts acme/cart#13", 0),
        ("This reverts nothing: see acme/shop#13", 0),
        ("Reverts acme/shop#0", 0),
        ("", 0),
    ],
)
def test_a_pull_request_says_which_one_it_takes_back(body: str, number: int) -> None:
    assert reverted(body, "acme/shop") == number
