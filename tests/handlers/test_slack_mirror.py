"""A session as Slack shows it: beside GitHub, after it, in its own pace, and without what was said in confidence."""

from dataclasses import replace
from typing import Any

from inline_snapshot import snapshot

from handlers import decide, wording
from handlers.effects import Close, LookAgain, RemoveFinalizer, SetStatus, Tell
from handlers.events import SessionObserved, SlackThread, Thread
from handlers.session import read_session
from handlers.slack_effects import CloseSlack, TellSlack
from handlers.slack_mirror import message_digest
from handlers.status_patch import moment
from tests.handlers.worlds import DONE, LIVE, NOW, RUNNING, SPEC, STARTED, THREAD, USED, resource, world

Json = dict[str, Any]
PLACE = SlackThread("T1", "C1", "1700000000.000100", user="U1", private=False)
ORIGIN: Json = {"service": "slack", "repository": "acme/shop", "issue": 12, "requester": {"login": "ada", "id": 42}}
ENDED: Json = STARTED | {"phase": "Completed", "message": "Done.", "completionTime": moment(NOW - 5), "result": "So."}
PUBLIC = replace(THREAD, private=False)


def look(status: Json, *, thread: Thread | None = THREAD, requester: str = "ada", **more: Any) -> SessionObserved:
    """A look at a session that was asked for in Slack."""
    spec = SPEC | {"origin": ORIGIN} | more.pop("spec", {})
    event = world(resource(spec=spec, status=status), more.pop("job", LIVE), more.pop("pod", RUNNING), **more)
    standing = replace(event.standing, slack=PLACE, thread=thread, requester=requester)
    return replace(event, standing=standing)


def shown_at_its_end(event: SessionObserved) -> SessionObserved:
    """The same look, after the progress message has said how it ended."""
    [tell] = [effect for effect in decide(event) if isinstance(effect, TellSlack)]
    document = event.session.status.document()
    told = document.get("told", {}) | {"slack": {"thread": PLACE.ts, "digest": message_digest(tell.message)}}
    spec = SPEC | {"origin": ORIGIN, "initialPrompt": event.session.work.prompt}
    return replace(event, session=read_session(resource(spec=spec, status=document | {"told": told})))


def told_in_slack(event: SessionObserved, at: float) -> SessionObserved:
    """The same look, after both sides were told what they would be told now."""
    [tell] = [effect for effect in decide(event) if isinstance(effect, TellSlack)]
    said = {"thread": PLACE.ts, "progress": "5.6", "digest": message_digest(tell.message), "at": moment(at)}
    status = event.session.status.document() | {"told": {"slack": said}}
    raw = resource(spec=SPEC | {"origin": ORIGIN}, status=status)
    return replace(event, session=read_session(raw))


def test_both_sides_are_told_and_slack_comes_last() -> None:
    effects = decide(look(STARTED))
    assert [type(effect) for effect in effects] == [Tell, TellSlack]
    tell = effects[-1]
    assert isinstance(tell, TellSlack)
    assert (tell.place, tell.known, tell.key) == (PLACE, None, "progress-uid-1")
    assert tell.message.markdown == snapshot("""\
[acme/shop#12](https://github.com/acme/shop/issues/12)

**vTeam · fix** — I will fix it.

✅ accepted as session `vteam/fix-12-abc`
✅ the runner has started
⬜ the agent works
⬜ the work is checked and pushed
⬜ the pull request is open\
""")
    assert [(button.label, button.value) for button in tell.message.buttons] == [("Stop", "vteam/fix-12-abc")]


def test_slack_is_written_to_no_faster_than_it_takes() -> None:
    event = replace(told_in_slack(look(STARTED), NOW - 1), pace=0.5)
    document = event.session.status.document() | {"progress": {"doing": "running the tests"}}
    news = replace(event, session=read_session(resource(spec=SPEC | {"origin": ORIGIN}, status=document)))
    assert LookAgain(0.5) in decide(news)
    assert any(isinstance(effect, TellSlack) for effect in decide(replace(news, now=NOW + 1)))


