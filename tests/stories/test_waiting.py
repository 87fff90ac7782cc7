"""Who waits is told its place in line and who can help, and told again when the line moves."""

from bot.cluster import SESSIONS
from handlers.session import STOP_ANNOTATION
from tests.house import NAMESPACE, House
from tests.played_pods import cannot_be_placed


def places(house: House) -> list[str]:
    """What the progress comments say of the line; sessions of one second stand in it by their names."""
    lines = [line.strip() for line in house.thread.splitlines()]
    return sorted(line.split(",")[0] for line in lines if " in line, " in line)


async def test_the_third_in_line_moves_up_when_the_first_is_cancelled(house: House) -> None:
    house.pods.part = cannot_be_placed("0/3 nodes are available: 3 Insufficient cpu.")
    for question in ("why?", "how?", "when?"):
        await house.comment(f"/vteam ask {question}")
        await house.settle()
    assert places(house) == ["Next in line", "Second in line", "Third in line"]
    assert house.thread.count("Whoever runs the cluster can add nodes or raise the quota") == 3
    first = min(await house.sessions(), key=lambda session: (session.created_at, session.key))
    await house.cluster.patch(
        SESSIONS, first.name, {"metadata": {"annotations": {STOP_ANNOTATION: "@ada"}}}, namespace=NAMESPACE
    )
    await house.settle()
    assert places(house) == ["Next in line", "Second in line"]
