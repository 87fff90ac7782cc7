"""What a conversation names beside itself: issues, pull requests, files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.references import (
    MOST_FILES,
    MOST_THREADS,
    FileReference,
    References,
    ThreadReference,
    references,
    reverted,
)

FORGE = "https://github.test"


def read(*texts: str) -> References:
    return references(texts, repository="acme/shop", number=1, github_url=FORGE)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Fixes #12.", ("acme/shop", 12, "fixes")),
        ("this closes: acme/cart#3", ("acme/cart", 3, "fixes")),
        ("see also #7", ("acme/shop", 7, "linked")),
        ("a regression from GH-9", ("acme/shop", 9, "linked")),
        ("as in #5, and so on", ("acme/shop", 5, "mentioned")),
        ("(#6)", ("acme/shop", 6, "mentioned")),
        ("https://github.test/acme/cart/pull/8#issuecomment-1", ("acme/cart", 8, "linked")),
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


@pytest.mark.parametrize("path", ["..%2f..%2fetc", "a/../b", "a%00b", "%0d%0aX", "a//b"])
def test_a_link_does_not_climb(path: str) -> None:
    assert read(f"{FORGE}/acme/cart/blob/main/{path}").files == ()


@given(st.lists(st.text(alphabet="#`~ab/1 \n.:", max_size=300), max_size=4))
def test_any_text_is_read(texts: list[str]) -> None:
    found = read(*texts)
    assert ("acme/shop", 1) not in {(one.repository, one.number) for one in found.threads}


def test_a_hostile_text_is_read_in_no_time() -> None:
    for text in ("`" * 200_000, "#" * 200_000, "a/" * 100_000 + "#1", "```\n" * 60_000, f"{FORGE}/" * 12_000):
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
