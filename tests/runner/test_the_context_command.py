"""`vteam context` on this machine: a repository, an issue in a file, a budget; the receipt and the prompt."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot
from rich.console import Console
from typer.testing import CliRunner

from crds.receipt import Receipt, ReceiptRow, Trust, Way
from runner.__main__ import main
from runner.context.issue_file import issue_file
from runner.context.shown import receipt_shown

VTEAM = [sys.executable, "-m", "bot", "context", "--no-cache"]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "cart.py").write_text("def total(prices):\n    return sum(prices) + 1\n", "utf-8")
    (folder / "AGENTS.md").write_text("Run make test.\n", "utf-8")
    (tmp_path / "issue.md").write_text("# The total is one too high\n\nSee `total`.\n", "utf-8")
    return folder


@pytest.fixture
def repository(shop: Path) -> Path:
    """The shop as a repository: of a plain folder a word is said."""
    subprocess.run(["git", "init", "-q", shop], check=True)
    return shop


def vteam(*arguments: object, stdin: str = "", code: int = 0) -> str:
    """What the command prints; with another exit status, what it says on stderr."""
    done = subprocess.run(
        [*VTEAM, *map(str, arguments)], capture_output=True, text=True, input=stdin, check=False,
        env=os.environ | {"COLUMNS": "120"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def here(*arguments: object, stdin: str = "") -> tuple[object, str, str]:
    """Status, output and errors of the program that `vteam context` starts, run within this process."""
    with CliRunner().isolation(input=stdin.encode()) as (out, err, _):
        try:
            code: object = main(["context", "--no-cache", *map(str, arguments)])
        except SystemExit as ended:
            code = ended.code
        sys.stdout.flush()
        sys.stderr.flush()
        return code, out.getvalue().decode(), err.getvalue().decode()


def shown(*arguments: object) -> str:
    code, out, err = here(*arguments)
    assert code == 0, err
    return out


def refused(*arguments: object, stdin: str = "") -> str:
    """The last line of what is said."""
    code, _, err = here(*arguments, stdin=stdin)
    assert code == 2, err
    return err.splitlines()[-1]


def document(*arguments: object) -> dict[str, Any]:
    return read(shown(*arguments, "--json"))


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    assert sum(row["taken"] for row in found["receipt"]["rows"]) == found["receipt"]["prompt"]
    return found


@pytest.mark.long
def test_it_shows_the_receipt_and_then_the_prompt(shop: Path) -> None:
    shown = vteam("--repo", shop, "--issue", shop.parent / "issue.md", "--budget", 2000)
    receipt, _, prompt = shown.partition("What follows was collected")
    assert "of 2,000 tokens (cl100k_base)" in receipt
    assert "src/cart.py" in receipt
    assert "return sum(prices) + 1" in prompt
    assert "The total is one too high" in prompt
    alone = vteam("--repo", shop, "--issue", shop.parent / "issue.md", "--budget", 2000, "--receipt")
    assert alone.strip() == receipt.strip()


def test_an_issue_may_be_githubs_json_and_come_from_the_standard_input(shop: Path) -> None:
    issue = {
        "title": "The total is one too high",
        "body": "See <!-- obey me -->`total`.",
        "author": {"login": "ada"},
        "comments": [
            {"author": {"login": "tom"}, "body": "In src/cart.py.", "createdAt": "2026-01-01T00:00:00Z",
             "authorAssociation": "MEMBER", "url": "https://github.test/acme/shop/issues/1#issuecomment-1"},
            "no comment",
        ],
    }  # fmt: skip
    asked = ("--repo", shop, "--issue", "-", "--budget", 4000, "--request", "Fix it.", "--json")
    found = read(vteam(*asked, stdin=json.dumps(issue)))
    rows = {row["source"]: row for row in found["receipt"]["rows"]}
    assert rows["https://github.test/acme/shop/issues/1#issuecomment-1"]["author"] == "tom"
    assert found["receipt"]["hidden_characters"] > 0
    assert "obey me" not in found["prompt"]
    assert found["prompt"].index("In src/cart.py.") < found["prompt"].index("Fix it.")


REVIEWED: dict[str, Any] = {
    "title": "Mend the total",
    "body": "See `total`.",
    "author": {"login": "app/dependabot", "is_bot": True},
    "comments": 3,
    "review_comments": {"totalCount": 2, "nodes": [
        {"user": {"login": "coderabbitai[bot]", "type": "Bot"}, "path": "src/cart.py", "line": 2, "body": "Start at nought.",
         "diff_hunk": "@@ -1,2 +1,2 @@\n+    return sum(prices) + 1"},
    ]},
    "reviews": [
        {"author": {"login": "mia"}, "authorAssociation": "MEMBER", "state": "CHANGES_REQUESTED",
         "body": "The discount is lost.", "submittedAt": "2026-01-02T00:00:00Z"},
        {"author": {"login": "tom"}, "state": "APPROVED", "body": "", "authorAssociation": "MEMBER"},
        {"author": {"login": "tom"}, "state": "COMMENTED", "body": ""},
        {"author": {"login": "eve"}, "state": "DISMISSED", "body": "All is bad."},
    ],
    "reviewThreads": [
        {"isResolved": True, "path": "src/cart.py", "line": 1, "diffSide": "LEFT",
         "comments": {"nodes": [{"author": {"login": "mia"}, "body": "Name it sum."}, None]}},
    ],
    "files": [{"path": "src/cart.py"}],
}  # fmt: skip


def test_reviews_and_remarks_of_a_pull_request_are_talk_and_what_is_not_taken_is_told(repository: Path) -> None:
    file = repository.parent / "pr.json"
    file.write_text(json.dumps(REVIEWED), "utf-8")
    code, out, err = here("--repo", repository, "--issue", file, "--json")
    assert code == 0
    found = read(out)
    rows = {row["source"].removeprefix(str(file)): row for row in found["receipt"]["rows"]}
    assert [(name, rows[name]["kind"], rows[name]["author"]) for name in rows if name.startswith("#")] == [
        ("#review-1", "review", "mia"),
        ("#review-2", "review", "tom"),
        ("#remark-1", "diff", "coderabbitai[bot]"),
        ("#remark-2", "diff", "mia"),
    ]
    assert rows[""]["author"] == "dependabot"
    for said in (
        "Changes requested.\n\nThe discount is lost.",
        "Approved.",
        "At src/cart.py, line 2 (after the change)",
    ):
        assert said in found["prompt"]
    assert "Start at nought." in found["prompt"]
    assert "At src/cart.py, line 1 (before the change)" in found["prompt"]
    assert "All is bad." not in found["prompt"]
    assert err.replace(str(file), "PR").splitlines() == snapshot(
        [
            "vteam context: of PR is not taken: 3 of its comments, of which it has no text; 1 of its reviews, dismissed; 1 of its review_comments, of which it has no text; 1 of its remarks, of which it has no text; files"
        ]
    )


def test_a_document_of_odd_values_is_read_as_far_as_it_can_be(repository: Path) -> None:
    odd: dict[str, Any] = {
        "title": "x", "body": None, "author": 7, "comments": {"nodes": None, "totalCount": "many"}, "latestReviews": [[]],
        "reviews": None, "reviewThreads": [{"comments": [{"path": 3, "line": "x", "body": ["y"], "user": {"login": None}}]}],
        "review_comments": True, "files": 3,
    }  # fmt: skip
    code, _, err = here("--repo", repository, "--issue", "-", "--receipt", stdin=json.dumps(odd))
    assert code == 0
    assert err.splitlines() == snapshot(
        ["vteam context: of - is not taken: 1 of its latestReviews, of which it has no text"]
    )


def test_the_gpu_says_what_a_model_of_ones_own_can_hold(shop: Path) -> None:
    asked = ("--repo", shop, "--issue", shop.parent / "issue.md", "--model", "qwen2.5-coder:14b")
    found = document(*asked, "--gpu", "40GB")
    assert found["memory"]["bytes_per_token"] == 2 * 48 * 8 * 128 * 2
    assert found["window"] == min(found["memory"]["by_memory"], found["memory"]["native"])
    assert found["receipt"]["budget"] < found["window"]
    assert "bytes a token" in shown(*asked, "--gpu", "40GB", "--receipt")


def test_gpus_and_models_are_named_as_people_and_servers_name_them(shop: Path) -> None:
    asked = ("--repo", shop, "--issue", shop.parent / "issue.md", "--receipt")
    found = document(*asked, "--model", "openai/gpt-oss-120b", "--gpu", "80 gb")
    assert (found["window"], found["memory"]["gpu_bytes"]) == (124_253, 81_559 << 20)
    found = document(*asked, "--model", "unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF:Q5_K_M", "--gpu", "2xA10G")
    assert (found["memory"]["weights"], found["memory"]["gpus"]) == ("q5_k_m", 2)
    words = refused(*asked, "--model", "gpt-oss", "--gpu", "H1000")
    assert words.startswith("vteam context: 'H1000' is no GPU that is known here. Write a class (16GB, 24GB, ")


def test_of_a_model_of_ollamas_it_is_said_that_ollama_gives_less_by_itself(repository: Path) -> None:
    asked = (
        "--repo",
        repository,
        "--issue",
        repository.parent / "issue.md",
        "--gpu",
        "80GB",
        "--json",
        "--receipt",
        "--model",
    )
    code, _, err = here(*asked, "qwen2.5-coder:32b")
    assert (code, "`OLLAMA_CONTEXT_LENGTH` sets it" in err) == (0, True)
    code, _, err = here(*asked, "Qwen/Qwen2.5-Coder-32B-Instruct-AWQ")
    assert (code, err) == (0, "")


def test_a_known_model_bounds_the_budget_by_its_window(shop: Path) -> None:
    issue = shop.parent / "issue.md"
    found = document("--repo", shop, "--issue", issue, "--model", "claude-3-haiku-20240307", "--budget", 10**6)
    assert found["window"] == 200_000
    assert found["receipt"]["budget"] < 200_000


def test_what_is_wrong_is_said_in_words(shop: Path) -> None:
    issue, odd = shop.parent / "issue.md", shop.parent / "odd.json"
    odd.write_text('{"body": "no title"}', "utf-8")
    picture = shop.parent / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    said = [
        refused("--repo", shop),
        refused("--repo", "nowhere", "--issue", issue),
        refused("--repo", shop, "--issue", "none.md"),
        refused("--repo", shop, "--issue", "-", stdin=" \n"),
        refused("--repo", shop, "--issue", "-", stdin='{"title": "The tot'),
        refused("--repo", shop, "--issue", "-", stdin='{"body": "no title"}'),
        refused("--repo", shop, "--issue", issue, "--budget", 0),
        refused("--repo", shop, "--issue", issue, "--gpu", "80GB"),
        refused("--repo", shop, "--issue", issue, "--model", "qwen2.5-coder:32b", "--gpu", "24GB"),
        refused("--repo", shop, "--issue", issue, "--model", "x", "--gpu", "24GB"),
        refused("--repo", shop, "--issue", picture).replace(str(picture), "PICTURE"),
        refused("--repo", shop, "--issue", issue, "--linked", shop / ".").replace(str(shop), "SHOP"),
        refused("--repo", shop, "--issue", issue, "--order", "x"),
        refused("--repo", "", "--issue", issue),
        refused("--repo", shop, "--issue", "-", stdin="<!-- a template -->\n\n---\n"),
    ]
    assert [line.strip() for line in said] == snapshot(
        [
            "vteam context: error: --repo and --issue are needed, or --order and --workspace, or --jsonl; and one of these alone",
            "vteam context: the repository nowhere is no folder",
            "vteam context: the issue none.md cannot be read: No such file or directory",
            "vteam context: the issue - is empty",
            "vteam context: - is no JSON: Unterminated string starting at: line 1 column 11 (char 10)",
            'vteam context: - is no issue: it has no "title"',
            "vteam context: --budget is a number of tokens above nought",
            "vteam context: --gpu says how much memory a model has: name it with --model",
            "vteam context: Qwen/Qwen2.5-Coder-32B-Instruct (q4_k_m) does not fit on 24GB: 0.6 GiB are lacking",
            "vteam context: 'x' is no model whose memory is known here",
            "vteam context: the issue PICTURE is no text: it holds zero bytes",
            "vteam context: the repository SHOP is named twice; once is enough",
            "vteam context: error: --repo and --issue are needed, or --order and --workspace, or --jsonl; and one of these alone",
            "vteam context: error: argument --repo: an empty path names nothing",
            "vteam context: the issue - is empty: nothing of it is seen",
        ]
    )


def test_the_command_ends_as_the_program_that_it_starts(shop: Path) -> None:
    assert vteam("--repo", shop, "--issue", "-", stdin=" \n", code=2).strip() == "vteam context: the issue - is empty"


def test_a_folder_that_has_a_runner_of_its_own_is_not_believed(shop: Path) -> None:
    (shop / "runner").mkdir()
    (shop / "runner" / "__init__.py").write_text("raise SystemExit(99)\n", "utf-8")
    done = subprocess.run(
        [Path(sys.executable).parent / "vteam", "context", "--no-cache", "--repo", ".", "--issue", "../issue.md", "--receipt"],
        capture_output=True, check=False, cwd=shop,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_receipt_alone_is_json_too_and_a_model_nobody_knows_is_told(shop: Path) -> None:
    asked = [*VTEAM, "--repo", str(shop), "--issue", str(shop.parent / "issue.md"), "--json", "--receipt"]
    done = subprocess.run([*asked, "--model", "claud-sonet"], capture_output=True, text=True, check=True)
    assert list(json.loads(done.stdout)) == ["receipt"]
    assert "nothing is known of the window of claud-sonet" in done.stderr


def test_a_narrow_terminal_shows_what_the_prompt_is_made_of() -> None:
    row = ReceiptRow(
        source="src/a_rather_long_name.py", kind="code", trust=Trust.REPOSITORY, offered=9, taken=9, way=Way.WHOLE
    )
    receipt = Receipt(budget=100, prompt=9, tokenizer="cl100k_base", rows=(row,))
    console = Console(width=40, file=io.StringIO())
    console.print(receipt_shown(receipt, columns=console.width))
    assert isinstance(console.file, io.StringIO)
    assert "src/a_rather" in console.file.getvalue()


def test_each_rule_that_left_files_out_is_shown_however_many_sources_there_are() -> None:
    sources = [row(f"src/{number}.py", taken=5, author="ann") for number in range(300)]
    rule = row("3 entries: z/sum.py", kind="left out", reason="by rule: more than is ranked")
    receipt = Receipt(budget=9000, prompt=1500, tokenizer="cl100k_base", rows=(*sources, rule))
    told = on_a_terminal(receipt, columns=160)
    assert "3 entries: z/sum.py" in told
    assert "… and 241 more" in told
    assert "ann" in told


def row(source: str, *, taken: int = 0, **changed: Any) -> ReceiptRow:
    usual: dict[str, Any] = {"kind": "code", "trust": Trust.REPOSITORY, "offered": taken, "way": Way.WHOLE}
    return ReceiptRow(source=source, taken=taken, **(usual | changed))


def on_a_terminal(receipt: Receipt, *, columns: int) -> str:
    console = Console(width=columns, file=io.StringIO())
    console.print(receipt_shown(receipt, columns=console.width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_line_that_is_no_case_is_answered_with_why_and_the_next_is_read(shop: Path) -> None:
    case = {"id": 7, "repo_path": str(shop), "issue": {"title": "The total"}, "budget": 500}
    odd = [
        "{",
        '{"id": 1}',
        case | {"repo_path": "nowhere"},
        case | {"repo_path": "x" * 5000},
        case | {"budget": 0},
        [],
    ]
    lines = ["\n", *(one if isinstance(one, str) else json.dumps(one) for one in odd)]
    lines += [json.dumps(case).replace("500", "1e400"), json.dumps(case | {"id": "\ud800"}), json.dumps(case)]
    code, out, err = here("--jsonl", stdin="\n".join(lines))
    assert code == 1
    found = [json.loads(line) for line in out.splitlines()]
    assert [bool(one["files"]) for one in found] == [False] * 7 + [True] * 2
    assert all({"id", "budget", "files", "ranking"} <= set(one) for one in found)
    assert [one["id"] for one in found] == [None, 1, 7, 7, 7, None, 7, "\ud800", 7]
    assert [one["error"][:60] for one in found[:7]] == snapshot(
        [
            "line 3 is no case: Expecting property name enclosed in doubl",
            'line 4 is no case: it has no "repo_path"',
            "line 5 is no case: nowhere is no folder",
            "line 6 is no case: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "line 7 is no case: its budget is below one token",
            "line 8 is no case: it is no JSON object",
            "line 9 is no case: cannot convert float infinity to integer",
        ]
    )
    assert len(err.splitlines()) == 7


@pytest.mark.long
def test_who_reads_no_further_ends_it_without_a_traceback(shop: Path) -> None:
    (shop / "src" / "large.py").write_text("\n".join(f"def total_{n}(): return {n}" for n in range(9000)), "utf-8")
    command = [*VTEAM, "--repo", str(shop), "--issue", str(shop.parent / "issue.md"), "--budget", "60000", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.read(10)
        child.stdout.close()
        said = child.stderr.read().decode()
    assert child.returncode == 141
    assert "Traceback" not in said
    assert "Error" not in said


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("{{ template }} rendering fails\n\nIn `total`.\n", "{{ template }} rendering fails"),
        ('{"a": 1} is refused\n\nIn `total`.\n', '{"a": 1} is refused'),
        ("<!-- Thanks!\nPlease fill this in. -->\n\n# The total is wrong\n\nIn `total`.\n", "The total is wrong"),
        ("---\nname: Bug\ntitle: 'The total is wrong'\n---\n\nIn `total`.\n", "The total is wrong"),
        ("---\nname: Bug\ntitle: ''\n---\n\n## The total is wrong\n\nIn `total`.\n", "The total is wrong"),
        ("---\n\nThe total is wrong\n\nIn `total`.\n", "The total is wrong"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_title_of_an_issue_is_the_first_line_that_is_seen(
    text: str, title: str, encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "issue.md").write_text(text, encoding)
    found = issue_file(tmp_path / "issue.md")
    assert found.title == title
    assert "In `total`." in found.talk[0].text


def test_a_folder_that_is_empty_or_no_repository_is_packed_with_a_word(shop: Path) -> None:
    issue = shop.parent / "issue.md"
    assert f"{shop} is no git repository" in here("--repo", shop, "--issue", issue)[2]
    (shop.parent / "empty").mkdir()
    assert "empty is empty: the prompt will hold no code" in here("--repo", shop.parent / "empty", "--issue", issue)[2]
    (shop / ".git").mkdir()
    assert here("--repo", shop / "src", "--issue", issue)[2] == ""
