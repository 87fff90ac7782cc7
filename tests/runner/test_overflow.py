"""A request that is too long for the window: how that is told, the conversation that fits, and what is looked at before."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import AssistantMessage, ToolUseBlock
from claude_agent_sdk.types import PostToolUseHookInput
from hypothesis import given, settings
from hypothesis import strategies as st

from crds.result import AgentOutcome
from runner.continuing import not_resumed
from runner.conversation.mask import size
from runner.conversation.messages import CUT_SHORT, GO_ON, TOO_MUCH, read
from runner.conversation.overflow import is_too_long, room, with_newest, without_newest
from runner.printed import Printed
from runner.progress import News
from runner.renewal import STOPPED, Renewal
from runner.transcript import TranscriptStore
from runner.watch import Watch
from tests.runner.repositories import limits, make_repository, order_for, ordered
from tests.runner.test_conversation import entry, findings, is_whole, long_run, output, text, words

OLD_VLLM = (
    "This model's maximum context length is 32768 tokens. However, you requested 41239 tokens (33239 in the messages, "
    "8000 in the completion). Please reduce the length of the messages or completion."
)
VLLM = (
    "You passed 24577 input tokens and requested 8000 output tokens. However, the model's context length is only 32768 "
    "tokens, resulting in a maximum input length of 24768 tokens. Please reduce the length of the input prompt."
)
"""As vLLM says it now; the agent's program does not know these words."""


@pytest.mark.parametrize(
    "error",
    [
        "Prompt is too long",
        "prompt is too long: 208310 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 198981 + 21333 > 200000",
        OLD_VLLM,
        VLLM,
        "The input (345516 tokens) is longer than the model's context length (262144 tokens).",
        "request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "the input length exceeds the context length",
        "Context size has been exceeded.",
    ],
)
def test_every_server_has_its_own_words_for_a_request_that_is_too_long(error: str) -> None:
    assert is_too_long(f"API Error: 400 {error}")


@pytest.mark.parametrize("error", ["", "API Error: 529 Overloaded", "max_tokens must be greater than 0", "budget"])
def test_other_errors_are_not_taken_for_it(error: str) -> None:
    assert not is_too_long(error)


@pytest.mark.parametrize(
    ("api_error", "answered", "afresh"),
    [
        ("400: tool_use ids were found without tool_result blocks", False, True),
        ("Prompt is too long", False, True),
        ("400: Prompt is too long", True, False),
        ("529: Overloaded", False, False),
    ],
)
def test_a_conversation_is_begun_afresh_only_if_its_first_request_was_refused(
    api_error: str, answered: bool, afresh: bool
) -> None:
    """The program counts a turn for its own message of the refusal, too."""
    outcome = AgentOutcome(
        subtype="success", is_error=True, turns=1, session_id="s", text=api_error, api_error=api_error
    )
    assert not_resumed(outcome, "", answered=answered) is afresh


def one_turn(outputs: int, length: int = 500) -> list[Any]:
    """A prompt, and one answer with so many calls whose output has just come."""
    calls = [
        {"type": "tool_use", "id": f"t-{n}", "name": "Read", "input": {"file_path": f"{n}"}} for n in range(outputs)
    ]
    printed = [output(f"t-{n}", "word " * length) for n in range(outputs)]
    return [entry("user", text("Do it.")), entry("assistant", *calls, number="m"), entry("user", *printed)]


def test_of_what_one_turn_printed_as_much_stays_as_fits_and_the_newest_of_it() -> None:
    messages = read(one_turn(10))
    assert with_newest(messages, words, share=2600) is None
    made = without_newest(messages, words, share=2600)
    assert made is not None
    assert made.tokens == size(made.messages, words) <= 2600
    kept = [block["tool_use_id"] for block in made.messages[2].blocks if block["content"].startswith("word")]
    assert kept == ["t-6", "t-7", "t-8", "t-9"]
    assert made.saved == size(messages, words) - made.tokens


def test_old_output_goes_first_and_all_of_it() -> None:
    messages = read(long_run(10))
    made = with_newest(messages, words, share=4000)
    assert made is not None
    assert made.outputs == 9
    assert made.messages[-2:] == messages[-2:]


def test_what_cannot_be_made_to_fit_is_not_tried_again() -> None:
    for run in (one_turn(10), [entry("user", text("word " * 9000))]):
        assert with_newest(read(run), words, share=10) is None
        assert without_newest(read(run), words, share=10) is None


def test_the_room_of_messages_is_counted_as_they_are() -> None:
    assert room(32_000, 2218, 1.0) == int(0.95 * (32_000 - 8000 - 3000)) - 2218
    assert room(32_000, 2218, 1.5) < room(32_000, 2218, 1.0)
    assert room(5000, 2218, 1.0) < 0


def renamed(run: list[Any]) -> list[Any]:
    """The same as the work of a later run."""
    return [json.loads(json.dumps(one).replace('"t-', '"u-').replace('"m-', '"n-')) for one in run]


