"""`Slack`: one workspace's bot, and every HTTP call that the bot makes to Slack's Web API. Uses slack_sdk.

Errors are of two kinds: `Later` for what time mends (connections, 5xx, rate limits), `SlackRefused` for what it does
not; `ok: false` is one of the two and never success. A call is never repeated here, and never waits: who comes too
early is told when to come again. Neither the token nor what people wrote is ever part of an error or a log line.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doors.pace import Pace
from bot.errors import Later
from bot.images.fetch import Missed, fetched
from handlers import wording

Json = dict[str, Any]

API_URL = "https://slack.com/api/"
FILES = "https://files.slack.com/"
ANSWERS = "hooks.slack.com"
"""The host of response URLs; of another API, its own host."""
TIMEOUT = aiohttp.ClientTimeout(total=30.0, connect=5.0)
UPDATES_A_SECOND, UPDATES_AT_ONCE = 45 / 60, 8
"""chat.update takes about 50 a minute in a workspace; the rest is left for what ends."""
MESSAGE_SECONDS = 1.2
"""Least time between two edits of one message: people's eyes and Slack's own limit."""
TOO_MANY, SERVER_ERRORS = 429, 500
_FOR_A_WHILE = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "accesslimited",
        "team_added_to_org",
        "external_channel_migrating",
    }
)


class SlackRefused(Exception):
    """Slack will not do it, and time will not change that; `code` is Slack's word for why."""

    def __init__(self, method: str, code: str, detail: str = "") -> None:
        super().__init__(f"Slack refused {method}: {code}{': ' + detail if detail else ''}")
        self.method = method
        self.code = code

    @property
    def words(self) -> str:
        """The reason for people, and who can help."""
        return wording.slack_refused(self.code)


@dataclass(frozen=True)
class Me:
    """The bot's own names in its workspace."""

    team: str
    user: str
    bot: str


class Slack:
    """The bot in its workspace. An async context manager: leaving it closes the connections."""

    def __init__(self, token: str, api_url: str = API_URL, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._token, self.api_url, self._clock = token, api_url, clock
        self._closed: dict[str, float] = {}
        self._me: Me | None = None
        self._updates = Pace(UPDATES_A_SECOND, UPDATES_AT_ONCE, clock)
        self._messages = Pace(1 / MESSAGE_SECONDS, 1, clock)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        self.web = web_client(self._token, self.api_url, self._session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def me(self) -> Me:
        """Who we are in the workspace; asked once. Raises Later, SlackRefused."""
        if self._me is None:
            told = await self.call("auth.test")
            self._me = Me(str(told["team_id"]), str(told["user_id"]), str(told.get("bot_id", "")))
        return self._me

    async def call(self, method: str, **arguments: Any) -> Json:
        """One call, such as `chat.postMessage`; the answer's JSON. Raises Later, SlackRefused."""
        key = f"{method} {arguments['channel']}" if method == "chat.postMessage" else method
        self._not_too_early(key, method, arguments)
        try:
            answer = await getattr(self.web, method.replace(".", "_"))(**arguments)
        except SlackApiError as error:
            raise self._understood(method, key, error) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Later(f"Slack cannot be reached: {type(error).__name__}", after=2.0) from error
        except (AttributeError, ValueError):  # slack_sdk, where the answer is text in place of JSON
            raise Later("Slack's answer is no JSON", after=2.0) from None
        return dict(answer.data)

    def keeps(self, url: str) -> bool:
        """Whether a file's private address is Slack's own: there alone the token goes."""
        found, own = urlsplit(url), urlsplit(FILES if self.api_url == API_URL else self.api_url)
        return (found.scheme, found.netloc) == (own.scheme, own.netloc) and found.path.startswith("/files-pri/")

    async def files(self, urls: Sequence[str]) -> list[bytes | Missed]:
        """The bytes of files of the workspace, by their private addresses."""
        if not all(map(self.keeps, urls)):
            raise ValueError("a file that is not Slack's own")
        return await fetched(urls, bearer=self._token)

    def _not_too_early(self, key: str, method: str, arguments: Mapping[str, Any]) -> None:
        wait = self._closed.get(key, 0.0) - self._clock()
        if wait <= 0 and method == "chat.update":
            wait = self._messages.wait(f"{arguments['channel']} {arguments['ts']}") or self._updates.wait("all")
        if wait > 0:
            raise Later(f"Slack takes no {method} yet", after=wait)

    def _understood(self, method: str, key: str, error: SlackApiError) -> Exception:
        response: Any = error.response
        status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
        data = getattr(response, "data", None)
        answer = data if isinstance(data, dict) else {}
        code = str(answer.get("error", "") or "no_reason_given")
        if status == TOO_MANY or code in ("ratelimited", "rate_limited"):
            return self._limited(method, key, response.headers)
        # A refusal of Slack's own has its word: what has none is somebody's in between, such as a proxy's.
        if status >= SERVER_ERRORS or code in _FOR_A_WHILE or not answer.get("error"):
            return Later(f"Slack answered {status}: {code}", after=_retry_after(response.headers, 2.0))
        return SlackRefused(method, code, _detail(answer))

    def _limited(self, method: str, key: str, headers: Mapping[str, str]) -> Later:
        after = _retry_after(headers, 30.0)
        self._closed[key] = self._clock() + after
        if len(self._closed) > 1000:
            self._closed = {each: until for each, until in self._closed.items() if until > self._clock()}
        return Later(f"Slack's rate limit of {method}", after=after)

    async def answer(self, response_url: str, body: Json) -> None:
        """An answer to a command or a press, by the address that came with it. Raises Later, SlackRefused."""
        if not self._is_slacks(response_url):
            raise SlackRefused("response_url", "foreign_url")
        try:
            async with self._session.post(response_url, json=body, allow_redirects=False) as response:
                text = (await response.content.read(200)).decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Later(f"Slack cannot be reached: {type(error).__name__}", after=2.0) from error
        if response.status == TOO_MANY or response.status >= SERVER_ERRORS:
            raise Later(f"Slack answered {response.status}", after=_retry_after(response.headers, 2.0))
        if response.status >= 300:
            raise SlackRefused("response_url", text.strip() if text.strip().isidentifier() else str(response.status))

    def _is_slacks(self, url: str) -> bool:
        """Whether the address is one that Slack gives: what is said there is said to nobody else."""
        asked, api = urlsplit(url), urlsplit(self.api_url)
        if self.api_url == API_URL:
            return asked.scheme == "https" and asked.netloc == ANSWERS
        return (asked.scheme, asked.netloc) == (api.scheme, api.netloc)


def web_client(token: str, api_url: str, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """slack_sdk's client as we use it: it repeats nothing, asks no environment for a proxy, and logs no text."""
    silent = logging.getLogger("bot.slack.sdk")
    silent.setLevel(logging.CRITICAL)
    web = AsyncWebClient(token, base_url=api_url, session=session, retry_handlers=[], logger=silent)
    web.proxy = None
    return web


def _retry_after(headers: Mapping[str, str], otherwise: float) -> float:
    given = headers.get("Retry-After", "")
    return max(1.0, float(given)) if given.isdigit() else otherwise


def _detail(answer: Json) -> str:
    """What Slack says beside its word: the scope that is needed, or where the blocks are wrong."""
    told = answer.get("response_metadata")
    messages = told.get("messages") if isinstance(told, dict) else None
    parts = [str(answer.get("needed", ""))] + [str(each) for each in messages or []]
    return "; ".join(part for part in parts if part)[:300]
