"""The runner's SessionStore against the bot's real store, over HTTP: what the SDK asks of any store."""

from pathlib import Path
from typing import Any, cast

from claude_agent_sdk import SessionStore
from claude_agent_sdk.testing import run_session_store_conformance

from runner.bot_api import BotApi
from runner.calls import Caller
from runner.transcript import TranscriptStore
from tests.runner_api.conftest import World


class Pods:
    """A pod of a new session for each store."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.made = world, folder, 0

    def store(self, project: str = "proj", **more: Any) -> SessionStore:
        self.made += 1
        return self.again(project, **more)

    def again(self, project: str, **more: Any) -> SessionStore:
        """The same session's store as another pod of it has it."""
        name = f"store-{self.made}"
        token = self.folder / f"{name}.token"
        if not token.exists():
            token.write_text(self.world.cluster.add_session("team", name), "utf-8")
        caller = Caller(f"{self.world.url}/sessions/team/{name}", token)
        return cast("SessionStore", TranscriptStore(BotApi(caller), project=project, **more))


async def test_the_runners_store_keeps_the_promises_of_the_sdks_session_store(world: World, tmp_path: Path) -> None:
    await run_session_store_conformance(Pods(world, tmp_path).store)


async def test_a_pod_with_another_folder_finds_the_conversation(world: World, tmp_path: Path) -> None:
    pods = Pods(world, tmp_path)
    entry: Any = {"type": "user", "uuid": "a"}
    await pods.store("-old-folder").append({"project_key": "-old-folder", "session_id": "s"}, [entry])
    later = pods.again("-new-folder")
    assert await later.load({"project_key": "-new-folder", "session_id": "s"}) == [entry]
    assert await later.load({"project_key": "-old-folder", "session_id": "s"}) is None


async def test_prepared_entries_are_given_instead_of_those_that_the_bot_has(world: World, tmp_path: Path) -> None:
    pods = Pods(world, tmp_path)
    store = pods.store("p", prepared={"s": [{"type": "user", "uuid": "checked"}]})
    key: Any = {"project_key": "p", "session_id": "s"}
    added: Any = {"type": "user", "uuid": "a"}
    await store.append(key, [added])
    beside: Any = {**key, "subpath": "subagents/x"}
    await store.append(beside, [added])
    assert await store.load(key) == [{"type": "user", "uuid": "checked"}]
    assert await store.list_subkeys(key) == []
    plain = pods.again("p")
    assert await plain.load(key) == [added]
    assert await plain.list_subkeys(key) == ["subagents/x"]
