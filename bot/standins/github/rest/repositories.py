"""Repositories, who may do what in them, people, and how many calls are left."""

from __future__ import annotations

from bot.standins.github.rest.call import Answer, Call, Endpoint
from bot.standins.github.schema import people, repositories
from bot.standins.github.strict import Refusal, forbidden, not_found
from bot.standins.github.tokens import Anonymous, AsUser
from bot.standins.github.world import PERMISSION_OF_ROLE


async def get_repository(call: Call) -> Answer:
    return Answer(repositories.full_repository(call.site, call.repository()))


async def get_permission(call: Call) -> Answer:
    repository = call.repository()
    if not call.installation().covers(repository):
        raise forbidden()  # who may do what is not public, where the repository is
    user = call.site.world.user(call.path["username"])
    if user is None:
        raise not_found()
    role = repository.role_of(user)
    levels = ("read", "triage", "write", "maintain", "admin")
    rank = levels.index(role) if role in levels else -1
    flags = {"pull": 0, "triage": 1, "push": 2, "maintain": 3, "admin": 4}
    permissions = {name: rank >= needed for name, needed in flags.items()}
    document = {**people.user(call.site, user), "permissions": permissions, "role_name": role}
    return Answer({"permission": PERMISSION_OF_ROLE[role], "role_name": role, "user": document})


async def get_user(call: Call) -> Answer:
    user = call.site.world.user(call.path["username"])
    if user is None:
        raise not_found()
    return Answer(people.full_user(call.site, user))


async def get_me(call: Call) -> Answer:
    """Whose token it is. An App's own token is nobody's."""
    if isinstance(call.caller, AsUser):
        return Answer(people.full_user(call.site, call.caller.user))
    if isinstance(call.caller, Anonymous):
        raise Refusal(401, "Requires authentication")
    raise forbidden()


ENDPOINTS = [
    Endpoint(method="GET", path="/user", handler=get_me),
    Endpoint(method="GET", path="/repos/{owner}/{repo}", handler=get_repository),
    Endpoint(method="GET", path="/repos/{owner}/{repo}/collaborators/{username}/permission", handler=get_permission),
    Endpoint(method="GET", path="/users/{username}", handler=get_user),
]
