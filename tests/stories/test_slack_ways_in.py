"""The two ways in from Slack, in the whole house: over HTTP, and through Socket Mode where Slack cannot reach the bot."""

from pathlib import Path

import pytest

from bot.standins.github import AppRegistration
from tests.house import SLACK_APP, built

WAYS: dict[str, dict[str, object]] = {
    "http": {},
    "socket mode": {"slack_app_token": SLACK_APP.app_token, "slack_signing_secret": None},
}


@pytest.mark.parametrize("way", WAYS)
async def test_what_people_do_in_slack_arrives_once_and_is_acknowledged(
    tmp_path: Path, app_registration: AppRegistration, way: str
) -> None:
    async with built(tmp_path, app_registration, **WAYS[way]) as house:
        if house.slack.socket_mode:
            await house.slack.connected()
        asked = await house.slack_says("@vteam status acme/shop#1")
        await house.slash("help")
        await house.slack.react(asked, "x", by="ada")
        await house.slack.shortcut(asked, "send_to_vteam", by="ada")
        await house.settle()
        told = [(one.name, [attempt.outcome for attempt in one.attempts]) for one in house.slack.deliveries]
        assert [told[at] for at in (0, 1, 2)] == [("message", ["ok"]), ("app_mention", ["ok"]), ("/vteam", ["ok"])]
        assert {"reaction_added", "message_action"} <= {name for name, _ in told}
        assert all(outcomes == ["ok"] for _, outcomes in told)
        assert house.slack.violations == []
