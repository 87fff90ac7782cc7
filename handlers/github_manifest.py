"""The GitHub App as GitHub registers it: what it may do, what it hears, where its webhooks go.

Called by `vteam github-manifest`. Pure; it asks for exactly what the bot's calls need, and a test holds it to that.
The field names are those of GitHub's "Registering a GitHub App from a manifest" and "… using URL parameters".
"""

from typing import Any
from urllib.parse import quote, urlencode

from handlers.grammar.words import Dialect

Json = dict[str, Any]

WEBHOOK_PATH = "/webhooks/github"
PERMISSIONS = {
    "checks": "write",  # say at its lines what is wrong with a pushed specification
    "contents": "write",  # read repositories for the sessions, push their branches
    "issues": "write",  # read threads, comment, react
    "metadata": "read",  # what a person may do in a repository, and how public it is
    "pull_requests": "write",  # open pull requests, comment and react there
}
EVENTS = (
    "issue_comment",
    "issues",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
)


def github_manifest(public_url: str, *, name: str = "vTeam bot", prefix: str = Dialect().prefix) -> Json:
    """The manifest for GitHub's registration flow. `public_url`: the bot's address as GitHub reaches it.

    `prefix`: what begins a command here."""
    address = public_url.rstrip("/")
    return {
        "name": name,
        "url": address,
        "description": f"Write {prefix} fix … in an issue, and get a pull request.",
        "hook_attributes": {"url": address + WEBHOOK_PATH, "active": True},
        "redirect_url": address,
        "public": False,
        "default_permissions": dict(PERMISSIONS),
        "default_events": list(EVENTS),
    }


def registration_link(manifest: Json, *, github_url: str = "https://github.com", organization: str = "") -> str:
    """The same registration as a link that a person opens; of an organization, or of whoever opens it.

    GitHub takes no webhook secret from a link: the person types one on the page.
    """
    owner = f"/organizations/{quote(organization, safe='')}" if organization else ""
    hook = manifest["hook_attributes"]
    asked = {
        "name": manifest["name"],
        "url": manifest["url"],
        "description": manifest["description"],
        "public": _boolean(manifest["public"]),
        "webhook_active": _boolean(hook["active"]),
        "webhook_url": hook["url"],
        **manifest["default_permissions"],
        "events[]": manifest["default_events"],
    }
    return f"{github_url.rstrip('/')}{owner}/settings/apps/new?{urlencode(asked, doseq=True)}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"
