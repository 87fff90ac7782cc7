"""What a handed-in bundle may change: pure rules over the paths of all its commits. Called by bot/bundle.py.

The agent may have been talked into anything, so that these rules hold for every commit and not only for the sum.
"""

from dataclasses import dataclass

from handlers import wording

MOST_COMMITS = 200
MOST_PATHS = 3000
FORBIDDEN_FOLDERS = (".github/workflows/",)
WAYS = (".github",)


@dataclass(frozen=True)
class BundleFacts:
    """What a bundle holds, read with git."""

    commits: int
    paths: tuple[str, ...]
    """Every path that any of the commits touches."""
    submodules: tuple[str, ...] = ()
    """Paths that any of the commits makes a submodule."""


@dataclass(frozen=True)
class Scope:
    """The one place that a session may change: that of a specification's plan."""

    folder: str
    """With its closing slash."""
    spec: str
    """The specification itself, which stays as it is."""
    plan: str = ""
    """What must be there in the end; empty where the work is half done."""


def why_refuse(facts: BundleFacts, scope: Scope | None = None) -> str | None:
    """Why the work must not be pushed, in words, or None where it may."""
    return _why_never(facts) or (_why_not_here(facts, scope) if scope else None)


def _why_never(facts: BundleFacts) -> str | None:
    if facts.commits == 0:
        return "the bundle holds no commit"
    if facts.commits > MOST_COMMITS:
        return f"the bundle holds {facts.commits} commits; at most {MOST_COMMITS} are taken"
    if len(facts.paths) > MOST_PATHS:
        return f"the work touches {len(facts.paths)} files; at most {MOST_PATHS} are taken"
    if forbidden := [path for path in facts.paths if _forbidden(path)]:
        return f"the work touches {_shown(forbidden[0])}, and an agent may not change what runs in CI"
    if facts.submodules:
        return f"the work makes {_shown(facts.submodules[0])} a submodule, which an agent may not do"
    return None


def _why_not_here(facts: BundleFacts, scope: Scope) -> str | None:
    if outside := [path for path in facts.paths if not path.startswith(scope.folder)]:
        return wording.outside_of_folder(_shown(outside[0]), scope.folder)
    if scope.spec in facts.paths:
        return wording.touches_spec(scope.spec)
    if scope.plan and scope.plan not in facts.paths:
        return wording.lacks_plan(scope.plan)
    return None


def _forbidden(path: str) -> bool:
    # GitHub's own file systems tell case apart, a developer's may not. A file in the place of one of the folders on the
    # way is a link to another folder, which then is the forbidden one.
    return f"{path.lower()}/".startswith(FORBIDDEN_FOLDERS) or path.lower() in WAYS


def _shown(path: str) -> str:
    """The path for people: its bytes may be no text at all, and a reply must be."""
    return path.encode("utf-8", "replace").decode()[:300]
