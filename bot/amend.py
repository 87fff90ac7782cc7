"""Changes to what exists already: a session's request while it waits, its budget, a fork's release. For bot/perform.py.

Each may come twice and has then happened once.
"""

import structlog

from bot.cluster import SESSIONS, Cluster, NotFound
from bot.store import Store
from handlers.effects import CorrectSession, RaiseBudget, ReleaseFork

log = structlog.get_logger()


async def corrected(effect: CorrectSession, store: Store, cluster: Cluster) -> bool:
    """Changes what a waiting session is asked for; False where its runner has fetched the order before that."""
    try:
        await cluster.patch(SESSIONS, effect.name, {"spec": effect.patch}, namespace=effect.namespace)
    except NotFound:
        return False
    order = await store.orders.get(effect.uid)
    return order is None or order.request == effect.patch.get("initialPrompt", order.request)


async def raised(effect: RaiseBudget, store: Store, cluster: Cluster) -> None:
    """Writes the raise where the gateway looks, then into the resource, where the next session takes it from."""
    if effect.cost_usd is not None:
        await store.raises.put(effect.uid, effect.cost_usd, by=effect.by)
    budget = {"costUSD": effect.cost_usd, "turns": effect.turns}
    patch = {"spec": {"budget": {name: value for name, value in budget.items() if value is not None}}}
    try:
        await cluster.patch(SESSIONS, effect.name, patch, namespace=effect.namespace)
    except NotFound:
        log.info("session_gone", session=f"{effect.namespace}/{effect.name}")
    log.info("budget_raised", session=f"{effect.namespace}/{effect.name}", by=effect.by, usd=effect.cost_usd)


async def released(effect: ReleaseFork, store: Store) -> None:
    """Lets sessions write for a fork's pull request at this commit."""
    await store.releases.put(effect.thread.repository_id, effect.thread.number, sha=effect.sha, by=effect.by)
    log.info("fork_released", repository=effect.thread.repository, number=effect.thread.number, by=effect.by)
