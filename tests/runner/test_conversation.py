"""The arithmetic of conversations: what is read from a transcript, and what masking does to it. No process, no wire."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.conversation.entries import Home, entries
from runner.conversation.mask import masked, size
from runner.conversation.messages import Said, Unusable, read
from runner.conversation.resume import DIGEST_TOKENS, Afresh, Resumed, digest, resumed, share_of
from runner.conversation.told import Moved, state

HOME = Home("2f1a0c1e-0000-4000-8000-000000000001", "/workspace/acme__calc", "claude-x")
Json = dict[str, Any]


def words(text: str) -> int:
    """A count that can be checked by eye."""
    return len(text.split())


def text(said: str) -> Json:
    return {"type": "text", "text": said}


def call(number: str, command: str = "pytest -q") -> Json:
    return {"type": "tool_use", "id": number, "name": "Bash", "input": {"command": command}}


def output(number: str, said: str, **more: Any) -> Json:
    return {"type": "tool_result", "tool_use_id": number, "content": said, **more}


def entry(role: str, *blocks: Json, number: object = None) -> Json:
    return {"type": role, "message": {"role": role, "id": number, "content": list(blocks)}}


def long_run(turns: int, length: int = 500) -> list[Json]:
    """A prompt, so many calls with their output, and a closing word."""
    told = [entry("user", text("Do it."))]
    for turn in range(turns):
        told.append(entry("assistant", call(f"t-{turn}", f"run {turn}"), number=f"m-{turn}"))
        told.append(entry("user", output(f"t-{turn}", "word " * length)))
    return [*told, entry("assistant", text("Done."), number="end")]


def is_whole(messages: tuple[Said, ...]) -> bool:
    """What the Messages API asks for: roles in turn from the user on, each call answered in the very next message."""
    roles = [said.role for said in messages]
    if roles != ["user", "assistant"] * (len(roles) // 2):
        return False
    for said, answer in zip(messages, [*messages[1:], Said("user", ())], strict=True):
        calls = [block["id"] for block in said.calls]
        given = [block["tool_use_id"] for block in answer.blocks if block["type"] == "tool_result"]
        if said.role == "assistant" and calls != given:
            return False
    used = [block["id"] for said in messages for block in said.calls]
    return len(used) == len(set(used))


blocks = st.one_of(
    st.builds(text, st.text(max_size=20)),
    st.builds(call, st.sampled_from(["a", "b", "c", "d", "no id!"])),
    st.builds(output, st.sampled_from(["a", "b", "c", "d"]), st.text(max_size=300)),
    st.just({"type": "thinking", "thinking": "x", "signature": "y"}),
    st.dictionaries(st.sampled_from(["type", "text", "id"]), st.none() | st.integers() | st.text(), max_size=3),
)
anything = st.one_of(
    st.builds(
        lambda role, found, number: entry(role, *found, number=number),
        st.sampled_from(["user", "assistant", "system"]),
        st.lists(blocks, max_size=4),
        st.sampled_from([None, "1", "2", "3"]),
    ),
    st.none(),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@settings(deadline=None)
@given(st.lists(anything, max_size=20), st.integers(0, 400), st.integers(0, 8))
def test_whatever_a_transcript_holds_its_conversation_is_whole(raw: list[Any], share: int, kept: int) -> None:
    try:
        messages = read(raw)
    except Unusable:
        return
    assert is_whole(messages)
    smaller = masked(messages, share=share, count=len, kept=kept)
    assert is_whole(smaller.messages)
    assert smaller.tokens == size(smaller.messages, len) <= size(messages, len)
    assert smaller.tokens + smaller.saved == size(messages, len)
    assert [said.text for said in smaller.messages] == [said.text for said in messages]
    again = masked(smaller.messages, share=share, count=len, kept=kept)
    assert (again.messages, again.saved) == (smaller.messages, 0)
    assert smaller == masked(messages, share=share, count=len, kept=kept)
    made = entries(smaller.messages, HOME)
    assert [one["parentUuid"] for one in made] == [None, *(one["uuid"] for one in made[:-1])]
    assert read(made) == smaller.messages


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 30), st.integers(1, 4000))
def test_a_conversation_never_takes_more_than_its_share(turns: int, share: int) -> None:
    found = resumed(long_run(turns, 100), HOME, share=share)
    if isinstance(found, Resumed):
        assert found.conversation.tokens <= share
    else:
        assert "are gone on with" in found.why


def test_the_oldest_output_goes_first_and_no_more_than_needed() -> None:
    messages = read(long_run(10))
    whole = size(messages, words)
    one = masked(messages, share=whole - 1, count=words)
    two = masked(messages, share=whole - one.saved - 1, count=words)
    assert (one.outputs, two.outputs) == (1, 2)
    shown = [block["content"] for said in two.messages for block in said.blocks if block["type"] == "tool_result"]
    assert shown[0] == "[output of Bash `run 0` (500 tokens) masked; run it again if needed]"
    assert [("masked" in one) for one in shown] == [True, True, *[False] * 8]


def test_an_error_keeps_its_last_lines() -> None:
    said = "\n".join(f"line {number} of the log" for number in range(200))
    raw = [
        entry("user", text("Go.")),
        entry("assistant", call("t", "make `all`")),
        entry("user", output("t", said, is_error=True)),
    ]
    found = masked(read(raw), share=0, count=words)
    content = found.messages[2].blocks[0]["content"]
    assert content.split("\n")[0] == "[output of Bash `make 'all'` (1,000 tokens) masked; run it again if needed]"
    assert content.split("\n")[1:] == [f"line {number} of the log" for number in (197, 198, 199)]


def test_a_long_input_is_masked_last_and_keeps_its_shape() -> None:
    write = {"type": "tool_use", "id": "w", "name": "Write", "input": {"file_path": "a.py", "content": "x " * 500}}
    raw = [entry("user", text("Go.")), entry("assistant", write), entry("user", output("w", "written"))]
    found = masked(read(raw), share=10, count=words)
    assert found.messages[1].blocks[0]["input"] == {"file_path": "a.py", "content": "[500 tokens masked]"}


def test_what_the_program_summarised_itself_is_behind_it() -> None:
    boundary = {"type": "system", "subtype": "compact_boundary", "message": None}
    messages = read([*long_run(2), boundary, entry("user", text("Summary.")), entry("assistant", text("On."))])
    assert [said.text for said in messages] == ["Summary.", "On."]


def test_the_blocks_of_one_answer_are_one_message_even_where_results_come_between() -> None:
    raw = [
        entry("user", text("Go.")),
        entry("assistant", call("a"), number="m"),
        entry("user", output("a", "1")),
        entry("assistant", call("b"), number="m"),
        entry("user", output("b", "2")),
    ]
    messages = read(raw)
    assert [block["id"] for block in messages[1].blocks] == ["a", "b"]
    assert [block["content"] for block in messages[2].blocks] == ["1", "2"]


def test_the_closing_words_of_a_conversation_that_is_too_long() -> None:
    raw = [
        entry("user", text("word " * 4000)),
        entry("assistant", text("First.")),
        entry("user", text("More.")),
        entry("assistant", text("Looking."), call("t")),
        entry("user", output("t", "1")),
        entry("assistant", text("Second.")),
    ]
    found = resumed(raw, HOME, share=1000)
    assert isinstance(found, Afresh)
    assert found.digest == "First.\n\nSecond."
    assert digest(read(raw), tokens=40) == ""
    assert DIGEST_TOKENS < share_of(200_000, 32_000) == 66_666


@pytest.mark.parametrize("raw", [[], [7], [{"type": "user"}], [entry("assistant", text("Only I speak."))]])
def test_a_transcript_without_a_prompt_is_no_conversation(raw: list[Any]) -> None:
    found = resumed(raw, HOME, share=1000)
    assert found == Afresh("the earlier conversation cannot be read: it holds no message")


def test_a_nest_that_is_too_deep_is_cut_off() -> None:
    deep: Any = "x"
    for _ in range(60):
        deep = {"a": deep}
    raw = [entry("user", text("Go.")), entry("assistant", {**call("t"), "input": deep})]
    assert len(json.dumps(read(raw)[1].blocks[0])) < 300


def test_the_state_of_a_repository_in_the_new_pod() -> None:
    same = Moved("acme__calc", "a" * 40, "a" * 40, ())
    gone = Moved("acme__shelf", "b" * 40, "c" * 40, None)
    told = state([same, gone])
    assert "acme__calc stands at commit aaaaaaaaaaaa, as it was left." in told
    assert "acme__shelf was left at commit bbbbbbbbbbbb and stands at cccccccccccc now; the old commit" in told
