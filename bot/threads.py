"""Intents between the decisions' words and the store's: the same thing, kept. For perform, worker and reconcile."""

from bot import store
from crds.agentic_session import Origin, Requester
from handlers import effects
from handlers.events import Thread


def thread_key(repository_id: int, number: int) -> str:
    """The key under which the intents of one thread are found."""
    return f"github:{repository_id}#{number}"


def kept(intent: effects.Intent, message: str) -> store.Intent:
    """The intent as the store keeps it."""
    thread = intent.thread
    return store.Intent(
        namespace=intent.namespace,
        name=intent.name,
        thread_key=thread_key(thread.repository_id, thread.number),
        origin=Origin(
            service="github",
            repository=thread.repository,
            issue=thread.number,
            message=message,
            requester=Requester(login=intent.requester, id=intent.requester_id),
        ),
        source_url=intent.source_url,
        request=intent.request,
        installation_id=thread.installation,
        repository=thread.repository,
        visibility="private" if thread.private else "public",
        repository_id=thread.repository_id,
        title=thread.title,
        thread_url=thread.url,
        pull_request=thread.pull_request,
        task=intent.task,
    )


def thread_of(intent: store.Intent) -> Thread:
    """The thread that the intent was spoken in."""
    return Thread(
        repository=intent.repository,
        repository_id=intent.repository_id,
        number=intent.origin.issue or 0,
        installation=intent.installation_id or 0,
        title=intent.title,
        url=intent.thread_url,
        private=intent.visibility != "public",
        pull_request=intent.pull_request,
    )


def requester_of(intent: store.Intent) -> str:
    """Who asked; empty where nobody did."""
    return intent.origin.requester.login if intent.origin.requester else ""


def counts(intent: store.Intent | None, origin: Origin | None) -> store.Intent | None:
    """The intent, where a session's claim of its origin is what the store remembers; a claim alone is worth nothing."""
    return intent if intent is not None and origin == intent.origin else None
