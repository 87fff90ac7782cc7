"""A reply goes on with the conversation of the session before it, where that session has read nothing that this may not."""

from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from bot.cluster import PROJECT_SETTINGS, NotFound
from bot.continuing import Continuing
from crds.agentic_session import Task
from crds.project_settings import SINGLETON
from crds.result import Result
from crds.work_order import WorkOrder
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import Part, PodLife, dies, works
from tests.stories.slack_verbs import linked
from tests.stories.test_costs import asks_the_model

pytestmark = pytest.mark.long

ENTRIES = [
    {"type": "user", "uuid": "u-1", "message": {"role": "user", "content": "Fix it."}},
    {"type": "assistant", "uuid": "u-2", "message": {"role": "assistant", "content": "Done. It was the key."}},
]


class Heard:
    """What the pods of a story were told, in the order in which they ran."""

    def __init__(self) -> None:
        self.orders: list[WorkOrder] = []
        self.transcripts: list[Any] = []

    def speaks(self, part: Part, *, number: str = "") -> Part:
        """The part, by an agent that keeps a transcript: a conversation of its own, or the one that it goes on with."""

        async def played(life: PodLife) -> None:
            _, order = await life.call("GET", "/order")
            self.orders.append(WorkOrder.model_validate(order))
            continues = self.orders[-1].continues
            path = continues.session_id if continues else number or str(uuid4())
            self.transcripts.append((await life.call("GET", f"/transcript?subpath={path}"))[1])
            told = [{**entry, "uuid": f"{entry['uuid']}-{len(self.orders)}"} for entry in ENTRIES]
            await life.call("POST", "/transcript", json={"subpath": path, "entries": told})
            await part(life)

        return played

    @property
    def last(self) -> WorkOrder:
        return self.orders[-1]

    def why_afresh(self) -> list[str]:
        """Why the last pod began a conversation of its own, as its receipt will say."""
        return [note.reason for note in self.last.left_out if note.kind == "conversation"]


@pytest.fixture
def heard() -> Heard:
    return Heard()


async def asked(house: House, text: str, part: Part, *, by: str = "ada") -> None:
    house.pods.part = part
    await house.comment(text, by=by)
    await house.settle()


async def test_continue_on_github_goes_on_with_the_conversation(house: House, heard: Heard) -> None:
    await asked(house, "/vteam fix it", heard.speaks(works({"src/a.py": "x = 2\n"})))
    assert heard.last.continues is None
    await asked(house, "/vteam continue with y as well", heard.speaks(works({"src/b.py": "y = 1\n"})))
    await asked(house, "/vteam continue with z", heard.speaks(works({"src/c.py": "z = 1\n"})))
    first, second, third = (order.continues for order in heard.orders)
    assert first is None
    assert second is not None
    assert third is not None
    assert second.session_id == third.session_id
    assert (second.entries, third.entries) == (2, 4)
    assert [len((found or {}).get("entries", [])) for found in heard.transcripts] == [0, 2, 4]
    assert second.heads == {"acme__shop": heard.orders[1].repositories[0].commit}
    assert heard.why_afresh() == []


async def test_the_conversation_outlives_the_session_that_it_began_in(house: House, heard: Heard) -> None:
    await asked(house, "/vteam fix it", heard.speaks(works({"src/a.py": "x = 2\n"})))
    house.clock.ahead += 20 * 86400
    await asked(house, "/vteam continue with y", heard.speaks(works({"src/b.py": "y = 1\n"})))
    assert house.bot.world is not None
    purged = await house.bot.world.store.retention.purge(house.clock() - 10 * 86400)
    assert purged.sessions == 1
    await asked(house, "/vteam continue with z", heard.speaks(works({"src/c.py": "z = 1\n"})))
    assert heard.last.continues is not None
    assert heard.last.continues.entries == 4


async def test_a_reply_in_slack_goes_on_and_what_was_said_there_stays_there(house: House, heard: Heard) -> None:
    await linked(house, "ada")
    house.pods.part = heard.speaks(works({}, text="Because of the clock."))
    said = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why?")
    await house.settle()
    await house.slack_says("And since when?", thread_ts=said.ts)
    await house.settle()
    assert heard.last.continues is not None
    assert heard.last.continues.entries == 2
    await asked(house, "/vteam continue and where?", house.pods.part)
    assert heard.last.continues is None
    assert heard.why_afresh() == [
        "the earlier conversation was held in another place, and what was said there stays there"
    ]
    assert heard.transcripts[-1] is None or "entries" not in heard.transcripts[-1]


