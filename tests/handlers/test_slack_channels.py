"""What the owners of namespaces say of a Slack channel: only for repositories that they are given."""

import pytest

from handlers.policy import NamespaceRule
from handlers.slack_channels import ChannelOffer, meant_in_channel

RULES = (NamespaceRule("acme/*", "team-acme"), NamespaceRule("*/*", "vteam"))
THEIRS, STOLEN = ChannelOffer("team-acme", "Acme/shop"), ChannelOffer("vteam", "acme/shop")
OPEN = ChannelOffer("vteam", "octo/cart")


@pytest.mark.parametrize(
    ("offers", "meant", "ignored"),
    [
        ([], "", ()),
        ([THEIRS], "Acme/shop", ()),
        ([STOLEN], "", (STOLEN,)),
        ([STOLEN, THEIRS], "Acme/shop", (STOLEN,)),
        ([THEIRS, OPEN], "Acme/shop", ()),
        ([OPEN, STOLEN], "octo/cart", (STOLEN,)),
    ],
)
def test_an_owner_names_only_repositories_of_their_own_namespace(
    offers: list[ChannelOffer], meant: str, ignored: tuple[ChannelOffer, ...]
) -> None:
    assert meant_in_channel(offers, RULES) == (meant, ignored)


def test_what_the_map_gives_to_nobody_is_nobodys_to_name() -> None:
    assert meant_in_channel([OPEN], RULES[:1]) == ("", (OPEN,))
