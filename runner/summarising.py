"""Has long texts summarised by the small model before the agent runs: through the gateway, at the session's own cost.

Called by `session.py`. Whatever goes wrong (a budget that is used up, a server that does not answer, nonsense) leaves a
text without a summary, and the session goes on: its own sentences are taken then.
"""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from crds.work_order import KnownSummary, WorkOrder
from runner.calls import Call, Caller, json_body
from runner.context.summaries import Wanted, request, understood, worth
from runner.endings import PrerequisiteFailed, Refused

SECONDS = 25.0
"""For all of them."""
AT_ONCE = 3


async def summarised(wanted: Sequence[Wanted], order: WorkOrder, caller: Caller) -> tuple[KnownSummary, ...]:
    """The summaries that were made in time. `caller` speaks to the gateway."""
    chosen = worth(list(wanted), order)
    if not chosen:
        return ()
    # Not the loop's own threads: nobody waits for one that sits on a slow answer.
    threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="summary")
    loop = asyncio.get_running_loop()
    tasks = [loop.run_in_executor(threads, _one, one, order.small_model, caller) for one in chosen]
    done, _ = await asyncio.wait(tasks, timeout=SECONDS)
    threads.shutdown(wait=False, cancel_futures=True)
    made = [task.result() for task in tasks if task in done and not task.cancelled()]
    return tuple(one for one in made if one is not None)


def _one(one: Wanted, model: str, caller: Caller) -> KnownSummary | None:
    body = json_body(json.dumps(request(one, model)))
    try:
        answer = caller.answer(Call("POST", "/v1/messages", body, seconds=SECONDS / 2))
        return understood(json.loads(answer.body), one, model) if answer.status == 200 else None
    except (Refused, PrerequisiteFailed, ValueError):
        return None
