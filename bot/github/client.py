"""`GitHub`: one App, its installations, and every HTTP call the bot makes to GitHub's REST API.

Errors are of two kinds: `Later` for what time mends (connections, 5xx, rate limits), `GitHubRefused` for what it does
not. A call is never repeated here: whether it may be is known to the caller, who looks before it posts.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self, cast

import githubkit
import httpx
import orjson
from githubkit.auth.app import AppAuth
from githubkit.auth.base import BaseAuthStrategy
from githubkit.cache import MemCacheStrategy
from githubkit.exception import GitHubException, RequestError, RequestFailed

from bot.authorities import authorities
from bot.errors import Later, RateLimited, Suspended
from bot.github.app_key import app_key
from bot.github.limits import LONGEST_PAUSE, Limits, limit_of
from bot.github.redirects import MOST, MOVED, LedTo, led_to

Json = Any
PAGE = 100
PAGES = 50
"""Pages that are followed at most: 5,000 comments are more than any prompt holds."""
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
RENDERED = "application/vnd.github.full+json"
"""Beside a text, as it was written, its HTML: there GitHub signs the addresses of images that people have uploaded."""
UNAUTHORISED, FORBIDDEN, REQUEST_TIMEOUT, SERVER_ERRORS = 401, 403, 408, 500


class GitHubRefused(Exception):
    """GitHub will not do it, and time will not change that."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"GitHub answered {status}: {message}")
        self.status = status
        self.message = message


@dataclass(frozen=True)
class InstallationToken:
    token: str = field(repr=False)
    expires_at: str


