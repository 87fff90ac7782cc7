"""What people are told of the grammar: the help, made of the one table, and the line that could not be understood."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from handlers import wording
from handlers.command import ALIASES, VERBS, CommandError
from handlers.grammar.options import OPTIONS
from handlers.wording.grammar import options_table, usage
from tests.grammar.reading import error


def test_a_line_is_quoted_with_a_caret_below_the_place() -> None:
    assert wording.not_understood(error("Hello\n  /vteam fix --modle opus it"), "ada") == snapshot("""\
@ada, I could not understand line 2, from column 14 on: I do not know the option `--modle`; where it is part of the text, put it between backticks.

```
  /vteam fix --modle opus it
             ^
```

Did you mean `--model`? `/vteam help` lists the commands.\
""")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("It fails\n\t/vteam fux it", [" /vteam fux it", "        ^"]),
        ("@vteam fix 修复 --bogus", ["@\u2060vteam fix 修复 --bogus", "           \u3000\u3000 ^"]),
        ("@vteam fix é\u0301 --bogus", ["@\u2060vteam fix é\u0301 --bogus", "             ^"]),
        ("/vteam fix ``` --bogus", ["/vteam fix ``` --bogus", "               ^"]),
        ("/vteam fix @bob --bogus", ["/vteam fix @\u2060bob --bogus", "                ^"]),
    ],
)
def test_the_caret_stands_below_its_letter(body: str, shown: list[str]) -> None:
    fence, *lines, closing = wording.not_understood(error(body), "ada").split("\n\n")[1].split("\n")
    assert lines == shown
    assert fence == closing
    assert set(fence) == {"`"}
    assert fence not in lines[0]


def test_a_long_line_is_quoted_around_the_place() -> None:
    wrong = error("/vteam fix " + "x" * 5000 + " --bogus")
    line, caret = wording.not_understood(wrong, "ada").split("\n\n")[1].split("\n")[1:3]
    assert len(line) <= 200
    assert line[caret.index("^") :] == "--bogus"


def test_a_secret_in_the_line_is_not_said_again() -> None:
    token = "ghp_" + "a1B2" * 9
    said = wording.not_understood(error(f"/vteam fix --model {token} --bogus it"), "ada")
    assert token not in said
    assert token[:12] not in wording.not_understood(error(f"/vteam fix --base={token}.lock it"), "ada")


def test_what_a_stranger_wrote_can_do_nothing_in_the_answer() -> None:
    said = wording.not_understood(error("/vteam @bob<!--x`|"), "ada")
    assert "@bob" not in said
    assert "<!--" not in said


@given(st.text(max_size=300), st.integers(1, 400), st.text(max_size=100))
def test_any_error_is_told_in_one_block(quoted: str, column: int, message: str) -> None:
    line = "".join(quoted.split("\n"))[:200]
    said = wording.not_understood(CommandError(1, min(column, len(line) + 1), message, None, line), "ada")
    assert len(said) < 4000
    assert said.count("^") >= 1
    assert all(char == "\n" or unicodedata.category(char) != "Cc" for char in said)


def test_the_help_is_made_of_the_table() -> None:
    for said in (wording.help_table("/own"), wording.slack_help("/own")):
        for verb in VERBS.values():
            assert f"`{usage(verb, '/own')}`" in said
            assert f"`/own {verb.example}`" in said
            assert verb.who in said
        assert all(f"`{alias}` = `{verb}`" in said for alias, verb in ALIASES.items())
        assert all(f"`{option.usage}`" in said for option in OPTIONS.values())
        assert "/vteam" not in said.replace("vteam/", "")
    assert all(option.wanted in options_table() for option in OPTIONS.values())


def test_the_help_fits_into_one_message() -> None:
    assert len(wording.help_table()) < 8000
    assert len(wording.slack_help()) < 4000


def test_the_help_in_slack() -> None:
    assert wording.slack_help().split("\n\n")[0] == snapshot("""\
- `/vteam run [target] [options] [text]`: do what the text says (write access). Example: `/vteam run the linter and mend what it finds`
- `/vteam fix [target] [options] [text]`: find and fix the problem that the issue describes, with a test, as a pull request (write access). Example: `/vteam fix the test on the second page fails since yesterday`
- `/vteam plan [target] [options] [text]`: write a plan for the issue as a pull request with a document (write access). Example: `/vteam plan how we could drop Python 3.11`
- `/vteam review [target] [options] [text]`: read the pull request or the code, and say what is wrong with it (write access). Example: `/vteam review #34 --max-cost 2`
- `/vteam ask [target] [options] [text]`: answer a question about the code; nothing is changed (triage access or more). Example: `/vteam ask why is the cache cleared twice?`
- `/vteam continue [target] [options] [text]`: go on with the last session of the thread, with what the text adds (write access). Example: `/vteam continue with the second way, and keep the old name as an alias`
- `/vteam approve [target] [options] [text]`: accept the plan, and start the work that it describes (write access). Example: `/vteam approve but leave out step 3`
- `/vteam cancel [target] [session]`: stop what runs in this thread; whoever asked for it may do so too (write access). Example: `/vteam cancel`
- `/vteam retry [target] [options] [text]`: run the last session of the thread once more, from its start (write access). Example: `/vteam retry --model claude-opus-4-5`
- `/vteam status [target]`: say what runs in this thread (whoever can read the repository). Example: `/vteam status`
- `/vteam budget [target] [options] [dollars]`: say what the session may still spend, or raise it to so many dollars (write access). Example: `/vteam budget $10`
- `/vteam context [target] [forget <id>]`: show what the last session was given to read, and the notes of earlier ones; forget one, or keep one for use (whoever can read the repository). Example: `/vteam context forget n3f8a1c2d`
- `/vteam ok [target] <sha>`: let sessions write for a pull request from a fork, at this commit and no later one (write access). Example: `/vteam ok 3f8a1c2`
- `/vteam link`: connect your Slack and GitHub accounts (everybody). Example: `/vteam link`
- `/vteam help`: show this table (everybody). Example: `/vteam help`\
""")


def test_every_alias_means_a_verb_and_is_none() -> None:
    assert set(ALIASES.values()) <= set(VERBS)
    assert not set(ALIASES) & set(VERBS)
