"""Which files are specifications, and the names that follow from their place. Pure.

Called by the door for every path of a push, and by the decisions about pushed specs and their plans.
"""

import re

_SPEC = re.compile(r"(?:\.specify/)?specs/([^/]+)/spec\.md")
ROOTS = ("specs", ".specify/specs")
"""Folders that hold the features' folders."""
NAME = "spec.md"


def is_spec(path: str) -> bool:
    """Whether a path is a feature's specification: `specs/*/spec.md`, nowhere deeper, case as git has it."""
    return path.endswith("/spec.md") and _SPEC.fullmatch(path) is not None


def folder_of(path: str) -> str:
    """The folder that a specification stands in, with its closing slash."""
    return path.removesuffix(NAME)


def feature_of(path: str) -> str:
    """The name of the feature's own folder, such as `001-login`."""
    return path.split("/")[-2]


def plan_of(path: str) -> str:
    """Where the plan of a specification stands: beside it."""
    return folder_of(path) + "plan.md"


def plan_branch(path: str) -> str:
    """`vteam/plan-001-login`: the branch of a specification's plan, a name that git takes whatever the folder's is."""
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", feature_of(path))[:60].strip("-")
    return f"vteam/plan-{slug or 'feature'}"
