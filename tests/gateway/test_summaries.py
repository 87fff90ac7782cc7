"""The runner's own calls for summaries go through the gateway like all others: counted, and refused at the budget."""

from pathlib import Path

from crds.work_order import text_digest
from runner.calls import Caller
from runner.context.summaries import Wanted
from runner.summarising import summarised
from tests.gateway.conftest import World, order

LONG = "The queue was empty while worker seven waited for the lock of table orders. " * 200
SUMMARY = "The queue was empty; worker seven waited for the lock of table orders."


def caller(world: World, folder: Path) -> Caller:
    (folder / "token").write_text(world.token, "utf-8")
    return Caller(f"{world.url}/model/team/fix-1", folder / "token")


def wanted() -> Wanted:
    return Wanted(text_digest(LONG), LONG, 20_000)


async def test_a_summary_is_made_at_the_sessions_cost(world: World, tmp_path: Path) -> None:
    await world.ordered(order())
    world.model.says = SUMMARY
    [made] = await summarised([wanted()], order(), caller(world, tmp_path))
    assert (made.digest, made.text, made.by) == (text_digest(LONG), SUMMARY, order().small_model)
    assert (await world.used()).tokens.output == 50


async def test_a_spent_budget_makes_none_and_breaks_nothing(world: World, tmp_path: Path) -> None:
    await world.ordered(order(usd=0.0001))
    assert await summarised([wanted()], order(), caller(world, tmp_path)) == ()
    assert world.model.requests == []
