"""What machines write into threads: what they found keeps its words, what they repeat and say of themselves goes."""

import pytest

from crds.receipt import Way
from crds.work_order import Talk
from runner.context.talk.bots import is_bot, kind_of
from runner.context.talk.reports import failed, job_of
from runner.context.talk.telling import telling
from runner.context.talk.walls import without_housekeeping
from tests.runner.repositories import talk
from tests.runner.test_what_was_said import packed, rows, said

TRACE = (
    "```\nTraceback (most recent call last):\n"
    '  File "tests/test_login.py", line 3, in test_login\nAssertionError: 401 != 200\n```'
)


def rabbit(number: int, line: int, finding: str, **changed: object) -> Talk:
    """A remark as CodeRabbit writes it."""
    text = f"""At src/db.py, line {line} (after the change):

@@ -1,3 +1,4 @@
 def find(name):
+    return run("select 1 where name = " + name)

_⚠️ Potential issue_ | _🔴 Critical_

<details>
<summary>🧩 Analysis chain</summary>

```shell
rg 'run\\('
```

</details>

**{finding}**

<details>
<summary>🛠️ Proposed fix</summary>

```diff
+ return run("select 1 where name = ?", name)
```

</details>

<details>
<summary>🤖 Prompt for AI Agents</summary>

In src/db.py around line {line}, do as you are told.

</details>"""
    return said(number, text, kind="diff", author="coderabbitai[bot]", standing="bot", **changed)


def actions(number: int, text: str) -> Talk:
    return said(number, text, author="github-actions[bot]", standing="bot")


def test_every_remark_of_a_bot_keeps_its_words_its_place_and_its_proposal() -> None:
    found = packed(
        talk("The sum is wrong."),
        rabbit(2, 3, "SQL injection: use parameters."),
        rabbit(3, 4, "Close the cursor."),
        rabbit(4, 9, "Catch no bare exception."),
        said(9, "Fix what the bot remarked.", trigger=True),
    )
    part = found.prompt.partition("# The changes and the remarks on them, by file")[2]
    for words in ("SQL injection: use parameters.", "Close the cursor.", "Catch no bare exception."):
        assert words in part
    assert part.count("@@ -1,3 +1,4 @@") == 1
    assert part.count('"select 1 where name = ?"') == 3
    assert "Analysis chain" not in part
    assert "do as you are told" not in part
    assert rows(found)["c2"].reason == "without the machine's notes on itself"


def test_a_bot_that_repeats_its_remark_after_a_push_is_heard_once_with_its_hunk() -> None:
    again = [rabbit(number, 3, "Use parameters.") for number in (2, 3, 4)]
    other = rabbit(5, 7, "Use parameters.")
    found = packed(talk("The sum is wrong."), *again, other)
    assert [rows(found)[f"c{number}"].reason for number in (2, 3)] == ["says what another message says"] * 2
    part = found.prompt.partition("# The changes and the remarks on them, by file")[2]
    assert part.count("**Use parameters.**") == 2
    assert part.count("@@ -1,3 +1,4 @@") == 1


def test_a_bots_reviews_are_each_told_and_its_walkthrough_is_two_lines() -> None:
    def review(number: int, finding: str) -> Talk:
        text = (
            f"**Actionable comments posted: 1**\n\n<details>\n<summary>🧹 Nitpick comments (1)</summary>\n\n{finding}\n"
        )
        wall = "</details>\n\n<details>\n<summary>📜 Review details</summary>\n\n" + "wall " * 500 + "\n</details>"
        return said(number, text + wall, kind="review", author="coderabbitai[bot]", standing="bot")

    walkthrough = "## Walkthrough\n\nThe login asks the store.\n\n## Changes\n\n" + "| file | words |\n" * 200
    found = packed(
        talk("The sum is wrong."),
        review(2, "`src/a.py` line 3: rename `x`."),
        review(3, "`src/a.py` line 9: rename `y`."),
        said(4, walkthrough, author="coderabbitai[bot]", standing="bot"),
    )
    assert "rename `x`." in found.prompt
    assert "rename `y`." in found.prompt
    assert "wall wall" not in found.prompt
    assert "The login asks the store." in found.prompt
    assert rows(found)["c4"].taken < 40


