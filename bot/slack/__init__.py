"""Slack: what was heard there, and every call that the bot makes to its Web API."""
