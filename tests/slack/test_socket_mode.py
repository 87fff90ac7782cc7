"""Socket Mode from end to end: what is heard over a websocket is kept and acknowledged, and the socket comes back."""

import asyncio

from tests.slack.conftest import Rig


async def up(rig: Rig) -> None:
    while rig.metrics.registry.get_sample_value("vteam_slack_socket") != 1:
        await asyncio.sleep(0.01)


async def test_what_is_heard_over_a_socket_is_kept_and_acknowledged(rig: Rig) -> None:
    rig.listen()
    await rig.workspace.connected()
    await rig.workspace.mention("dev", "fix the login test", by="ada")
    await rig.workspace.slash("/vteam", "help", by="ada", channel="dev")
    assert await rig.kept() in (["event:app_mention", "command"], ["event:message", "command"])
    assert rig.workspace.ephemerals("ada") == ["On it."]
    assert all(delivery.acknowledged for delivery in rig.workspace.deliveries)
    assert rig.workspace.violations == []


async def test_a_socket_that_slack_renews_loses_nothing(rig: Rig) -> None:
    rig.listen()
    await rig.workspace.connected()
    rig.workspace.site.sender.retry_waits = (0.0, 0.05, 10.0)
    await rig.workspace.refresh_sockets()
    await rig.workspace.say("@vteam", "help", by="ada")
    assert await rig.kept() == ["event:message"]
    await up(rig)


async def test_a_socket_that_cannot_be_opened_is_tried_again_and_told(rig: Rig) -> None:
    rig.workspace.fail_next("apps.connections.open", status=500, times=3)
    rig.listen()
    await rig.workspace.connected()
    await rig.workspace.say("@vteam", "help", by="ada")
    assert await rig.kept() == ["event:message"]
    await up(rig)
