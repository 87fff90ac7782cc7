"""The App's own endpoints: who am I, where am I installed, a token please, and the delivery log of the webhook."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from bot.standins.github.rest.call import Answer, Call, Endpoint, link_header, page_links, paged
from bot.standins.github.schema import people, repositories
from bot.standins.github.site import timestamp
from bot.standins.github.strict import Page, Refusal, Strict, not_found
from bot.standins.github.tokens import LEVELS
from bot.standins.github.webhooks import Delivery
from bot.standins.github.world import Installation, Repository

LOG_KEPT = timedelta(days=3)


class TokenBody(Strict):
    repositories: list[str] | None = Field(default=None, max_length=500)
    repository_ids: list[int] | None = Field(default=None, max_length=500)
    permissions: dict[str, str] | None = None


class InstallationsQuery(Page):
    since: str | None = None
    outdated: str | None = None


class DeliveriesQuery(Strict):
    per_page: int = Field(default=30, ge=1, le=100)
    cursor: str | None = Field(default=None, pattern=r"^v1_\d+$")
    status: Literal["success", "failure"] | None = None


async def get_app(call: Call) -> Answer:
    count = len(call.site.world.installations)
    return Answer({**people.app(call.site), "installations_count": count})


async def list_installations(call: Call) -> Answer:
    found = call.site.world.installations.values()
    return paged(call, [people.installation(call.site, one) for one in found])


async def get_installation(call: Call) -> Answer:
    return Answer(people.installation(call.site, _installation(call)))


async def get_repository_installation(call: Call) -> Answer:
    found = call.site.world.installation_for(call.named_repository())
    if found is None:
        raise not_found()
    return Answer(people.installation(call.site, found))


def _installation(call: Call) -> Installation:
    found = call.site.world.installations.get(call.path["installation_id"])
    if found is None:
        raise not_found()
    return found


async def create_token(call: Call) -> Answer:
    installation, body = _installation(call), call.body or TokenBody()
    if installation.suspended_at:
        raise Refusal(403, "This installation has been suspended")
    chosen = _chosen_repositories(call, installation, body)
    permissions = _chosen_permissions(call, body)
    ids = None if chosen is None else frozenset(one.id for one in chosen)
    value, token = call.site.tokens.issue(installation, repository_ids=ids, permissions=permissions)
    document: people.Json = {
        "token": value,
        "expires_at": timestamp(token.expires_at),
        "permissions": permissions,
        "repository_selection": "all" if chosen is None and installation.repository_ids is None else "selected",
    }
    if chosen is not None:
        document["repositories"] = [repositories.repository(call.site, one) for one in chosen]
    return Answer(document, 201)


def _chosen_repositories(call: Call, installation: Installation, body: TokenBody) -> list[Repository] | None:
    if body.repositories is None and body.repository_ids is None:
        return None
    covered = [one for one in call.site.world.repositories.values() if installation.covers(one)]
    names = {name.lower() for name in body.repositories or ()}
    ids = set(body.repository_ids or ())
    chosen = [one for one in covered if one.name.lower() in names or one.id in ids]
    known = {one.name.lower() for one in chosen}, {one.id for one in chosen}
    if not names <= known[0] or not ids <= known[1] or not chosen:
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise Refusal(422, message)
    return chosen


def _chosen_permissions(call: Call, body: TokenBody) -> dict[str, str]:
    granted = dict(call.site.app.permissions)
    if body.permissions is None:
        return granted
    for name, level in body.permissions.items():
        if LEVELS.get(level, 99) > LEVELS.get(granted.get(name, ""), 0):
            raise Refusal(422, "The permissions requested are not granted to this installation.")
    return {"metadata": "read", **body.permissions}


async def list_accessible_repositories(call: Call) -> Answer:
    token = call.installation()
    covered = [one for one in call.site.world.repositories.values() if token.covers(one)]
    page: Page = call.query
    start = (page.page - 1) * page.per_page
    shown = [repositories.repository(call.site, one) for one in covered[start : start + page.per_page]]
    selection = "all" if token.repository_ids is None else "selected"
    document = {"total_count": len(covered), "repositories": shown, "repository_selection": selection}
    return Answer(document, headers=page_links(call, len(covered)))


async def list_deliveries(call: Call) -> Answer:
    """Newest first; the cursor is opaque to clients and names the first delivery of the next page."""
    query: DeliveriesQuery = call.query
    oldest = call.site.world.now() - LOG_KEPT
    kept = [one for one in call.site.log.newest_first if one.delivered_at >= oldest and one.status != "pending"]
    if query.status:
        kept = [one for one in kept if one.succeeded == (query.status == "success")]
    if query.cursor:
        first = int(query.cursor.removeprefix("v1_"))
        kept = [one for one in kept if one.id <= first]
    page, rest = kept[: query.per_page], kept[query.per_page :]
    links = link_header(call, {"next": {"cursor": f"v1_{rest[0].id}"}} if rest else {})
    return Answer([people.delivery_item(one) for one in page], headers=links)


def _delivery(call: Call) -> Delivery:
    found = call.site.log.find(call.path["delivery_id"])
    if found is None:
        raise not_found()
    return found


async def get_delivery(call: Call) -> Answer:
    return Answer(people.delivery(_delivery(call)))


async def redeliver(call: Call) -> Answer:
    call.site.log.redeliver(_delivery(call))
    return Answer({}, 202)


ENDPOINTS = [
    Endpoint(method="GET", path="/app", handler=get_app, auth="app"),
    Endpoint(method="GET", path="/app/installations", handler=list_installations, query=InstallationsQuery, auth="app"),
    Endpoint(method="GET", path="/app/installations/{installation_id:int}", handler=get_installation, auth="app"),
    Endpoint(
        method="POST",
        path="/app/installations/{installation_id:int}/access_tokens",
        handler=create_token,
        body=TokenBody,
        auth="app",
    ),
    Endpoint(method="GET", path="/repos/{owner}/{repo}/installation", handler=get_repository_installation, auth="app"),
    Endpoint(method="GET", path="/installation/repositories", handler=list_accessible_repositories, query=Page),
    Endpoint(method="GET", path="/app/hook/deliveries", handler=list_deliveries, query=DeliveriesQuery, auth="app"),
    Endpoint(method="GET", path="/app/hook/deliveries/{delivery_id:int}", handler=get_delivery, auth="app"),
    Endpoint(method="POST", path="/app/hook/deliveries/{delivery_id:int}/attempts", handler=redeliver, auth="app"),
]
