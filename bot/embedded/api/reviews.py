"""Questions that are asked by POST and never stored: TokenRequest, TokenReview and the access reviews."""

import time
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.embedded.api.admission import Place, refuse_mistyped
from bot.embedded.api.plane import Plane
from bot.embedded.api.rbac import Attributes
from bot.embedded.api.request import ApiRequest
from bot.embedded.api.response import Response, answer
from bot.embedded.api.status_errors import (
    FieldError,
    bad_request,
    conflict,
    invalid,
    invalid_value,
    not_found,
    required,
)
from bot.embedded.api.tokens import API_AUDIENCE, Bound, Grant, User
from bot.embedded.api.validate.models import builtin_schema
from bot.embedded.api.validate.nodes import Node
from bot.embedded.api.validate.settle import settle

type Document = dict[str, Any]

SHORTEST, LONGEST, USUAL = 600, 1 << 32, 3600
ATTRIBUTES = ("verb", "group", "resource", "subresource", "namespace", "name")
BINDABLE = {"Pod": "pods", "Secret": "secrets"}


def read_review(document: Document, kind: str, schema: Node) -> None:
    """Settle a review in place. ApiError 400 where it cannot be read as one."""
    if document.get("kind", kind) != kind:
        raise bad_request(f"expected {kind}, got {document.get('kind')}")
    settle(schema, document)
    refuse_mistyped(kind, "v1", schema, document)


def request_token(plane: Plane, place: Place, document: Document, *, dry_run: bool) -> Response:
    """`serviceaccounts/NAME/token`. ApiError: 400, 404, 409, 422."""
    account = plane.store.get("serviceaccounts", place.namespace, place.name)
    if account is None:
        raise not_found(place.served.type, place.name)
    read_review(document, "TokenRequest", builtin_schema("authentication_v1_token_request"))
    spec = document.get("spec") or {}
    seconds = spec.get("expirationSeconds", USUAL)
    _check_seconds(place, seconds)
    audiences = tuple(spec.get("audiences") or (API_AUDIENCE,))
    bound = _bound(plane, place, spec.get("boundObjectRef"))
    grant = Grant(place.namespace, place.name, account.uid, audiences, seconds, bound)
    token, expires = plane.tokens.issue(grant) if not dry_run else ("", time.time() + seconds)
    ends = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata = {"name": place.name, "namespace": place.namespace, "creationTimestamp": _now()}
    kept = {"audiences": list(audiences), "expirationSeconds": seconds, "boundObjectRef": spec.get("boundObjectRef")}
    head = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata}
    return answer({**head, "spec": kept, "status": {"token": token, "expirationTimestamp": ends}}, 201)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _TokenRequests:
    """How errors about TokenRequests are named."""

    group, plural, kind = "authentication.k8s.io", "tokenrequests", "TokenRequest"


def _check_seconds(place: Place, seconds: Any) -> None:
    errors: list[FieldError] = []
    if seconds < SHORTEST:
        errors.append(
            invalid_value("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
        )
    if seconds > LONGEST:
        errors.append(
            invalid_value("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")
        )
    if errors:
        raise invalid(_TokenRequests(), place.name, errors)


def _bound(plane: Plane, place: Place, reference: Document | None) -> Bound | None:
    """The object that the token shall live with; for a pod, one of this account's."""
    if reference is None:
        return None
    kind, name = reference.get("kind", ""), reference.get("name", "")
    if kind not in BINDABLE or reference.get("apiVersion") != "v1":
        raise bad_request(f"cannot bind token to object of type {reference.get('apiVersion')}, Kind={kind}")
    stored = plane.store.get(BINDABLE[kind], place.namespace, name)
    found = plane.registry.find("", "v1", BINDABLE[kind])
    if stored is None or found is None:
        raise not_found(found.type if found else place.served.type, name)
    if reference.get("uid") and reference["uid"] != stored.uid:
        raise conflict(
            found.type,
            name,
            f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. "
            "The object might have been deleted and then recreated",
        )
    if kind == "Pod" and orjson.loads(stored.body)["spec"].get("serviceAccountName") != place.name:
        raise bad_request(
            f'cannot bind token for serviceaccount "{place.name}" to pod running with different serviceaccount name'
        )
    return Bound(kind, name, stored.uid)


def review_token(plane: Plane, document: Document) -> Response:
    """TokenReview: whose token this is, if it holds for one of the audiences."""
    spec = document.get("spec") or {}
    token = spec.get("token")
    if not token:
        raise bad_request("token is required for TokenReview in authentication")
    audiences = spec.get("audiences") or [API_AUDIENCE]
    verified = plane.tokens.verify(token, audiences)
    if verified is None:
        status: Document = {"user": {}, "error": "[invalid bearer token, Token has been invalidated]"}
    else:
        status = {"authenticated": True, "user": verified.user.info(), "audiences": list(verified.audiences)}
    head = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}}
    return answer({**head, "spec": spec, "status": status}, 201)


def review_access(plane: Plane, request: ApiRequest, place: Place, document: Document) -> Response:
    """SubjectAccessReview, and SelfSubjectAccessReview for the caller."""
    spec = document.get("spec") or {}
    user = request.user
    if place.served.type.kind == "SubjectAccessReview":
        user = _reviewed_user(place, spec)
    allowed = plane.authorizer.allows(user, _attributes(place, spec))
    status: Document = {"allowed": allowed is not None}
    if allowed:
        status["reason"] = allowed
    head = {"kind": place.served.type.kind, "apiVersion": "authorization.k8s.io/v1", "metadata": {}}
    return answer({**head, "spec": spec, "status": status}, 201)


def _reviewed_user(place: Place, spec: Document) -> User:
    name, groups = spec.get("user") or "", spec.get("groups") or []
    if not name and not groups:
        raise invalid(place.served.type, "", [required("spec.user", "at least one of user or group must be specified")])
    return User(name, tuple(groups))


def _attributes(place: Place, spec: Document) -> Attributes:
    resource: Any = spec.get("resourceAttributes")
    path: Any = spec.get("nonResourceAttributes")
    if (resource is None) == (path is None):
        text = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise invalid(place.served.type, "", [invalid_value("spec.resourceAttributes", None, text)])
    if path is not None:
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    return Attributes(*(resource.get(key, "") for key in ATTRIBUTES))
