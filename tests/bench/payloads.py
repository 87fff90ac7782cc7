"""Real deliveries for the benchmark: built and signed by the stand-in GitHub, of the size that GitHub's have."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.standins.github import AppRegistration, GitHubStandIn, register_app
from bot.standins.github.webhooks import Delivery

REPOSITORY = "acme/shop"
COMMAND = "/vteam fix the flaky login test"
SIZE = 13_000
"""Bytes of an `issue_comment` delivery of an organization's repository, as GitHub sends it."""
WORDS = "The login test fails now and then on the build machines, mostly when the clock is slow to tick. "


@dataclass
class Shop:
    """A stand-in GitHub with one repository, where ada may write, and one open issue."""

    github: GitHubStandIn
    registration: AppRegistration

    def settings(self, folder: Path) -> dict[str, object]:
        """The bot's settings for this GitHub, with its data in the folder."""
        return {
            "data_dir": str(folder),
            "github_url": self.github.url,
            "github_api_url": self.github.api_url,
            "github_app_id": self.registration.app_id,
            "github_private_key": self.registration.private_key_pem,
            "github_webhook_secret": self.registration.webhook_secret,
            "model_url": "http://127.0.0.1:9",
        }

    async def issue(self) -> int:
        """A new issue, of which no webhook is sent; its number."""
        with self.github.held_webhooks() as held:
            issue = await self.github.open_issue(REPOSITORY, "The login test is flaky", body=WORDS * 3, by="ada")
            held.clear()
        return int(issue.number)

    async def delivery(self, text: str, *, number: int = 1) -> Delivery:
        """The delivery of a new comment under an issue, not sent."""
        with self.github.held_webhooks() as held:
            await self.github.comment(REPOSITORY, number, body=text, by="ada")
            [delivery] = held
            held.clear()
        return delivery


def headers(shop: Shop, delivery: Delivery) -> dict[str, str]:
    """The headers that GitHub sends with it, but for the delivery's id: each one sent needs its own."""
    key = shop.registration.webhook_secret.encode()
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/0a1b2c3",
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": "99",
        "X-GitHub-Hook-Installation-Target-ID": str(shop.registration.app_id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature": "sha1=" + hmac.new(key, delivery.body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, delivery.body, hashlib.sha256).hexdigest(),
    }


def of_size(text: str, missing: int) -> str:
    """The text, with as many characters of an ordinary comment after it."""
    return text + "\n\n" + (WORDS * (missing // len(WORDS) + 1))[: max(0, missing - 2)]


@asynccontextmanager
async def opened_shop(folder: Path) -> AsyncIterator[Shop]:
    """The stand-in, served."""
    registration = register_app("vteam")
    github = GitHubStandIn(folder / "github", registration)
    async with github.serve():
        github.webhook_url = "http://127.0.0.1:9/webhooks/github"
        await github.create_repository(REPOSITORY, {"README.md": "# shop\n"})
        github.grant(REPOSITORY, "ada", role="write")
        github.install("acme")
        shop = Shop(github, registration)
        await shop.issue()
        yield shop
