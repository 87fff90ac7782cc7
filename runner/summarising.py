"""Has long texts, and the oldest part of a conversation, summarised by the small model before the agent runs: through
the gateway, at the session's own cost.

Called by `session.py` and `continuing.py`. Whatever goes wrong (a budget that is used up, a server that does not
answer, nonsense) leaves a text without a summary, and the session goes on: its own sentences are taken then.
"""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from crds.windows import UNKNOWN_WINDOW, published_window
from crds.work_order import KnownSummary, WorkOrder
from runner.calls import Call, Caller, json_body
from runner.context.summaries import Wanted, affordable, of_conversation, request, understood, worth
from runner.endings import PrerequisiteFailed, Refused

SECONDS = 25.0
"""For all of them."""
AT_ONCE = 3
CONVERSATION_SECONDS = 40.0
"""For that of a conversation, which is longer."""
OFF = "summaries are switched off"
TOO_DEAR = "the session's budget does not pay for a summary"
NONE_MADE = "the small model has made no summary"


async def summarised(wanted: Sequence[Wanted], order: WorkOrder, caller: Caller) -> tuple[KnownSummary, ...]:
    """The summaries that were made in time. `caller` speaks to the gateway."""
    return await _all(worth(list(wanted), order), order.small_model, caller, seconds=SECONDS)


async def summarised_conversation(text: str, order: WorkOrder, caller: Caller) -> tuple[str, str]:
    """The summary of a conversation's oldest part, and in words why there is none."""
    if not order.summarises:
        return "", OFF
    known = published_window(order.small_model)
    window = known or (order.window_tokens if order.small_model == order.model else None) or UNKNOWN_WINDOW
    wanted = await asyncio.to_thread(of_conversation, text, window=window)
    if not affordable(wanted, order):
        return "", TOO_DEAR
    made = await _all([wanted], order.small_model, caller, seconds=CONVERSATION_SECONDS)
    return (made[0].text, "") if made else ("", NONE_MADE)


async def _all(chosen: Sequence[Wanted], model: str, caller: Caller, *, seconds: float) -> tuple[KnownSummary, ...]:
    if not chosen:
        return ()
    # Not the loop's own threads: nobody waits for one that sits on a slow answer.
    threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="summary")
    loop = asyncio.get_running_loop()
    patient = replace(caller, socket_seconds=max(caller.socket_seconds, seconds))
    tasks = [loop.run_in_executor(threads, partial(_one, one, model, patient, seconds=seconds / 2)) for one in chosen]
    done, _ = await asyncio.wait(tasks, timeout=seconds)
    threads.shutdown(wait=False, cancel_futures=True)
    made = [task.result() for task in tasks if task in done and not task.cancelled()]
    return tuple(one for one in made if one is not None)


def _one(one: Wanted, model: str, caller: Caller, *, seconds: float) -> KnownSummary | None:
    body = json_body(json.dumps(request(one, model)))
    try:
        answer = caller.answer(Call("POST", "/v1/messages", body, seconds=seconds))
        return understood(json.loads(answer.body), one, model) if answer.status == 200 else None
    except (Refused, PrerequisiteFailed, ValueError):
        return None
