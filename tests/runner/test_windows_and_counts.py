"""What the model's server says it holds bounds the prompt, and what it counted stands in the receipt."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from crds.agentic_session import Task
from crds.overhead import REMINDERS, overhead
from crds.receipt import Receipt, ReceiptRow, Trust, Way
from crds.served_window import ServedWindow, Source
from crds.usage import Tokens
from handlers.wording.receipt import receipt_block
from runner.context.of_order import budget_of
from runner.measuring import FirstRequest, expected_cached, with_measured
from runner.model_window import PATIENCE, said
from tests.runner.house import Ended, pod_for
from tests.runner.repositories import limits, make_repository, order_for, ordered
from tests.runner.scripted_model import says, uses


async def test_a_small_window_makes_a_small_prompt_and_the_receipt_says_what_was_counted(tmp_path: Path) -> None:
    shop = make_repository(tmp_path / "shop", {f"part{n}.py": f"def part_{n}(): return {n}\n" * 60 for n in range(40)})
    order = order_for(ordered(shop), limits=limits(context_tokens=30_000), request="fix part_7")
    async with pod_for(tmp_path / "pod", order, [says("Done.")]) as pod:
        pod.model.model_name, pod.model.window = order.model, 24_576
        ended = await pod.run()
        assert (ended.code, ended.stderr) == (0, "")
    receipt = pod.api.final.receipt
    assert receipt is not None
    # Half of what the program sends (a quarter is for an answer, 3,000 it keeps back) beside the fixed parts.
    assert receipt.budget == int(0.5 * (24_576 - 6_144 - 3_000 - overhead(order.task, order.model)))
    assert receipt.prompt <= receipt.budget
    assert receipt.measured is not None
    assert receipt.measured.request == 100  # as the scripted server counts every request
    assert receipt.measured.overhead is not None
    assert receipt.counted_by_the_model == 100 - receipt.measured.overhead
    assert receipt.measured.prompt is None, "a server of another maker is not asked to count"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("listed", "The server of scripted-1 holds 24,576 tokens."),
        ("llama.cpp", "llama.cpp gives a request to scripted-1 24,576 tokens."),
        ("ollama", "Ollama has loaded scripted-1 with 24,576 tokens; what is over it would drop without a word."),
    ],
)
async def test_the_receipt_says_how_the_window_is_known(tmp_path: Path, source: Source, words: str) -> None:
    order = order_for(ordered(make_repository(tmp_path / "shop")))
    async with pod_for(tmp_path / "pod", order, [says("Done.")]) as pod:
        pod.model.model_name, pod.model.window, pod.model.source = order.model, 24_576, source
        ended = await pod.run()
        assert (ended.code, ended.stderr) == (0, "")
    receipt = pod.api.final.receipt
    assert receipt is not None
    assert receipt.window == words
    assert f"- {words}" in receipt_block(receipt).replace("`", "").replace("\\", "")


@pytest.mark.long
async def test_a_model_that_is_still_being_loaded_is_waited_for(tmp_path: Path) -> None:
    order = order_for(ordered(make_repository(tmp_path / "shop")))
    async with pod_for(tmp_path / "pod", order, [says("Done.")]) as pod:
        pod.model.model_name, pod.model.window, pod.model.loading = order.model, 24_576, asyncio.Event()
        await pod.start()
        await pod.model.asked_for_list.wait()
        await asyncio.sleep(PATIENCE + 0.2)
        pod.model.loading.set()
        assert await pod.ended() == Ended(0, "")
    receipt = pod.api.final.receipt
    assert receipt is not None
    assert receipt.window == "The server of scripted-1 holds 24,576 tokens."


async def test_a_session_that_is_stopped_waits_for_no_model(tmp_path: Path) -> None:
    order = order_for(ordered(make_repository(tmp_path / "shop")))
    async with pod_for(tmp_path / "pod", order) as pod:
        pod.model.model_name, pod.model.window, pod.model.loading = order.model, 24_576, asyncio.Event()
        await pod.start()
        await pod.model.asked_for_list.wait()
        pod.stop()
        async with asyncio.timeout(60):
            assert (await pod.ended()).code == 143
        pod.model.loading.set()


async def test_a_least_that_is_taken_for_granted_ends_the_session_with_what_is_to_be_done(tmp_path: Path) -> None:
    order = order_for(ordered(make_repository(tmp_path / "shop")))
    async with pod_for(tmp_path / "pod", order) as pod:
        pod.model.model_name, pod.model.window, pod.model.source = order.model, 4_096, "ollama-assumed"
        ended = await pod.run()
    assert ended.code == 2
    assert pod.api.final.error == snapshot(
        "The server of scripted-1 holds 4,096 tokens by its smallest default, for it does not say more, which is less "
        "than the agent's tools and an answer take; start Ollama with `OLLAMA_CONTEXT_LENGTH=64000`, as it advises for "
        "agents, and load the model again, or name another model."
    )


async def test_a_window_that_does_not_hold_the_tools_ends_the_session_in_words(tmp_path: Path) -> None:
    shop = make_repository(tmp_path / "shop")
    order = order_for(ordered(shop))
    async with pod_for(tmp_path / "pod", order) as pod:
        pod.model.model_name, pod.model.window = order.model, 4_096
        ended = await pod.run()
    assert ended.code == 2
    assert pod.api.final.error == (
        "The server of scripted-1 holds 4,096 tokens, which is less than the agent's tools and an answer take; serve it "
        "with a longer context (`--max-model-len`), or name another model."
    )


def test_what_is_said_of_other_models_or_in_other_words_does_not_count() -> None:
    rows: list[Any] = [{"id": "a", "max_model_len": 5}, {"id": "b", "max_model_len": 7, "window_source": "ollama"}]
    assert said(json.dumps({"data": rows}).encode(), "b") == ServedWindow(tokens=7, source="ollama")
    odd_rows: list[Any] = [{"max_model_len": "7"}, {"max_model_len": -7}, {"max_model_len": 7, "window_source": ["x"]}]
    odd = [json.dumps({"data": [1, {"id": "b", **row}]}).encode() for row in odd_rows]
    for document in (*odd, b"", b"[]", b"{}", b'{"data": 1}', b"[" * 100_000):
        assert said(document, "b") is None


def test_what_is_learned_of_the_models_count_makes_the_prompt_smaller() -> None:
    order = order_for(limits=limits(context_tokens=10_000))
    assert budget_of(order) == 10_000
    assert budget_of(order.model_copy(update={"tokens_per_count": 1.25})) == 8_000


ROW = ReceiptRow(source="a", kind="code", trust=Trust.BOT, offered=1000, taken=1000, way=Way.WHOLE)
RECEIPT = Receipt(budget=2000, prompt=1000, tokenizer="cl100k_base", rows=(ROW,))
FIRST = Tokens(input=10, cache_read=4_000, cache_write=2_000, output=77)


def test_what_stands_beside_the_prompt_is_what_the_server_counts_less_the_prompt() -> None:
    found = with_measured(RECEIPT, order_for(), FirstRequest(FIRST, prompt=1_150)).measured
    assert found is not None
    assert (found.request, found.prompt, found.overhead) == (6_010, 1_150, 4_860)
    assert (found.cache_read, found.cache_write) == (4_000, 2_000)
    shown = with_measured(RECEIPT, order_for(), FirstRequest(FIRST, prompt=1_150))
    assert shown.counted_by_the_model == 1_150


def test_without_the_servers_count_the_bundled_tokenizers_share_stands() -> None:
    order = order_for()
    fixed = overhead(order.task, order.model)
    share = round(6_010 * fixed / (fixed + 1000))
    # A prompt that is larger than the request which held it was counted by nobody.
    for prompt in (None, 6_011):
        found = with_measured(RECEIPT, order, FirstRequest(FIRST, prompt=prompt)).measured
        assert found is not None
        assert (found.prompt, found.overhead) == (None, share)


def test_a_conversation_that_goes_on_tells_nothing_of_the_fixed_parts() -> None:
    later = with_measured(RECEIPT, order_for(), FirstRequest(FIRST, prompt=1_150, resumed=True))
    assert later.measured is not None
    assert later.measured.overhead is None
    assert later.counted_by_the_model == 1_150
    nothing = with_measured(RECEIPT, order_for(), FirstRequest())
    assert nothing == RECEIPT
    assert with_measured(RECEIPT, order_for(), FirstRequest(Tokens())) == RECEIPT


@pytest.mark.parametrize(
    ("changed", "stable", "expected"),
    [
        # Tools and system prompt, and the stable start behind them, in the model's own tokens.
        ({"cached_until": 101.0}, 1000, round(1.2 * (overhead(Task.FIX, "claude-sonnet-5-5") - REMINDERS + 1000))),
        # A start that gets no mark is not kept.
        ({"cached_until": 101.0}, 20, round(1.2 * (overhead(Task.FIX, "claude-sonnet-5-5") - REMINDERS))),
        # Nobody was there before, or the five minutes are over.
        ({}, 1000, 0),
        ({"cached_until": 100.0}, 1000, 0),
        # Another maker's server has a cache of its own kind.
        ({"cached_until": 101.0, "model": "qwen2.5-coder:32b", "priced": False}, 1000, 0),
        # Less than this model keeps: 2,231 tokens stand before a question, and 4,096 are the least.
        ({"cached_until": 101.0, "model": "claude-opus-4-6", "task": Task.ASK}, 300, 0),
    ],
)
def test_what_is_expected_in_the_cache(changed: dict[str, Any], stable: int, expected: int) -> None:
    usual: dict[str, Any] = {"model": "claude-sonnet-5-5", "priced": True, "tokens_per_count": 1.2}
    order = order_for(**(usual | changed))
    assert expected_cached(order, " word" * stable, now=100.0) == expected


@pytest.mark.long
async def test_the_server_is_asked_for_its_own_count_of_the_prompt(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    order = order_for(ordered(calc), model="claude-sonnet-5-5", priced=True)
    async with pod_for(tmp_path / "pod", order, [uses("Bash", command="sleep 1")], [says("Done.")]) as pod:
        pod.model.tokens = 9_000
        ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    receipt = pod.api.final.receipt
    assert receipt is not None
    found = receipt.measured
    assert found is not None
    assert found.request == 9_000
    assert found.prompt is not None
    # The scripted server counts four bytes of a body as a token.
    assert 0 < found.prompt < 3 * receipt.prompt
    assert found.overhead == 9_000 - found.prompt
