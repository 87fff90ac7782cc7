"""A request that is too long for the window: the run goes on with a smaller conversation, or ends with clear words."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import AssistantMessage, ToolUseBlock
from claude_agent_sdk.types import PostToolUseHookInput
from hypothesis import given, settings
from hypothesis import strategies as st

from crds.agentic_session import Task
from crds.work_order import WorkOrder
from runner.conversation.mask import size
from runner.conversation.messages import CUT_SHORT, GO_ON, read
from runner.conversation.overflow import room, told, with_newest, without_newest
from runner.progress import News
from runner.renewal import MOST_OVERFLOWS, STOPPED, Renewal
from runner.transcript import TranscriptStore
from runner.watch import Watch
from tests.runner.house import pod_for
from tests.runner.repositories import Repository, limits, make_repository, order_for, ordered
from tests.runner.scripted_model import Fails, Turn, says, uses
from tests.runner.test_conversation import entry, findings, is_whole, long_run, output, text, words

VLLM = (
    "This model's maximum context length is 32768 tokens. However, you requested 41239 tokens (33239 in the messages, "
    "8000 in the completion). Please reduce the length of the messages or completion."
)


@pytest.mark.parametrize(
    "error",
    [
        "Prompt is too long",
        "prompt is too long: 208310 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 198981 + 21333 > 200000",
        VLLM,
        "The input (345516 tokens) is longer than the model's context length (262144 tokens).",
        "request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "the input length exceeds the context length",
        "Context size has been exceeded.",
    ],
)
def test_every_server_has_its_own_words_for_a_request_that_is_too_long(error: str) -> None:
    assert told(f"API Error: 400 {error}")


@pytest.mark.parametrize("error", ["", "API Error: 529 Overloaded", "max_tokens must be greater than 0", "budget"])
def test_other_errors_are_not_taken_for_it(error: str) -> None:
    assert not told(error)


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
    twice = with_newest(read([*later, *findings(300, 60)[1:]]), words, share=5000)
    assert twice is not None
    first = twice.messages[0]
    assert first.text.count("The older part of this conversation is left out here") == 1
    assert len(first.blocks) == 2
    assert first.blocks[0]["text"] == "Find out who holds the locks."
    assert "module_" in first.text


def test_of_a_conversation_that_was_gone_on_with_the_newest_prompt_stays() -> None:
    """The prompt of this run stands behind an earlier session's conversation."""
    ended = [*findings(60, 60), entry("assistant", text("Nobody holds them."), number="end")]
    renamed = [json.loads(json.dumps(one).replace('"t-', '"u-').replace('"m-', '"n-')) for one in findings(60, 60)[1:]]
    messages = read([*ended, entry("user", text("Now fix it, please.")), *renamed])
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


def nearly_full(folder: Path, store: TranscriptStore) -> Renewal:
    """A run of ten turns whose last request was 25,000 tokens of a window of 32,000."""
    watch = Watch(Untold(), "/w")  # type: ignore[arg-type]
    usage = {"input_tokens": 25_000, "output_tokens": 5}
    for number in range(10):
        use = ToolUseBlock(f"t-{number}", "Read", {"file_path": "a.py"})
        watch.see(AssistantMessage([use], "m", usage=usage, message_id=f"m-{number}", session_id="s"))
    order = order_for(ordered(make_repository(folder)), window_tokens=32_000, limits=limits(turns=100))
    return Renewal(order, store, watch, "/w")


def used(call: str) -> PostToolUseHookInput:
    return {
        "hook_event_name": "PostToolUse", "session_id": "s", "transcript_path": "", "cwd": "/w", "tool_name": "Read",
        "tool_input": {"file_path": "a.py"}, "tool_response": {"file": {"content": "x"}}, "tool_use_id": call,
    }  # fmt: skip


async def test_a_transcript_that_lags_behind_the_agent_is_waited_for(tmp_path: Path) -> None:
    """The bot is slow to take it; without its last turns a renewal would not seem to pay, until it is too late."""
    bot, key = SlowBot(), {"project_key": "p", "session_id": "s"}
    store = TranscriptStore(bot, project="p")
    renewal = nearly_full(tmp_path / "calc", store)
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


def many_files(folder: Path) -> Repository:
    files = {f"m{n}.py": "".join(f"value_{n}_{k} = {k}\n" for k in range(500)) for n in range(16)}
    return make_repository(folder / "calc", files)


def reads(folder: Path, *numbers: int) -> list[Any]:
    return [uses("Read", file_path=str(folder / f"pod/workspace/acme__calc/m{n}.py")) for n in numbers]


def asking(calc: Repository, window: int) -> WorkOrder:
    return order_for(ordered(calc), task=Task.ASK, window_tokens=window, limits=limits(turns=100))


