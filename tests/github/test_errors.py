"""What GitHub answers when it will not or cannot: waited for as long as it says, or refused in its own words."""

import httpx
import pytest
import respx

from bot.errors import Later
from bot.github import GitHub, GitHubRefused
from bot.github.client import next_page
from bot.standins.github import AppRegistration

API = "https://api.github.test"


class Answers:
    """A GitHub that gives a token, and then one answer to everything."""

    def __init__(self, registration: AppRegistration, answer: httpx.Response | Exception) -> None:
        self.router = respx.Router(assert_all_called=False)
        token = {
            "token": "ghs_" + "t" * 36,
            "expires_at": "2099-01-01T00:00:00Z",
            "permissions": {},
            "repository_selection": "all",
        }
        self.tokens = self.router.post(f"{API}/app/installations/1/access_tokens").respond(201, json=token)
        route = self.router.route(url__startswith=f"{API}/repos/")
        route.mock(side_effect=answer) if isinstance(answer, Exception) else route.mock(return_value=answer)
        transport = httpx.MockTransport(self.router.async_handler)
        self.github = GitHub(1, registration.private_key_pem, API, transport=transport)

    async def ask(self) -> object:
        return await self.github.call("GET", "/repos/acme/shop", installation=1)


LATER: dict[str, tuple[httpx.Response | Exception, float]] = {
    "the primary rate limit": (
        httpx.Response(403, headers={"x-ratelimit-remaining": "0", "retry-after": "7"}, json={"message": "limit"}),
        7,
    ),
    "a secondary rate limit": (
        httpx.Response(
            429, headers={"retry-after": "30"}, json={"message": "You have exceeded a secondary rate limit"}
        ),
        30,
    ),
    "a bad gateway": (httpx.Response(502, text="<html>nginx</html>"), 1),
    "a cut wire": (httpx.ReadError("connection reset"), 1),
    "a time-out": (httpx.ConnectTimeout("too slow"), 1),
}


@pytest.mark.parametrize("trouble", LATER)
async def test_what_time_mends_is_later(app_registration: AppRegistration, trouble: str) -> None:
    answer, least = LATER[trouble]
    with pytest.raises(Later) as later:
        await Answers(app_registration, answer).ask()
    assert later.value.after >= least


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(404, json={"message": "Not Found"}), "GitHub answered 404: Not Found"),
        (
            httpx.Response(422, json={"message": "Validation Failed", "errors": [{"message": "No commits between"}]}),
            "GitHub answered 422: Validation Failed: No commits between",
        ),
        (httpx.Response(422, json={"message": "Bad", "errors": ["head"]}), "GitHub answered 422: Bad: head"),
        (httpx.Response(403, text="<html>"), "GitHub answered 403: no reason given"),
        (httpx.Response(400, json=["odd"]), "GitHub answered 400: no reason given"),
    ],
)
async def test_what_time_does_not_mend_is_refused_in_its_words(
    app_registration: AppRegistration, answer: httpx.Response, words: str
) -> None:
    with pytest.raises(GitHubRefused) as refused:
        await Answers(app_registration, answer).ask()
    assert str(refused.value) == words


async def test_a_token_that_was_revoked_is_fetched_anew(app_registration: AppRegistration) -> None:
    answers = Answers(app_registration, httpx.Response(401, json={"message": "Bad credentials"}))
    for _ in range(2):
        with pytest.raises(Later):
            await answers.ask()
    assert answers.tokens.call_count == 2


@pytest.mark.parametrize(
    ("link", "query"),
    [
        ("", None),
        (
            '<https://x/y?page=2&per_page=100>; rel="next", <https://x/y?page=9>; rel="last"',
            {"page": "2", "per_page": "100"},
        ),
        ('<https://x/y?page=1>; rel="prev"', None),
        ('<https://x/y?cursor=abc>; rel="next"', {"cursor": "abc"}),
    ],
)
def test_the_next_page_is_where_the_link_says(link: str, query: dict[str, str] | None) -> None:
    assert next_page(link) == query
