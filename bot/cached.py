"""Finds out until when the maker's prompt cache holds what a new session's first request begins with.

Called by bot/orders.py while an order is made. It only reads the ledger and the orders of the sessions that have called
the model in the last minutes.
"""

from bot.store import Store
from crds.caching import LIFETIME_SECONDS, least_cacheable
from crds.work_order import WorkOrder
from handlers.cache_warmth import begins_alike

MOST = 20
"""Sessions whose orders are looked at."""


async def cached_until(store: Store, order: WorkOrder, *, now: float) -> float:
    """Seconds since the epoch; 0 where no session like this one has called the model within the cache's time."""
    if least_cacheable(order.model) is None:
        return 0.0
    for uid, at in (await store.ledger.latest(order.model, now - LIFETIME_SECONDS))[:MOST]:
        known = await store.orders.get(uid)
        if known is not None and begins_alike(known, order):
            return at + LIFETIME_SECONDS
    return 0.0
