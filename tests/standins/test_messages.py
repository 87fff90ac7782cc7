"""The scripted Messages API: strict about what it is sent, exact in what it sends, and honest about usage.

Anthropic's client is imported by those who call it: each process of a run reads this file, and few run its tests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.standins.messages import (
    ApiError,
    Conversation,
    MessagesStandIn,
    Say,
    Script,
    Think,
    Use,
    billing,
    overloaded,
    rate_limited,
)

if TYPE_CHECKING:
    import anthropic

TOOLS: list[Any] = [{"name": "Bash", "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}}}]
HELLO: list[Any] = [{"role": "user", "content": "hello"}]


def sum_up(conversation: Conversation) -> list[Say]:
    [result] = conversation.last_results
    return [Say(f"{result.tool} said: {result.text}")]


SCRIPT = Script([[Think("Hm."), Say("I look around."), Use("Bash", {"command": "ls"})], sum_up])


@pytest.fixture
async def model() -> AsyncIterator[MessagesStandIn]:
    model = MessagesStandIn(SCRIPT, api_key="key")
    async with model.serve():
        yield model


@pytest.fixture
async def client(model: MessagesStandIn) -> AsyncIterator[anthropic.AsyncAnthropic]:
    import anthropic

    async with anthropic.AsyncAnthropic(api_key="key", base_url=model.url, max_retries=0) as client:
        yield client


def ask(messages: list[Any], **more: Any) -> dict[str, Any]:
    return {"model": "claude-sonnet-5-5", "max_tokens": 4000, "messages": messages, "tools": TOOLS, **more}


async def test_a_stream_adds_up_to_the_message(model: MessagesStandIn, client: anthropic.AsyncAnthropic) -> None:
    async with client.messages.stream(**ask(HELLO)) as stream:
        kinds = [event.type async for event in stream]
        message = await stream.get_final_message()
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use"]
    assert message.stop_reason == "tool_use"
    assert message.usage.output_tokens > 1
    whole = await client.messages.create(**ask(HELLO))
    assert whole.to_dict()["content"] == [block.to_dict() for block in message.content]
    assert whole.id == message.id
    assert model.violations == []


async def test_the_place_in_the_script_is_in_the_conversation(
    model: MessagesStandIn, client: anthropic.AsyncAnthropic
) -> None:
    first = await client.messages.create(**ask(HELLO))
    again = await client.messages.create(**ask(HELLO))
    assert again.content == first.content
    call = next(block for block in first.content if block.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "README.md"}
    said = [block.model_dump() for block in first.content]
    told = [*HELLO, {"role": "assistant", "content": said}, {"role": "user", "content": [result]}]
    second = await client.messages.create(**ask(told))
    assert [block.text for block in second.content if block.type == "text"] == ["Bash said: README.md"]
    assert second.stop_reason == "end_turn"


async def test_side_requests_do_not_move_the_script(model: MessagesStandIn, client: anthropic.AsyncAnthropic) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    wanted: Any = {"format": {"type": "json_schema", "schema": schema}}
    title = await client.messages.create(model="claude-haiku-5-5", max_tokens=100, messages=HELLO, output_config=wanted)
    assert [block.text for block in title.content if block.type == "text"] == ['{"title": "Scripted session"}']
    assert (len(model.side_requests), len(model.requests)) == (1, 0)


async def test_what_was_marked_for_the_cache_is_read_from_it_the_next_time(client: anthropic.AsyncAnthropic) -> None:
    system: list[Any] = [{"type": "text", "text": "Be brief. " * 400, "cache_control": {"type": "ephemeral"}}]
    first = (await client.messages.create(**ask(HELLO, system=system))).usage
    second = (await client.messages.create(**ask([{"role": "user", "content": "and now?"}], system=system))).usage
    assert first.cache_read_input_tokens == 0
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens
    assert (first.cache_creation_input_tokens or 0) > 1000
    assert second.cache_creation_input_tokens == 0
    counted = await client.messages.count_tokens(**{k: v for k, v in ask(HELLO).items() if k != "max_tokens"})
    assert counted.input_tokens > 10


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (overloaded(), "InternalServerError"),
        (rate_limited(), "RateLimitError"),
        (billing(), "APIStatusError"),
    ],
)
async def test_errors_have_the_shape_that_clients_know(
    model: MessagesStandIn, client: anthropic.AsyncAnthropic, error: ApiError, expected: str
) -> None:
    import anthropic

    model.fail(error)
    with pytest.raises(getattr(anthropic, expected)) as failed:
        await client.messages.create(**ask(HELLO))
    assert isinstance(failed.value, anthropic.APIStatusError)
    assert failed.value.status_code == error.status
    assert (await client.messages.create(**ask(HELLO))).stop_reason == "tool_use"


async def test_a_stream_can_break_off(model: MessagesStandIn) -> None:
    model.cut_stream(after_events=3)
    headers = {"x-api-key": "key", "anthropic-version": "2023-06-01"}
    async with httpx.AsyncClient(base_url=model.url, headers=headers) as client:
        with pytest.raises(httpx.TransportError):
            await client.post("/v1/messages", json=ask(HELLO, stream=True))
        whole = await client.post("/v1/messages", json=ask(HELLO, stream=True))
    assert whole.text.endswith('data: {"type": "message_stop"}\n\n')


async def test_the_wrong_key_is_refused(model: MessagesStandIn) -> None:
    import anthropic

    async with anthropic.AsyncAnthropic(api_key="other", base_url=model.url, max_retries=0) as stranger:
        with pytest.raises(anthropic.AuthenticationError):
            await stranger.messages.create(**ask(HELLO))


UNANSWERED = [*HELLO, {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}]}]


@pytest.mark.parametrize(
    ("messages", "more", "reason"),
    [
        ([], {}, "at least one message"),
        ([{"role": "assistant", "content": "hi"}], {}, "first message must use the user role"),
        ([{"role": "user", "content": [{"type": "text", "text": ""}]}], {}, "must be non-empty"),
        ([*UNANSWERED, {"role": "user", "content": "well?"}], {}, "without `tool_result` blocks"),
        (HELLO, {"tools": [*TOOLS, *TOOLS]}, "must be unique"),
        (HELLO, {"max_tokens": 0}, "max_tokens"),
        (HELLO, {"tool_choice": {"type": "perhaps"}}, "tool_choice"),
    ],
)
async def test_a_request_that_the_real_one_refuses_is_refused(
    model: MessagesStandIn, client: anthropic.AsyncAnthropic, messages: list[Any], more: dict[str, Any], reason: str
) -> None:
    import anthropic

    with pytest.raises(anthropic.BadRequestError, match=reason):
        await client.messages.create(**ask(messages, **more))
    assert len(model.violations) == 1
