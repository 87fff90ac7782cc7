"""Repositories on disk and the orders that name them. Used by all of the runner's stories."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crds.agentic_session import Task
from crds.receipt import Trust
from crds.work_order import Limits, OrderedRepository, Talk, WorkOrder
from runner.git import Git, environment
from runner.surroundings import Surroundings


@dataclass
class Repository:
    """A repository on disk that the stories clone from."""

    path: Path

    def git(self, *arguments: str) -> str:
        return git(self.path, *arguments)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def commit(self, files: Mapping[str, str | bytes], message: str = "More") -> str:
        for name, content in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.head

    def take(self, bundle: bytes) -> str:
        """Applies a bundle as the bot does, and returns the commit of its one ref."""
        file = self.path.parent / "taken.bundle"
        file.write_bytes(bundle)
        refs = self.git("bundle", "list-heads", str(file)).splitlines()
        assert len(refs) == 1, refs
        commit, ref = refs[0].split()
        self.git("bundle", "verify", "--quiet", str(file))
        self.git("fetch", "--quiet", str(file), f"+{ref}:refs/taken/work")
        return commit

    def show(self, commit: str, path: str) -> str:
        return self.git("show", f"{commit}:{path}")


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A person", "-c", "user.email=person@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape")


def make_repository(path: Path, files: Mapping[str, str | bytes] | None = None) -> Repository:
    path.mkdir(parents=True)
    repository = Repository(path)
    repository.git("init", "--quiet")
    repository.commit(files if files is not None else {"calc.py": "def add(a, b):\n    return a - b\n"}, "First")
    return repository


def hardened_git(folder: Path, *addresses: str) -> Git:
    """git as the runner runs it, in the folders of a pod."""
    for name in ("workspace", "home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    around = Surroundings(
        api_url="http://127.0.0.1:1",
        model_url="http://127.0.0.1:1",
        token_file=folder / "token",
        workspace=folder / "workspace",
        home=folder / "home",
        tmp=folder / "tmp",
        path=os.environ["PATH"],
    )
    return Git(environment(around, addresses))


def ordered(repository: Repository, *, name: str = "acme__calc", writable: bool = True) -> OrderedRepository:
    return OrderedRepository(
        name=name, url=repository.path.as_uri(), commit=repository.head, branch="main", writable=writable
    )


def limits(**changed: Any) -> Limits:
    usual: dict[str, Any] = {
        "context_tokens": 8000,
        "total_tokens": None,
        "cost_usd": None,
        "turns": 30,
        "seconds": 600,
        "bundle_bytes": 10_000_000,
    }
    return Limits.model_validate(usual | changed)


def talk(text: str, **changed: Any) -> Talk:
    usual: dict[str, Any] = {
        "source": "https://git.example/acme/calc/issues/1",
        "kind": "issue",
        "author": "ann",
        "trust": Trust.OUTSIDE,
        "at": "2026-01-01T00:00:00Z",
    }
    return Talk.model_validate(usual | {"text": text} | changed)


def order_for(*repositories: OrderedRepository, **changed: Any) -> WorkOrder:
    usual: dict[str, Any] = {
        "session": "team/one",
        "task": Task.FIX,
        "request": "fix the sum in `calc.py`",
        "title": "add() subtracts",
        "model": "scripted-1",
        "small_model": "scripted-small",
        "priced": False,
        "limits": limits(),
        "repositories": repositories,
        "talk": (talk("`add(2, 2)` gives 0, it should give 4."),),
        "co_author": "Ann Example <ann@example.com>",
    }
    return WorkOrder.model_validate(usual | changed)
