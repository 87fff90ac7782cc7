"""Which repository is meant in a Slack channel where nobody names one. Called by facts.py.

The first that says something: the channel's people (“Use for this channel”), the installation's setting, the owners of
the namespaces in the order of the administrator's map. What no one says is asked, and never guessed here.
"""

import structlog

from bot.cluster import Cluster
from bot.facts.project import project_of
from bot.settings import Settings
from bot.store import Store
from handlers.slack_channels import ChannelOffer, meant_in_channel

log = structlog.get_logger()


async def usual_repository(store: Store, cluster: Cluster, settings: Settings, place: tuple[str, str]) -> str:
    """`owner/name`, or nothing; `place`: team and channel. Raises Later."""
    team, channel = place
    picked = await store.channel_defaults.get(team, channel)
    return picked or dict(settings.slack_channels).get(channel, "") or await _owners(cluster, settings, channel)


async def _owners(cluster: Cluster, settings: Settings, channel: str) -> str:
    offers: list[ChannelOffer] = []
    for namespace in dict.fromkeys(rule.namespace for rule in settings.namespaces):
        said = dict((await project_of(cluster, namespace)).slack_channels).get(channel)
        offers += [ChannelOffer(namespace, said)] if said else []
    meant, not_theirs = meant_in_channel(offers, settings.namespaces)
    for one in not_theirs:
        log.warning(
            "slack_channel_ignored",
            namespace=one.namespace,
            channel=channel,
            repository=one.repository,
            reason="VTEAM_NAMESPACES does not give this repository to that namespace",
        )
    return meant
