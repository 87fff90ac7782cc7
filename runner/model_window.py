"""How many tokens the model holds, where nobody has published it: its server is asked once, through the gateway.

Called by `session.py` while the repositories are cloned. What the server says replaces the bot's estimate; a server
that says nothing is no trouble.
"""

import json
from typing import Any

from crds.agent_loop import FIRST_OUTPUT
from crds.overhead import overhead
from crds.windows import published_window
from crds.work_order import WorkOrder
from runner import wording
from runner.calls import Call, Caller
from runner.endings import PrerequisiteFailed, Refused
from runner.surroundings import Surroundings

PATIENCE = 3.0
"""Seconds that the answer is waited for."""


def asked_window(order: WorkOrder, surroundings: Surroundings) -> int | None:
    """Tokens that the server reports for the order's model; None where it does not, or need not. Blocking."""
    if published_window(order.model) is not None:
        return None
    caller = Caller(surroundings.model_url, surroundings.token_file, socket_seconds=PATIENCE)
    try:
        answer = caller.answer(Call("GET", "/v1/models", seconds=PATIENCE))
    except (PrerequisiteFailed, Refused):
        return None
    return said(answer.body, order.model) if answer.status < 300 else None


def with_window(order: WorkOrder, window: int | None) -> WorkOrder:
    """The order with the window that the server reported. Raises PrerequisiteFailed for one that is too small."""
    if window is None:
        return order
    if window < overhead(order.task, order.model) * order.tokens_per_count + FIRST_OUTPUT:
        raise PrerequisiteFailed(wording.window_too_small(order.model, window))
    return order.model_copy(update={"window_tokens": window})


def said(document: bytes, model: str) -> int | None:
    """What a list of models says that this one holds; None where it does not."""
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        return None
    rows: Any = found.get("data") if isinstance(found, dict) else None
    for row in rows if isinstance(rows, list) else ():
        tokens = row.get("max_model_len") if isinstance(row, dict) and row.get("id") == model else None
        if type(tokens) is int and tokens > 0:
            return tokens
    return None
