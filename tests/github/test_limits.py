"""What GitHub's answers say of its limits, how long nobody calls then, and where a call may be led on to."""

import httpx
import pytest
import respx

from bot.errors import RateLimited
from bot.github import GitHub, GitHubRefused
from bot.github.limits import LONGEST_PAUSE, Limit, Limits, limit_of
from bot.github.redirects import led_to
from bot.standins.github import AppRegistration

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
API = "https://api.github.test/api/v3"
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
"""784111777 in seconds since the epoch."""


@pytest.mark.parametrize(
    ("status", "headers", "message", "limit"),
    [
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "784111877", "date": DATE}, "", ("primary", 100)),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "784111877", "date": DATE}, "", ("primary", 100)),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999", "date": DATE}, "", ("primary", 3700)),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1", "date": DATE}, "", ("primary", 1)),
        (403, {"retry-after": "7"}, SECONDARY, ("secondary", 7)),
        (403, {"retry-after": "999999"}, SECONDARY, ("secondary", 3700)),
        (403, {}, SECONDARY, ("secondary", 60)),
        (403, {"x-ratelimit-remaining": "12"}, SECONDARY, ("secondary", 60)),
        (429, {}, "", ("secondary", 60)),
        (429, {"retry-after": "soon"}, "", ("secondary", 60)),
    ],
)
def test_what_an_answer_says_of_a_limit(
    status: int, headers: dict[str, str], message: str, limit: tuple[str, float]
) -> None:
    assert limit_of(status, httpx.Headers(headers), message) == Limit(*limit)


@pytest.mark.parametrize("status", [200, 403, 404, 422, 500])
def test_an_ordinary_answer_is_no_limit(status: int) -> None:
    assert limit_of(status, httpx.Headers({"x-ratelimit-remaining": "12"}), "Resource not accessible") is None


def test_nobody_calls_before_the_time_and_others_go_on() -> None:
    now, counted = [0.0], list[str]()
    limits = Limits(counted.append, lambda: now[0])
    assert limits.hit(1, Limit("primary", 3000)).after == LONGEST_PAUSE
    limits.check(None)
    limits.check(2)
    now[0] = 2999
    with pytest.raises(RateLimited) as limited:
        limits.check(1)
    assert limited.value.after == 1
    now[0] = 3000
    limits.check(1)
    assert counted == ["primary"]


@pytest.mark.parametrize(
    ("path", "location", "goes_to"),
    [
        ("/repos/acme/shop", f"{API}/repositories/5", "/repositories/5"),
        ("/repos/acme/shop/issues/1", f"{API}/repositories/5/issues/1", "/repositories/5/issues/1"),
        ("/repositories/5/issues/1", f"{API}/repositories/5/issues/1", "/repositories/5/issues/1"),
        ("/repos/acme/shop", "/api/v3/repositories/5", "/repositories/5"),
        ("/repos/acme/shop", "https://elsewhere.test/api/v3/repositories/5", None),
        ("/repos/acme/shop", "http://api.github.test/api/v3/repositories/5", None),
        ("/repos/acme/shop", "https://x@api.github.test/api/v3/repositories/5", None),
        ("/repos/acme/shop", "https://api.github.test/repositories/5", None),
        ("/repos/acme/shop", f"{API}/repos/acme/store", None),
        ("/repos/acme/shop/issues/1", f"{API}/repositories/5/issues/2", None),
        ("/repositories/5/issues/1", f"{API}/repositories/5/issues/1/../../../6/issues/1", None),
        ("/repositories/5/issues/1", f"{API}/repositories/6/issues/1", None),
        ("/app/hook/deliveries", f"{API}/repositories/5", None),
        ("/repos/acme/shop", "", None),
    ],
)
def test_where_a_call_may_be_led_on_to(path: str, location: str, goes_to: str | None) -> None:
    found = led_to(path, location, API)
    assert (found.path if found else None) == goes_to


async def test_what_is_written_goes_by_the_new_name_after_a_look(app_registration: AppRegistration) -> None:
    router = respx.Router(assert_all_called=True)
    token = {"token": "ghs_" + "t" * 36, "expires_at": "2099-01-01T00:00:00Z", "permissions": {}}
    router.post(f"{API}/app/installations/1/access_tokens").respond(201, json=token)
    led = {"location": f"{API}/repositories/5/issues"}
    router.post(f"{API}/repos/acme/shop/issues").respond(307, headers=led, json={"message": "Moved"})
    router.get(f"{API}/repositories/5").respond(200, json={"id": 5, "full_name": "acme/store"})
    made = router.post(f"{API}/repos/acme/store/issues").respond(201, json={"number": 7})
    transport = httpx.MockTransport(router.async_handler)
    async with GitHub(1, app_registration.private_key_pem, API, transport=transport) as github:
        answer = await github.call("POST", "/repos/acme/shop/issues", installation=1, body={"title": "x"})
    assert answer == {"number": 7}
    assert made.calls.last.request.content == b'{"title":"x"}'


async def test_a_host_that_leads_away_gets_no_token(app_registration: AppRegistration) -> None:
    router = respx.Router(assert_all_called=False)
    token = {"token": "ghs_" + "t" * 36, "expires_at": "2099-01-01T00:00:00Z", "permissions": {}}
    router.post(f"{API}/app/installations/1/access_tokens").respond(201, json=token)
    router.get(f"{API}/repos/acme/shop").respond(301, headers={"location": "https://elsewhere.test/repositories/5"})
    away = router.route(host="elsewhere.test").respond(200, json={})
    transport = httpx.MockTransport(router.async_handler)
    async with GitHub(1, app_registration.private_key_pem, API, transport=transport) as github:
        with pytest.raises(GitHubRefused):
            await github.call("GET", "/repos/acme/shop", installation=1)
    assert not away.called
