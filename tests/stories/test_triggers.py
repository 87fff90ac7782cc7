"""Everything that starts, changes or ends a session on GitHub, beside a comment: each once, and each answered."""

from dataclasses import replace
from datetime import timedelta

from inline_snapshot import snapshot

from bot.cluster import PROJECT_SETTINGS
from bot.threads import thread_key
from crds.agentic_session import Phase
from handlers.places import DiffPlace
from handlers.session import Session
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import cannot_be_placed, hangs, works

FIX = works({"src/a.py": "x = 2\n"})
ASKED = works({}, text="Because.")


def shown(sessions: list[Session]) -> list[tuple[str, str]]:
    """Tasks and requests."""
    return sorted((str(session.work.task), session.work.prompt) for session in sessions)


async def test_a_new_issue_that_is_labelled_assigned_and_mentions_the_bot_is_one_request(house: House) -> None:
    house.pods.part = FIX
    body = "It fails.\n\n/vteam fix it, the cache is cleared twice"
    thread = await house.github.open_issue(REPOSITORY, "Cache", body=body, by="ada", labels=["bug", "vteam:fix"])
    await house.github.assign(REPOSITORY, thread.number, to=house.github.registration.bot_login, by="ada")
    await house.settle()
    assert shown(await house.sessions()) == [("fix", "it, the cache is cleared twice")]


async def test_the_same_deliveries_in_the_other_order_are_the_same_request(house: House) -> None:
    house.pods.part = FIX
    with house.github.held_webhooks() as held:
        body = "It fails.\n\n/vteam fix it, the cache is cleared twice"
        thread = await house.github.open_issue(REPOSITORY, "Cache", body=body, by="ada", labels=["vteam:fix"])
        await house.github.assign(REPOSITORY, thread.number, to=house.github.registration.bot_login, by="ada")
        held.reverse()
    await house.settle()
    assert shown(await house.sessions()) == [("fix", "it, the cache is cleared twice")]


async def test_an_issue_that_is_given_to_the_bot(house: House) -> None:
    house.pods.part = FIX
    await house.github.assign(REPOSITORY, 1, to="grace", by="ada")
    await house.github.assign(REPOSITORY, 1, to=house.github.registration.bot_login, by="ada")
    await house.settle()
    assert shown(await house.sessions()) == [("run", "Do what this issue asks for.")]


async def test_the_owner_of_a_namespace_chooses_the_labels(house: House) -> None:
    house.pods.part = FIX
    settings = {"metadata": {"name": "projectsettings"}, "spec": {"labels": {"robot please": "plan"}}}
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)
    await house.label("vteam:fix")
    await house.label("robot please")
    await house.settle()
    assert [str(session.work.task) for session in await house.sessions()] == ["plan"]


async def test_an_edit_runs_the_command_that_it_adds(house: House) -> None:
    house.pods.part = ASKED
    comment = await house.comment("/vteam ask why is it slow?")
    await house.settle()
    # Later than the first seconds, as GitHub stamps it.
    comment.created_at -= timedelta(days=365)
    await house.github.edit_comment(
        REPOSITORY, comment, body="Hm.\n\n/vteam ask why is it slow?\n/vteam ask since when?", by="ada"
    )
    await house.settle()
    assert shown(await house.sessions()) == [("ask", "since when?"), ("ask", "why is it slow?")]


async def test_an_edit_in_the_first_seconds_corrects_what_waits(house: House) -> None:
    with house.github.held_webhooks() as held:
        comment = await house.comment("/vteam fix the tset")
        await house.github.edit_comment(REPOSITORY, comment, body="/vteam fix the test", by="ada")
        held.reverse()
    house.pods.part = cannot_be_placed("no room")
    await house.settle()
    assert shown(await house.sessions()) == [("fix", "the test")]
    await house.github.edit_comment(REPOSITORY, comment, body="/vteam fix the other test", by="ada")
    await house.settle()
    assert shown(await house.sessions()) == [("fix", "the other test")]


async def test_an_edit_that_comes_when_the_runner_has_begun_is_answered(house: House) -> None:
    house.pods.part = hangs()
    comment = await house.comment("/vteam fix the tset")
    await house.settle()
    await house.github.edit_comment(REPOSITORY, comment, body="/vteam fix the test", by="ada")
    await house.settle()
    assert shown(await house.sessions()) == [("fix", "the tset")]
    assert "had begun when you changed the command" in house.thread


async def test_a_deleted_comment_takes_back_what_waits(house: House) -> None:
    house.pods.part = cannot_be_placed("no room")
    comment = await house.comment("/vteam fix it")
    await house.settle()
    await house.github.delete_comment(REPOSITORY, comment, by="ada")
    await house.settle()
    session = await house.session()
    assert session.phase is Phase.STOPPED
    assert session.status.message == snapshot("Stopped by @\u2060ada, who deleted the comment that asked for it.")


