"""A call that is paid for goes through as if the gateway were not there, but for the key and the counting."""

import logging
from decimal import Decimal

import pytest

from crds.usage import Tokens
from tests.gateway.conftest import MODEL, SMALL, House, World, asking, order
from tests.gateway.model import EXTRA, KEY, STOP, Drop, Error, Pause, end, sse, start, text, usage


async def test_a_stream_comes_through_byte_for_byte_and_is_counted(world: World) -> None:
    await world.ordered(order())
    world.model.script = [start(fresh=100, read=2000, written=300, output=1), text("Hällo"), end(50), STOP]
    status, body = await world.answer()
    assert (status, body) == (200, b"".join(sse(event) for event in world.model.script if isinstance(event, dict)))
    used = await world.used()
    assert used.tokens == Tokens(input=100, output=50, cache_read=2000, cache_write=300)
    # 100 · $3 + 50 · $15 + 2000 · $0.30 + 300 · $3.75, per million
    assert used.usd == Decimal("0.002775")
    assert (used.held_usd, used.held_tokens, used.calls) == (Decimal(0), 0, 1)
    assert world.counted("vteam_model_tokens_total", kind="cache_read", model="claude-sonnet-4") == 2000
    assert world.counted("vteam_model_first_byte_seconds_count") == 1


async def test_each_piece_is_passed_on_at_once(world: World) -> None:
    await world.ordered(order())
    pauses = [Pause(), Pause()]
    world.model.script = [start(), pauses[0], text("one"), pauses[1], end(2), STOP]
    async with world.ask() as response:
        assert await response.content.readuntil(b"\n\n") == sse(start())
        assert not pauses[0].go.is_set()
        pauses[0].go.set()
        assert await response.content.readuntil(b"\n\n") == sse(text("one"))
        pauses[1].go.set()
        assert await response.content.read() == sse(end(2)) + sse(STOP)


async def test_an_event_cut_into_single_bytes_is_counted_all_the_same(world: World) -> None:
    await world.ordered(order())
    pieces = b"".join(map(sse, (start(fresh=7), text("x"), end(9)))).replace(b"\n", b"\r\n")
    world.model.script = [bytes([byte]) for byte in pieces]
    await world.answer()
    assert (await world.used()).tokens == Tokens(input=7, output=9)


async def test_an_answer_in_one_piece_is_counted_too(world: World) -> None:
    await world.ordered(order())
    async with world.ask(asking(stream=False)) as response:
        assert (await response.json())["usage"] == usage(100, 50, 1000, 10)
        assert response.headers["request-id"] == EXTRA["request-id"]
        assert response.headers["anthropic-ratelimit-tokens-remaining"] == "7"
        assert "set-cookie" not in response.headers
    assert (await world.used()).tokens == Tokens(input=100, output=50, cache_read=1000, cache_write=10)


async def test_the_pods_token_stays_here_and_the_key_goes_there(world: World) -> None:
    await world.ordered(order())
    beta = {"anthropic-beta": "context-management-2025-06-27", "anthropic-version": "2023-06-01"}
    async with world.ask(path="/v1/messages?beta=true&x=1", **beta, Cookie="a=b", **{"X-Evil": "1"}) as response:
        assert response.status == 200
    sent = world.model.headers[0]
    assert world.model.paths == ["/v1/messages?beta=true"]
    assert sent["x-api-key"] == KEY
    assert {name: sent[name] for name in beta} == beta
    assert not {"authorization", "cookie", "x-evil"} & set(sent)


async def test_a_token_may_come_as_an_api_key(world: World) -> None:
    await world.ordered(order())
    status, _ = await world.answer(token="", **{"x-api-key": world.token})
    assert status == 200


async def test_a_key_may_be_a_bearer_key(house: House) -> None:
    async with house.open(bearer=True, headers={"x-team": "7"}) as world:
        await world.ordered(order())
        status, kind, _ = await world.error()
    # This server wants x-api-key, and so refuses: what matters is what it was sent.
    assert (status, kind) == (502, "api_error")
    assert house.model.headers[0]["authorization"] == f"Bearer {KEY}"
    assert house.model.headers[0]["x-team"] == "7"


async def test_the_hour_long_cache_costs_twice_the_input(world: World) -> None:
    await world.ordered(order())
    written = {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 0}
    world.model.script = [start(fresh=0, written=1000, cache_creation=written), end(0), STOP]
    await world.answer()
    assert (await world.used()).usd == Decimal("0.006")


async def test_a_model_without_a_price_costs_tokens_only(world: World) -> None:
    await world.ordered(order("qwen3-coder", usd=None, tokens=50_000))
    status, _ = await world.answer(asking(model="qwen3-coder"))
    assert status == 200
    used = await world.used()
    assert (used.usd, used.tokens.total) == (Decimal(0), 105)
    assert world.counted("vteam_model_tokens_total", kind="input", model="unpriced") == 100