class _KeptOpen(httpx.AsyncBaseTransport):
    """One connection pool under the short-lived clients that githubkit makes: their closing does not close it."""

    def __init__(self, pool: httpx.AsyncBaseTransport | None) -> None:
        limits = httpx.Limits(max_connections=50, keepalive_expiry=60)
        self._pool = pool or httpx.AsyncHTTPTransport(verify=authorities(), limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._pool.handle_async_request(request)

    async def aclose(self) -> None:
        """Left open; `GitHub.close` ends it."""

    async def close(self) -> None:
        await self._pool.aclose()


class _Tokens(MemCacheStrategy):
    """The tokens of one App: githubkit's default cache is shared by the whole process."""

    def forget(self) -> None:
        """Takes all tokens for bad."""
        self._cache = None


class _AsTheApp(BaseAuthStrategy, httpx.Auth):
    """The App's own JWT on any path: githubkit knows by their names which want it, and by its number none."""

    def __init__(self, app: githubkit.AppAuthStrategy) -> None:
        self._app = app

    def get_auth_flow(self, github: Any) -> httpx.Auth:
        self._auth = cast(AppAuth, self._app.get_auth_flow(github))
        return self

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers["Authorization"] = f"Bearer {await self._auth.aget_jwt()}"
        yield request


class GitHub:
    """The App. An async context manager: leaving it closes the connections. Raises UnreadableKey."""

    def __init__(
        self,
        app_id: int,
        private_key: str,
        api_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        on_limit: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.app_id = app_id
        self._api_url = api_url
        self._limits = Limits(on_limit)
        self._transport = _KeptOpen(transport)
        self._tokens = _Tokens()
        self._app = githubkit.GitHub(
            githubkit.AppAuthStrategy(app_id, cast("str", app_key(private_key))),  # PyJWT takes either
            base_url=api_url,
            user_agent="vteam-bot",
            timeout=TIMEOUT,
            async_transport=self._transport,
            trust_env=False,
            http_cache=False,
            follow_redirects=False,  # not blindly, and not to any host: `redirects` says where to
            auto_retry=False,
            cache_strategy=self._tokens,
        )
        self._by_number = self._app.with_auth(_AsTheApp(self._app.auth))
        self._as = lru_cache(maxsize=512)(self._installation)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.close()

    def _installation(self, installation: int) -> githubkit.GitHub[Any]:
        return self._app.with_auth(self._app.auth.as_installation(installation))

    async def call(
        self,
        method: str,
        path: str,
        *,
        installation: int | None,
        body: Json = None,
        params: Mapping[str, Any] | None = None,
    ) -> Json:
        """One call as an installation, or as the App itself where that is None; the answer's JSON."""
        return (await self._response(method, path, installation, body=body, params=params))[0]

    async def _response(
        self, method: str, path: str, installation: int | None, *, body: Json, params: Mapping[str, Any] | None
    ) -> tuple[Json, httpx.Headers]:
        for _ in range(MOST):
            response = await self._sent(method, path, installation, body=body, params=params)
            if response.status_code not in MOVED:
                content = response.content
                return (orjson.loads(content) if content else None), response.headers
            target = led_to(path, response.headers.get("location", ""), self._api_url)
            if target is None:
                raise GitHubRefused(410, "it has moved to where it is not looked for")
            path = target.path if method == "GET" else await self._named(target, installation)
        raise GitHubRefused(410, "it is led from place to place")

    async def _sent(
        self, method: str, path: str, installation: int | None, *, body: Json, params: Mapping[str, Any] | None
    ) -> "githubkit.Response[Any]":
        self._limits.check(installation)
        try:
            return await self._client(installation, path).arequest(
                method, path, json=body, params=dict(params) if params else None
            )
        except GitHubException as error:
            raise self._understood(error, installation) from error

    def _client(self, installation: int | None, path: str) -> "githubkit.GitHub[Any]":
        if installation is not None:
            return self._as(installation)
        return self._by_number if path.startswith("/repositories/") else self._app

    async def _named(self, target: LedTo, installation: int | None) -> str:
        """The path by the name that the repository has now: what is written goes nowhere on a server's word alone."""
        found = await self.call("GET", f"/repositories/{target.repository_id}", installation=installation)
        if found["id"] != target.repository_id:
            raise GitHubRefused(410, "another repository answers")
        return f"/repos/{found['full_name']}{target.rest}"

    def _understood(self, error: GitHubException, installation: int | None) -> Exception:
        """The house's error. A token that was good may be revoked at any time: then the next try takes a new one."""
        if isinstance(error, RequestError) and isinstance(error.exc, GitHubException):
            # While a token was fetched on the way: that is a call of the App's own.
            return suspended(error.exc, installation) or self._understood(error.exc, None)
        if asleep := suspended(error, installation):
            return asleep
        if limited := self._limited(error, installation):
            return limited
        what = translated(error)
        if installation is not None and isinstance(what, GitHubRefused) and what.status == UNAUTHORISED:
            self._tokens.forget()
            return Later("GitHub no longer takes the installation's token")
        return what

    def _limited(self, error: GitHubException, caller: int | None) -> RateLimited | None:
        if not isinstance(error, RequestFailed):
            return None
        answer = error.response
        limit = limit_of(answer.status_code, answer.headers, _message(answer.content))
        return self._limits.hit(caller, limit) if limit else None

    async def graphql(self, query: str, variables: Mapping[str, Any], *, installation: int) -> Json:
        """The data of one GraphQL query; raises as `call`, and GitHubRefused where it is answered with errors alone."""
        body = {"query": query, "variables": dict(variables)}
        answer = await self.call("POST", graphql_url(self._api_url), installation=installation, body=body)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise GitHubRefused(200, _message(orjson.dumps(answer)))
        return data

    async def rendered(self, path: str, token: str) -> str:
        """The text of an issue, comment or review as GitHub shows it, read with this token alone; raises as `call`."""
        self._limits.check(None)
        reader = self._app.with_auth(githubkit.TokenAuthStrategy(token))
        try:
            response = await reader.arequest("GET", path, headers={"Accept": RENDERED})
        except GitHubException as error:
            raise self._understood(error, None) from error
        if response.status_code in MOVED:
            raise GitHubRefused(410, "it has moved")
        return str(orjson.loads(response.content).get("body_html") or "")

    async def pages(
        self, path: str, *, installation: int | None, params: Mapping[str, Any] | None = None, key: str | None = None
    ) -> AsyncIterator[Json]:
        """The items of a paged list, following GitHub's Link header; `key` where the list stands in an object."""
        query: dict[str, Any] | None = {"per_page": PAGE, **(params or {})}
        for _ in range(PAGES):
            answer, headers = await self._response("GET", path, installation, body=None, params=query)
            for item in answer[key] if key else answer:
                yield item
            following = next_page(headers.get("link", ""))
            if following is None:
                return
            query = following

    async def token(
        self, installation: int, *, repositories: Sequence[int], permissions: Mapping[str, str]
    ) -> InstallationToken:
        """A token for these repositories (ids) with these permissions and nothing else."""
        body = {"repository_ids": list(repositories), "permissions": dict(permissions)}
        path = f"/app/installations/{installation}/access_tokens"
        try:
            made = await self.call("POST", path, installation=None, body=body)
        except Suspended:
            raise Suspended(installation) from None
        return InstallationToken(made["token"], made["expires_at"])


def graphql_url(api_url: str) -> str:
    """Where GraphQL is: below the API of github.com, and beside that of an Enterprise server."""
    api = api_url.rstrip("/")
    return f"{api.removesuffix('/v3')}/graphql" if api.endswith("/api/v3") else f"{api}/graphql"


def next_page(link: str) -> dict[str, str] | None:
    """The query of the next page from a Link header, or None on the last page."""
    for part in link.split(","):
        target, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return dict(httpx.URL(target.strip().strip("<>")).params)
    return None


def suspended(error: GitHubException, installation: int | None) -> Suspended | None:
    """Whether the App was refused because it is suspended there: GitHub says so in the message of a 403 only."""
    if not isinstance(error, RequestFailed) or error.response.status_code != FORBIDDEN:
        return None
    message = _message(error.response.content).lower()
    return Suspended(installation or 0) if "installation" in message and "suspended" in message else None


def translated(error: GitHubException) -> Exception:
    """The house's error for githubkit's: what time mends, or what it does not."""
    match error:
        case RequestFailed():
            return _failed(error)
        case RequestError():
            return Later(f"GitHub cannot be reached: {type(error.exc).__name__}")
        case _:
            return GitHubRefused(0, type(error).__name__)


def _failed(error: RequestFailed) -> Exception:
    status = error.response.status_code
    if status >= SERVER_ERRORS or status == REQUEST_TIMEOUT:
        return Later(f"GitHub answered {status}", after=_retry_after(error.response.headers))
    return GitHubRefused(status, _message(error.response.content))


def _retry_after(headers: httpx.Headers) -> float:
    given = headers.get("retry-after", "")
    return min(float(given), LONGEST_PAUSE) if given.isdigit() else 2.0


def _message(content: bytes) -> str:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        return "no reason given"
    details = "; ".join(
        str(part.get("message", part)) if isinstance(part, dict) else str(part) for part in answer.get("errors") or []
    )
    return f"{answer.get('message', 'no reason given')}{': ' + details if details else ''}"[:500]
