"""How many tokens the model holds, where nobody has published it: its server is asked once, through the gateway.

Called by `session.py` while the repositories are cloned. What the server says replaces the bot's estimate; a server
that says nothing is no trouble. Some say it only of a model that they have loaded, which is then waited for.
"""

import asyncio
import json
import threading
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from crds.agent_loop import FIRST_OUTPUT
from crds.overhead import overhead
from crds.served_window import ServedWindow
from crds.windows import published_window
from crds.work_order import WorkOrder
from runner import wording
from runner.calls import Call, Caller
from runner.endings import PrerequisiteFailed, Refused
from runner.surroundings import Surroundings

PATIENCE = 3.0
"""Seconds in which an answer that failed is asked for again."""
LOADING = 150.0
"""Seconds that an answer may take: longer than the gateway waits for the server to load the model."""


async def window_of(order: WorkOrder, surroundings: Surroundings) -> ServedWindow | None:
    """What the server gives the order's model; None where it does not say, or need not.

    Asked in a thread that nobody waits for at the end: a session that is stopped meanwhile ends at once.
    """
    if published_window(order.model) is not None:
        return None
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[ServedWindow | None] = loop.create_future()

    def ask() -> None:
        found: ServedWindow | None = None
        with suppress(OSError):
            found = _asked(order, surroundings)
        with suppress(RuntimeError):  # the loop is closed: the session has ended
            loop.call_soon_threadsafe(lambda: None if answered.done() else answered.set_result(found))

    threading.Thread(target=ask, name="model-window", daemon=True).start()
    return await answered


def _asked(order: WorkOrder, surroundings: Surroundings) -> ServedWindow | None:
    caller = Caller(surroundings.model_url, surroundings.token_file, socket_seconds=LOADING)
    try:
        answer = caller.answer(Call("GET", "/v1/models", seconds=PATIENCE))
    except (PrerequisiteFailed, Refused):
        return None
    return said(answer.body, order.model) if answer.status < 300 else None


def with_window(order: WorkOrder, window: ServedWindow | None) -> WorkOrder:
    """The order with the window that the server reported. Raises PrerequisiteFailed for one that is too small."""
    if window is None:
        return order
    if window.tokens < overhead(order.task, order.model) * order.tokens_per_count + FIRST_OUTPUT:
        raise PrerequisiteFailed(wording.window_too_small(order.model, window))
    return order.model_copy(update={"window_tokens": window.tokens})


def said(document: bytes, model: str) -> ServedWindow | None:
    """What a list of models says that this one holds; None where it does not."""
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        return None
    rows: Any = found.get("data") if isinstance(found, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("id") == model and type(row.get("max_model_len")) is int:
            return _window(row)
    return None


def _window(row: dict[str, Any]) -> ServedWindow | None:
    try:
        return ServedWindow(tokens=row["max_model_len"], source=row.get("window_source", "listed"))
    except ValidationError:
        return None
