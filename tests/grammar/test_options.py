"""Options: which there are, which values they take, where they may stand, and what is said of those that are wrong."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.command import VERBS, CommandError, NamedRepository, Options, read_commands
from handlers.grammar.options import OPTIONS, said
from handlers.grammar.refs import is_branch, is_repository
from tests.grammar.reading import command, error

TAKEN = [
    ("--model claude-opus-4-5", {"model": "claude-opus-4-5"}),
    ("--model qwen2.5-coder:32b", {"model": "qwen2.5-coder:32b"}),
    ("--model anthropic/claude-opus-4-5@20251101", {"model": "anthropic/claude-opus-4-5@20251101"}),
    ("--max-cost 5", {"max-cost": Decimal(5)}),
    ("--max-cost $5", {"max-cost": Decimal(5)}),
    ("--max-cost 2.50$", {"max-cost": Decimal("2.5")}),
    ("--max-cost 0.01", {"max-cost": Decimal("0.01")}),
    ("--max-cost 10000", {"max-cost": Decimal(10_000)}),
    ("--max-turns 1", {"max-turns": 1}),
    ("--max-turns 1000", {"max-turns": 1000}),
    ("--timeout 60", {"timeout": 60}),
    ("--timeout 90s", {"timeout": 90}),
    ("--timeout 30m", {"timeout": 1800}),
    ("--timeout 30min", {"timeout": 1800}),
    ("--timeout 2h", {"timeout": 7200}),
    ("--timeout 1h30m", {"timeout": 5400}),
    ("--timeout 24H", {"timeout": 86_400}),
    ("--gpu 1", {"gpu": 1}),
    ("--gpu 16", {"gpu": 16}),
    ("--gpu-memory 80GB", {"gpu-memory": "80GB"}),
    ("--gpu-memory 80gb", {"gpu-memory": "80GB"}),
    ("--gpu-memory 80", {"gpu-memory": "80GB"}),
    ("--gpu-memory 79Gi", {"gpu-memory": "79Gi"}),
    ("--gpu-memory 40960MiB", {"gpu-memory": "40960Mi"}),
    ('--gpu-memory "80 GB"', {"gpu-memory": "80GB"}),
    ("--queue gpu-a100", {"queue": "gpu-a100"}),
    ("--base main", {"base": "main"}),
    ("--base release/1.2_x", {"base": "release/1.2_x"}),
    ("--base `main`", {"base": "main"}),
    ("--branch vteam/login", {"branch": "vteam/login"}),
    ("--repo acme/lib", {"repo": ["acme/lib"]}),
    ("--repo acme/lib@release/1.2 --repo b/c", {"repo": ["acme/lib@release/1.2", "b/c"]}),
    ("--persona Architect --persona qa", {"persona": ["architect", "qa"]}),
    ("--draft", {"draft": True}),
    ("--no-draft", {"draft": False}),
    ("--DRAFT", {"draft": True}),
    ("—draft", {"draft": True}),
    ("–max-cost “5”", {"max-cost": Decimal(5)}),
    ("--base „main“", {"base": "main"}),
    ("--base ‘main’", {"base": "main"}),
    ("--base 'main' --model=\"opus\"", {"base": "main", "model": "opus"}),
    ("--model=opus --max-turns=3", {"model": "opus", "max-turns": 3}),
]  # fmt: skip

REFUSED = [
    ("model", ["-x", "a b", "a;b", "$(id)", "a" * 129, "../x", "modèle", "x-"]),
    ("max-cost", ["0", "0.001", "10000.01", "10001", "-5", "5,50", "1e3", "five", "$", "nan", "٥", "99999999999"]),
    ("max-turns", ["0", "1001", "1.5", "-1", "many", "٣", "9999999"]),
    ("timeout", ["59", "0", "86401", "25h", "1d", "m", "h", "1h2h", "30 m", "-30m", "٣٠m"]),
    ("gpu", ["0", "17", "all", "-1", "1.0"]),
    ("gpu-memory", ["0", "0GB", "500MB", "2000GB", "80TB", "much", "1 0GB", "-80GB"]),
    ("queue", ["Big", "a_b", "-a", "a-", "a" * 64, "a.b"]),
    ("base", ["-x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "/a", "a/", "a.", "a.lock", ".a", "a/.b",
              "a//b", "a@{1}", "@", "HEAD", "a\u202eb", "a" * 201]),
    ("branch", ["main", "feature/x", "vteam", "vteam/", "vteam/../main", "vteam/a..b", "vteam//x", "VTEAM/x", "-vteam/x",
                "vteam/x.lock"]),
    ("repo", ["acme", "acme/", "/lib", "acme/lib/more", "acme/..", "acme/.", "-a/b", "a b/c", "acme/lib@", "acme/lib@-x",
              "acme/lib@a..b", "https://github.com/acme/lib", "acme/lib#1", "acme--x/lib/", "../x"]),
    ("persona", ["-x", "a b", "a/b", "", "a" * 64, "x;y"]),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), TAKEN, ids=[written for written, _ in TAKEN])
@pytest.mark.parametrize("form", ["/vteam fix {} the rest", "/vteam fix the rest {}", "/vteam fix #3 {} the rest"])
def test_what_an_option_takes(written: str, meant: dict[str, object], form: str) -> None:
    read = command(form.format(written))
    assert (said(read.options), read.text) == (meant, "the rest")


@pytest.mark.parametrize(("option", "value"), [(name, value) for name, values in REFUSED for value in values])
def test_what_an_option_does_not_take(option: str, value: str) -> None:
    line = f"/vteam fix --{option} '{value}' it"
    wrong = error(line)
    assert (wrong.line, wrong.column) == (1, line.index("'") + 1)
    assert wrong.message.startswith(f"`--{option}` cannot be")
    assert OPTIONS[option].wanted in wrong.message


def test_every_bound_is_tried() -> None:
    assert {name for name, _ in REFUSED} == {name for name, option in OPTIONS.items() if option.value}


WRONG = [
    ("/vteam fix ^--bogus x it", "I do not know the option `--bogus`", None),
    ("/vteam fix it ^--bogus", "I do not know the option `--bogus`", None),
    ("/vteam fix it ^--bogus=3", "I do not know the option `--bogus`", None),
    ("/vteam fix it ^--modle opus", "I do not know the option `--modle`", "--model"),
    ("/vteam fix ^--max_cost 5 it", "I do not know the option `--max_cost`", "--max-cost"),
    ("/vteam fix ^--max-costs 5 it", "I do not know the option `--max-costs`", "--max-cost"),
    ("/vteam fix --model a ^--model b it", "`--model` is there twice; say it once", None),
    ("/vteam fix --model a it ^--model=b", "`--model` is there twice; say it once", None),
    ("/vteam fix --draft it ^--no-draft", "`--draft` and `--no-draft` contradict each other; say one of them", None),
    ("/vteam fix --draft ^--draft it", "`--draft` is there twice; say it once", None),
    ("/vteam fix " + "--repo a/b " * 16 + "^--repo a/b it", "`--repo` can be there 16 times at most", None),
    ("/vteam fix ^--model", "`--model` needs a value: the name of a model", None),
    ("/vteam fix ^--model --draft it", "`--model` needs a value", None),
    ("/vteam fix ^--model= opus", "`--model` needs a value", None),
    ("/vteam fix ^--draft=yes it", "`--draft` takes no value", None),
    ('/vteam fix --base ^"main it', 'the quotation mark " is not closed on this line', None),
    ("/vteam fix it --base ^“main", "the quotation mark “ is not closed on this line", None),
    ("/vteam fix --base=^'main it\n'", "the quotation mark ' is not closed on this line", None),
    ("/vteam cancel ^--draft", "`--draft` does not go with `cancel`, which takes no options", None),
    ("/vteam review ^--branch vteam/x", "`--branch` does not go with `review`, which takes `--model`", None),
    ("/vteam ^--draft fix it", "the first word says what to do: `/vteam fix --draft`", None),
    ("/vteam ^#12 fix it", "the first word says what to do: `/vteam fix #12`", None),
    ("/vteam ok^", "`ok` needs the commit that you have read", None),
    ("/vteam ok ^3f8a1", "`ok` needs the commit that you have read", None),
    ("/vteam ok ^main", "`ok` needs the commit that you have read", None),
    ("/vteam ok ^" + "a" * 65, "`ok` needs the commit that you have read", None),
    ("/vteam budget ^lots", "`budget` takes an amount and no other text", None),
    ("/vteam budget ^20000", "`budget` takes an amount and no other text", None),
    ("/vteam budget ^10 --max-cost 5", "`budget` takes an amount and no other text", None),
    ("Hello\n\n   - /vteam ^fux it", "I do not know the command `fux`", "fix"),
    ("🎉 𝓥 é\n\t/vteam ^fux it", "I do not know the command `fux`", "fix"),
    ("Hi @vteam fix it ^--bogus", "I do not know the option `--bogus`", None),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "message", "meant"), WRONG, ids=lambda one: str(one)[:60])
def test_what_is_wrong_is_told_with_its_place(marked: str, message: str, meant: str | None) -> None:
    before, _ = marked.split("^")
    body = marked.replace("^", "")
    wrong = error(body)
    assert wrong.message.startswith(message)
    assert (wrong.line, wrong.column) == (before.count("\n") + 1, len(before.rsplit("\n", 1)[-1]) + 1)
    assert wrong.did_you_mean == meant
    assert wrong.quoted in body.split("\n")[wrong.line - 1]
    assert wrong.quoted[wrong.caret :] == body.split("\n")[wrong.line - 1][wrong.column - 1 :]


TEXTS = [
    "the parser's --strict flag is ignored",
    'Bob\'s test, and "that" one',
    "it: `git push --force origin`",
    "it — really",
    "it —honestly",
    "it -- now",
    "it --",
    "it -draft",
    "x --model opus is the text's own",
    "`--draft`",
    "it, see --model, and --draft.",
    "a-#12 b",
]


@pytest.mark.parametrize("words", TEXTS)
def test_what_is_text_and_no_option(words: str) -> None:
    read = command(f"/vteam fix {words}")
    assert (read.text, read.options) == (words, Options())


def test_options_close_the_first_line_only() -> None:
    read = command("/vteam fix it --draft\nand pass --model to it\n--base main")
    assert (read.text, read.options) == ("it\nand pass --model to it\n--base main", Options(draft=True))


def test_a_mention_takes_options_too() -> None:
    read = command("Hello @vteam, #3 --repo acme/lib@v1 look into it --max-turns 5")
    assert (read.verb, read.text) == ("run", "look into it")
    assert read.options == Options(repos=(NamedRepository("acme/lib", "v1"),), max_turns=5)


def test_every_example_is_understood_by_the_table_it_stands_in() -> None:
    assert {command(f"/vteam {verb.example}").verb: verb.name for verb in VERBS.values()} == {
        name: name for name in VERBS
    }


def test_every_option_of_a_verb_exists_and_goes_with_one() -> None:
    assert {name for verb in VERBS.values() for name in verb.options} == set(OPTIONS)


def test_budget_is_raised_to_its_amount() -> None:
    assert command("/vteam budget $12.50").options.max_cost == Decimal("12.50")
    assert command("/vteam budget --max-cost 12").options.max_cost == Decimal(12)
    assert command("/vteam budget").options == Options()


@pytest.mark.parametrize("written", ["3f8a1c2", "3F8A1C2", "3f8a1c2 thank you", "`3f8a1c2`", "#4 3f8a1c2"])
def test_ok_takes_a_commit(written: str) -> None:
    assert command(f"/vteam ok {written}").text == "3f8a1c2"


@given(st.text(max_size=80))
def test_no_value_passes_that_git_or_github_would_take_for_more(value: str) -> None:
    for ok in (is_branch, is_repository):
        if ok(value):
            assert value.isprintable()
            assert not value.startswith(("-", ".", "/"))
            assert " " not in value
            assert ".." not in value.split("/")


PIECES = st.sampled_from(["--model", "--model=", "--draft", "—draft", "--repo", "a/b", "x", '"', "“", "'", "`", "=", " ", "  ",
                          "--", "--bogus", "#1", "a/b#1", "5", "--max-cost", "$", "\t", "https://github.com/a/b/issues/1", "\u00a0"])  # fmt: skip


@given(st.sampled_from([*VERBS, "fux", ""]), st.lists(PIECES, max_size=12).map("".join))
def test_any_line_of_options_is_read(verb: str, words: str) -> None:
    body = f"/vteam {verb} {words}"
    [read] = read_commands(body)
    if isinstance(read, CommandError):
        assert 1 <= read.column <= len(body) + 1
        assert body.startswith(read.quoted)
    else:
        assert read.text.strip() == read.text


VALUES = {
    "model": st.from_regex(r"\A[a-z][a-z0-9.-]{0,20}[a-z]\Z"),
    "max-cost": st.decimals(min_value="0.01", max_value=10_000, places=2),
    "max-turns": st.integers(1, 1000),
    "timeout": st.integers(60, 86_400),
    "gpu": st.integers(1, 16),
    "base": st.from_regex(r"\A[a-z]{1,8}(/[a-z]{1,8}){0,2}\Z"),
    "queue": st.from_regex(r"\A[a-z]([-a-z]{0,20}[a-z])?\Z"),
}


@given(st.fixed_dictionaries({}, optional=VALUES), st.booleans(), st.booleans())
def test_what_was_said_is_what_is_read(values: dict[str, object], joined: bool, closing: bool) -> None:
    options = " ".join(f"--{name}{'=' if joined else ' '}{value}" for name, value in values.items())
    read = command(f"/vteam fix the thing {options}" if closing else f"/vteam fix {options} the thing")
    assert read.text == "the thing"
    assert said(read.options) == values
