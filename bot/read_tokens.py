"""The tokens that read a session's repositories: one for each installation of the App among them. For orders.py.

A token reads the contents of exactly the session's repositories of its installation; where the App is not installed,
everybody may read, and git asks for none.
"""

from collections.abc import Sequence

from bot.github import GitHub
from bot.github.repositories import RepositoryFacts
from bot.publish import address_now
from bot.reading import Allowed
from crds.work_order import ReadToken, RepositoriesToken, WorkOrder

READS = {"contents": "read"}
NONE = ReadToken(username="", password="", expires_at="")


async def read_token(github: GitHub, allowed: Sequence[Allowed], order: WorkOrder | None) -> ReadToken:
    """The tokens for these repositories, that of the main one's installation first. Raises Later, GitHubRefused."""
    of: dict[int, list[tuple[RepositoryFacts, tuple[str, ...]]]] = {}
    for one in allowed:
        if one.facts is not None and one.facts.installed:
            of.setdefault(one.facts.installation, []).append((one.facts, _addresses(one, one.facts, order)))
    made = [await _token(github, installation, those) for installation, those in of.items()]
    return ReadToken(**dict(made[0]), others=tuple(made[1:])) if made else NONE


async def _token(
    github: GitHub, installation: int, those: Sequence[tuple[RepositoryFacts, tuple[str, ...]]]
) -> RepositoriesToken:
    ids = list(dict.fromkeys(facts.id for facts, _ in those))
    token = await github.token(installation, repositories=ids, permissions=READS)
    urls = dict.fromkeys(url for _, addresses in those for url in addresses)
    return RepositoriesToken(
        username="x-access-token", password=token.token, expires_at=token.expires_at, urls=tuple(urls)
    )


def _addresses(allowed: Allowed, facts: RepositoryFacts, order: WorkOrder | None) -> tuple[str, ...]:
    """Under which git may ask for it: as the session names it, as the order does, and as it is called by now, to where
    the forge leads on."""
    ordered = [one.url for one in order.repositories if one.id == facts.id] if order else []
    return (allowed.entry.url, *ordered, address_now(allowed.entry.url, facts.full_name))
