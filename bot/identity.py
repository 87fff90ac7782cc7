"""Who is calling: a pod's projected token → the session that owns the pod's ServiceAccount.

Called by the runner door and the model gateway before anything else. The token proves the account (TokenReview, for our
audience only), the account's owner proves the session. Answers are kept for a short time under the token's digest; the
token itself is neither kept nor logged.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import structlog

from bot.cluster import SERVICE_ACCOUNTS, SESSIONS, Cluster, Forbidden, Json, Refused
from bot.errors import Later
from crds.agentic_session import API_VERSION, Phase

log = structlog.get_logger()

REVIEW_SECONDS = 60.0
SESSION_SECONDS = 5.0  # how long a session may go on calling after it has ended or was deleted
LONGEST_TOKEN = 16_384
MOST_KEPT = 4096


class Unauthenticated(Exception):
    """There is no token, or no one answers for it."""


class NotYours(Exception):
    """The token is good, but not for this session; the message says so in words."""


class Ended(NotYours):
    """The session is the caller's own, and is over."""


@dataclass(frozen=True)
class _Account:
    """A ServiceAccount that a token has proved, and the uid of the session that owns it."""

    namespace: str
    name: str
    session_uid: str


class Kept[V]:
    """Values that are believed for some seconds; the oldest go first when there are too many."""

    def __init__(self, seconds: float, clock: Callable[[], float], *, most: int = MOST_KEPT) -> None:
        self._seconds, self._clock, self._most = seconds, clock, most
        self._values: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def get(self, key: str) -> V | None:
        """The value, unless it is too old."""
        until, value = self._values.get(key, (0.0, None))
        return value if self._clock() < until else None

    def put(self, key: str, value: V) -> V:
        now = self._clock()
        self._values.pop(key, None)
        self._values[key] = (now + self._seconds, value)
        while len(self._values) > self._most or next(iter(self._values.values()))[0] <= now:
            self._values.popitem(last=False)
        return value


class Identity:
    """Tells sessions by their pods' tokens. `clock` is monotonic seconds."""

    def __init__(
        self, cluster: Cluster, *, audience: str = "vteam-bot", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cluster, self._audience = cluster, audience
        self._accounts: Kept[_Account] = Kept(REVIEW_SECONDS, clock)
        self._sessions: Kept[Json] = Kept(SESSION_SECONDS, clock)

    async def session(self, token: str, namespace: str, name: str, *, ended_too: bool = False) -> Json:
        """The AgenticSession of this name, if the token is its own.

        Raises Unauthenticated (401), NotYours (403; Ended where it is over), Later (503).
        """
        account = await self._account(token)
        if (account.namespace, account.name) != (namespace, name):
            raise NotYours(f"this token belongs to {account.namespace}/{account.name}, not to {namespace}/{name}")
        session = await self._session(account)
        if not ended_too and ended(session):
            raise Ended(f"the session {namespace}/{name} has ended; nothing more is taken from it")
        return session

    async def _account(self, token: str) -> _Account:
        if not token or len(token) > LONGEST_TOKEN or not token.isascii() or not token.isprintable():
            raise Unauthenticated("a bearer token is needed")
        digest = sha256(token.encode()).hexdigest()
        return self._accounts.get(digest) or self._accounts.put(digest, await self._review(token))

    async def _review(self, token: str) -> _Account:
        review = await _allowed(self._cluster.review_token(token, audiences=[self._audience]))
        # A server that does not know audiences names none: such a token may have been made for somebody else.
        if not review.get("authenticated") or self._audience not in (review.get("audiences") or []):
            raise Unauthenticated("this token is unknown, expired, or made for somebody else")
        user: Mapping[str, str] = review.get("user") or {}
        kind, _, account = user.get("username", "").partition(":serviceaccount:")
        namespace, _, name = account.partition(":")
        if kind != "system" or not namespace or not name:
            raise NotYours("this token is not a session's")
        return _Account(namespace, name, await self._owner(namespace, name, user.get("uid", "")))

    async def _owner(self, namespace: str, name: str, uid: str) -> str:
        try:
            account = await self._cluster.get(SERVICE_ACCOUNTS, name, namespace)
        except Forbidden:
            # The bot may look into the namespaces that it serves; a token of another one proves nothing here.
            raise NotYours(f"no session of this bot owns the account {namespace}/{name}") from None
        metadata = (account or {}).get("metadata") or {}
        if uid and metadata.get("uid") != uid:
            raise Unauthenticated("this token's account is gone")
        for owner in metadata.get("ownerReferences") or []:
            if owner.get("controller") and _is_session(owner) and owner.get("name") == name:
                return str(owner["uid"])
        raise NotYours(f"no session owns the account {namespace}/{name}")

    async def _session(self, account: _Account) -> Json:
        kept = self._sessions.get(account.session_uid)
        if kept is not None:
            return kept
        session = await _allowed(self._cluster.get(SESSIONS, account.name, account.namespace))
        if session is None or session["metadata"]["uid"] != account.session_uid:
            raise NotYours(f"there is no session {account.namespace}/{account.name} that this token belongs to")
        return self._sessions.put(account.session_uid, session)


async def _allowed[T](answer: Awaitable[T]) -> T:
    try:
        return await answer
    except Refused as refused:  # our own rights are missing; the caller can do nothing but wait for that
        log.error("identity_refused_by_cluster", code=refused.code, why=str(refused))
        raise Later("the cluster does not let the bot look up who is calling", after=10.0) from refused


def _is_session(owner: Mapping[str, object]) -> bool:
    return owner.get("kind") == "AgenticSession" and owner.get("apiVersion") == API_VERSION


def ended(session: Json) -> bool:
    """Whether nothing more will happen to the session."""
    phase = (session.get("status") or {}).get("phase")
    return phase in {each.value for each in Phase if each.ended}
