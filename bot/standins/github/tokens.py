"""Who is calling and what they may do: the App's JWT, installation tokens, and nobody at all.

The REST door and the git door ask here at every call; a token is never trusted for longer than one.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bot.standins.github.app import AppRegistration
from bot.standins.github.strict import Refusal, forbidden, not_found
from bot.standins.github.world import Installation, Repository, User, World

LEVELS = {"read": 1, "write": 2, "admin": 3}
TOKEN_LIFE = timedelta(hours=1)
USER_TOKEN_LIFE = timedelta(hours=8)
LONGEST_JWT = timedelta(minutes=10)
CLOCK_SKEW = timedelta(seconds=60)
ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Anonymous:
    pass


@dataclass(frozen=True)
class AsApp:
    pass


@dataclass(frozen=True, kw_only=True)
class AsInstallation:
    """An installation token: for some or all of its repositories (None), with some of its permissions."""

    installation: Installation
    repository_ids: frozenset[int] | None
    permissions: Mapping[str, str]
    expires_at: datetime

    def covers(self, repository: Repository) -> bool:
        chosen = self.repository_ids is None or repository.id in self.repository_ids
        return chosen and self.installation.covers(repository)

    def allows(self, permission: str, level: str) -> bool:
        return LEVELS.get(self.permissions.get(permission, ""), 0) >= LEVELS[level]


@dataclass(frozen=True, kw_only=True)
class AsUser:
    """A user access token: what the person may do, and the App may do for them, and nothing more."""

    user: User
    expires_at: datetime


Caller = Anonymous | AsApp | AsInstallation | AsUser


def check(caller: Caller, repository: Repository, permission: str, level: str) -> None:
    """Refuses as GitHub does: what is private does not exist for strangers, what is public may be read by all."""
    readable = not repository.private and level == "read"
    match caller:
        case AsInstallation() if caller.covers(repository):
            if not caller.allows(permission, level) and not readable:
                raise forbidden()
        case AsApp():
            raise Refusal(403, "Resource not accessible by integration", violation="a JWT where a token belongs")
        case _ if readable:
            return
        case AsUser() if level == "read" and repository.role_of(caller.user) != "none":
            return
        case _ if repository.private:
            raise not_found()
        case Anonymous():
            raise Refusal(401, "Requires authentication")
        case _:
            raise forbidden()


class Tokens:
    """Issues installation tokens and recognises them, and the App's own JWT, when they come back."""

    def __init__(self, app: AppRegistration, world: World) -> None:
        self._app = app
        self._public_key = cast(RSAPublicKey, load_pem_public_key(app.public_key_pem.encode()))
        self._world = world
        self._issued: dict[str, AsInstallation] = {}
        self._of_users: dict[str, AsUser] = {}

    def issue(
        self, installation: Installation, *, repository_ids: frozenset[int] | None, permissions: Mapping[str, str]
    ) -> tuple[str, AsInstallation]:
        value = "ghs_" + "".join(secrets.choice(ALPHABET) for _ in range(36))
        self._issued[value] = AsInstallation(
            installation=installation,
            repository_ids=repository_ids,
            permissions=dict(permissions),
            expires_at=self._world.now() + TOKEN_LIFE,
        )
        return value, self._issued[value]

    def issue_to(self, user: User) -> str:
        """A user access token, as the end of the device flow gives it out."""
        value = "ghu_" + "".join(secrets.choice(ALPHABET) for _ in range(36))
        self._of_users[value] = AsUser(user=user, expires_at=self._world.now() + USER_TOKEN_LIFE)
        return value

    def revoke_of(self, user: User) -> None:
        self._of_users = {value: one for value, one in self._of_users.items() if one.user is not user}

    def user_token(self, value: str) -> AsUser:
        found = self._of_users.get(value)
        if found is None or found.expires_at <= self._world.now():
            raise Refusal(401, "Bad credentials")
        return found

    def expire_all(self) -> None:
        self._issued.clear()
        self._of_users.clear()

    def recognise(self, authorization: str | None) -> Caller:
        """The caller that an Authorization header proves; 401 for anything that proves nothing."""
        if not authorization:
            return Anonymous()
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() not in ("bearer", "token") or not value:
            raise Refusal(401, "Bad credentials", violation="an Authorization header of an unknown kind")
        if value.startswith("ghu_"):
            return self.user_token(value)
        return self._app_jwt(value) if value.count(".") == 2 else self.installation_token(value)

    def installation_token(self, value: str) -> AsInstallation:
        found = self._issued.get(value)
        if found is None or found.expires_at <= self._world.now():
            raise Refusal(401, "Bad credentials")
        if found.installation.id not in self._world.installations:
            raise Refusal(401, "Bad credentials")
        if found.installation.suspended_at:
            raise Refusal(403, "This installation has been suspended")
        return found

    def _app_jwt(self, value: str) -> AsApp:
        try:
            claims = jwt.decode(
                value,
                self._public_key,
                algorithms=["RS256"],
                # The times are checked below, by the stand-in's own clock.
                options={"verify_exp": False, "verify_iat": False, "require": ["iss", "iat", "exp"]},
            )
        except jwt.InvalidTokenError as wrong:
            raise Refusal(401, "A JSON web token could not be decoded", violation=f"JWT: {wrong}") from None
        self._check_claims(claims)
        return AsApp()

    def _check_claims(self, claims: Mapping[str, object]) -> None:
        now = self._world.now().timestamp()
        issued, expires = float(str(claims["iat"])), float(str(claims["exp"]))
        if str(claims["iss"]) not in (str(self._app.app_id), self._app.client_id):
            raise Refusal(404, "Integration not found", violation="JWT: the issuer is no App here")
        if expires <= now:
            raise Refusal(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
        if expires > now + (LONGEST_JWT + CLOCK_SKEW).total_seconds():
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future", violation="JWT: exp")
        if issued > now + CLOCK_SKEW.total_seconds():
            raise Refusal(
                401, "'Issued at' claim ('iat') must be an Integer representing the time", violation="JWT: iat"
            )