async def test_counting_tokens_is_free_and_forwarded(world: World) -> None:
    await world.ordered(order())
    body = asking()
    del body["max_tokens"]
    status, answer = await world.answer(body, path="/v1/messages/count_tokens?beta=true")
    assert (status, answer) == (200, b'{"input_tokens": 42}')
    assert world.model.paths == ["/v1/messages/count_tokens?beta=true"]
    assert (await world.used()).calls == 0


async def test_a_server_that_cannot_count_gets_an_estimate(world: World) -> None:
    await world.ordered(order())
    world.model.counts = False
    status, answer = await world.answer(asking("x" * 3500), path="/v1/messages/count_tokens")
    assert status == 200
    assert 1000 < int(answer.removeprefix(b'{"input_tokens":').removesuffix(b"}")) < 1100


async def test_the_session_sees_its_own_models_and_nothing_else_is_here(world: World) -> None:
    await world.ordered(order())
    headers = {"Authorization": f"Bearer {world.token}"}
    base = f"{world.url}/model/team/fix-1"
    async with world.http.get(f"{base}/v1/models", headers=headers) as response:
        assert [model["id"] for model in (await response.json())["data"]] == [MODEL, SMALL]
    async with world.http.head(base) as response:
        assert response.status == 200
    for path in ("/v1/files", "/v1/complete", "/v1/messages/batches", "/v1/messages/../files"):
        async with world.http.post(base + path, headers=headers) as response:
            assert response.status == 404
            assert (await response.json())["error"]["type"] == "not_found_error"
    assert world.model.paths == []


@pytest.mark.parametrize(
    "error",
    [
        Error(429, "rate_limit_error", "slow down", {"retry-after": "7"}),
        Error(529, "overloaded_error", "full"),
        Error(400, "invalid_request_error", "prompt is too long"),
        Error(500, "api_error", "oops"),
    ],
)
async def test_the_servers_own_errors_are_passed_on_and_cost_nothing(world: World, error: Error) -> None:
    await world.ordered(order())
    world.model.script = error
    async with world.ask() as response:
        document = await response.json()
        assert (response.status, document["error"]) == (error.status, {"type": error.type, "message": error.message})
        assert response.headers.get("retry-after") == error.headers.get("retry-after")
    used = await world.used()
    assert (used.usd, used.held_usd, used.tokens.total) == (Decimal(0), Decimal(0), 0)


async def test_a_server_that_is_down_is_overloaded_and_costs_nothing(house: House) -> None:
    async with house.open(url="http://127.0.0.1:1") as world:
        await world.ordered(order())
        status, kind, message = await world.error()
        assert (status, kind) == (529, "overloaded_error")
        assert "127.0.0.1" not in message
        assert (await world.used()).held_usd == (await world.used()).usd == 0
        status, kind, _ = await world.error(path="/v1/messages/count_tokens")
        assert (status, kind) == (529, "overloaded_error")


async def test_a_key_that_is_refused_is_the_administrators_matter(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.ordered(order())
    world.model.key = "another"
    with caplog.at_level(logging.DEBUG):
        async with world.ask() as response:
            answer = await response.text()
            assert (response.status, response.headers["x-should-retry"]) == (502, "false")
    assert "the bot's model key was refused; tell the administrator" in answer
    printed = capsys.readouterr()
    for said in (answer, caplog.text, printed.out, printed.err, repr(world.metrics.registry.collect())):
        assert KEY not in said
        assert world.token not in said
    assert "model_key_refused" in printed.out + printed.err + caplog.text
    assert world.counted("vteam_model_refusals_total", reason="key_refused") == 1


async def test_a_key_that_the_server_echoes_in_an_error_is_masked(world: World) -> None:
    await world.ordered(order())
    world.model.script = Error(400, "invalid_request_error", f"odd header {KEY}")
    assert KEY.encode() not in (await world.answer())[1]


async def test_a_redirect_is_not_followed_with_the_key(world: World) -> None:
    await world.ordered(order())
    world.model.script = Error(307, headers={"location": f"{world.model.url}/elsewhere"})
    status, kind, _ = await world.error()
    assert (status, kind) == (502, "api_error")


async def test_a_stream_that_the_server_drops_ends_with_an_error_event(world: World) -> None:
    await world.ordered(order())
    pause = Pause()
    world.model.script = [start(fresh=100), text("x" * 350), pause, Drop()]
    async with world.ask() as response:
        await response.content.readuntil(sse(text("x" * 350)))
        pause.go.set()
        body = await response.read()
    assert b'"overloaded_error"' in body
    assert (await world.used()).tokens == Tokens(input=100, output=100)
