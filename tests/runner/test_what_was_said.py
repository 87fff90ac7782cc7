"""What people said: scored, folded, and shortened in its own words."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crds.fences import fenced
from crds.receipt import ReceiptRow, Trust, Way
from crds.work_order import KnownSummary, Talk, text_digest
from runner.context.extract import decisions_in, spans, summary
from runner.context.of_order import packed_for
from runner.context.pack import Packed
from runner.context.talk.bots import is_bot
from runner.context.talk.logs import without_long_logs
from runner.context.talk.media import named
from runner.context.talk.noise import noise_in
from runner.context.talk.phrases import AGREEMENT, NEWS, THANKS
from runner.context.units import paragraphs, sentences
from tests.runner.repositories import limits, order_for, talk

DECIDED = "We decided to keep the signature of `add`, because the plugins call it by position."


def said(number: int, text: str, **changed: object) -> Talk:
    usual = {"kind": "comment", "source": f"c{number}", "at": f"2026-01-{number:02}T00:00:00Z", "author": f"a{number}"}
    return talk(text, **(usual | changed))


def packed(*pieces: Talk, tokens: int = 8000, **changed: object) -> Packed:
    order = order_for(talk=pieces, limits=limits(context_tokens=tokens), **changed)
    return packed_for(order, Path("/absent"))


def rows(found: Packed) -> dict[str, ReceiptRow]:
    return {row.source: row for row in found.receipt.rows}


def test_a_maintainers_decision_is_kept_before_the_chatter_of_today() -> None:
    chatter = [said(number, f"I looked at thing {number} again. " + f"word{number} " * 150) for number in range(2, 28)]
    found = packed(talk("The sum is wrong."), said(1, DECIDED, standing="maintainer"), *chatter, tokens=2000)
    assert rows(found)["c1"].way is Way.WHOLE
    scores = {source: row.score or 0 for source, row in rows(found).items() if source.startswith("c")}
    assert max(scores, key=lambda source: scores[source]) == "c1"
    assert scores["c27"] > scores["c10"] > scores["c2"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("+1", "agreement"),
        (":+1:", "agreement"),
        ("👍🏽👍", "agreement"),
        ("Me too!!", "agreement"),
        ("@ann same problem here", "agreement"),
        ("I'm having the same issue", "agreement"),
        ("🎉 🚀", "emoji alone"),
        ("Any update on this?", "asking for news"),
        ("ping", "asking for news"),
        ("When will this be released?", "asking for news"),
        ("Thanks a lot for the great work!", "thanks"),
        ("/retest\n/assign @ann", "commands to bots"),
        ("@ann @bob", "a mention alone"),
        ("Still broken in 2.1", ""),
        ("Same problem with `add()`", ""),
        ("Me too, since the upgrade of numpy", ""),
        ("This is not a bug", ""),
        ("No, the cause is the cache", ""),
        ("Any update? The cause is the missing lock", ""),
        ("Any plan to support Windows?", ""),
        ("Thanks for the hint about the lock", ""),
        ("Same here. Any update on this, guys?", "agreement"),
        ("同じ問題があります", "agreement"),
        ("同じ問題があります。昨日から", ""),
        ("我也遇到了同样的问题，有进展吗？", "agreement"),
        ("我也遇到了，换成旧版本就好了", ""),
        ("谢谢！", "thanks"),
        ("저도 같은 문제입니다 ㅠㅠ", ""),
        ("저도 같은 문제가 있습니다.", "agreement"),
        ("¿Hay alguna novedad?", "asking for news"),
        ("Yo también, desde la última versión", ""),
        ("Yo también. ¡Muchas gracias!", "agreement"),
        ("Mesmo problema aqui", "agreement"),
        ("Mesmo problema aqui com o Redis", ""),
        ("Gibt es schon Neuigkeiten?", "asking for news"),
        ("Bei mir auch, aber nur unter Linux", ""),
        ("J’ai le même problème, merci", "agreement"),
        ("Merci, mais la cause est le cache", ""),
        ("Спасибо большое!", "thanks"),
        ("У меня то же самое", "agreement"),
        ("У меня то же самое после обновления", ""),
        ("Ben de", "agreement"),
        ("Any workaround?", "asking for news"),
        ("Is there a workaround for this issue?", "asking for news"),
        ("Has anyone found a solution yet?", "asking for news"),
        ("Any workaround for Windows?", ""),
        ("The workaround is to clear the cache", ""),
        ("The fix is in the next release", ""),
        ("A solution for this is merged", ""),
        ("Can I do this?", ""),
        ("Any workaround? Downgrading did not help", ""),
        ("LGTM", "agreement"),
        ("lgtm 👍, thanks!", "agreement"),
        ("Looks good to me.", "agreement"),
        ("LGTM but for the name of the flag", ""),
        ("Looks good, except for the lock", ""),
        ("This would be great!", "agreement"),
        ("It'd be really useful to have this", "agreement"),
        ("This would be great with a cache", ""),
        ("This would be a good way to lose data", ""),
        ("I need this too", "agreement"),
        ("I need this for my thesis about locks", ""),
        ("Can I work on this?", "asking for the work"),
        ("Hi, can I work on this issue please?", "asking for the work"),
        ("Hello @mia could you please assign this issue to me", "asking for the work"),
        ("I would like to work on this. Is this still open?", "asking for the work"),
        ("Can I work on this? I would drop the cache", ""),
        ("I am working on this", ""),
        ("Can I fix this by dropping the cache?", ""),
        ("", ""),
    ],
)
def test_noise_is_told_from_news(text: str, kind: str) -> None:
    assert noise_in(text) == kind


def test_noise_is_counted_in_one_line_and_each_message_keeps_its_row() -> None:
    noise = [said(number, "+1" if number % 2 else "any news?", author=f"user{number}") for number in range(2, 20)]
    found = packed(talk("The sum is wrong."), *noise, said(21, "+1", author="mia", standing="maintainer"))
    assert "18 short messages are counted instead of shown: 9 agreement, 9 asking for news (by user2, user3" in (
        found.prompt
    )
    assert rows(found)["c3"].reason == "agreement: counted, not shown"
    assert rows(found)["c21"].way is Way.WHOLE
    assert found.prompt.count("+1") == 1


def test_what_the_asker_asks_is_no_noise() -> None:
    trigger = said(2, "Any workaround?", trigger=True)
    asked = said(3, "any workaround?", trust=Trust.REQUESTER)
    found = packed(talk("The sum is wrong."), trigger, asked, said(4, "Any workaround?", author="tom"))
    assert [rows(found)[f"c{number}"].taken > 0 for number in (2, 4)] == [True, False]
    assert rows(found)["c3"].reason == "says what another message says"
    assert "1 short message is counted instead of shown: 1 asking for news (by tom)" in found.prompt


def test_of_a_machine_the_newest_message_is_told_in_brief_and_a_failure_whole() -> None:
    def codecov(number: int) -> Talk:
        text = f"## Codecov Report\n> Merging will **increase** coverage by {number}%.\n" + "| file | x |\n" * 50
        return said(number, text, author="codecov[bot]", standing="bot")

    failure = said(9, "Build failed\n```\nE   ValueError: minus\n```", author="ci[bot]", standing="bot")
    found = packed(talk("The sum is wrong."), codecov(2), codecov(3), codecov(4), failure)
    assert [rows(found)[f"c{number}"].reason for number in (2, 3)] == ["a machine's earlier message about coverage"] * 2
    assert rows(found)["c4"].taken < 40
    assert "coverage by 4%" in found.prompt
    assert "ValueError: minus" in found.prompt


def test_a_person_called_like_a_machine_is_a_person() -> None:
    assert is_bot(said(1, "Deploy Preview is ready", author="netlify"), "Deploy Preview is ready")
    assert not is_bot(said(1, "x", author="talbot"), "I think the sum is wrong")
    assert is_bot(said(1, "x", author="dependabot[bot]"), "anything")
    for name in ("claire", "travis", "stalelike", "borsuk"):
        assert not is_bot(said(1, "x", author=name), "The build fails for me too")
    assert is_bot(said(1, "x", author="changeset-bot"), "No changeset found")
    assert is_bot(said(1, "x", author="sonarqubecloud"), "Quality Gate passed")


def test_every_phrase_of_noise_is_known_by_itself_and_decides_nothing() -> None:
    for kind, of_kind in (("agreement", AGREEMENT), ("asking for news", NEWS), ("thanks", THANKS)):
        for phrase in " ".join(of_kind.values()).split():
            found = noise_in(phrase.replace("_", " "))
            assert found, phrase
            assert kind == found or phrase in " ".join([*NEWS.values(), *THANKS.values()]), phrase


@pytest.mark.parametrize(
    "text",
    [
        "原因是缓存没有清空", "キャッシュが原因です", "원인은 캐시입니다", "La causa raíz es la caché", "A causa raiz é o cache",
        "Die Ursache ist der Cache für Preise", "Nous devons vider le cache après", "Причина в кэше",
    ],
)  # fmt: skip
def test_a_word_of_decision_is_heard_in_other_languages(text: str) -> None:
    assert decisions_in(text, 3) > 0


def test_what_is_said_twice_is_told_once_and_a_stranger_never_displaces_a_maintainer() -> None:
    text = "The cause is the minus sign in add, which nobody saw since the rewrite of the parser in the spring"
    ours, theirs = said(2, text, standing="maintainer"), said(9, text + " now.", standing="bystander")
    found = packed(talk("The sum is wrong."), theirs, ours)
    assert rows(found)["c9"].reason == "says what another message says"
    assert rows(found)["c2"].way is Way.WHOLE
    small = packed(talk("Wrong."), said(2, "It works with version 2.1 here"), said(3, "It works with version 2.2 here"))
    assert {rows(small)[source].way for source in ("c2", "c3")} == {Way.WHOLE}
    signs = packed(
        talk("Wrong."), said(2, "It should be `a - b`, says the plan"), said(3, "It should be `a + b`, says the plan")
    )
    assert {rows(signs)[source].way for source in ("c2", "c3")} == {Way.WHOLE}


def test_quotes_of_earlier_messages_are_dropped_and_others_stay() -> None:
    reply = said(3, f"> {DECIDED}\n\nThen I will write the test.")
    mail = said(
        4,
        f"Fine with me.\n\nOn Mon, Jan 5, 2026 at 10:00 AM, mia <x@example.com> wrote:\n\n> {DECIDED}\n>\n"
        "> —\n> Reply to this email directly, view it on GitHub\n> You are receiving this because you commented.\n",
    )
    foreign = said(5, "> The manual says that every sum has to be rounded down\n\nSo we round.")
    found = packed(talk("The sum is wrong."), said(2, DECIDED, author="mia"), reply, mail, foreign)
    assert found.prompt.count(DECIDED) == 1
    assert found.prompt.count("[quotes mia, 2026-01-02]") == 2
    assert "Reply to this email" not in found.prompt
    assert "> The manual says that every sum has to be rounded down" in found.prompt
    assert rows(found)["c3"].reason == "without what it quotes"


def test_a_later_message_is_no_source_of_a_quote() -> None:
    found = packed(talk("Wrong."), said(2, f"> {DECIDED}\n\nWho said that?"), said(3, DECIDED))
    assert found.prompt.count(DECIDED) == 2


def test_a_long_log_keeps_its_head_its_tail_and_its_frames() -> None:
    lines = [f"2026-01-01 12:00 INFO step {number}" for number in range(300)]
    lines[150] = '  File "src/calc.py", line 7, in add'
    log = "It fails:\n\n```\n" + "\n".join(lines) + "\n```\nSee above."
    cut = without_long_logs(log)
    assert all(part in cut for part in ("step 0", "step 299", 'src/calc.py", line 7', "lines of log cut", "See above."))
    assert len(cut) < len(log) / 4
    assert without_long_logs("Short.\n```\nx\n```") == "Short.\n```\nx\n```"
    assert "log cut" in rows(packed(talk("Wrong."), said(2, log)))["c2"].reason


def test_images_and_attachments_are_named_and_code_is_left_alone() -> None:
    text = (
        "![the cart](https://img.example/1.png) <img width=3 src='https://img.example/2.png' alt=\"two\">\n"
        "[trace.log](https://git.example/user-attachments/files/7/trace.log)\n```\n![x](y)\n```\n"
    )
    found = named(text)
    assert (found.images, found.files) == (2, 1)
    assert "[image: the cart, https://img.example/1.png] [image: two, https://img.example/2.png]" in found.text
    assert "[attachment: trace.log, https://git.example/user-attachments/files/7/trace.log]" in found.text
    assert "![x](y)" in found.text
    row = rows(packed(talk("Wrong."), said(2, text)))["c2"]
    assert row.reason == "names 2 images, not attached; names 1 attachment"


def test_remarks_stand_by_file_each_hunk_once_and_settled_ones_last() -> None:
    def remark(number: int, path: str, line: int, body: str, **changed: object) -> Talk:
        text = f"At {path}, line {line} (after the change):\n\n@@ -1,2 +1,2 @@ {path}\n-minus\n+plus\n\n{body}"
        return said(number, text, kind="diff", **changed)

    found = packed(
        talk("Wrong."),
        remark(2, "src/z.py", 4, "Typo."),
        remark(3, "src/a.py", 9, "Rename it."),
        remark(4, "src/a.py", 9, "Typo."),
        remark(5, "src/a.py", 1, "Settled long ago.", settled=True),
    )
    part = found.prompt.partition("# The changes and the remarks on them, by file")[2]
    order = [
        part.index(text) for text in ("Rename it.", "(the same lines as above)", "At src/z.py", "Settled long ago.")
    ]
    assert order == sorted(order)
    assert part.count("@@ src/a.py") == 1
    assert part.count("Typo.") == 2
    assert (rows(found)["c5"].score or 0) < (rows(found)["c4"].score or 0)


def test_another_thread_gives_its_head_and_its_most_telling_messages() -> None:
    beside = {"thread": "i7", "relation": "fixes"}
    comments = [
        said(number, f"Remark {number} about thing{number}.", kind="linked_comment", **beside)
        for number in range(2, 20)
    ]
    telling = said(1, DECIDED, kind="linked_comment", standing="maintainer", **beside)
    head = said(1, "Old sums (closed)\n\nThey are wrong.", kind="linked_issue", source="i7", **beside)
    found = packed(talk("The sum is wrong."), *comments, telling, head)
    part = found.prompt.partition("# Other threads")[2].partition("# ")[0]
    assert part.index("They are wrong.") < part.index(DECIDED)
    taken = [row for row in found.receipt.rows if row.kind == "linked_comment" and row.taken]
    assert len(taken) == 4
    assert "one step away" in rows(found)["c2"].reason


def test_a_message_that_somebody_has_linked_to_is_always_offered_and_first_of_all() -> None:
    beside = {"thread": "i7", "relation": "linked", "kind": "linked_comment"}
    others = [said(number, f"{DECIDED} Way {number} of thing{number}.", **beside) for number in range(2, 20)]
    noise, long = said(1, "+1", named=True, **beside), "It was so. " * 4000
    head = said(1, f"Old sums\n\n{long}", kind="linked_issue", source="i7", thread="i7", relation="linked")
    found = packed(talk("The sum is wrong."), head, noise, *others, tokens=3000)
    assert (rows(found)["c1"].way, rows(found)["c1"].reason) == (Way.WHOLE, "")
    related = [row.source for row in found.receipt.rows if row.kind.startswith("linked_")]
    assert related[:2] == ["c1", "i7"]


def test_the_reviews_of_another_pull_request_have_a_share_of_their_own() -> None:
    beside = {"thread": "p7", "relation": "fixed by"}
    comments = [said(n, f"{DECIDED} Way {n} of thing{n}.", kind="linked_comment", **beside) for n in range(2, 12)]
    reviews = [said(n, f"Remark {n} on thing{n}.", kind="linked_remark", **beside) for n in range(12, 22)]
    found = packed(talk("The sum is wrong."), *comments, *reviews)
    taken = [row.kind for row in found.receipt.rows if row.taken and row.kind.startswith("linked_")]
    assert (taken.count("linked_comment"), taken.count("linked_remark")) == (4, 4)


def test_a_thread_that_fixes_this_one_tells_more_than_one_that_only_names_it() -> None:
    def score(relation: str) -> float:
        one = said(3, "The cache is too small.", kind="linked_comment", thread="i7", relation=relation)
        return rows(packed(talk("The sum is wrong."), one))["c3"].score or 0

    scores = [score(relation) for relation in ("fixed by", "linked", "names this one", "mentioned")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_a_linked_file_is_code_in_which_nothing_is_hidden() -> None:
    text = "    1  <!-- kept: it is code -->\n    2  x = 1"
    found = packed(talk("Wrong."), said(1, text, kind="linked_file", source="o/r/x.html@1", thread="o/r/x.html@1"))
    assert "kept: it is code" in found.prompt.partition("# Code of other repositories")[2]


def test_a_known_summary_stands_for_a_text_over_its_ceiling() -> None:
    long = " ".join(f"Sentence {number} tells of part{number}." for number in range(3000))
    known = KnownSummary(digest=text_digest(long), text="It is part7. <!-- hidden -->", by="small")
    found = packed(talk("Wrong."), said(2, long), tokens=4000, summaries=(known,))
    assert (rows(found)["c2"].way, rows(found)["c2"].reason) == (Way.SUMMARY, "summarised by a model")
    assert "It is part7." in found.prompt
    assert "hidden" not in found.prompt
    assert found.shortened == frozenset()
    without = packed(talk("Wrong."), said(2, long), said(3, "+1"), tokens=4000)
    assert rows(without)["c2"].reason == "its sentences cut to the budget"
    assert without.shortened == {text_digest(long)}
    assert packed(talk("Wrong."), said(2, long), tokens=60_000).shortened == frozenset()


def test_the_trigger_stays_whole_however_long_the_issue_is() -> None:
    trigger = said(3, "/vteam fix it, and mind these points: " + "point " * 300 + "end.", trigger=True)
    found = packed(talk("Word. " * 20_000), trigger, tokens=3000)
    assert rows(found)["c3"].way is Way.WHOLE
    assert rows(found)["https://git.example/acme/calc/issues/1"].way is Way.SPANS


def test_an_issue_that_asked_in_its_own_text_stays_whole_whatever_else_is_said() -> None:
    body = "Since Tuesday. " + "It is so. " * 1500 + "/vteam fix it"
    thread = [said(number, f"{number} " + "word " * 300) for number in range(2, 30)]
    issue = "https://git.example/acme/calc/issues/1"
    assert rows(packed(talk(body, trigger=True), *thread, tokens=8000))[issue].way is Way.WHOLE
    assert rows(packed(talk(body), *thread, tokens=8000))[issue].way is Way.SPANS


def test_a_long_request_is_not_said_twice() -> None:
    asked = "mind these points: " + "point " * 300 + "end."
    only = packed(talk("Wrong."), said(3, f"/vteam fix {asked}", trigger=True), request=asked)
    assert rows(only)["c3"].reason == "says what the request says"
    more = packed(talk("Wrong."), said(3, f"It is the cache, I think, and not the clock.\n/vteam fix {asked}", trigger=True),
                  request=asked)  # fmt: skip
    assert "It is the cache, I think, and not the clock.\n/vteam fix [here stands the request]" in more.prompt
    assert more.prompt.count("point point") == only.prompt.count("point point") > 0


TEXT = st.lists(
    st.sampled_from(
        ["One is so. ", "Two is `x`! ", "\n\n", "- item\n", "```\ncode\n```\n", "    at f (a.js:1)\n", "漢字。", "…"]
    ),
    max_size=60,
).map("".join)


@given(TEXT)
def test_the_units_of_a_text_are_the_text(text: str) -> None:
    assert "".join(part for _, part in fenced(text)) == text
    for cut in (paragraphs, sentences):
        assert "".join(unit.text for unit in cut(text)) == text


@settings(deadline=None, max_examples=60)
@given(TEXT.filter(str.strip), st.integers(5, 200))
def test_an_extract_says_nothing_that_the_text_does_not_say(text: str, room: int) -> None:
    from runner.context import count

    for extract in (spans, summary):
        found = extract(text, room, frozenset({"two"}))
        assert count.count(found) <= room
        kept = [line for line in found.replace("[…]", "\n").split("\n") if "characters cut here" not in line]
        assert all(line.strip() in text for line in kept)


def test_an_extract_keeps_what_was_decided_and_what_was_asked_for() -> None:
    filler = " ".join(f"The weather of day {number} was fine and nobody went out." for number in range(200))
    found = summary(
        f"It is about sums. {filler} {DECIDED} {filler} Only the parser is slow. {filler}", 120, frozenset()
    )
    assert found.startswith("It is about sums.")
    assert DECIDED in found
    asked = summary(f"{filler} Only the parser is slow. {filler}", 90, frozenset({"parser", "slow"}))
    assert "Only the parser is slow." in asked


@pytest.mark.parametrize(
    "text",
    [
        "> " * 30_000,
        "```\n" * 20_000,
        "![" * 30_000,
        "<img " * 20_000,
        "On " * 30_000 + "wrote:",
        "\n>" * 30_000,
        "a.b_C" * 20_000,
    ],
)
def test_text_that_is_meant_to_hurt_is_packed_like_any_other(text: str) -> None:
    found = packed(talk("Wrong."), said(2, DECIDED), said(3, text), said(4, f"> {DECIDED}\n{text}"))
    assert found.receipt.prompt <= 8000


def test_trust_and_standing_are_told_in_each_frame() -> None:
    found = packed(talk("Wrong."), said(2, DECIDED, standing="maintainer", trust=Trust.REQUESTER))
    assert 'author="a2" standing="maintainer" at="2026-01-02T00:00:00Z" trust="requester"' in found.prompt
