"""Personas: whom a session works as stands in its spec, and who is not there is refused with who is."""

from dataclasses import replace

from inline_snapshot import snapshot

from handlers import decide, wording
from handlers.events import Bounds
from handlers.personas import PersonaBrief
from tests.handlers.test_verbs import TARGET, made, there, words
from tests.handlers.worlds import brief, comment

QA, ARCHITECT = PersonaBrief("qa", "Tests first."), PersonaBrief("architect")
STAFFED = Bounds(personas=(QA, ARCHITECT))


def test_a_persona_of_the_project_stands_in_the_session_and_in_those_that_follow_it() -> None:
    spec = made(decide(comment("/vteam fix --persona QA it", bounds=STAFFED))).spec
    assert spec["personas"] == ["qa"]
    before = brief("Completed", spec=spec)
    assert made(decide(comment("/vteam continue", bounds=STAFFED, sessions=(before,)))).spec["personas"] == ["qa"]
    other = comment("/vteam retry --persona architect", bounds=STAFFED, sessions=(before,))
    assert made(decide(other)).spec["personas"] == ["architect"]


def test_an_unknown_persona_is_refused_with_those_that_are_known() -> None:
    assert words(decide(comment("/vteam fix --persona tester --persona qa it", bounds=STAFFED))) == snapshot(
        "@ada, I have left all as it is: there is no persona `tester` here. I know `qa` (Tests first.), `architect`. Whoever owns the namespace `vteam` can add one to `spec.personas` of its ProjectSettings."
    )
    assert words(decide(comment("/vteam fix --persona tester --persona boss it"))) == snapshot(
        "@ada, I have left all as it is: there are no personas `tester`, `boss` here. None is defined yet. Whoever owns the namespace `vteam` can add one to `spec.personas` of its ProjectSettings."
    )


def test_a_persona_that_has_gone_is_not_taken_over_in_silence() -> None:
    before = brief("Completed", spec=made(decide(comment("/vteam fix --persona qa it", bounds=STAFFED))).spec)
    effects = decide(comment("/vteam retry", bounds=Bounds(personas=(ARCHITECT,)), sessions=(before,)))
    assert "there is no persona `qa` here" in words(effects)


def test_what_a_target_may_have_is_its_own_owners_word() -> None:
    elsewhere = replace(there(), bounds=STAFFED)
    asked = "/vteam fix acme/other#3 --persona qa it"
    assert made(decide(comment(asked, targets={TARGET: elsewhere}))).spec["personas"] == ["qa"]
    effects = decide(comment(asked, targets={TARGET: there()}, bounds=STAFFED))
    assert "there is no persona `qa` here" in words(effects)


def test_an_answer_lists_twenty_personas_and_no_markup_of_their_owner() -> None:
    many = tuple(PersonaBrief(f"p{number}", "<b>[x](http://e.com)</b>`@ada") for number in range(23))
    said = wording.persona_unknown(["x"], many, "vteam")
    assert said.count("`p") == 20
    assert ", and 3 more." in said
    assert "<b>" not in said
    assert "@ada" not in said
