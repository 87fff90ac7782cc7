"""A request with more cache marks than the API takes is sent with four: nothing else of it is changed."""

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.ask import Rules, read_ask
from bot.standins.messages import errors
from bot.standins.messages.requests import blocks_of, cacheable_blocks, check_request
from tests.gateway.conftest import World, asking, order

Json = dict[str, Any]
RULES = Rules(frozenset({"m"}))


def block(words: str, *, mark: bool = True) -> Json:
    return {"type": "text", "text": words} | ({"cache_control": {"type": "ephemeral"}} if mark else {})


def request(*, tools: list[bool], system: list[bool], said: list[list[bool]], whole: bool = False) -> Json:
    """A request whose blocks are marked or not, as these lists say."""
    made: Json = {"model": "m", "max_tokens": 10, "stream": False}
    made["tools"] = [
        {"name": f"t{number}", "input_schema": {"properties": {"cache_control": {}}}} | _mark(mark)
        for number, mark in enumerate(tools)
    ]
    made["system"] = [block(f"s{number}", mark=mark) for number, mark in enumerate(system)]
    made["messages"] = [
        {"role": "user", "content": [block(f"m{turn}.{number}", mark=mark) for number, mark in enumerate(marks)]}
        for turn, marks in enumerate(said)
    ]
    return made | _mark(whole)


def _mark(mark: bool) -> Json:
    return {"cache_control": {"type": "ephemeral"}} if mark else {}


def forwarded(document: Json) -> Json:
    found: Json = orjson.loads(read_ask(orjson.dumps(document), RULES).body())
    return found


def marks(document: Json) -> list[str]:
    named = [
        str(one.get("text", one.get("name", one.get("type"))))
        for one in cacheable_blocks(document)
        if "cache_control" in one
    ]
    return [*named, *(["whole"] if "cache_control" in document else [])]


def without(document: Json) -> Json:
    """The same without any mark."""
    bare = deepcopy(document)
    bare.pop("cache_control", None)
    for part in [*bare["tools"], *bare["system"], *(one for said in bare["messages"] for one in said["content"])]:
        part.pop("cache_control", None)
    return bare


def test_of_the_conversation_the_oldest_marks_go_first() -> None:
    sent = forwarded(request(tools=[], system=[False, True, True], said=[[True, False], [True], [True]]))
    assert marks(sent) == ["s1", "s2", "m1.0", "m2.0"]


def test_the_newest_mark_stays_where_the_rest_alone_are_too_many() -> None:
    sent = forwarded(request(tools=[True, True, True], system=[True, True], said=[[True], [True]]))
    assert marks(sent) == ["t2", "s0", "s1", "m1.0"]


def test_a_mark_of_the_whole_request_is_one_of_the_four() -> None:
    sent = forwarded(request(tools=[], system=[True, True], said=[[True], [True]], whole=True))
    assert marks(sent) == ["s0", "s1", "m1.0", "whole"]


def test_marks_inside_of_a_tools_result_count_too() -> None:
    document = request(tools=[], system=[True, True], said=[[True]])
    result = {"type": "tool_result", "tool_use_id": "x", "content": [block("inner")], **_mark(True)}
    document["messages"].append({"role": "user", "content": [result]})
    sent = forwarded(document)
    assert marks(sent) == ["s0", "s1", "tool_result"]
    [kept] = sent["messages"][1]["content"]
    assert "cache_control" in kept["content"][0]
    assert orjson.dumps(sent).count(b'"cache_control":{"type"') == 4


def test_a_text_that_speaks_of_marks_is_none() -> None:
    words = 'as in {"cache_control":{"type":"ephemeral"}} ' * 9
    document = request(tools=[], system=[True, True], said=[[True], [True]])
    document["messages"][0]["content"][0]["text"] = words
    assert forwarded(document) == document


@given(
    tools=st.lists(st.booleans(), max_size=4),
    system=st.lists(st.booleans(), max_size=4),
    said=st.lists(st.lists(st.booleans(), min_size=1, max_size=4), min_size=1, max_size=6),
)
def test_what_is_forwarded_is_taken_and_says_the_same(
    tools: list[bool], system: list[bool], said: list[list[bool]]
) -> None:
    document = request(tools=tools, system=system, said=said)
    sent = forwarded(document)
    check_request(sent)
    assert without(sent) == without(document)
    assert set(marks(sent)) <= set(marks(document))
    assert len(marks(sent)) == min(4, len(marks(document)))
    if marks(document)[-1:] and marks(document)[-1].startswith("m"):
        assert marks(sent)[-1] == marks(document)[-1]


@pytest.mark.parametrize("nothing", [[], ""])
def test_an_empty_system_message_is_left_out(nothing: object) -> None:
    """As the CLI puts one behind the first message of a conversation that it goes on with."""
    document = request(tools=[], system=[], said=[[False], [False]])
    told = document["messages"]
    document["messages"] = [told[0], {"role": "system", "content": nothing}, told[1]]
    assert forwarded(document)["messages"] == told
    other = {"role": "system", "content": [block("Something.", mark=False)]}
    document["messages"] = [told[0], other, told[1], {"role": "user", "content": []}]
    assert forwarded(document) == document, "what is another's mistake is for the API to tell"


async def test_the_model_is_sent_four_marks_and_the_session_goes_on(world: World) -> None:
    await world.ordered(order())
    body = asking() | {"system": [block("one"), block("two")]}
    body["messages"] = [{"role": "user", "content": [block("a"), block("b"), block("c")]}]
    with pytest.raises(errors.ApiError):
        check_request(body)
    status, _ = await world.answer(body)
    assert status == 200
    [sent] = world.model.requests
    assert [one["text"] for one in blocks_of(sent["messages"][0]["content"]) if "cache_control" in one] == ["b", "c"]
