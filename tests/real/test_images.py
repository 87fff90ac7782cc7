"""A screenshot in a comment reaches the model: through the forge, the bot, the pod, the agent's program and the gateway."""

import base64
from pathlib import Path

import pytest

from bot.standins.messages import Say, Script, Use
from crds.agentic_session import Phase
from tests.images.pictures import png
from tests.real.play import on_stage

pytestmark = pytest.mark.long

SEES = Script(
    [[Use("Bash", {"command": "echo done > NOTES.md", "description": "Write"})], [Say("The button is red, as shown.")]]
)


async def test_the_model_sees_what_the_comment_shows(tmp_path: Path) -> None:
    shot = png(320, 200)
    async with on_stage(tmp_path / "stage", SEES, model="claude-sonnet-5-5") as play:
        url = play.stage.github.upload(play.stage.repository, shot)
        await play.comment(f"/vteam fix the button\n\n![the red button]({url})")
        session = await play.until_ended()
        first = play.model.requests[0]
        log = play.stage.bot.log.read_text()
    assert session.phase is Phase.COMPLETED, session.status.message
    content = first["messages"][0]["content"]
    [image] = [block for block in content if block["type"] == "image"]
    assert image["source"]["media_type"] == "image/png"
    assert base64.b64decode(image["source"]["data"]) == shot
    assert "[image 1: the red button, " in str(content)
    [pull] = [one for one in play.stage.github.pull_requests(play.stage.repository) if f"#{play.issue}" in one.body]
    assert "| image | 1 |" in pull.body
    assert "jwt=" not in log
