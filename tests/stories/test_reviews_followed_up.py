"""A review of the bot's own pull request asks for changes without a command: once, in turn, and only from who may."""

import pytest
from inline_snapshot import snapshot

from bot.standins.github.world import ReviewState
from crds.agentic_session import Phase
from crds.work_order import WorkOrder
from handlers.session import Session
from tests.house import REPOSITORY, House
from tests.played_pods import hangs, works

pytestmark = pytest.mark.long

BRANCH = "vteam/issue-1-the-login-test-is-flaky"
PULL = 2
SECOND = works({"src/b.py": "y = 1\n"}, text="Renamed.")


async def opened(house: House) -> None:
    """The bot has fixed the first issue, and its pull request waits for a review."""
    house.pods.part = works({"src/a.py": "x = 2\n"}, text="x is two now.")
    await house.comment("/vteam fix it --max-cost 3")
    await house.settle()
    house.pods.part = SECOND


async def followed(house: House) -> list[Session]:
    """The sessions that reviews have started, oldest first."""
    assert house.bot.world is not None
    known = {one.name: one for one in await house.sessions()}
    asked = await house.bot.world.store.intents.since(0.0)
    return [known[intent.name] for intent in asked if intent.name.startswith("review-")]


async def order(house: House, session: Session) -> WorkOrder:
    assert house.bot.world is not None
    found = await house.bot.world.store.orders.get(session.uid)
    assert found is not None
    return found


def pull_thread(house: House) -> str:
    return house.plain(house.github.thread(REPOSITORY, PULL))


async def test_a_review_that_requests_changes_is_followed_up(house: House) -> None:
    await opened(house)
    await house.review(PULL, "Please do it in b.py too.", state="changes_requested", by="ada")
    await house.settle()
    [session] = await followed(house)
    assert (session.phase, str(session.work.task), session.work.budget.cost_usd) == (Phase.COMPLETED, "fix", 3)
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/b.py") == "y = 1\n"
    assert len(house.github.pull_requests(REPOSITORY)) == 1
    assert [talk.text for talk in (await order(house, session)).talk if talk.trigger] == ["Please do it in b.py too."]
    said = pull_thread(house).partition("Please do it in b.py too.")[2]
    assert said == snapshot("""\


@vteam[bot] (bot, edited):
    **vTeam · fix** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2

@vteam[bot] (bot):
    @ada, done.

    Commits added to pull request: https://github.test/acme/shop/pull/2

    > Renamed.
""")


async def test_one_remark_is_one_session_though_github_tells_it_twice(house: House) -> None:
    await opened(house)
    remark = await house.comment_on_line(PULL, "Say three here.")
    await house.settle()
    [session] = await followed(house)
    assert [one.content for one in remark.reactions] == ["eyes"]
    made = await order(house, session)
    assert made.request == snapshot(
        "Do what this review of the pull request asks for: change what it wants to be different, and answer what it asks. Leave alone what it does not speak of."
    )
    [asked] = [talk.text for talk in made.talk if talk.trigger and talk.kind == "diff"]
    assert asked == snapshot("""\
At src/a.py, line 1 (after the change):

@@ -1 +1 @@
-x = 1
+x = 2

Say three here.\
""")


async def test_a_review_with_remarks_delivered_twice_is_one_session(house: House) -> None:
    await opened(house)
    comments = [("src/a.py", 1, "Say three here."), ("src/a.py", 1, "And why not four?")]
    await house.review(PULL, "Two things.", comments=comments)
    await house.settle()
    for delivery in [one for one in house.github.deliveries if one.event == "pull_request_review"]:
        house.github.redeliver(delivery)
    await house.restart_bot()
    await house.settle()
    [session] = await followed(house)
    triggers = [talk.text.rpartition("\n")[2] for talk in (await order(house, session)).talk if talk.trigger]
    assert triggers == ["Two things.", "Say three here.", "And why not four?"]


async def test_an_answer_to_a_remark_is_followed_up(house: House) -> None:
    await opened(house)
    remark = await house.comment_on_line(PULL, "LGTM")
    await house.settle()
    assert await followed(house) == []
    await house.reply_inline(remark, "No, wait: say three.")
    await house.settle()
    assert len(await followed(house)) == 1


async def test_what_people_discuss_among_themselves_is_left_to_them(house: House) -> None:
    await opened(house)
    remark = await house.comment_on_line(PULL, "Is that right?", by="grace")
    await house.reply_inline(remark, "I think it should be three.", by="ada")
    await house.comment_on_line(PULL, "@grace, what do you think?", by="ada")
    await house.settle()
    assert await followed(house) == []


async def test_a_command_in_a_review_or_in_its_remark_is_heard_once(house: House) -> None:
    await opened(house)
    await house.review(PULL, "Hm.\n\n/vteam fix the rest of it", state="changes_requested")
    await house.settle()
    await house.review(PULL, "Hm.", comments=[("src/a.py", 1, "/vteam ask why two?"), ("src/a.py", 1, "And here?")])
    await house.settle()
    assert await followed(house) == []
    assert sorted(str(one.work.task) for one in await house.sessions()) == ["ask", "fix", "fix"]


