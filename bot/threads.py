"""Intents between the decisions' words and the store's: the same thing, kept. For perform, worker and reconcile."""

from dataclasses import replace

from bot import store
from crds.agentic_session import Origin
from handlers import effects
from handlers.events import SlackThread, Thread
from handlers.origin import origin_of


def thread_key(repository_id: int, number: int) -> str:
    """The key under which the intents of one thread are found."""
    return f"github:{repository_id}#{number}"


def key_of_intent(intent: effects.Intent) -> str:
    """The key of the intent's thread: of the one in Slack where it is about no issue."""
    thread, slack = intent.thread, intent.slack
    if thread.number or slack is None:
        return thread_key(thread.repository_id, thread.number)
    # A thread that the bot itself will begin has no time yet: then the session is the thread.
    return f"slack:{slack.team}:{slack.channel}:{slack.ts or intent.name}"


def kept(intent: effects.Intent, message: str) -> store.Intent:
    """The intent as the store keeps it."""
    thread = intent.thread
    return store.Intent(
        namespace=intent.namespace,
        name=intent.name,
        thread_key=key_of_intent(intent),
        origin=origin_of(replace(intent, source=message)),
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
        slack=_place(intent),
        spec=intent.spec,
        diff=intent.diff,
        parent=intent.parent,
        stood=intent.stood,
        after=intent.after,
    )


def _place(intent: effects.Intent) -> store.SlackPlace | None:
    slack = intent.slack
    if slack is None:
        return None
    return store.SlackPlace(slack.team, slack.channel, slack.ts, slack.user, slack.private, intent.author)


def slack_thread_of(intent: store.Intent) -> SlackThread | None:
    """Where in Slack the intent was spoken; None where it was not."""
    place = intent.slack
    return SlackThread(place.team, place.channel, place.ts, place.user, place.hidden) if place else None


def slack_thread_linked(link: store.SlackLink) -> SlackThread:
    """The thread in Slack that follows what happens on GitHub."""
    return SlackThread(link.team, link.channel, link.ts, "", link.hidden)


def thread_linked(link: store.SlackLink) -> Thread:
    """What a thread in Slack is about."""
    return Thread(
        repository=link.repository,
        repository_id=link.repository_id,
        number=link.number,
        installation=link.installation,
        title=link.title,
        url=link.url,
        private=link.private,
        pull_request=link.pull_request,
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


def requester_id_of(intent: store.Intent) -> int | None:
    """Who asked, by the service's number; None where nobody did."""
    return intent.origin.requester.id if intent.origin.requester else None


def author_of(intent: store.Intent) -> str:
    """Who wrote the words: somebody else than who asked, where a message was sent to the bot by its menu."""
    return (intent.slack.author if intent.slack else "") or requester_of(intent)


def counts(intent: store.Intent | None, origin: Origin | None) -> store.Intent | None:
    """The intent, where a session's claim of its origin is what the store remembers; a claim alone is worth nothing."""
    return intent if intent is not None and origin == intent.origin else None
