"""What the owners of namespaces say is meant in a Slack channel: pure. Called by bot/slack/defaults.py.

An owner's word counts for the repositories that the administrator's map gives to their namespace, and for no others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.policy import NamespaceRule, namespace_for


@dataclass(frozen=True)
class ChannelOffer:
    """What the owner of a namespace says of the channel."""

    namespace: str
    repository: str


def meant_in_channel(
    offers: Sequence[ChannelOffer], rules: tuple[NamespaceRule, ...]
) -> tuple[str, tuple[ChannelOffer, ...]]:
    """The repository of the first offer that counts, or nothing; and the offers that do not count."""
    not_theirs = tuple(one for one in offers if namespace_for(one.repository, rules) != one.namespace)
    return next((one.repository for one in offers if one not in not_theirs), ""), not_theirs
