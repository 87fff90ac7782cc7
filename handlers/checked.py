"""How the agent checked its work: the commands among its tool calls that run tests, linters or builds. Pure.

Called by bot/reconcile.py with the runner's progress. A pod tells it, so that it is quoted and never believed.
"""

import re
from collections.abc import Iterable

from crds.result import ProgressEvent

MOST = 5
_CHECKS = re.compile(
    r"(?:^|[\s;&|/(])(?:"
    r"pytest|py\.test|tox|nox|unittest|ruff|mypy|flake8|pylint|pyright|eslint|tsc|jest|vitest|mocha|phpunit|rspec|ctest"
    r"|golangci-lint|shellcheck|pre-commit"
    r"|(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:test|lint|check|build)\S*"
    r"|(?:go|cargo|dotnet|swift|mix|lein|sbt|bazel|mvn|mvnw|gradle|gradlew|make|just|task|rake|zig)\s+"
    r"(?:\S+\s+)*?(?:test|tests|vet|check|lint|clippy|verify|build)\b"
    r")(?=$|[\s;&|)])"
)


def checks(events: Iterable[ProgressEvent]) -> tuple[str, ...]:
    """The last few different commands that check something, in the order in which they were run last."""
    commands = [event.detail.strip() for event in events if event.kind == "tool" and event.text == "Bash"]
    found = [command for command in commands if _CHECKS.search(command[:500])]
    return tuple(reversed(list(dict.fromkeys(reversed(found)))))[-MOST:]
