"""What the bot asks about repositories: who may, how public, where a branch stands. Called by worker and orders."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from bot.github.client import GitHub, GitHubRefused
from handlers.events import Permission

Json = dict[str, Any]

NOT_THERE = (404, 403)
CLOSED = (*NOT_THERE, 410, 451)
"""What GitHub says of a repository that is not to be had: it has moved out of sight, or a law has closed it, too."""


@dataclass(frozen=True)
class RepositoryFacts:
    id: int
    full_name: str
    private: bool
    default_branch: str
    archived: bool
    installation: int
    installed: bool = True
    """Whether the App is installed there. Else `installation` is another one, which reads what everybody may."""


def at(repository: str, number: int = 0) -> str:
    """The path of a repository: by its number where that is known, which a new name or owner does not change."""
    return f"/repositories/{number}" if number else f"/repos/{repository}"


async def installation_of(github: GitHub, repository: str, *, number: int = 0) -> int | None:
    """The App's installation for a repository, or None where it has none."""
    try:
        found = await github.call("GET", f"{at(repository, number)}/installation", installation=None)
    except GitHubRefused as refused:
        if refused.status in NOT_THERE:
            return None
        raise
    return int(found["id"])


async def is_suspended(github: GitHub, installation: int) -> bool:
    """Whether the App sleeps on this installation; not where it was removed. Raises Later."""
    try:
        found = await github.call("GET", f"/app/installations/{installation}", installation=None)
    except GitHubRefused as refused:
        if refused.status in NOT_THERE:
            return False
        raise
    return bool(found.get("suspended_at"))


async def facts(github: GitHub, repository: str, installation: int, *, number: int = 0) -> RepositoryFacts | None:
    """The repository, or None where the installation cannot see it."""
    try:
        found = await github.call("GET", at(repository, number), installation=installation)
    except GitHubRefused as refused:
        if refused.status in CLOSED:
            return None
        raise
    return RepositoryFacts(
        id=found["id"],
        full_name=found["full_name"],
        private=bool(found["private"]),
        default_branch=found["default_branch"],
        archived=bool(found["archived"]),
        installation=installation,
    )


async def public_facts(github: GitHub, repository: str, *, by: int) -> RepositoryFacts | None:
    """A repository in which the App is not installed, as everybody sees it; None where not everybody may.

    `by`: the installation that looks. To its token GitHub shows what is public anywhere, to read and no more; without a
    token there would be sixty calls an hour for all.
    """
    found = await facts(github, repository, by)
    return None if found is None or found.private else replace(found, installed=False)


async def permission(github: GitHub, repository: str, installation: int, login: str) -> Permission:
    """What a person may do in a repository, by the API; NONE for somebody GitHub does not know there."""
    path = f"/repos/{repository}/collaborators/{quote(login, safe='')}/permission"
    try:
        found = await github.call("GET", path, installation=installation)
    except GitHubRefused as refused:
        if refused.status == 404:
            return Permission.NONE
        raise
    return level(str(found.get("role_name") or ""), str(found["permission"]))


def level(role: str, permission: str) -> Permission:
    """The level of a role; a custom role counts as the legacy permission that GitHub gives beside it."""
    by_name = {entry.name.lower(): entry for entry in Permission}
    return by_name.get(role) or by_name.get(permission) or Permission.NONE


async def head(github: GitHub, repository: str, installation: int, branch: str) -> str | None:
    """The commit a branch stands at, or None where there is no such branch."""
    path = f"/repos/{repository}/git/ref/heads/{quote(branch, safe='/')}"
    try:
        found = await github.call("GET", path, installation=installation)
    except GitHubRefused as refused:
        if refused.status in (404, 409):
            return None
        raise
    return str(found["object"]["sha"])
