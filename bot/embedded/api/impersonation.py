"""`Impersonate-User` and its fellows: honoured where RBAC allows it, refused where it does not, never ignored."""

from bot.embedded.api.plane import Plane
from bot.embedded.api.rbac import Attributes, refusal
from bot.embedded.api.request import ApiRequest
from bot.embedded.api.status_errors import bad_request, forbidden
from bot.embedded.api.tokens import AUTHENTICATED, SERVICE_ACCOUNTS, User

PREFIX = b"impersonate-"
ACCOUNT = "system:serviceaccount:"


class _Subject:
    """What is impersonated, as errors name it."""

    def __init__(self, plural: str) -> None:
        self.group, self.plural, self.kind = "", plural, plural


def impersonated(plane: Plane, request: ApiRequest, user: User) -> User:
    """The user that the request acts as. ApiError: 400, 403."""
    if not any(name.startswith(PREFIX) for name in request.headers):
        return user
    name, group = request.header(b"impersonate-user"), request.header(b"impersonate-group")
    if not name:
        raise bad_request("requested [{groups}] without impersonating a user")
    if any(header.startswith((b"impersonate-extra-", b"impersonate-uid")) for header in request.headers):
        raise bad_request("impersonating a uid or extra is not available here")
    _require(plane, user, _subject_of(name))
    groups = [group] if group else []
    if group:
        _require(plane, user, Attributes("impersonate", resource="groups", name=group))
    if name.startswith(ACCOUNT) and not groups:
        namespace = name.removeprefix(ACCOUNT).split(":")[0]
        groups = [SERVICE_ACCOUNTS, f"{SERVICE_ACCOUNTS}:{namespace}"]
    return User(name, (*groups, AUTHENTICATED))


def _subject_of(name: str) -> Attributes:
    if not name.startswith(ACCOUNT):
        return Attributes("impersonate", resource="users", name=name)
    namespace, _, account = name.removeprefix(ACCOUNT).partition(":")
    return Attributes("impersonate", resource="serviceaccounts", namespace=namespace, name=account)


def _require(plane: Plane, user: User, asked: Attributes) -> None:
    if plane.authorizer.allows(user, asked) is None:
        raise forbidden(_Subject(asked.resource), asked.name, refusal(user, asked))
