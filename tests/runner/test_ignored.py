"""What git ignores in a user's folder is not packed, and asking git runs nothing that the folder brings along."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.context.code import Code
from runner.context.ignored import ignored_in, without_ignored
from runner.context.tree import Folder, listed
from tests.runner.repositories import Repository, make_repository

TOTAL = "def total(lines):\n    return sum(lines[:-1])\n"
FILES = {
    ".gitignore": "build/\n*.gen.py\n!kept.gen.py\n",
    "sum.py": TOTAL, "build/a.py": TOTAL, "b.gen.py": TOTAL, "kept.gen.py": TOTAL, "sub/.gitignore": "/local.py\n",
    "sub/local.py": TOTAL, "sub/deep/local.py": TOTAL, "secret.py": TOTAL, "tracked.gen.py": TOTAL, "new.py": TOTAL,
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    made = make_repository(tmp_path / "shop")
    root = made.path
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    with (root / ".git" / "info" / "exclude").open("a", encoding="utf-8") as file:
        file.write("secret.py\n")
    made.git("add", "--force", "tracked.gen.py")
    return made


def test_what_git_ignores_is_left_out_and_counted(shop: Repository) -> None:
    tree = without_ignored(shop.path)
    gone = {"build/a.py", "b.gen.py", "sub/local.py", "secret.py"}
    assert set(FILES) - set(tree.paths) == gone
    assert tree.left_out["ignored by git"].count == 4
    rows = [piece for piece in Code([Folder("shop", tree)]).pieces("total", "", 4000) if piece.kind == "left out"]
    assert {row.reason: row.source for row in rows}["by rule: ignored by git"].startswith("4 entries: b.gen.py, build")


def test_a_folder_within_is_asked_about_by_itself(shop: Repository) -> None:
    assert "local.py" not in without_ignored(shop.path / "sub").paths
    assert without_ignored(shop.path / "build").paths == ("a.py",)


def test_without_git_or_a_repository_all_is_listed(shop: Repository, tmp_path: Path) -> None:
    assert ignored_in(shop.path, {"PATH": str(tmp_path / "none")}) == frozenset()
    assert ignored_in(tmp_path / "none", os.environ) == frozenset()
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.py").touch()
    assert without_ignored(tmp_path / "plain").paths == listed(tmp_path / "plain").paths == ("a.py",)


def test_what_a_repository_would_have_run_is_not_run(shop: Repository, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n", "utf-8")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "filter.x.clean", "filter.x.process"):
        shop.git("config", key, str(script))
    shop.git("config", "core.hooksPath", str(tmp_path))
    (shop.path / ".gitattributes").write_text("* filter=x\n", "utf-8")
    subprocess.run(["git", "status"], cwd=shop.path, capture_output=True, check=False)
    assert ran.exists(), "the folder is as evil as it should be"
    ran.unlink()
    assert "secret.py" in ignored_in(shop.path, os.environ)
    assert not ran.exists()


def test_the_command_tells_of_them_in_the_receipt(shop: Repository, tmp_path: Path) -> None:
    (tmp_path / "issue.md").write_text("# total is wrong\n", "utf-8")
    command = [sys.executable, "-I", "-m", "runner", "context", "--no-cache", "--json", "--budget", "4000"]
    asked = ["--repo", str(shop.path), "--issue", str(tmp_path / "issue.md")]
    done = subprocess.run([*command, *asked], capture_output=True, check=True)
    answer = json.loads(done.stdout)
    assert "by rule: ignored by git" in [row["reason"] for row in answer["receipt"]["rows"]]
    assert "secret.py" not in answer["prompt"]