async def test_a_turn_that_prints_more_than_the_window_holds_does_not_end_the_run(tmp_path: Path) -> None:
    order = asking(many_files(tmp_path), 32_000)
    turns: list[Turn] = [reads(tmp_path, *range(12)), reads(tmp_path, 15), [says("It is in m15.py.")]]
    async with pod_for(tmp_path / "pod", order, *turns) as pod:
        pod.model.counts = True
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    assert [event.text for event in pod.api.events if event.kind == "context" and event.text][:1] == ["renewed"]
    asked = str(pod.model.requests[1]["messages"])
    assert "Look at less at once" in asked
    assert "/acme__calc/m0.py` (" in asked
    assert "value_11_7 = 7" in asked
    assert 6 <= asked.count("masked; run it again if needed") < 12
    agent = pod.api.final.agent
    assert agent is not None
    assert (agent.text, agent.is_error) == ("It is in m15.py.", False)
    assert "Prompt is too long" not in [event.text for event in pod.api.events]
    assert {event.turn for event in pod.api.events if event.kind == "turn"} == {1, 2, 3}


async def test_a_server_that_finds_a_request_too_long_in_its_own_words_is_heard(tmp_path: Path) -> None:
    """In a window in which the agent's program may not summarise; in a larger one it does that itself."""
    order = asking(many_files(tmp_path), 32_000)
    refuses = Fails(400, VLLM, "invalid_request_error")
    async with pod_for(tmp_path / "pod", order, reads(tmp_path, 0, 1, 2), refuses, [says("It is in m15.py.")]) as pod:
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    assert pod.api.final.agent is not None
    assert pod.api.final.agent.text == "It is in m15.py."
    assert "masked; run it again if needed" in str(pod.model.requests[-1]["messages"])


@pytest.mark.long
async def test_an_agent_that_goes_on_printing_too_much_is_ended_with_words(tmp_path: Path) -> None:
    order = asking(many_files(tmp_path), 32_000)
    turns = [reads(tmp_path, *range(12)) for _ in range(MOST_OVERFLOWS + 3)]
    async with pod_for(tmp_path / "pod", order, *turns) as pod:
        ended = await pod.run()
    assert ended.code == 1
    assert len(pod.model.requests) == MOST_OVERFLOWS + 1
    assert pod.api.final.error.startswith("A request did not fit into the model's window of 32,000 tokens")
    assert "Name a model with a larger one" in pod.api.final.error


async def test_a_first_prompt_that_is_too_long_ends_the_run_at_once(tmp_path: Path) -> None:
    refuses = Fails(400, VLLM, "invalid_request_error")
    async with pod_for(tmp_path / "pod", asking(many_files(tmp_path), 32_000), refuses) as pod:
        ended = await pod.run()
    assert ended.code == 1
    assert len(pod.model.requests) == 1
    assert "did not fit into the model's window" in pod.api.final.error
    assert "400: Prompt is too long" in pod.api.final.error


@pytest.mark.long
async def test_what_the_newest_turn_prints_is_counted_before_the_program_would_summarise(tmp_path: Path) -> None:
    """Four small turns, and one that would fill the window of 64,000 tokens: no server has counted its output yet."""
    small = [reads(tmp_path, n) for n in range(4)]
    order = asking(many_files(tmp_path), 64_000)
    async with pod_for(tmp_path / "pod", order, *small, reads(tmp_path, *range(4, 12)), [says("In m15.py.")]) as pod:
        pod.model.counts = True
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    assert [event.text for event in pod.api.events if event.kind == "context" and event.text] == ["renewed"]
    assert pod.api.final.agent is not None
    assert pod.api.final.agent.text == "In m15.py."


@pytest.mark.long
async def test_a_small_window_holds_a_run_of_many_turns(tmp_path: Path) -> None:
    """Each look is a fourth of what the program sends in a window of 20,000 tokens."""
    prose = "The lock of the table is taken by the writer and given back by the reader that comes after it.\n" * 120
    calc = make_repository(tmp_path / "calc", {f"m{n}.py": f"# module {n}\n{prose}" for n in range(16)})
    looks: list[Turn] = [[says(f"m{n} holds the lock of orders_{n}."), *reads(tmp_path, n)] for n in range(16)]
    async with pod_for(tmp_path / "pod", asking(calc, 20_000), *looks, *looks, *looks, [says("Done.")]) as pod:
        pod.model.counts = True
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    assert pod.api.final.agent is not None
    assert pod.api.final.agent.text == "Done."
    last = str(pod.model.requests[-1]["messages"])
    assert last.count("The older part of this conversation is left out here") == 1
    assert "m15 holds the lock of orders_15." in last
    assert "fix the sum in" in last