async def test_what_the_asker_may_not_read_is_not_heard_again(house: House, heard: Heard) -> None:
    """The first session was given another repository's issue; that repository is not to be read any more."""
    await house.github.create_repository("acme/cart", {"lib/k.py": "k = 1\n"})
    house.github.grant(REPOSITORY, "tom", role="write")
    await house.github.open_issue("acme/cart", "The key", body="It is under the mat.", by="ada")
    await asked(house, "/vteam fix it, see acme/cart#1", heard.speaks(works({"src/a.py": "x = 2\n"})))
    assert "under the mat" in str(heard.last.talk)
    house.github.make_private("acme/cart")
    await asked(house, "/vteam continue and look there again", heard.speaks(works({"src/b.py": "y = 1\n"})), by="tom")
    assert heard.last.continues is None
    assert heard.why_afresh() == [
        "the earlier conversation was given an issue or pull request that this session is not"
    ]


async def beside(house: House, *names: str) -> None:
    for name in names:
        await house.github.create_repository(name, {"lib/k.py": "k = 1\n"})


async def owner_names(house: House, *names: str) -> None:
    """From now on the owner of the namespace has every session read these."""
    spec = {"contextRepos": [{"url": f"{house.github.url}/{name}.git"} for name in names]}
    settings = {"metadata": {"name": SINGLETON}, "spec": spec}
    with suppress(NotFound):
        await house.cluster.delete(PROJECT_SETTINGS, SINGLETON, namespace=NAMESPACE)
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)


async def test_a_repository_that_is_named_later_is_read_beside_the_others(house: House, heard: Heard) -> None:
    await beside(house, "acme/cart", "acme/new")
    await asked(house, "/vteam fix --repo acme/cart it", heard.speaks(works({"src/a.py": "x = 2\n"})))
    await asked(house, "/vteam continue --repo acme/new with y", heard.speaks(works({"src/b.py": "y = 1\n"})))
    assert heard.last.continues is not None
    assert [one.name for one in heard.last.repositories] == ["acme__shop", "acme__cart", "acme__new"]


async def test_what_the_owner_adds_or_takes_away_is_minded_by_the_conversation(house: House, heard: Heard) -> None:
    await beside(house, "acme/cart", "acme/new")
    await owner_names(house, "acme/cart")
    await asked(house, "/vteam fix it", heard.speaks(works({"src/a.py": "x = 2\n"})))
    await owner_names(house, "acme/new", "acme/cart")
    await asked(house, "/vteam continue with y", heard.speaks(works({"src/b.py": "y = 1\n"})))
    assert (heard.last.continues is not None, heard.why_afresh()) == (True, [])
    await owner_names(house, "acme/new")
    await asked(house, "/vteam continue with z", heard.speaks(works({"src/c.py": "z = 1\n"})))
    assert heard.last.continues is None
    assert heard.why_afresh() == ["the earlier conversation has read a repository that this session does not"]
    await owner_names(house, "acme/new", "acme/cart")
    await asked(house, "/vteam continue with w", heard.speaks(works({"src/d.py": "w = 1\n"})))
    assert (heard.last.continues is not None, heard.why_afresh()) == (True, [])


async def test_what_the_owner_had_read_may_be_named_by_whoever_goes_on(house: House, heard: Heard) -> None:
    await beside(house, "acme/cart")
    await owner_names(house, "acme/cart")
    await asked(house, "/vteam fix it", heard.speaks(works({"src/a.py": "x = 2\n"})))
    await owner_names(house)
    await asked(house, "/vteam continue --repo acme/cart with y", heard.speaks(works({"src/b.py": "y = 1\n"})))
    assert (heard.last.continues is not None, heard.why_afresh()) == (True, [])


