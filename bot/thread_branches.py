"""The branches that the sessions of an issue have pushed to, as they say themselves. Called by starts.py.

A branch that somebody named (`--branch`) cannot be told from the issue: whoever asks again finds it here. Whether a
pull request of ours stands behind it, and for what it was made, is asked of GitHub.
"""

from bot.cluster import SESSIONS, Cluster, Forbidden
from bot.store import Intent, Store
from bot.threads import thread_key
from handlers.session import read_session

MOST = 20
"""Sessions of one issue that are looked at: the latest."""


async def pushed_for(store: Store, cluster: Cluster, repository_id: int, number: int) -> tuple[str, ...]:
    """The branches, each once, the oldest first. Raises Later."""
    intents = await store.intents.recent(thread_key(repository_id, number), 0.0)
    found = [branch for intent in intents[-MOST:] for branch in await _pushed(cluster, intent)]
    return tuple(dict.fromkeys(found))


async def _pushed(cluster: Cluster, intent: Intent) -> list[str]:
    try:
        resource = await cluster.get(SESSIONS, intent.name, intent.namespace)
    except Forbidden:  # the namespace is not this bot's any more
        return []
    outcome = read_session(resource).status.outcome if resource else None
    return [pushed.branch for pushed in outcome.branches] if outcome else []
