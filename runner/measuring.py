"""What the model's server counted in the first request, for the receipt, and what was expected of its cache.

`counted` asks the server, in a thread; the rest is pure. Called by `session.py`.
"""

import json
from dataclasses import dataclass

from crds.caching import least_cacheable
from crds.overhead import REMINDERS, overhead
from crds.receipt import Measured, Receipt
from crds.usage import Tokens
from crds.work_order import WorkOrder
from runner.calls import Call, Caller, json_body
from runner.context.count import count
from runner.endings import PrerequisiteFailed, Refused
from runner.first_message import Block, worth_a_mark

SECONDS = 20.0
"""How long the server's count is waited for."""


@dataclass(frozen=True)
class FirstRequest:
    """What is known of the first request."""

    tokens: Tokens | None = None
    """As the answer's usage has it."""
    prompt: int | None = None
    """The prompt alone, as the model's server counts it."""
    expected_cached: int = 0
    resumed: bool = False
    """Whether a conversation went on, which stands in the request beside the prompt."""


def with_measured(receipt: Receipt, order: WorkOrder, first: FirstRequest) -> Receipt:
    """The receipt with what was expected and what was counted; no count where no request was answered."""
    receipt = receipt.model_copy(update={"expected_cached": first.expected_cached})
    used = first.tokens
    request = used.total - used.output if used else 0
    if used is None or request <= 0:
        return receipt
    prompt = first.prompt if first.prompt is not None and 0 < first.prompt <= request else None
    beside = _beside(receipt, order, request=request, prompt=prompt)
    measured = Measured(
        request=request,
        prompt=prompt,
        overhead=None if first.resumed else beside,
        cache_read=used.cache_read,
        cache_write=used.cache_write,
    )
    return receipt.model_copy(update={"measured": measured})


def _beside(receipt: Receipt, order: WorkOrder, *, request: int, prompt: int | None) -> int:
    """Tokens beside the prompt; by the share that the bundled tokenizer gives them where the prompt is not counted."""
    if prompt is not None:
        return request - prompt
    fixed = overhead(order.task, order.model)
    return round(request * fixed / (fixed + receipt.prompt))


def expected_cached(order: WorkOrder, stable: str, *, now: float) -> int:
    """Tokens of the first request that are expected in the maker's cache. `stable`: the start of a fresh prompt."""
    least = least_cacheable(order.model)
    if least is None or not order.priced or order.cached_until <= now:
        return 0
    tokens = overhead(order.task, order.model) - REMINDERS
    tokens += count(stable) if worth_a_mark(stable, order) else 0
    found = round(tokens * order.tokens_per_count)
    return found if found >= least else 0


def counted(prompt: str | list[Block], order: WorkOrder, caller: Caller) -> int | None:
    """Tokens of the first message's content alone, as the model's server counts them: free of charge.

    None where it does not say.
    Other makers' servers are not asked: the gateway answers with an estimate for those that cannot count.
    """
    if not order.priced:
        return None
    body = json.dumps({"model": order.model, "messages": [{"role": "user", "content": prompt}]})
    try:
        answer = caller.answer(Call("POST", "/v1/messages/count_tokens", json_body(body), SECONDS))
        found = json.loads(answer.body)["input_tokens"] if answer.status == 200 else None
    except (PrerequisiteFailed, Refused, OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None
