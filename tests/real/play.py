"""The demo's stage for the stories of this folder: a model that plays the story's own script, and questions to it all.

The bot is `vteam up` in a process of its own, the pods are real, the agent is the real CLI. Nothing is patched.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.cluster import SESSIONS
from bot.demo.stage import Model, Stage, set_stage
from bot.embedded.kubelet.processes import descendants, look_up
from bot.errors import Later
from bot.standins.messages import MessagesStandIn, Say, Script, Use
from crds.agentic_session import Phase
from handlers.session import Session, read_session
from tests.real.children import gone, kill

NAMESPACE = "vteam"
SCRIPTED = "scripted"
WORK = Script(
    [
        [Say("I write it down."), Use("Bash", {"command": "echo done > NOTES.md; ls", "description": "Write"})],
        [Say("It is written down.")],
    ]
)


@dataclass
class Play:
    """A stage, its model, and one issue that is played on it."""

    stage: Stage
    model: MessagesStandIn
    issue: int
    pulls_before: int = 0
    """Pull requests that were there when the issue was opened."""

    async def open_issue(self, title: str) -> None:
        """From now on the play is about this issue."""
        opened = await self.stage.github.open_issue(self.stage.repository, title, body="As it says.", by="ada")
        self.issue = int(opened.number)

    async def comment(self, body: str) -> None:
        await self.stage.github.comment(self.stage.repository, self.issue, body=body, by="ada")

    # --- the state of the world

    @property
    def thread(self) -> str:
        return self.stage.github.thread(self.stage.repository, self.issue)

    def comments(self) -> list[str]:
        """The bot's comments as they are written, hidden markers included."""
        repository = self.stage.github.site.world.repository(self.stage.repository)
        assert repository is not None
        comments = repository.threads[self.issue].comments
        return [one.body for one in comments if one.author.type == "Bot"]

    async def sessions(self) -> list[Session]:
        """The sessions of this issue."""
        async with self.stage.cluster() as cluster:
            found = [read_session(one) for one in (await cluster.list(SESSIONS, NAMESPACE)).items]
        return [one for one in found if one.work.origin and one.work.origin.issue == self.issue]

    async def session(self) -> Session:
        [only] = await self.sessions()
        return only

    async def until(self, holds: Callable[[], Awaitable[bool]], *, seconds: float = 180.0) -> None:
        """Waits until it holds; a cluster that is down for a moment holds nothing."""
        async with asyncio.timeout(seconds):
            while not await self._holds(holds):
                await asyncio.sleep(0.01)

    async def _holds(self, holds: Callable[[], Awaitable[bool]]) -> bool:
        with suppress(Later, aiohttp.ClientError, FileNotFoundError):
            return await holds()
        return False

    async def until_ended(self) -> Session:
        """The session, when it has ended and its thread knows."""
        await self.until(self._ended)
        return await self.session()

    async def _ended(self) -> bool:
        sessions = await self.sessions()
        return bool(sessions) and all(
            one.phase.ended and one.status.told and one.status.told.result for one in sessions
        )

    # --- behind the bot's back

    async def kill_bot(self, *, with_children: bool = False) -> None:
        """SIGKILL to the bot; `with_children` also to all that it has started, as when a container or a machine ends."""
        pid = self.stage.bot.pid
        assert pid is not None
        below = descendants(pid)
        itself = look_up(pid)
        assert itself is not None
        kill([itself, *below] if with_children else [itself])
        await self.stage.bot.stop()
        await gone(below)


@asynccontextmanager
async def on_stage(
    folder: Path, script: Script = WORK, *, model: str = SCRIPTED, more: Mapping[str, str] | None = None
) -> AsyncIterator[Play]:
    """The play, with everything up. `model` is the model's name: one that has a price costs money in the ledger."""
    messages = MessagesStandIn(script, api_key="key-of-the-model-0123456789")
    folder.mkdir(parents=True, exist_ok=True)
    async with messages.serve() as url:
        spoken = Model(url, messages.api_key, model, scripted=model == SCRIPTED)
        async with set_stage(folder, spoken, more=more) as stage:
            yield Play(stage, messages, stage.issue)
    assert messages.violations == []
    assert stage.github.violations == []


async def assert_one_of_each(play: Play) -> None:
    """One session, one pull request, one progress comment, one end; and an asker who knows."""
    session = await play.session()
    assert session.phase is Phase.COMPLETED, session.status.message
    pulls = [pull for pull in play.stage.github.pull_requests(play.stage.repository) if f"#{play.issue}" in pull.body]
    assert len(pulls) == 1
    assert [("vteam:progress" in body, "vteam:result" in body) for body in play.comments()] == [(True, False)]
    assert "👀 1" in play.thread
    assert "Done." in play.thread
    notes = await play.stage.github.file_at(play.stage.repository, pulls[0].head, path="NOTES.md")
    assert notes == "done\n"