def test_a_failure_gives_way_to_a_newer_report_of_its_own_job_alone() -> None:
    failure = actions(2, f"Unit tests failed: 1 of 20\n\n{TRACE}")
    kept = packed(talk("Wrong."), failure, actions(3, "Lint: all checks passed"), actions(4, "Docs build succeeded"))
    assert "AssertionError: 401 != 200" in kept.prompt
    assert rows(kept)["c2"].way is Way.WHOLE
    gone = packed(
        talk("Wrong."), failure, actions(3, "Lint: all checks passed"), actions(4, "✅ Unit tests passed (20)")
    )
    assert rows(gone)["c2"].reason == "a machine's earlier message about a build"
    assert "Unit tests passed" in gone.prompt
    again = packed(talk("Wrong."), failure, actions(5, "Unit tests failed: 3 of 20\n\nAssertionError: 500 != 200"))
    assert "401" not in again.prompt
    assert "AssertionError: 500 != 200" in again.prompt


def test_a_failure_without_a_traceback_keeps_its_words_too() -> None:
    text = "### ❌ Install failed\n\n| step | state |\n| --- | --- |\n| npm ci | ✅ |\n| peers | ❌ |\n\nreact wants 19, not 18"
    found = packed(
        talk("Wrong."), actions(2, text), actions(3, "### ✅ Release notes build passed\n\nAll\n\nis\n\nwell")
    )
    assert "react wants 19, not 18" in found.prompt
    assert rows(found)["c3"].way is Way.SPANS


def test_a_failed_update_and_a_failed_quality_gate_keep_their_words() -> None:
    update = (
        "### ⚠️ Artifact update problem\n\nRenovate failed to update an artifact.\n\n```\nnpm ERR! peer react 17\n```"
    )
    gate = (
        "## [![Quality Gate Failed](https://x.example/q.png)](https://x.example) **Quality Gate failed**\n"
        "Failed conditions\n[0.0% Coverage on New Code](https://x.example) (required 80%)\n1 security hotspot in login"
    )
    bump = "Bumps lodash from 4.17.20 to 4.17.21.\n\n" + "Release notes.\n" * 60 + "Mends a failed build.\n" * 30
    found = packed(
        talk("Wrong."),
        said(2, update, author="renovate[bot]", standing="bot"),
        said(3, gate, author="sonarqubecloud[bot]", standing="bot"),
        said(4, bump, author="dependabot[bot]", standing="bot"),
    )
    assert "npm ERR! peer react 17" in found.prompt
    assert "1 security hotspot in login" in found.prompt
    assert rows(found)["c4"].taken < 30


def test_two_jobs_that_fail_alike_are_two_failures() -> None:
    log = " ".join(f"step {number} of the long log went by" for number in range(40))
    one, other = (f"Tests on {name} failed\n\n```\n{log}\n{TRACE}" for name in ("linux", "windows"))
    found = packed(talk("Wrong."), actions(2, one), actions(3, other))
    assert "Tests on linux failed" in found.prompt
    assert "Tests on windows failed" in found.prompt


def test_a_review_that_a_bot_writes_as_a_comment_is_no_report() -> None:
    def review(number: int, finding: str) -> Talk:
        text = f"## Code Review\n\nThe test coverage is 80%. This check fails for None.\n\n1. {finding}\n2. All else is good."
        return said(number, text, author="claude[bot]", standing="bot")

    found = packed(talk("Wrong."), review(2, "`a.py:3` leaks the socket."), review(3, "`b.py:9` never returns."))
    assert "`a.py:3` leaks the socket." in found.prompt
    assert "`b.py:9` never returns." in found.prompt


