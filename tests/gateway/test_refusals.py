"""What a session may not do at the gateway, in the words and the shape of the Messages API."""

from typing import Any

import orjson
import pytest

from tests.gateway.conftest import SMALL, World, asking, order


def image(**source: Any) -> dict[str, Any]:
    return {"type": "image", "source": source}


async def test_strangers_and_foreign_sessions_are_kept_out(world: World) -> None:
    await world.ordered(order())
    other = world.cluster.add_session("team", "fix-2")
    for path in ("/v1/messages", "/v1/messages/count_tokens"):
        assert (await world.error(path=path, token=""))[:2] == (401, "authentication_error")
        assert (await world.error(path=path, token="who"))[:2] == (401, "authentication_error")
        assert (await world.error(path=path, token=other))[:2] == (403, "permission_error")
    assert world.model.paths == []


async def test_an_ended_session_spends_nothing_more(world: World) -> None:
    await world.ordered(order())
    world.cluster.status("team", "fix-1")["phase"] = "Stopped"
    status, kind, message = await world.error()
    assert (status, kind) == (403, "permission_error")
    assert "has ended" in message


async def test_without_an_order_there_is_no_budget(world: World) -> None:
    assert (await world.error())[:2] == (403, "permission_error")


async def test_a_cluster_that_is_down_is_overloaded(world: World) -> None:
    world.cluster.down = True
    assert (await world.error())[:2] == (529, "overloaded_error")


async def test_the_small_model_is_allowed_and_a_dearer_one_is_not(world: World) -> None:
    await world.ordered(order())
    assert (await world.answer(asking(model=SMALL)))[0] == 200
    status, kind, message = await world.error(asking(model="claude-opus-4-1"))
    assert (status, kind) == (400, "invalid_request_error")
    assert message == "this session may use claude-haiku-4-5 and claude-sonnet-4-5, not 'claude-opus-4-1'"


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]},
        {"tools": [{"type": "code_execution_20250825", "name": "code_execution"}]},
        {"tools": [{"type": "something_new", "name": "x"}]},
        {"tools": ["text"]},
        {"tools": {"type": "custom"}},
        {"service_tier": "auto"},
        {"speed": "fast"},
        {"container": "c1"},
        {"mcp_servers": [{"type": "url", "url": "https://evil", "name": "x"}]},
        {"fallbacks": [{"model": "claude-opus-4-1"}]},
        {"inference_geo": "us"},
        {"model": ["claude-sonnet-4-5"]},
        {"model": None},
        {"max_tokens": 0},
        {"max_tokens": True},
        {"max_tokens": "4000"},
        {"max_tokens": 10**12},
        {"messages": [{"role": "user", "content": [image(type="url", url="https://evil/?secret")]}]},
        {"messages": [{"role": "user", "content": [image(type="file", file_id="f1")]}]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "content": [image(type="url", url="https://evil")]}],
                }
            ]
        },
    ],
)
async def test_what_a_session_may_not_ask_for(world: World, fields: dict[str, Any]) -> None:
    await world.ordered(order())
    status, kind, message = await world.error(asking(**fields))
    assert (status, kind) == (400, "invalid_request_error")
    assert message
    assert world.model.paths == []
    assert (await world.used()).calls == 0


async def test_tools_of_the_client_and_unknown_fields_pass(world: World) -> None:
    await world.ordered(order())
    tools = [
        {"name": "Read", "input_schema": {"type": "object"}},
        {"type": "custom", "name": "Edit", "input_schema": {"type": "object"}},
        {"type": "bash_20250124", "name": "bash"},
    ]
    body = asking(tools=tools, context_management={"edits": []}, top_k=5, service_tier="standard_only")
    assert (await world.answer(body))[0] == 200
    assert world.model.requests == [body]


async def test_a_doubled_key_means_the_same_on_both_sides(world: World) -> None:
    await world.ordered(order())
    double = orjson.dumps(asking()).removesuffix(b"}") + b',"model":"claude-haiku-4-5"}'
    assert (await world.answer(double))[0] == 200
    assert world.model.requests[0]["model"] == SMALL


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b'"\\ud800"', b"[" * 100_000, b""])
async def test_what_is_not_json_is_400(world: World, body: bytes) -> None:
    await world.ordered(order())
    assert (await world.error(body))[:2] == (400, "invalid_request_error")


async def test_a_body_over_32_mib_is_413(world: World) -> None:
    await world.ordered(order())
    status, kind, _ = await world.error(b" " * ((32 << 20) + 1))
    assert (status, kind) == (413, "request_too_large")


async def test_a_picture_is_not_priced_by_its_bytes(world: World) -> None:
    await world.ordered(order(usd=0.2))
    picture = image(type="base64", media_type="image/png", data="A" * 4_000_000)
    body = asking(messages=[{"role": "user", "content": [picture]}])
    assert (await world.answer(body))[0] == 200