def test_a_long_run_in_a_small_window_keeps_its_task_its_findings_and_its_newest_turns() -> None:
    """What is left of 200 masked turns is more than the room: the oldest of them are told in the agent's own words."""
    messages = read(findings(200, 60))
    made = with_newest(messages, words, share=5000)
    assert made is not None
    assert made.tokens == size(made.messages, words) <= 5000
    assert is_whole(made.messages)
    first = made.messages[0]
    assert first.text.startswith("Find out who holds the locks.")
    assert "The older part of this conversation is left out here" in first.text
    assert "module_" in first.text
    assert made.messages[-3:] == messages[-3:]


def test_what_was_told_in_brief_is_told_anew_with_what_came_after_it() -> None:
    once = with_newest(read(findings(200, 60)), words, share=5000)
    assert once is not None
    later = [entry(said.role, *said.blocks, number=str(place)) for place, said in enumerate(once.messages)]
    more = renamed(findings(600, 60)[2 * 200 + 1 :])
    twice = with_newest(read([*later, *more]), words, share=5000)
    assert twice is not None
    first = twice.messages[0]
    assert first.text.count("The older part of this conversation is left out here") == 1
    assert len(first.blocks) == 2
    assert first.blocks[0]["text"] == "Find out who holds the locks."
    numbers = [int(number) for number in re.findall(r"module_(\d+)", first.blocks[1]["text"])]
    assert numbers == sorted(numbers), "in the order in which it was found"
    assert min(numbers) < 200 <= max(numbers)


def test_of_a_conversation_that_was_gone_on_with_the_newest_prompt_stays() -> None:
    """The prompt of this run stands behind an earlier session's conversation."""
    ended = [*findings(60, 60), entry("assistant", text("Nobody holds them."), number="end")]
    more = renamed(findings(60, 60)[1:])
    messages = read([*ended, entry("user", text("Now fix it, please.")), *more])
    made = with_newest(messages, words, share=5000)
    assert made is not None
    assert is_whole(made.messages)
    first = made.messages[0]
    assert first.blocks[0]["text"] == "Now fix it, please."
    assert first.text.count("Now fix it, please.") == 1
    assert "Nobody holds them." in first.text
    assert "Find out who holds the locks." not in first.text
    assert made.messages[-3:] == messages[-3:]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(0, 80), st.integers(0, 400), st.integers(500, 20_000))