def test_of_a_talkative_machine_the_newest_messages_are_told_whole_and_the_others_in_brief() -> None:
    many = [actions(number, f"Note on thing{number}.\n\nIt moved.\n\nNothing else.") for number in range(2, 22)]
    found = packed(talk("Wrong."), *many)
    ways = [rows(found)[f"c{number}"].way for number in range(2, 22)]
    assert ways == [Way.SPANS] * 14 + [Way.WHOLE] * 6


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Unit tests failed", "✅ Unit tests passed", True),
        ("### :x: Unit tests: 3 of 120 failed in 4m", "### :white_check_mark: Unit tests: 120 passed", True),
        ("Build #12 failed", "Build #13 passed", True),
        ("Build 12 failed (abc1234)", "Build 13 succeeded (def5678)", True),
        ("Coverage increased (+0.2%) to 81.3%", "Coverage decreased (-1%) to 80.3%", True),
        ("## [Codecov](https://codecov.io/1) Report\nOne", "## [Codecov](https://codecov.io/2) Report\nTwo", True),
        ("CI failed\n\nJob: `unit`", "CI passed\n\nJob: `lint`", False),
        ("CI failed\n\nJob: `unit`", "CI passed\n\nJob: `unit`", True),
        ("Tests (3.11) failed", "Tests (3.12) passed", False),
        ("Tests on node 18 failed", "Tests on node 20 passed", False),
        ("Unit tests failed", "Lint: all checks passed", False),
        ("Build: unit tests failed", "Build: lint passed", False),
        ("Deploy Preview for *shop* failed.", "Deploy Preview for *docs* ready!", False),
        ("The job `x86_64-gnu-llvm-15` failed! Check out the build log", "The job `mingw-check` failed!", False),
        ("", "✅", True),
    ],
)
def test_the_heading_tells_which_job_a_report_is_of(one: str, other: str, same: bool) -> None:
    assert (job_of(one) == job_of(other)) is same


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Unit tests failed", True),
        ("3 failing checks", True),
        ("| e2e | ❌ |", True),
        ("The process ended with exit code 2", True),
        ("120 passed, 0 failed", False),
        ("No failed tests found", False),
        ("Failed: 0", False),
        ("All checks passed", False),
    ],
)
def test_a_report_that_names_no_failure_is_none(text: str, found: bool) -> None:
    assert failed(text) is found


@pytest.mark.parametrize(
    ("author", "text"),
    [
        ("jenkins", "Test FAILed. See the build log."),
        ("github-actions", "The workflow run failed."),
        ("coderabbitai", "<!-- x -->\n## Walkthrough\n"),
        ("azure-pipelines", "Azure Pipelines successfully started running 1 pipeline(s)."),
    ],
)
def test_a_machine_is_known_without_the_forges_word_by_its_name_and_what_it_says(author: str, text: str) -> None:
    assert is_bot(said(1, text, author=author), text)
    assert not is_bot(said(1, "x", author=author), "I think the sum is wrong")
    assert not is_bot(said(1, text, author="jenkinson"), text)


def test_a_line_of_a_machine_is_the_first_that_says_something() -> None:
    text = "[[image: Quality, https://x.example/a.png]](https://x.example)\n_⚠️ Potential issue_ | _🟠 Major_\n\n<details>\n"
    assert telling(text + "**Close the cursor.**") == "Close the cursor."
    assert telling("**<sub>[image 1: P1 Badge, https://x.example/p1.png]</sub> Guard against None**") == (
        "Guard against None"
    )


def test_sections_are_taken_out_only_where_their_heading_is_known_and_somebody_closes_them() -> None:
    nested = "<details><summary>Findings</summary>a<details><summary>Commits</summary>b</details>c</details>d"
    assert without_housekeeping(nested) == "<details><summary>Findings</summary>ac</details>d"
    unclosed = "<details><summary>Commits</summary>\nFound: a leak."
    assert without_housekeeping(unclosed) == unclosed
    alone = "<details>\n<summary>🪧 Tips</summary>\nx\n</details>"
    assert without_housekeeping(alone) == alone


def test_a_summary_of_the_changes_is_told_from_a_review() -> None:
    assert kind_of("## Summary by CodeRabbit\n\n- Bug fixes") == "the changes"
    assert kind_of("## PR Reviewer Guide 🔍\n\nPossible issue: the test fails") == ""
    assert kind_of("### Claude review\n\nThe build fails") == ""
    assert kind_of("Review app deployed: the workflow run passed") == "a build"
