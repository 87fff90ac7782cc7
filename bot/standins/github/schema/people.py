"""Users, bots and organizations, the App itself, its installations and delivery log, as JSON."""

from __future__ import annotations

from typing import Any

from bot.standins.github.site import Site, timestamp
from bot.standins.github.webhooks import HOOK_ID, Delivery
from bot.standins.github.world import Installation, User

Json = dict[str, Any]
USER_LINKS = {
    "followers_url": "followers",
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
    "subscriptions_url": "subscriptions",
    "organizations_url": "orgs",
    "repos_url": "repos",
    "events_url": "events{/privacy}",
    "received_events_url": "received_events",
}


def user(site: Site, one: User) -> Json:
    url = f"{site.api}/users/{one.login}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": f"U_{one.id}",
        "avatar_url": f"{site.url}/avatars/u/{one.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{site.url}/{one.login}",
        **{name: f"{url}/{path}" for name, path in USER_LINKS.items()},
        "type": one.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def organization(site: Site, one: User) -> Json:
    """An organization as webhooks carry it beside the repository."""
    url = f"{site.api}/orgs/{one.login}"
    links = ("repos", "events", "hooks", "issues", "members{/member}", "public_members{/member}")
    named = {f"{link.split('{')[0]}_url": f"{url}/{link}" for link in links}
    own = {"login": one.login, "id": one.id, "node_id": f"O_{one.id}", "url": url, "description": ""}
    return {**own, **named, "avatar_url": f"{site.url}/avatars/u/{one.id}"}


def full_user(site: Site, one: User) -> Json:
    nothing = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"))
    numbers = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    made = timestamp(one.created_at)
    return {**user(site, one), **nothing, "blog": "", **numbers, "created_at": made, "updated_at": made}


def app(site: Site) -> Json:
    made = timestamp(site.registered_at)
    owner = site.world.add_user("vteam-apps", "Organization")
    return {
        "id": site.app.app_id,
        "slug": site.app.slug,
        "client_id": site.app.client_id,
        "node_id": f"A_{site.app.app_id}",
        "owner": user(site, owner),
        "name": site.app.slug,
        "description": "",
        "external_url": f"{site.url}/apps/{site.app.slug}",
        "html_url": f"{site.url}/apps/{site.app.slug}",
        "created_at": made,
        "updated_at": made,
        "permissions": dict(site.app.permissions),
        "events": list(site.app.events),
    }


def installation(site: Site, one: Installation) -> Json:
    url = f"{site.api}/app/installations/{one.id}"
    return {
        "id": one.id,
        "client_id": site.app.client_id,
        "account": user(site, one.account),
        "repository_selection": "all" if one.repository_ids is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{site.api}/installation/repositories",
        "html_url": f"{site.url}/settings/installations/{one.id}",
        "app_id": site.app.app_id,
        "app_slug": site.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.type,
        "permissions": dict(site.app.permissions),
        "events": list(site.app.events),
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user(site, one.suspended_by) if one.suspended_by else None,
        "suspended_at": timestamp(one.suspended_at) if one.suspended_at else None,
    }


def delivery_item(one: Delivery) -> Json:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": timestamp(one.delivered_at),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }


def delivery(one: Delivery) -> Json:
    return {
        **delivery_item(one),
        "url": one.url,
        "request": {"headers": one.request_headers, "payload": one.payload},
        "response": {"headers": one.response_headers, "payload": one.response_body},
    }


def hook(site: Site) -> Json:
    made = timestamp(site.registered_at)
    return {
        "type": "App",
        "id": HOOK_ID,
        "name": "web",
        "active": True,
        "events": list(site.app.events),
        "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": site.log.url or ""},
        "created_at": made,
        "updated_at": made,
        "app_id": site.app.app_id,
        "deliveries_url": f"{site.api}/app/hook/deliveries",
    }
