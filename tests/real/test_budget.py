"""A session that may cost next to nothing: the gateway stops it, the thread says so, and the ledger never goes above.

The model is a script that speaks under the name of a model with a price, and would go on for ever.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from bot.cluster import SESSIONS, Json
from bot.standins.messages import Say, Script, Use
from bot.store import Store
from bot.store.words import Used
from crds.agentic_session import API_VERSION, Phase
from handlers.session import Session, read_session
from tests.real.play import NAMESPACE, Play, on_stage

pytestmark = pytest.mark.long

PRICED = "claude-sonnet-5-5"
ENDLESS = Script(
    [[Use("Bash", {"command": "echo done > NOTES.md", "description": "Write"})]],
    afterwards=[Say("I look once more."), Use("Bash", {"command": "ls", "description": "Look"})],
)


async def used(play: Play, session: Session) -> Used:
    async with Store.open(f"sqlite:///{play.stage.bot.folder / 'vteam.db'}") as store:
        return await store.ledger.used(session.uid)


async def test_a_spent_budget_ends_the_session_with_words(tmp_path: Path) -> None:
    limit = Decimal("0.08")
    async with on_stage(tmp_path / "stage", ENDLESS, model=PRICED, more={"VTEAM_SESSION_USD": str(limit)}) as play:
        await play.comment("/vteam fix it")
        session = await play.until_ended()
        spent = await used(play, session)
        refusals = [line for line in play.stage.bot.log.read_text().splitlines() if "model_call_refused" in line]
        branches = await play.stage.github.branches(play.stage.repository)
        # What a person asked for with kubectl may ask for less than the administrator allows, and gets no more.
        frugal = await _applied(play, cost=0.02)
        assert (await used(play, frugal)).usd <= Decimal("0.02")
    assert session.phase is Phase.FAILED
    assert "budget" in (session.status.message or "")
    assert refusals, "the gateway has said no"
    assert '"status": 402' in refusals[0]
    assert 0 < spent.usd <= limit
    assert spent.held_usd == 0
    assert spent.calls == len(play.model.requests) - _calls_of_the_second(play)
    assert "@ada, the agent could not finish: The session's budget is spent." in play.thread
    assert "What was done so far is kept on branch" in play.thread
    assert f"${spent.usd:.2f} · " in play.thread
    assert any(branch.startswith("vteam/") for branch in branches)
    assert frugal.phase is Phase.FAILED
    assert "budget" in (frugal.status.message or "")


def _calls_of_the_second(play: Play) -> int:
    return sum("by kubectl" in str(request["messages"][0]) for request in play.model.requests)


async def _applied(play: Play, *, cost: float) -> Session:
    """A session made with kubectl, at its end."""
    spec: Json = {
        "initialPrompt": "Work, as was asked by kubectl.",
        "repos": [{"url": f"{play.stage.github.url}/{play.stage.repository}.git"}],
        "budget": {"costUSD": cost},
    }
    session = {"apiVersion": API_VERSION, "kind": "AgenticSession", "metadata": {"name": "frugal"}, "spec": spec}
    async with play.stage.cluster() as cluster:
        await cluster.create(SESSIONS, session, NAMESPACE)

        async def ended() -> bool:
            found = await cluster.get(SESSIONS, "frugal", NAMESPACE)
            return found is not None and read_session(found).phase.ended

        await play.until(ended)
        found = await cluster.get(SESSIONS, "frugal", NAMESPACE)
    assert found is not None
    return read_session(found)