async def test_a_repository_with_another_name_is_the_one_that_was_read(house: House, heard: Heard) -> None:
    await beside(house, "acme/cart")
    await owner_names(house, "acme/cart")
    await asked(house, "/vteam fix it", heard.speaks(works({"src/a.py": "x = 2\n"})))
    house.github.rename("acme/cart", "basket")
    await asked(house, "/vteam continue with y", heard.speaks(works({"src/b.py": "y = 1\n"})))
    assert heard.last.repositories[-1].url == f"{house.github.url}/acme/basket.git"
    assert (heard.last.continues is not None, heard.why_afresh()) == (True, [])


async def test_a_session_that_died_is_gone_on_with(house: House, heard: Heard) -> None:
    await asked(house, "/vteam fix it", heard.speaks(dies(137, reason="OOMKilled")))
    await asked(house, "/vteam continue", heard.speaks(works({"src/a.py": "x = 2\n"})))
    assert heard.last.continues is not None
    [repository] = heard.last.repositories
    assert heard.last.continues.heads == {repository.name: repository.commit}


async def test_a_session_that_died_before_its_first_word_does_not_cut_the_conversation(
    house: House, heard: Heard
) -> None:
    await asked(house, "/vteam fix it", heard.speaks(works({"src/a.py": "x = 2\n"})))
    await asked(house, "/vteam continue with y", dies(137, reason="OOMKilled"))
    await asked(house, "/vteam continue with y, please", heard.speaks(works({"src/b.py": "y = 1\n"})))
    assert heard.why_afresh() == []
    assert heard.last.continues is not None
    assert heard.last.continues.entries == 2


async def test_a_retry_begins_where_the_failed_one_began(house: House, heard: Heard) -> None:
    await asked(house, "/vteam fix it", heard.speaks(dies(1)))
    await asked(house, "/vteam retry", heard.speaks(works({"src/a.py": "x = 2\n"})))
    assert heard.last.continues is None
    assert heard.why_afresh() == []


async def test_no_other_session_reads_the_conversation(house: House, heard: Heard) -> None:
    """One session's pod asks under the name of another, and for the other's conversation under its own."""
    number = str(uuid4())
    answers: list[int] = []
    await asked(house, "/vteam fix it", heard.speaks(works({"src/a.py": "x = 2\n"}), number=number))
    first = await house.session()

    async def steals(life: PodLife) -> None:
        paths = (f"/transcript?subpath={number}", f"/../{first.name}/transcript?subpath={number}")
        answers.extend([(await life.call("GET", path))[0] for path in paths])
        await works({"src/b.py": "y = 1\n"})(life)

    await asked(house, "/vteam fix something else", heard.speaks(steals))
    assert answers == [404, 403]
    assert heard.last.continues is None


async def test_a_result_says_nothing_of_which_conversation_comes_next(house: House, heard: Heard) -> None:
    """The runner is not believed: the store knows which conversations are the session's."""
    await asked(house, "/vteam fix it", heard.speaks(works({"src/a.py": "x = 2\n"})))
    assert house.bot.world is not None
    stored = await house.bot.world.store.results.get((await house.session()).uid)
    assert isinstance(stored.result if stored else None, Result)
    await asked(house, "/vteam continue", heard.speaks(works({"src/b.py": "y = 1\n"})))
    assert stored is not None
    assert stored.result.agent is not None
    assert heard.last.continues is not None
    assert heard.last.continues.session_id != stored.result.agent.session_id


async def test_what_goes_on_is_expected_to_cost_what_is_sent_along_as_well(house: House, heard: Heard) -> None:
    await asked(house, "/vteam fix it", heard.speaks(asks_the_model(house)))
    await asked(house, "/vteam continue with y as well", heard.speaks(asks_the_model(house)))
    plain, further = (order.forecast for order in heard.orders)
    assert plain is not None
    assert further is not None
    assert further.fresh_tokens.middle - plain.fresh_tokens.middle > 90_000

    assert house.bot.world is not None
    store, named = house.bot.world.store, heard.last.session.partition("/")
    intent = await store.intents.get(named[0], named[2])
    continuing = Continuing(store, house.cluster)
    # As long as the last call before it was, without the tools and the system prompt.
    assert await continuing.likely_tokens(intent, Task.FIX) == 430_020 - 3_655
    assert await continuing.likely_tokens(intent, Task.REVIEW) == 0, "a fix is not gone on with in a review"
    assert await continuing.likely_tokens(None, Task.FIX) == 0
