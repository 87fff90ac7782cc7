"""Several repositories in one order: what meets the issue best comes first, whichever of them it stands in."""

import pytest

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import Ranking
from runner.context.ranking.scene import SHORT
from runner.context.ranking.several import Repository, Several

SHOP = {
    "shop/cart.py": "class Cart:\n    def total(self):\n        return sum(self.lines)\n",
    "shop/mail.py": "def send(text):\n    raise OSError(text)\n" * 3,
    "README.md": "A shop.\n",
}
MONEY = {
    "money/rounding.py": "def round_price(amount, digits):\n    '''rounds a price half up'''\n    return int(amount)\n",
    "money/other.py": "def parse(text):\n    return text\n" * 5,
}
LARGE = {
    f"lib/part{number}.py": f"def part{number}(price, total):\n    '''the price of a cart'''\n    return price\n" * 4
    for number in range(SHORT + 50)
}
ISSUES = {
    "money/money/rounding.py": ("round_price loses a cent", "`round_price` gives 1 for 1.5"),
    "shop/shop/cart.py": ("The total is wrong", "The total of the cart forgets a line"),
}
"""By the file that each is about."""


def ranked(issue: tuple[str, str], *repositories: tuple[str, dict[str, str]]) -> Ranking:
    return Several([Repository(name, Corpus.of_texts(texts)) for name, texts in repositories]).ranked(query_of(*issue))


@pytest.mark.parametrize("wanted", ISSUES)
@pytest.mark.parametrize("title_only", [False, True])
def test_a_strong_match_comes_before_the_weak_files_of_the_one_that_asked(wanted: str, title_only: bool) -> None:
    title, body = ISSUES[wanted]
    both = [("shop", SHOP), ("money", MONEY)]
    for order in (both, both[::-1]):
        found = ranked((title, "" if title_only else body), *order)
        assert found.files[0] == wanted
        assert found.parts[0].path == wanted
        assert sorted(found.worths, reverse=True) == list(found.worths)


@pytest.mark.parametrize("title", ["round_price loses a cent", "round_price", "Wrong cent: round_price(1.5)"])
def test_a_library_of_one_file_is_found_beside_a_shop_of_many(title: str) -> None:
    weak = (
        "def show(cent):\n    # a price that is shown, with its cent; nobody loses it\n    return price(cent, wrong)\n"
    )
    shop = {f"shop/page{number}.py": weak if number % 3 else "def other():\n    pass\n" for number in range(30)}
    library = {"rounding.py": MONEY["money/rounding.py"]}
    found = ranked((title, ""), ("shop", shop), ("money", library))
    assert found.files[0] == "money/rounding.py"
    assert found.parts[0].path == "money/rounding.py"


def test_of_the_same_file_in_both_that_of_the_one_that_asked_comes_first() -> None:
    for name, other in (("a", "z"), ("z", "a")):
        found = ranked(("round_price loses a cent", ""), (name, MONEY), (other, MONEY))
        assert found.files[:2] == (f"{name}/money/rounding.py", f"{other}/money/rounding.py")


def test_a_large_repository_takes_nobodys_place_among_those_that_are_looked_into() -> None:
    issue = ("The price of a cart", "price and total of the cart")
    alone = {f"money/{path}" for path in ranked(issue, ("money", MONEY)).files}
    assert alone <= set(ranked(issue, ("large", LARGE), ("money", MONEY)).files)


def test_where_an_issue_points_it_points_into_each_of_them() -> None:
    traceback = 'File "/usr/lib/python3/site-packages/money/other.py", line 1, in parse'
    found = ranked(("It fails", traceback), ("shop", SHOP | {"main.py": "x = 1\n"}), ("money", MONEY))
    assert found.files[0] == "money/money/other.py"
    top = ranked(
        ("It fails", 'File "/app/main.py", line 1, in <module>'), ("money", MONEY), ("shop", {"main.py": "x = 1\n"})
    )
    assert top.files[0] == "shop/main.py"


def test_one_repository_is_told_without_its_name() -> None:
    assert ranked(ISSUES["shop/shop/cart.py"], ("shop", SHOP)).files[0] == "shop/cart.py"
    assert ranked(("x", "y")).files == ()
