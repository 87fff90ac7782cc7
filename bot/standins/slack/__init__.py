"""A Slack workspace in one process for the demo and the tests; see `standin`."""

from bot.standins.slack.app import SlackApp, register_slack_app, with_manifest
from bot.standins.slack.standin import SlackStandIn

__all__ = ["SlackApp", "SlackStandIn", "register_slack_app", "with_manifest"]
