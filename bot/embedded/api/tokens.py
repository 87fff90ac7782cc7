"""Who is calling: the administrator's token, and ServiceAccount tokens as TokenRequest hands them out.

Tokens are JWTs signed with a key that lives in the store, so they survive a restart; a token is good for its audience
and time, and only while its ServiceAccount, and the pod it is bound to, are there. `app` asks on every request.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.embedded.api.metadata import new_uid
from bot.embedded.api.store import ApiStore

API_AUDIENCE = "https://kubernetes.default.svc"
HEADER = {"alg": "HS256", "typ": "JWT"}
EXTRA = "authentication.kubernetes.io/"
SERVICE_ACCOUNTS = "system:serviceaccounts"
AUTHENTICATED = "system:authenticated"
MASTERS = "system:masters"
ANONYMOUS = "system:anonymous"
UNAUTHENTICATED = "system:unauthenticated"


@dataclass(frozen=True, slots=True)
class User:
    """The result of authentication, as RBAC and TokenReview see it."""

    name: str
    groups: tuple[str, ...]
    uid: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict, hash=False)

    def info(self) -> dict[str, Any]:
        """The `user` of a TokenReview."""
        parts: dict[str, Any] = {"username": self.name, "uid": self.uid, "groups": list(self.groups)}
        if self.extra:
            parts["extra"] = self.extra
        return {key: value for key, value in parts.items() if value}


ADMIN = User("kubernetes-admin", (MASTERS, AUTHENTICATED))
NOBODY = User(ANONYMOUS, (UNAUTHENTICATED,))


@dataclass(frozen=True, slots=True)
class Bound:
    """The pod or Secret on whose life a token depends."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a TokenRequest asks for, complete."""

    namespace: str
    account: str
    account_uid: str
    audiences: tuple[str, ...]
    seconds: int
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that holds: for whom, and for which of the audiences that were asked for."""

    user: User
    audiences: tuple[str, ...]


class Tokens:
    """Issues and checks tokens against the present state of the store."""

    def __init__(self, store: ApiStore, *, admin_token: str) -> None:
        if len(admin_token) < 16:
            raise ValueError("the admin token must have at least 16 characters")
        self._store = store
        self._admin = admin_token.encode()

    def issue(self, grant: Grant) -> tuple[str, float]:
        """A signed token, and when it expires (seconds since the epoch)."""
        issued = int(time.time())
        expires = issued + grant.seconds
        about: dict[str, Any] = {
            "namespace": grant.namespace,
            "serviceaccount": {"name": grant.account, "uid": grant.account_uid},
        }
        if grant.bound is not None:
            about[grant.bound.kind.lower()] = {"name": grant.bound.name, "uid": grant.bound.uid}
        claims = {
            "aud": list(grant.audiences),
            "exp": expires,
            "iat": issued,
            "iss": API_AUDIENCE,
            "jti": new_uid(),
            "kubernetes.io": about,
            "nbf": issued,
            "sub": f"system:serviceaccount:{grant.namespace}:{grant.account}",
        }
        head = f"{_encode(orjson.dumps(HEADER))}.{_encode(orjson.dumps(claims))}"
        return f"{head}.{_encode(self._sign(head))}", float(expires)

    def authenticate(self, token: str) -> User | None:
        """Who calls this API with `token`; None for a token that does not hold."""
        if hmac.compare_digest(token.encode(), self._admin):
            return ADMIN
        verified = self.verify(token, (API_AUDIENCE,))
        return None if verified is None else verified.user

    def verify(self, token: str, audiences: Sequence[str]) -> Verified | None:
        """Whether `token` holds for at least one of `audiences`."""
        if hmac.compare_digest(token.encode(), self._admin):
            return Verified(ADMIN, tuple(audiences)) if API_AUDIENCE in audiences else None
        claims = self._claims(token)
        if claims is None or claims["exp"] <= time.time():
            return None
        shared = tuple(item for item in audiences if item in claims["aud"])
        user = self._user(claims) if shared else None
        return None if user is None else Verified(user, shared)

    def _claims(self, token: str) -> dict[str, Any] | None:
        head, dot, signature = token.rpartition(".")
        try:
            given = _decode(signature)
            if not dot or not hmac.compare_digest(given, self._sign(head)):
                return None
            claims: dict[str, Any] = orjson.loads(_decode(head.split(".")[1]))
        except (ValueError, IndexError):
            return None
        return claims

    def _sign(self, head: str) -> bytes:
        return hmac.new(self._store.signing_key, head.encode(), hashlib.sha256).digest()

    def _user(self, claims: dict[str, Any]) -> User | None:
        about = claims["kubernetes.io"]
        namespace, account = about["namespace"], about["serviceaccount"]
        if not self._lives("serviceaccounts", namespace, account):
            return None
        extra = {f"{EXTRA}credential-id": [f"JTI={claims['jti']}"]}
        for kind in ("pod", "secret"):
            bound = about.get(kind)
            if bound is not None and not self._lives(f"{kind}s", namespace, bound):
                return None
            if bound is not None and kind == "pod":
                extra |= self._pod_extra(namespace, bound)
        groups = (SERVICE_ACCOUNTS, f"{SERVICE_ACCOUNTS}:{namespace}", AUTHENTICATED)
        return User(claims["sub"], groups, account["uid"], extra)

    def _lives(self, resource: str, namespace: str, reference: dict[str, str]) -> bool:
        stored = self._store.get(resource, namespace, reference["name"])
        return stored is not None and stored.uid == reference["uid"]

    def _pod_extra(self, namespace: str, bound: dict[str, str]) -> dict[str, list[str]]:
        extra = {f"{EXTRA}pod-name": [bound["name"]], f"{EXTRA}pod-uid": [bound["uid"]]}
        stored = self._store.get("pods", namespace, bound["name"])
        node = orjson.loads(stored.body)["spec"].get("nodeName") if stored is not None else None
        return extra | ({f"{EXTRA}node-name": [node]} if node else {})


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
