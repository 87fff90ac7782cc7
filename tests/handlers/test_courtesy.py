"""Which words of a review ask for something, and which are thanks, praise, or for somebody else."""

import pytest

from handlers.courtesy import asks


@pytest.mark.parametrize(
    "text",
    [
        "LGTM",
        "lgtm, thanks!",
        "👍",
        ":+1: :tada:",
        "+1",
        "Looks good to me.",
        "Thank you very much, nice work!",
        "Thanks, that's great",
        "  \n",
        "> why two?\n\nAgreed.",
        "<!-- /remind me -->",
        "@grace, what do you think?",
        "Done.",
    ],
)
def test_courtesy_asks_for_nothing(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Use a constant here.",
        "nit: typo",
        "LGTM, but rename `x`",
        "Good, now do the same in b.py",
        "ok?",
        "Done? I do not see it.",
        "This is not right.",
        "`x`",
        "Thanks! @grace has found another one in b.py",
        "```suggestion\nx = 3\n```",
        "名前を変えてください",
    ],
)
def test_anything_else_may_be_a_request(text: str) -> None:
    assert asks(text)
