"""What is remembered of a thread's repository, as the verbs need it. Called by the facts of both services."""

from bot.settings import Settings
from bot.store import Store
from handlers.asked import Memory
from handlers.places import Thread


async def memory_of(store: Store, settings: Settings, thread: Thread) -> Memory:
    """All notes of the repository; none where nothing is remembered in this installation."""
    if not settings.memory_days:
        return Memory()
    return Memory(tuple(await store.notes.of(thread.repository_id)), settings.memory_days)
