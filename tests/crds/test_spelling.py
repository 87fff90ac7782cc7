"""Two shapes of a session become one, and what fits neither is refused in words."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.agentic_session import MIXED_SHAPES, NO_ADDRESS, Task
from crds.spelling import Repository, Unreadable, Work, normalise

Json = dict[str, Any]
A, B, C = (f"https://github.com/acme/{name}.git" for name in "abc")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"prompt": "Do it."}, {"initialPrompt": "Do it."}),
        ({"repos": [{"input": {"url": A}}]}, {"repos": [{"url": A}]}),
        ({"repos": [{"input": {"url": A, "branch": "dev"}}]}, {"repos": [{"url": A, "branch": "dev"}]}),
        (
            {"repos": [{"input": {"url": A}}], "autoPushOnComplete": False},
            {"repos": [{"url": A, "autoPush": False}]},
        ),
        (
            {"repos": [{"input": {"url": A}}, {"input": {"url": B}}], "mainRepoIndex": 0, "timeout": 5},
            {"repos": [{"url": A}, {"url": B}], "timeout": 5},
        ),
        (
            {"prompt": "x", "llmSettings": {"model": "m"}, "resourceOverrides": {"cpu": "500m"}},
            {"initialPrompt": "x", "llmSettings": {"model": "m"}, "resourceOverrides": {"cpu": "500m"}},
        ),
    ],
)
def test_both_spellings_say_the_same(old: Json, new: Json) -> None:
    assert normalise(old) == normalise(new)


@pytest.mark.parametrize(("index", "order"), [(0, "abc"), (1, "bac"), (2, "cab")])
def test_the_main_repository_comes_first(index: int, order: str) -> None:
    work = normalise({"repos": [{"input": {"url": url}} for url in (A, B, C)], "mainRepoIndex": index})
    assert "".join(entry.url[-5] for entry in work.repositories) == order


def test_work_goes_to_the_branch_that_the_2025_shape_names() -> None:
    work = normalise({"repos": [{"input": {"url": A, "branch": "main"}, "output": {"url": A, "branch": "out"}}]})
    assert work.repositories == (Repository(url=A, branch="main", push=True, push_url=A, push_branch="out"),)
    assert work.unsupported == ()


def test_a_choice_for_one_repository_counts_more_than_the_one_for_all() -> None:
    work = normalise({"repos": [{"url": A, "autoPush": True}, {"url": B}], "autoPushOnComplete": False})
    assert [entry.push for entry in work.repositories] == [True, False]


def test_nothing_is_pushed_to_what_is_only_read() -> None:
    work = normalise({"repos": [{"url": A}], "contextRepos": [{"url": B, "branch": "v1"}]})
    assert work.context_repositories == (Repository(url=B, branch="v1", push=False),)


def test_personas_are_named_in_small_letters_and_each_once() -> None:
    work = normalise({"personas": ["Architect", "qa", "architect"]})
    assert (work.personas, work.unsupported) == (("architect", "qa"), ())


def test_an_empty_spec_is_the_empty_work() -> None:
    assert normalise({}) == Work()
    assert Work().task is Task.RUN


def test_fields_of_other_platforms_are_let_be() -> None:
    assert normalise({"initialPrompt": "x", "interactive": True, "somethingNew": {"deep": [1]}}).prompt == "x"


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"model": {"local": {"server": "vllm", "name": "qwen"}}}, "model.local"),
        ({"gpu": {"mig": "1g.10gb"}}, "gpu.mig"),
        ({"gpu": {"vendor": "amd"}}, "gpu.vendor amd"),
        ({"activeWorkflow": {"gitUrl": A}}, "activeWorkflow"),
        ({"mcpServers": {"custom": {"x": {}}}}, "mcpServers.custom"),
        (
            {"repos": [{"input": {"url": A}, "output": {"url": B}}]},
            "repos[].output.url other than its input.url",
        ),
    ],
)
def test_what_cannot_be_done_yet_is_named_and_not_ignored(asked: Json, name: str) -> None:
    assert normalise(asked).unsupported == (name,)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"prompt": "a", "initialPrompt": "b"}, MIXED_SHAPES),
        ({"repos": [{"url": A, "input": {"url": A}}]}, MIXED_SHAPES),
        ({"repos": [{}]}, NO_ADDRESS),
        (
            {"repos": [{"input": {"url": A}}], "mainRepoIndex": 3},
            "mainRepoIndex: 3 names no repository; there are 1",
        ),
        ({"task": "sing"}, "task: Input should be 'run', 'fix', 'plan', 'review' or 'ask'"),
        ({"timeout": 0}, "timeout: Input should be greater than or equal to 1"),
        ({"repos": [{"url": A}] * 17}, "repos: List should have at most 16 items after validation, not 17"),
        ({"repos": "none"}, "repos: Input should be a valid list"),
        ({"resourceOverrides": {"cpu": "lots"}}, "resourceOverrides.cpu: String should match pattern"),
        (
            {"gpu": {"products": ["no label!"]}},
            "gpu.products.0: String should match pattern '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$'",
        ),
    ],
)
def test_what_fits_no_shape_is_refused_in_words(spec: Json, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        normalise(spec)
    assert str(refused.value).startswith(words)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["prompt", "initialPrompt", "repos", "mainRepoIndex", "budget", "gpu", "origin", "task", "timeout", "contextRepos",
     "environmentVariables", "queue", "resourceOverrides", "userContext", "mcpServers", "model"]
)  # fmt: skip


@given(st.dictionaries(FIELDS, JSON, max_size=5))
def test_any_spec_is_read_or_refused_in_words(spec: Json) -> None:
    with suppress(Unreadable):
        assert isinstance(normalise(spec), Work)


def test_a_session_may_name_the_branch_of_its_work() -> None:
    spec = {"initialPrompt": "do it", "repos": [{"url": A}, {"url": B}], "pushBranch": "vteam/mine"}
    assert [entry.push_branch for entry in normalise(spec).repositories] == ["vteam/mine", None]
    with pytest.raises(Unreadable):
        normalise(spec | {"pushBranch": "main"})