def test_what_fits_is_never_more_than_its_room_and_begins_with_the_task(
    turns: int, finding: int, length: int, share: int
) -> None:
    messages = read([*findings(turns, finding), *long_run(turns // 4, length)[1:-1]])
    for made in (with_newest(messages, words, share=share), without_newest(messages, words, share=share)):
        if made is not None:
            assert made.tokens == size(made.messages, words) <= share
            assert made.tokens + made.saved == size(messages, words)
            assert is_whole(made.messages)
            assert made.messages[0].text.startswith("Find out who holds the locks.")
    assert (with_newest(messages, words, share=share) is None) >= (without_newest(messages, words, share=share) is None)


def test_a_run_that_goes_on_after_an_answer_that_was_cut_is_not_taken_for_a_new_request() -> None:
    """The answer had reached its limit: no tool was called, and the request that would have gone on was too long."""
    cut = [*findings(60, 60), entry("assistant", text("The locks are " * 200), number="cut")]
    more = renamed(findings(60, 60)[1:])
    for how in (GO_ON, TOO_MUCH):
        made = with_newest(read([*cut, entry("user", text(how)), *more]), words, share=5000)
        assert made is not None
        assert made.messages[0].blocks[0]["text"] == "Find out who holds the locks."


def test_a_run_that_was_stopped_to_go_on_reads_as_if_it_had_not_been() -> None:
    told = long_run(3)
    stopped = [*told[:3], entry("assistant", text(CUT_SHORT)), entry("user", text(GO_ON)), *told[3:]]
    assert read(stopped) == read(told)
    assert read([*told[:3], entry("assistant", text(CUT_SHORT)), entry("user", text(GO_ON))]) == read(told[:3])
    again = [text("Image 1:"), {"type": "image", "source": {}}, text(GO_ON)]
    assert read([*told[:3], entry("assistant", text(CUT_SHORT)), entry("user", *again), *told[3:]]) == read(told)
    spoken = [*told[:3], entry("assistant", text(CUT_SHORT)), entry("user", text("Go on.")), *told[3:]]
    assert len(read(spoken)) == len(read(told)) + 2


class SlowBot:
    """Takes a part of a transcript when the story says so."""

    def __init__(self) -> None:
        self.may_take = asyncio.Event()

    async def append_transcript(self, path: str, entries: Any) -> None:
        await self.may_take.wait()

    async def transcript(self, path: str) -> None:
        return None

    async def transcript_subpaths(self) -> list[str]:
        return []


class Untold:
    """Where news goes that nobody reads."""

    def tell(self, news: News) -> None:
        pass


def a_run(folder: Path, store: TranscriptStore, *, tokens: int = 25_000, window: int = 32_000) -> Renewal:
    """A run of ten turns whose last request took so many tokens of the window."""
    watch = Watch(Untold(), "/w")  # type: ignore[arg-type]
    usage = {"input_tokens": tokens, "output_tokens": 5}
    for number in range(10):
        use = ToolUseBlock(f"t-{number}", "Read", {"file_path": "a.py"})
        watch.see(AssistantMessage([use], "m", usage=usage, message_id=f"m-{number}", session_id="s"))
    order = order_for(ordered(make_repository(folder)), window_tokens=window, limits=limits(turns=100))
    return Renewal(order, store, watch, "/w")


def used(call: str, tool: str = "Read", response: Any = None) -> PostToolUseHookInput:
    return {
        "hook_event_name": "PostToolUse", "session_id": "s", "transcript_path": "", "cwd": "/w", "tool_name": tool,
        "tool_input": {"file_path": "a.py"}, "tool_response": response, "tool_use_id": call,
    }  # fmt: skip


PROSE = "The lock is given back.\n" * 2000


@pytest.mark.parametrize(
    ("response", "low", "high"),
    [
        ({"type": "text", "file": {"filePath": "a.py", "content": PROSE}}, 15_000, 17_000),
        ({"type": "image", "file": {"base64": PROSE}}, 0, 0),
        ({"stdout": PROSE[:20_000], "stderr": "", "interrupted": False}, 4500, 5500),
        ({"stdout": PROSE[:30_000], "stderr": "", "persistedOutputPath": "/tmp/out"}, 300, 1000),
        ({"mode": "content", "numFiles": 0, "content": PROSE[:20_000]}, 4500, 5500),
        ({"mode": "content", "numFiles": 0, "content": PROSE}, 300, 1000),
        ({"type": "create", "filePath": "a.py", "content": PROSE, "structuredPatch": []}, 0, 0),
        ({"filePath": "a.py", "originalFile": PROSE, "structuredPatch": []}, 0, 0),
        ("Error: no such file", 1, 10),
        (None, 0, 0),
    ],
)
def test_what_the_model_reads_of_an_answer_is_counted_and_nothing_else(response: Any, low: int, high: int) -> None:
    printed = Printed()
    printed.add(1, used("t", response=response))
    assert low <= printed.tokens <= high
    printed.add(1, used("u", response="one more"))
    assert printed.tokens > low
    printed.add(2, used("v"))
    assert printed.tokens == 0


async def test_a_turn_that_begins_a_phase_is_looked_at_again_when_it_fills_the_window(tmp_path: Path) -> None:
    """An edit begins the change, and much is read beside it."""
    bot = SlowBot()
    bot.may_take.set()
    store = TranscriptStore(bot, project="p")
    run: list[Any] = [one | {"uuid": str(place)} for place, one in enumerate(long_run(10, 2000)[:-1])]
    await store.append({"project_key": "p", "session_id": "s"}, run)
    renewal = a_run(tmp_path / "calc", store, tokens=9000, window=64_000)
    assert await renewal.used(used("t-8", "Edit"), "t-8", {"signal": None}) == {}
    big = {"file": {"content": PROSE}}
    assert await renewal.used(used("t-9", response=big), "t-9", {"signal": None}) == {}
    assert (await renewal.used(used("t-9", response=big), "t-9", {"signal": None})).get("stopReason") == STOPPED


async def test_a_transcript_that_lags_behind_the_agent_is_waited_for(tmp_path: Path) -> None:
    """The bot is slow to take it; without its last turns a renewal would not seem to pay, until it is too late."""
    bot, key = SlowBot(), {"project_key": "p", "session_id": "s"}
    store = TranscriptStore(bot, project="p")
    renewal = a_run(tmp_path / "calc", store)
    run: list[Any] = [one | {"uuid": str(place)} for place, one in enumerate(long_run(10, 2000)[:-1])]
    sending = asyncio.create_task(store.append(key, run[:3]))  # type: ignore[arg-type]
    looking = asyncio.create_task(renewal.used(used("t-9"), "t-9", {"signal": None}))
    await asyncio.sleep(0.05)
    assert not looking.done()
    bot.may_take.set()
    await sending
    await store.append(key, run[3:])  # type: ignore[arg-type]
    assert (await looking).get("stopReason") == STOPPED


async def test_a_part_of_a_transcript_that_is_sent_twice_is_heard_once() -> None:
    bot, key = SlowBot(), {"project_key": "p", "session_id": "s"}
    bot.may_take.set()
    store = TranscriptStore(bot, project="p")
    part: list[Any] = [one | {"uuid": str(place)} for place, one in enumerate(long_run(2))]
    await store.append(key, part)  # type: ignore[arg-type]
    await store.append(key, part)  # type: ignore[arg-type]
    assert store.heard("s") == part
