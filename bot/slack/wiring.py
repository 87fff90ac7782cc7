"""Puts the bot's half in Slack together: who speaks there, and who listens. Called by bot/wiring.py where Slack is
configured; nothing here decides or calls anything itself.
"""

from collections.abc import Callable

from bot.cluster import Cluster
from bot.github import GitHub
from bot.github.device import DeviceFlow
from bot.perform import Performer
from bot.settings import Settings
from bot.slack.client import Slack
from bot.slack.facts import SlackFacts
from bot.slack.linking import Linking
from bot.slack.messages import Messages
from bot.slack.people import People
from bot.slack.performing import SlackHands
from bot.slack.repositories import SlackRepositories
from bot.slack.talk import SlackTalk
from bot.slack.thread_talk import ThreadTalk
from bot.store import Store

Clock = Callable[[], float]


def slack_hands(slack: Slack, store: Store, settings: Settings, clock: Clock) -> SlackHands:
    """Whoever carries out effects in Slack."""
    messages = Messages(slack, trusted=(settings.github_url.rstrip("/") + "/",))
    return SlackHands(store, messages, linking_of(store, settings, clock), clock)


def linking_of(store: Store, settings: Settings, clock: Clock) -> Linking:
    """Whoever joins accounts."""
    device = None
    if settings.github_client_id:
        device = DeviceFlow(settings.github_url, settings.github_api_url, settings.github_client_id)
    return Linking(store, device, clock, settings.dialect.prefix)


def thread_talk(slack: Slack, settings: Settings) -> ThreadTalk:
    """Whoever reads what was said before in the thread."""
    return ThreadTalk(Messages(slack), People(slack), settings.dialect)


def slack_talk(
    hands: SlackHands, performer: Performer, cluster: Cluster, github: GitHub, settings: Settings
) -> SlackTalk:
    """Whoever answers in Slack."""
    facts = SlackFacts(
        store=hands.store,
        cluster=cluster,
        repositories=SlackRepositories(github, settings),
        messages=hands.messages,
        people=People(hands.messages.slack),
        settings=settings,
        clock=hands.clock,
    )
    return SlackTalk(facts, hands.linking, performer)
