"""`GitHub`: one App, its installations, and every HTTP call the bot makes to GitHub's REST API.

Errors are of two kinds: `Later` for what time mends (connections, 5xx, rate limits), `GitHubRefused` for what it does
not. A call is never repeated here: whether it may be is known to the caller, who looks before it posts.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Self

import githubkit
import httpx
import orjson
from githubkit.cache import MemCacheStrategy
from githubkit.exception import GitHubException, RateLimitExceeded, RequestError, RequestFailed

from bot.errors import Later

Json = Any
PAGE = 100
PAGES = 50
"""Pages that are followed at most: 5,000 comments are more than any prompt holds."""
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
UNAUTHORISED, SERVER_ERRORS = 401, 500


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
        self._pool = pool or httpx.AsyncHTTPTransport(limits=limits)

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


class GitHub:
    """The App. An async context manager: leaving it closes the connections."""

    def __init__(
        self, app_id: int, private_key: str, api_url: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.app_id = app_id
        self._transport = _KeptOpen(transport)
        self._tokens = _Tokens()
        self._app = githubkit.GitHub(
            githubkit.AppAuthStrategy(app_id, private_key),
            base_url=api_url,
            user_agent="vteam-bot",
            timeout=TIMEOUT,
            async_transport=self._transport,
            trust_env=False,
            http_cache=False,
            auto_retry=False,
            cache_strategy=self._tokens,
        )
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
        client = self._app if installation is None else self._as(installation)
        try:
            response = await client.arequest(method, path, json=body, params=dict(params) if params else None)
        except GitHubException as error:
            raise self._understood(error, installation) from error
        content = response.content
        return (orjson.loads(content) if content else None), response.headers

    def _understood(self, error: GitHubException, installation: int | None) -> Exception:
        """The house's error. A token that was good may be revoked at any time: then the next try takes a new one."""
        what = translated(error)
        if installation is not None and isinstance(what, GitHubRefused) and what.status == UNAUTHORISED:
            self._tokens.forget()
            return Later("GitHub no longer takes the installation's token")
        return what

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
        made = await self.call("POST", path, installation=None, body=body)
        return InstallationToken(made["token"], made["expires_at"])


def next_page(link: str) -> dict[str, str] | None:
    """The query of the next page from a Link header, or None on the last page."""
    for part in link.split(","):
        target, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return dict(httpx.URL(target.strip().strip("<>")).params)
    return None


def translated(error: GitHubException) -> Exception:
    """The house's error for githubkit's: what time mends, or what it does not."""
    match error:
        case RateLimitExceeded():
            return Later("GitHub's rate limit", after=max(1.0, error.retry_after.total_seconds()))
        case RequestFailed():
            return _failed(error)
        case RequestError() if isinstance(error.exc, GitHubException):
            return translated(error.exc)  # while a token was fetched on the way
        case RequestError():
            return Later(f"GitHub cannot be reached: {type(error.exc).__name__}")
        case _:
            return GitHubRefused(0, type(error).__name__)


def _failed(error: RequestFailed) -> Exception:
    status = error.response.status_code
    if status >= SERVER_ERRORS or status in (408, 429):
        return Later(f"GitHub answered {status}", after=_retry_after(error.response.headers))
    return GitHubRefused(status, _message(error.response.content))


def _retry_after(headers: httpx.Headers) -> float:
    if (given := headers.get("retry-after", "")).isdigit():
        return float(given)
    if headers.get("x-ratelimit-remaining") == "0" and (reset := headers.get("x-ratelimit-reset", "")).isdigit():
        return max(1.0, float(reset) - datetime.now(UTC).timestamp())
    return 2.0


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
