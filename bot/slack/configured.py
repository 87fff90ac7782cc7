"""Whether Slack is configured whole, by half, or not at all. Called by bot/checks.py before anything starts."""

from bot.settings import SettingMissing, Settings


def check_slack(settings: Settings) -> None:
    """Raises SettingMissing, in one line, where a token or a way in is missing, or one is given for the other."""
    token, app_token = settings.slack_bot_token, settings.slack_app_token
    ways = (settings.slack_signing_secret, app_token)
    if token is None and any(ways):
        raise SettingMissing("VTEAM_SLACK_BOT_TOKEN is not set: the token of the Slack app's bot (xoxb-…)")
    if token is not None and not any(ways):
        raise SettingMissing("VTEAM_SLACK_SIGNING_SECRET (HTTP) or VTEAM_SLACK_APP_TOKEN (Socket Mode) is needed")
    for name, secret, start in (("BOT", token, "xoxb-"), ("APP", app_token, "xapp-")):
        if secret is not None and not secret.get_secret_value().strip().startswith(start):
            raise SettingMissing(f"VTEAM_SLACK_{name}_TOKEN: this token begins with {start}")


def slash_command(settings: Settings) -> str:
    """The command in Slack: the prefix of commands, where Slack could take it for one."""
    return settings.prefix if settings.prefix.startswith("/") else f"/{settings.handle}"
