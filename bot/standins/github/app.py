"""The registration of the GitHub App under test: who it is, its keys, what it may do and hear.

The stand-in is built around one of these; the bot is given the same id, private key and webhook secret.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DEFAULT_PERMISSIONS: Mapping[str, str] = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
}
DEFAULT_EVENTS = (
    "check_run",
    "issue_comment",
    "issues",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "repository",
)


@dataclass(frozen=True, kw_only=True)
class AppRegistration:
    """What the App's settings page holds. `private_key_pem` is for the bot only; the stand-in never reads it."""

    app_id: int
    slug: str
    client_id: str
    private_key_pem: str = field(repr=False)
    public_key_pem: str
    webhook_secret: str = field(repr=False)
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_PERMISSIONS))
    events: tuple[str, ...] = DEFAULT_EVENTS

    @property
    def bot_login(self) -> str:
        return f"{self.slug}[bot]"


def register_app(slug: str = "vteam", *, app_id: int = 4711, webhook_secret: str | None = None) -> AppRegistration:
    """A new App with a key pair of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return AppRegistration(
        app_id=app_id,
        slug=slug,
        client_id=f"Iv23li{app_id:014d}",
        private_key_pem=private.decode(),
        public_key_pem=public.decode(),
        webhook_secret=webhook_secret or secrets.token_hex(20),
    )
