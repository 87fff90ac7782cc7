"""The CEL rules of AgenticSession, run by a CEL engine on whole specs, as the API server runs them."""

from typing import Any

import cel
import pytest

from crds.agentic_session import MIXED_SHAPES, NO_ADDRESS
from crds.manifest import definitions

Json = dict[str, Any]
URL = "https://github.com/acme/shop.git"
OLD: Json = {"prompt": "Do it.", "repos": [{"input": {"url": URL}, "output": {"url": URL, "branch": "out"}}]}
NEW: Json = {"initialPrompt": "Do it.", "repos": [{"url": URL, "branch": "main", "autoPush": True}]}
ORIGIN = {"service": "github", "repository": "acme/shop", "issue": 1}


def broken(spec: Json, before: Json | None = None) -> list[str]:
    """Messages of the rules that the spec breaks; rules about a change count only where there is one."""
    session = definitions()["agenticsessions.yaml"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    rules = session["properties"]["spec"]["x-kubernetes-validations"]
    seen = {"self": spec} | ({"oldSelf": before} if before is not None else {})
    due = [rule for rule in rules if before is not None or "oldSelf" not in rule["rule"]]
    return [rule["message"] for rule in due if cel.evaluate(rule["rule"], seen) is not True]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        OLD,
        NEW,
        {"prompt": "Only words."},
        {"initialPrompt": "Only words."},
        {"repos": []},
        {"repos": [{"input": {"url": URL}}], "mainRepoIndex": 0},
        NEW | {"timeout": 60, "llmSettings": {"model": "m"}, "autoPushOnComplete": True},
    ],
)
def test_either_shape_alone_is_taken(spec: Json) -> None:
    assert broken(spec) == []


@pytest.mark.parametrize(
    "spec",
    [
        {"prompt": "a", "initialPrompt": "b"},
        {"prompt": "a", "repos": [{"url": URL}]},
        {"initialPrompt": "b", "repos": [{"input": {"url": URL}}]},
        {"mainRepoIndex": 0, "repos": [{"url": URL}]},
        {"repos": [{"url": URL, "input": {"url": URL}}]},
        {"repos": [{"url": URL}, {"input": {"url": URL}}]},
        {"repos": [{"input": {"url": URL}, "autoPush": True}]},
        {"repos": [{"url": URL, "output": {"url": URL}}]},
    ],
)
def test_both_shapes_at_once_are_refused(spec: Json) -> None:
    assert broken(spec) == [MIXED_SHAPES]


@pytest.mark.parametrize("entry", [{}, {"branch": "main"}, {"autoPush": False}, {"output": {"url": URL}}])
def test_a_repository_without_an_address_is_refused(entry: Json) -> None:
    assert broken({"repos": [entry]}) == [NO_ADDRESS]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (NEW, NEW | {"origin": ORIGIN}, "origin is written once"),
        (NEW | {"origin": ORIGIN}, NEW, "origin is written once"),
        (NEW | {"origin": ORIGIN}, NEW | {"origin": ORIGIN | {"issue": 2}}, "origin is written once"),
        (NEW | {"task": "ask"}, NEW | {"task": "fix"}, "task is written once"),
        (NEW, NEW | {"task": "fix"}, "task is written once"),
        (NEW, {"initialPrompt": "Do it."}, "repos are written once; make a new session"),
        (NEW, NEW | {"repos": [{"url": URL, "branch": "other"}]}, "repos are written once; make a new session"),
        (OLD, OLD | {"mainRepoIndex": 0}, "mainRepoIndex is written once; make a new session"),
    ],
)
def test_what_was_written_at_the_start_stays(before: Json, after: Json, message: str) -> None:
    assert broken(after, before) == [message]


@pytest.mark.parametrize(
    "after", [NEW, NEW | {"displayName": "x"}, NEW | {"timeout": 9}, NEW | {"initialPrompt": "Else."}]
)
def test_the_rest_may_change(after: Json) -> None:
    assert broken(after, NEW) == []


def test_settings_are_a_singleton_by_name() -> None:
    schema = definitions()["projectsettings.yaml"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    [rule] = schema["x-kubernetes-validations"]
    assert cel.evaluate(rule["rule"], {"self": {"metadata": {"name": "projectsettings"}}}) is True
    assert cel.evaluate(rule["rule"], {"self": {"metadata": {"name": "others"}}}) is False
