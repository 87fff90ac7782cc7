"""Somebody asks for a persona: the project's owner has said who there is, and the session is given their words."""

import pytest
from inline_snapshot import snapshot

from bot.cluster import PROJECT_SETTINGS, Invalid
from crds.agentic_session import Phase
from crds.project_settings import SINGLETON
from crds.work_order import OrderedPersona, WorkOrder
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import works
from tests.stories.slack_verbs import linked
from tests.stories.test_refusals import kubectl_session, last_words

pytestmark = pytest.mark.long

QA = {"name": "qa", "description": "Asks what could break", "instructions": "Write the test that fails first."}
ARCHITECT = {"name": "architect", "instructions": "Look for the smallest change of structure."}
ORDERED = tuple(OrderedPersona(name=str(one["name"]), instructions=one["instructions"]) for one in (QA, ARCHITECT))


async def staffed(house: House, *personas: dict[str, str]) -> None:
    """The owner of the namespace defines these."""
    settings = {"metadata": {"name": SINGLETON}, "spec": {"personas": list(personas)}}
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)


async def order_of(house: House) -> WorkOrder:
    """What the runner of the one session was told."""
    assert house.bot.world is not None
    order = await house.bot.world.store.orders.get((await house.session()).uid)
    assert order is not None
    return order


async def test_a_session_works_as_the_personas_that_were_asked_for(house: House) -> None:
    await staffed(house, ARCHITECT, QA)
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.comment("/vteam fix --persona QA --persona architect it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert (await order_of(house)).personas == ORDERED


async def test_who_is_not_there_is_refused_before_anything_starts(house: House) -> None:
    await staffed(house, QA, ARCHITECT)
    await house.comment("/vteam fix --persona tester it")
    await house.settle()
    assert await house.sessions() == []
    assert last_words(house) == snapshot(
        "@ada, I have left all as it is: there is no persona `tester` here. I know `qa` (Asks what could break), `architect`. Whoever owns the namespace `vteam` can add one to `spec.personas` of its ProjectSettings."
    )


async def test_the_same_in_slack(house: House) -> None:
    await linked(house, "ada")
    await staffed(house, QA)
    house.pods.part = works({}, text="Because nobody froze the clock.")
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 --persona tester why does it fail?")
    await house.settle()
    assert await house.sessions() == []
    assert house.slack_thread(asked) == snapshot("""\
#dev
@ada:
    @vteam ask acme/shop#1 --persona tester why does it fail?
@vteam (app):
    @ada I have left all as it is: there is no persona `tester` here. I know `qa` (Asks what could break). Whoever owns the namespace `vteam` can add one to `spec.personas` of its ProjectSettings.\
""")
    await house.slack_says(f"@vteam ask {REPOSITORY}#1 --persona qa why does it fail?")
    await house.settle()
    assert (await order_of(house)).personas == ORDERED[:1]


async def test_a_session_made_with_kubectl_has_personas_or_ends_with_words(house: House) -> None:
    await staffed(house, QA)
    house.pods.part = works({"src/a.py": "x = 2\n"})
    resource = kubectl_session(house)
    resource["spec"]["personas"] = ["qa"]
    await house.apply(resource)
    await house.settle()
    assert (await order_of(house)).personas == ORDERED[:1]
    other = kubectl_session(house)
    other["metadata"]["name"], other["spec"]["personas"] = "by-hand-too", ["qa", "architect"]
    await house.apply(other)
    await house.settle()
    [failed] = [one for one in await house.sessions() if one.name == "by-hand-too"]
    assert failed.phase is Phase.FAILED
    assert failed.status.message == snapshot(
        "The session cannot begin: there is no persona `architect` here. I know `qa` (Asks what could break). Whoever owns the namespace `vteam` can add one to `spec.personas` of its ProjectSettings."
    )


@pytest.mark.parametrize(
    ("personas", "words"),
    [
        ([QA, QA], "Duplicate value"),
        ([QA | {"name": "Q A"}], "should match"),
        ([QA | {"instructions": ""}], "at least 1"),
        ([QA | {"instructions": "x" * 16_385}], "16384"),
        ([ARCHITECT | {"name": f"a{number}"} for number in range(51)], "at most 50"),
    ],
)
async def test_the_schema_refuses_what_is_no_list_of_personas(
    house: House, personas: list[dict[str, str]], words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await staffed(house, *personas)
    assert words in str(refused.value)
