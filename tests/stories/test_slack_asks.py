"""People ask in Slack; the channel, the issue and the branch tell what became of it."""

from inline_snapshot import snapshot

from crds.agentic_session import Phase
from handlers.slack_manifest import SEND
from tests.house import REPOSITORY, House
from tests.played_pods import hangs, works
from tests.stories.slack_verbs import defaulted, linked, whispered


async def test_a_mention_starts_a_session_and_both_sides_show_it(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({"src/a.py": "x = 2\n"}, text="x is two now, Foo Corp is happy.")
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1 it fails for Foo Corp")
    await house.settle()
    assert house.slack_thread(asked) == snapshot("""\
#dev
@ada:
    @vteam fix acme/shop#1 it fails for Foo Corp
    [👀 1]
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · fix* — Done.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
    ✅ the work is checked and pushed
    ✅ the pull request is open

    Pull request: https://github.test/acme/shop/pull/2
@vteam (app):
    @ada Done.

    Pull request: https://github.test/acme/shop/pull/2

    > x is two now, Foo Corp is happy.
    [Show in issue]\
""")
    assert house.thread == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done. Asked for by ada in Slack.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Pull request: https://github.test/acme/shop/pull/2
""")
    [pull] = house.github.pull_requests(REPOSITORY)
    assert "Foo Corp" not in pull.body
    assert "Foo Corp" not in pull.title


async def test_a_slash_command_begins_a_thread_of_its_own(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because the clock is mocked.")
    await house.slash(f"ask {REPOSITORY}#1 why is it flaky?")
    await house.settle()
    root = next(one for one in house.slack.messages("dev") if one.by_app)
    assert house.slack_thread(root) == snapshot("""\
#dev
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · ask* — Here is the answer.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
@vteam (app):
    @ada Here is the answer.

    > Because the clock is mocked.
    [Show in issue]\
""")
    house.pods.part = works({}, text="Since May.")
    await house.slack_says("and since when?", thread_ts=root.ts)
    await house.settle()
    first, second = await house.sessions()
    assert second.name != first.name
    assert house.slack_thread(root).count("Since May.") == 1


async def test_where_the_bot_is_not_in_the_channel_it_answers_in_private(house: House) -> None:
    await linked(house, "ada")
    house.slack.create_channel("secret", private=True, members=["ada"], bot=False)
    house.pods.part = works({}, text="Because the clock is mocked.")
    await house.slash(f"ask {REPOSITORY}#1 why is it flaky?", channel="secret")
    await house.settle()
    assert house.plain(house.slack.transcript(house.slack.direct("ada").id)) == snapshot("""\
direct messages
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · ask* — Here is the answer.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
    ↳ 1 reply\
""")
    assert [one for one in house.slack.messages("secret") if one.by_app] == []


async def test_a_direct_message_needs_no_mention(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because the clock is mocked.")
    asked = await house.slack_says(f"ask {REPOSITORY}#1 why is it flaky?", channel="@vteam")
    await house.settle()
    assert "Because the clock is mocked." in house.slack.thread(house.slack.direct("ada").id, asked.ts)


async def test_what_others_say_in_the_thread_is_not_taken_for_a_request(house: House) -> None:
    await linked(house, "ada", "tom")
    house.pods.part = works({}, text="Because the clock is mocked.")
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why is it flaky?")
    await house.settle()
    await house.slack_says("I have seen that too", by="tom", thread_ts=asked.ts)
    await house.slack_says("really? since when?", thread_ts=asked.ts)
    await house.settle()
    assert len(await house.sessions()) == 1
    await house.slack_says("@vteam since when?", thread_ts=asked.ts)
    await house.settle()
    assert len(await house.sessions()) == 2


async def test_a_command_in_a_message_is_heard_without_a_mention(house: House) -> None:
    # Slack takes no slash commands in threads, nor behind other lines: what people type there is a message.
    await linked(house, "ada", "tom")
    house.pods.part = works({}, text="Because the clock is mocked.")
    first = await house.slack_says("The login test fails again")
    await house.slack_says("since Tuesday", by="tom", thread_ts=first.ts)
    await house.slack_says(f"So:\n/vteam ask {REPOSITORY}#1 why?", thread_ts=first.ts)
    await house.slack_says(f"`/vteam ask {REPOSITORY}#1` would tell", by="tom", thread_ts=first.ts)
    await house.settle()
    assert len(await house.sessions()) == 1
    assert "Because the clock is mocked." in house.slack_thread(first)


async def test_who_is_nobody_on_github_is_told_what_was_wrong_with_their_words(house: House) -> None:
    asked = await house.slack_says("/vteam fxi it", by="grace")
    await house.settle()
    assert house.slack_thread(asked).rsplit("@vteam (app):", 1)[-1].strip() == snapshot("""\
@grace I could not understand line 1, from column 8 on: I do not know the command `fxi`.

    ```
    /vteam fxi it
           ^
    ```

    Did you mean `fix`? `/vteam help` lists the commands.\
""")


async def test_a_flood_of_commands_in_slack_is_refused_in_words(house: House) -> None:
    asked = await house.slack_says("\n".join(f"/vteam ask {REPOSITORY}#1 {number}" for number in range(11)))
    await house.settle()
    assert await house.sessions() == []
    assert house.slack_thread(asked).rsplit("@vteam (app):", 1)[-1].strip() == snapshot(
        "@ada A message can hold at most 10 commands, so I have done nothing. Please ask for less at once."
    )


async def test_a_message_is_sent_to_the_bot_by_its_menu(house: House) -> None:
    await linked(house, "ada")
    await defaulted(house, "dev")
    said = await house.slack_says("The second page is empty for me, --model evil", by="grace")
    house.pods.part = works({"src/a.py": "x = 2\n"}, text="It was the offset.")
    await house.slack.shortcut(said, SEND, by="ada")
    await house.settle()
    session = await house.session()
    assert (session.work.task, session.work.model) == ("run", None)
    assert "second page" in session.work.prompt
    assert session.phase is Phase.COMPLETED
    assert "It was the offset." in house.slack_thread(said)


async def test_a_cross_stops_what_the_message_asked_for(house: House) -> None:
    await linked(house, "ada", "tom")
    house.pods.part = hangs()
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1")
    await house.settle()
    await house.slack.react(asked, "x", by="tom")
    await house.settle()
    assert (await house.session()).phase is Phase.RUNNING
    assert "write access" in whispered(house, "tom")
    await house.slack.react(asked, "x", by="ada")
    await house.settle()
    assert (await house.session()).stop_by == "@ada"


async def test_an_edit_corrects_what_waits_and_says_when_it_is_too_late(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = hangs()
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1 the login")
    await house.settle()
    await house.slack.edit(asked, f"@vteam fix {REPOSITORY}#1 the logout", by="ada")
    await house.settle()
    assert "logout" in (await house.session()).work.prompt or "begun" in house.slack_thread(asked)
    await house.slack.edit(asked, f"@vteam plan {REPOSITORY}#1 the logout", by="ada")
    await house.settle()
    tasks = sorted(one.work.task for one in await house.sessions())
    assert tasks == ["fix", "plan"]


async def test_a_status_is_told_and_help_needs_nobody(house: House) -> None:
    await house.slash("help", by="grace")
    await house.settle()
    assert "/vteam fix" in whispered(house, "grace")
    await house.slash(f"status {REPOSITORY}#1", by="grace")
    await house.settle()
    assert whispered(house, "grace") == snapshot("No session has run in this thread yet.")