def test_a_thread_that_began_with_the_progress_message_goes_on_there() -> None:
    status = STARTED | {"told": {"slack": {"channel": "D9", "thread": "7.7", "progress": "7.7"}}}
    [tell] = [effect for effect in decide(look(status)) if isinstance(effect, TellSlack)]
    assert (tell.place.channel, tell.place.ts, tell.known) == ("D9", "7.7", "7.7")


def test_the_end_is_said_on_both_sides_and_only_then_is_the_session_let_go() -> None:
    event = look(ENDED, job=DONE, used=USED)
    assert [type(effect) for effect in decide(event)] == [Tell, Close, TellSlack]
    github_said = look(ENDED | {"told": {"result": "10"}}, job=DONE)
    assert [type(effect) for effect in decide(github_said)] == [TellSlack]
    assert [type(effect) for effect in decide(shown_at_its_end(github_said))] == [CloseSlack]
    all_said = ENDED | {"told": {"result": "10", "slack": {"result": "8.8"}}}
    assert [type(effect) for effect in decide(look(all_said, job=DONE))] == [RemoveFinalizer]


def test_a_deleted_session_waits_for_nobody() -> None:
    event = look(STARTED)
    raw = resource(spec=SPEC | {"origin": ORIGIN}, status=ENDED, deleting=True)
    effects = decide(replace(event, session=read_session(raw), job=DONE))
    assert isinstance(effects[-1], RemoveFinalizer)


def test_a_session_without_an_issue_shows_in_slack_alone() -> None:
    nowhere = replace(THREAD, number=0)
    assert [type(effect) for effect in decide(look(STARTED, thread=nowhere))] == [TellSlack]
    event = look(ENDED, thread=nowhere, job=DONE)
    [status, tell] = decide(event)
    assert isinstance(status, SetStatus)
    assert status.patch == {"told": {"result": "none"}}
    assert isinstance(tell, TellSlack)
    assert isinstance(decide(shown_at_its_end(event))[-1], CloseSlack)


def test_who_is_nobody_on_github_is_not_spoken_of_there() -> None:
    assert [type(effect) for effect in decide(look(STARTED, requester=""))] == [TellSlack]


def test_a_public_issue_hears_neither_the_words_nor_the_answer() -> None:
    event = look(ENDED, job=DONE, thread=PUBLIC, spec={"initialPrompt": "Fix it for Foo Corp."})
    [tell, close] = [effect for effect in decide(event) if isinstance(effect, Tell | Close)]
    assert tell.body == snapshot("""\
<!-- vteam:progress:uid-1 -->

**vTeam · fix** — Done. Asked for by ada in Slack.

- [x] accepted
- [ ] the runner starts
- [ ] the agent works\
""")
    assert close.body == snapshot("""\
@ada, done.

The answer is in Slack, where it was asked for.\
""")
    [in_slack] = [effect for effect in decide(shown_at_its_end(event)) if isinstance(effect, CloseSlack)]
    assert in_slack.message.markdown == snapshot("""\
Done.

> So.\
""")
    assert [button.label for button in in_slack.message.buttons] == ["Show in issue"]


def test_a_private_repository_hears_the_answer_at_once() -> None:
    assert "> So." in wording.closing(look(ENDED, job=DONE))


def test_what_can_be_done_next_is_offered() -> None:
    def offers(status: Json, **spec: Any) -> list[str]:
        return [button.label for button in wording.slack_closing(look(status, spec=spec), mention="U1").buttons]

    assert offers(ENDED, task="plan") == ["Approve plan"]
    assert offers(ENDED | {"phase": "Failed"}) == ["Retry"]
    spent = {"limitUSD": 5.0, "usedUSD": 4.99}
    assert offers(ENDED | {"phase": "Failed", "budget": spent}) == ["Retry", "Raise budget to $10"]
