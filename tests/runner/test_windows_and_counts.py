"""What the model's server says it holds bounds the prompt, and what it counted stands in the receipt."""

from pathlib import Path

from crds.overhead import overhead
from crds.receipt import Receipt, ReceiptRow, Trust, Way
from crds.usage import Tokens
from runner.context.of_order import budget_of
from runner.measuring import with_measured
from runner.model_window import said
from tests.runner.house import pod_for
from tests.runner.repositories import limits, make_repository, order_for, ordered
from tests.runner.scripted_model import says


async def test_a_small_window_makes_a_small_prompt_and_the_receipt_says_what_was_counted(tmp_path: Path) -> None:
    shop = make_repository(tmp_path / "shop", {f"part{n}.py": f"def part_{n}(): return {n}\n" * 60 for n in range(40)})
    order = order_for(ordered(shop), limits=limits(context_tokens=30_000), request="fix part_7")
    async with pod_for(tmp_path / "pod", order, [says("Done.")]) as pod:
        pod.model.model_name, pod.model.window = order.model, 24_576
        ended = await pod.run()
        assert (ended.code, ended.stderr) == (0, "")
    receipt = pod.api.final.receipt
    assert receipt is not None
    # Three fifths of the window beside a quarter for an answer and the fixed parts.
    assert receipt.budget == int(0.6 * (24_576 - 6_144 - overhead(order.task, order.model)))
    assert receipt.prompt <= receipt.budget
    assert receipt.measured is not None
    assert receipt.measured.request == 100  # as the scripted server counts every request
    assert receipt.measured.overhead is not None
    assert receipt.counted_by_the_model == 100 - receipt.measured.overhead


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
    assert said(b'{"data": [{"id": "a", "max_model_len": 5}, {"id": "b", "max_model_len": 7}]}', "b") == 7
    for odd in (b"", b"[]", b"{}", b'{"data": 1}', b'{"data": [1, {"id": "b", "max_model_len": "7"}]}', b"[" * 100_000):
        assert said(odd, "b") is None


def test_what_is_learned_of_the_models_count_makes_the_prompt_smaller() -> None:
    order = order_for(limits=limits(context_tokens=10_000))
    assert budget_of(order) == 10_000
    assert budget_of(order.model_copy(update={"tokens_per_count": 1.25})) == 8_000


def test_a_conversation_that_goes_on_tells_nothing_of_the_fixed_parts() -> None:
    row = ReceiptRow(source="a", kind="code", trust=Trust.BOT, offered=1000, taken=1000, way=Way.WHOLE)
    receipt = Receipt(budget=2000, prompt=1000, tokenizer="cl100k_base", rows=(row,))
    order = order_for()
    first = Tokens(input=10, cache_read=4_000, cache_write=2_000, output=77)
    fresh = with_measured(receipt, order, first, resumed=False).measured
    assert fresh is not None
    fixed = overhead(order.task, order.model)
    assert (fresh.request, fresh.cache_read, fresh.cache_write) == (6_010, 4_000, 2_000)
    assert fresh.overhead == round(6_010 * fixed / (fixed + 1000))
    later = with_measured(receipt, order, first, resumed=True).measured
    assert later is not None
    assert later.overhead is None
    assert with_measured(receipt, order, None, resumed=False) == receipt
    assert with_measured(receipt, order, Tokens(), resumed=False) == receipt
