"""Two sessions of one repository: the second packs from what the first has parsed, whatever the first one's agent tries.

The bot is `vteam up`, the runner and the agent's CLI are real; only the agent's thoughts are a script.
"""

import json
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from bot.standins.messages import Conversation, Say, Script, Use
from tests.real.play import Play, on_stage
from tests.runner.test_shared_code import MANY

pytestmark = pytest.mark.long

WRITES = """
import json, os, urllib.error, urllib.request
api, token = os.environ["VTEAM_API_URL"], open(os.environ["VTEAM_TOKEN_FILE"]).read()
batch = {"code": [{"repository": "%s", "format": "1", "sha256": "%s", "size": 4}]}
parts = [("document", json.dumps(batch)), ("code:%s", "evil")]
body = "".join(f'--x\\r\\nContent-Disposition: form-data; name="{n}"; filename="f"\\r\\n\\r\\n{v}\\r\\n' for n, v in parts)
headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=x"}
asked = urllib.request.Request(f"{api}/code", f"{body}--x--\\r\\n".encode(), headers, method="PUT")
print(urllib.request.urlopen(asked).read().decode(), os.listdir(os.environ["TMPDIR"]))
"""
EVIL = "4f1c1c3a3eb1dd0b0cf6ba1c9a9fe3e2ee1b8d0f3a5a6b1e7c4d2f9b0a8c7e6d"


def writes(play: Play) -> str:
    """A command by which the agent would have its own file kept."""
    folder = play.stage.repository.replace("/", "__")
    return f"python3 -c {shlex.quote(WRITES % (folder, EVIL, folder))}"


async def counted(play: Play, outcome: str) -> float:
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{play.stage.bot.port}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    name = f'vteam_shared_code_total{{outcome="{outcome}"}} '
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def kept(play: Play) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(play.stage.bot.folder / "vteam.db")) as database:
        return database.execute("SELECT repository_id, private, format, sha256, size FROM shared_code").fetchall()


async def test_the_second_session_packs_from_the_first_ones_code_and_no_agent_writes_it(tmp_path: Path) -> None:
    plan: list[str] = []
    script = Script([lambda _: [Use("Bash", {"command": plan[0], "description": "Try"})], [Say("I tried.")]])
    async with on_stage(tmp_path / "stage", script) as play:
        plan.append(writes(play))
        await play.stage.github.push_commit(play.stage.repository, "main", files=dict(MANY), by="ada")
        await play.open_issue("sum_2 of Unit7 subtracts")
        await play.comment("/vteam fix the sum")
        await play.until_ended()
        first = Conversation(play.model.requests[-1])
        assert json.loads(first.results[0].text.partition("}")[0] + "}") == {"taken": False}, first.results[0].text
        assert "parsed-code" not in first.results[0].text, "nothing of it lies there any more"
        [whole] = kept(play)
        assert EVIL not in whole
        assert [await counted(play, one) for one in ("absent", "taken", "refused", "given")] == [1, 1, 1, 0]
        await play.open_issue("sum_2 of Unit7 subtracts")
        await play.comment("/vteam fix the sum")
        await play.until_ended()
        second = Conversation(play.model.requests[-1])
        assert [await counted(play, one) for one in ("given", "nothing", "taken", "refused")] == [1, 1, 1, 2]
        assert kept(play) == [whole], "it knew all of it"
        assert code_of(second.prompt) == code_of(first.prompt)


def code_of(prompt: str) -> list[str]:
    """The lines of the prompt that are of the repository's files."""
    found = [line for line in prompt.splitlines() if "Unit" in line or "sum_" in line]
    assert len(found) > 20, prompt
    return [line for line in found if "subtracts" not in line]