@pytest.mark.parametrize(
    ("text", "state", "by"),
    [
        ("Please do it in b.py too.", "approved", "ada"),
        ("LGTM, thanks!", "commented", "ada"),
        ("Please do it in b.py too.", "changes_requested", "grace"),
        ("Please do it in b.py too.", "commented", "tom"),
    ],
)
async def test_what_asks_for_nothing_or_comes_from_who_may_not_starts_nothing_and_is_not_answered(
    house: House, text: str, state: ReviewState, by: str
) -> None:
    await opened(house)
    await house.review(PULL, text, state=state, by=by)
    await house.settle()
    before = pull_thread(house)
    assert await followed(house) == []
    assert before.count("vteam[bot]") == 1  # the pull request itself


async def test_a_review_of_a_persons_pull_request_is_no_request(house: House) -> None:
    number = await house.open_pull_request({"src/a.py": "x = 3\n"}, by="ada")
    house.github.grant(REPOSITORY, "tom", role="write")
    await house.review(number, "Please do it in b.py too.", by="tom")
    await house.settle()
    assert await house.sessions() == []


async def test_a_review_of_a_merged_pull_request_starts_nothing(house: House) -> None:
    await opened(house)
    await house.github.merge_pull_request(REPOSITORY, PULL, by="ada")
    await house.review(PULL, "Please do it in b.py too.")
    await house.settle()
    assert await followed(house) == []


async def test_reviews_wait_for_each_other_and_what_is_added_meanwhile_is_done_with_them(house: House) -> None:
    await opened(house)
    house.pods.part = hangs()
    await house.comment_on_line(PULL, "First, say three.")
    await house.settle()
    await house.comment_on_line(PULL, "Second, say it in b.py.")
    await house.settle()
    await house.comment_on_line(PULL, "Third, say it in c.py.")
    await house.settle()
    first, second = await followed(house)
    assert (first.phase, second.phase) == (Phase.RUNNING, Phase.PENDING)
    assert f"Waiting for session {first.name}, which works on the same branch." in pull_thread(house).replace("`", "")
    house.pods.part = SECOND
    await works({"src/a.py": "x = 3\n"})(house.pods.lives[-1])
    await house.settle()
    assert [one.phase for one in await followed(house)] == [Phase.COMPLETED, Phase.COMPLETED]
    triggers = [talk.text.rpartition("\n")[2] for talk in (await order(house, second)).talk if talk.trigger]
    assert "Second, say it in b.py." in triggers
    assert "Third, say it in c.py." in triggers
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/a.py") == "x = 3\n"
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/b.py") == "y = 1\n"


async def test_a_dismissed_review_is_not_done_and_a_command_waits_for_the_branch_like_a_review(house: House) -> None:
    await opened(house)
    house.pods.part = hangs()
    await house.review(PULL, "Say three.", by="ada")
    await house.settle()
    house.github.grant(REPOSITORY, "grace", role="write")
    unwanted = await house.review(PULL, "Say four.", state="changes_requested", by="grace")
    await house.settle()
    await house.github.dismiss_review(REPOSITORY, PULL, unwanted, by="ada")
    await house.settle()
    first, second = await followed(house)
    assert (first.phase, second.phase) == (Phase.RUNNING, Phase.STOPPED)
    assert second.status.message == snapshot("Stopped by @\u2060ada, who dismissed the review that asked for it.")
    await house.comment("/vteam run the linter", number=PULL)
    await house.settle()
    [third] = [one for one in await house.sessions() if one.name.startswith("run-")]
    assert third.phase is Phase.PENDING
    assert (
        pull_thread(house).replace("`", "").count(f"Waiting for session {first.name}, which works on the same branch.")
        == 1
    )
    house.pods.part = SECOND
    await works({"src/a.py": "x = 3\n"})(house.pods.lives[-1])
    await house.settle()
    [third] = [one for one in await house.sessions() if one.name.startswith("run-")]
    assert third.phase is Phase.COMPLETED
    said = {talk.text: talk.trigger for talk in (await order(house, third)).talk}
    assert "Say four." not in said
    assert said["/vteam run the linter"]


async def test_who_waits_for_another_session_begins_after_a_restart_too_and_can_be_cancelled(house: House) -> None:
    await opened(house)
    house.pods.part = hangs()
    await house.review(PULL, "Say three.", by="ada")
    await house.settle()
    house.github.grant(REPOSITORY, "grace", role="write")
    await house.review(PULL, "Say four.", by="grace")
    await house.review(PULL, "Say five.", by="ada")
    await house.settle()
    first, second, third = await followed(house)
    await house.comment(f"/vteam cancel {second.name}", number=PULL)
    await house.settle()
    await house.restart_bot()
    await house.settle()
    await house.comment(f"/vteam cancel {first.name}", number=PULL)
    house.pods.part = SECOND
    await house.settle()
    phases = {one.name: one.phase for one in await followed(house)}
    assert phases == {first.name: Phase.STOPPED, second.name: Phase.STOPPED, third.name: Phase.COMPLETED}