async def test_a_deleted_comment_takes_back_what_it_asked_for_elsewhere_and_nothing_else(house: House) -> None:
    house.pods.part = cannot_be_placed("no room")
    other = await house.open_issue("Another", by="grace")
    comment = await house.comment(f"/vteam fix #{other} soon\n/vteam plan it")
    await house.comment("/vteam ask why?")
    await house.comment("/vteam review", number=other)
    await house.settle()
    await house.delete_comment(comment)
    await house.settle()
    phases = {str(one.work.task): one.phase for one in await house.sessions()}
    assert phases == {
        "fix": Phase.STOPPED,
        "plan": Phase.STOPPED,
        "ask": Phase.CREATING,
        "review": Phase.CREATING,
    }
    said = house.github.thread(REPOSITORY, other)
    assert "who deleted the comment that asked for it" in said


async def test_a_closed_issue_stops_what_waits(house: House) -> None:
    house.pods.part = cannot_be_placed("no room")
    await house.comment("/vteam fix it")
    await house.settle()
    await house.github.close(REPOSITORY, 1, by="ada")
    await house.settle()
    session = await house.session()
    assert (session.phase, session.status.message) == snapshot(
        (Phase.STOPPED, "Stopped by @\u2060ada, who closed this before it had begun.")
    )


async def test_a_closed_issue_lets_what_works_go_on_and_says_so(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    await house.github.close(REPOSITORY, 1, by="ada")
    await house.settle()
    assert (await house.session()).phase is Phase.RUNNING
    assert "This issue was closed while" in house.thread


async def test_a_suspended_installation_ends_its_sessions_with_words(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    [installation] = house.github.site.world.installations.values()
    house.github.suspend(installation)
    house.clock.ahead += 120
    await house.settle(seconds=60)
    session = await house.session()
    assert session.status.message == snapshot("Stopped by the suspension of the App from acme.")


async def test_a_remark_on_a_line_brings_its_place(house: House) -> None:
    house.pods.part = ASKED
    await house.github.push_commit(REPOSITORY, "topic", files={"src/a.py": "x = 3\n"}, by="ada")
    pull = await house.github.open_pull_request(REPOSITORY, "topic", title="Three", by="ada")
    await house.github.comment_on_line(
        REPOSITORY, pull.number, path="src/a.py", line=1, body="/vteam ask why three?", by="ada"
    )
    await house.settle()
    assert shown(await house.sessions()) == [("ask", "why three?")]
    assert house.bot.world is not None
    repository = house.github.site.world.repository(REPOSITORY)
    assert repository is not None
    [intent] = await house.bot.world.store.intents.recent(thread_key(repository.id, pull.number), 0.0)
    assert intent.diff is not None
    assert replace(intent.diff, commit="") == snapshot(
        DiffPlace(
            path="src/a.py",
            line=1,
            side="RIGHT",
            hunk="""\
@@ -1 +1 @@
-x = 1
+x = 3\
""",
            commit="",
        )
    )
    order = await house.bot.world.store.orders.get((await house.session()).uid)
    assert order is not None
    [remark] = [talk for talk in order.talk if talk.kind == "diff"]
    assert remark.text.startswith("The request stands at src/a.py, line 1 (after the change), at commit ")
    assert remark.text.endswith("@@ -1 +1 @@\n-x = 1\n+x = 3")


async def test_a_review_is_a_text_with_commands(house: House) -> None:
    house.pods.part = ASKED
    await house.github.push_commit(REPOSITORY, "topic", files={"src/a.py": "x = 3\n"}, by="ada")
    pull = await house.github.open_pull_request(REPOSITORY, "topic", title="Three", body="@vteam help", by="ada")
    await house.github.review(REPOSITORY, pull.number, body="Hm.\n\n/vteam ask why three?", by="ada")
    await house.settle()
    assert shown(await house.sessions()) == [("ask", "why three?")]
    assert "| command | what it does |" in house.github.thread(REPOSITORY, pull.number)


async def test_what_was_lost_while_the_bot_was_down_is_worked_off_once(house: House) -> None:
    house.pods.part = ASKED
    await house.bot.stop()
    await house.comment("/vteam ask first?")
    await house.github.open_issue(REPOSITORY, "Second", body="/vteam ask second?", by="ada", labels=["bug"])
    await house.label("vteam:review")
    await house.github.push_commit(REPOSITORY, "topic", files={"src/a.py": "x = 3\n"}, by="ada")
    pull = await house.github.open_pull_request(REPOSITORY, "topic", title="Three", by="ada")
    await house.github.review(
        REPOSITORY, pull.number, body="/vteam ask third?", by="ada", comments=[("src/a.py", 1, "/vteam ask fourth?")]
    )
    await house.github.drain()
    house.clock.ahead += 3600
    await house.bot.start()
    await house.settle()
    wanted = [("ask", f"{word}?") for word in ("first", "fourth", "second", "third")]
    assert shown(await house.sessions()) == [*wanted, ("review", "Review this, and say what is wrong with it.")]
    await house.restart_bot()
    await house.settle()
    assert len(await house.sessions()) == 5
