"""The prompt's stable start is a block of its own that the maker's cache can keep: the real CLI passes its mark on."""

from pathlib import Path
from typing import Any

import pytest

from crds.work_order import WorkOrder
from runner.first_message import LEAST_STABLE, content, worth_a_mark
from tests.runner.house import Pod, pod_for
from tests.runner.repositories import Repository, make_repository, order_for, ordered, talk
from tests.runner.scripted_model import Json, says, uses

MODEL = "claude-sonnet-5-5"
OLDER = "claude-sonnet-4-6"
RULES = "\n".join(
    f"- Rule {number}: name what a function gives, and test it for {number} cases." for number in range(60)
)


def ruled(folder: Path, secret: Path) -> Repository:
    rules = f"# How to work here\n\n@{secret}\n\n{RULES}\n"
    return make_repository(folder / "calc", {"calc.py": "def add(a, b):\n    return a - b\n", "AGENTS.md": rules})


def order(calc: Repository, text: str, **changed: Any) -> WorkOrder:
    usual: dict[str, Any] = {"model": MODEL, "priced": True, "talk": (talk(text),)}
    return order_for(ordered(calc), **(usual | changed))


def blocks(content: str | list[Json]) -> list[Json]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def prefix(request: Json) -> list[Json]:
    """All that stands before the first user message's first mark, as the cache sees it: that block is the last."""
    said = [{"role": one["role"], **block} for one in request["messages"] for block in blocks(one["content"])]
    first = next(number for number, block in enumerate(said) if "cache_control" in block)
    return [*request["tools"], *blocks(request["system"]), *said[: first + 1]]


def marked(request: Json) -> list[str]:
    """The texts of the marked blocks, in the order of the cache."""
    said = [block for one in request["messages"] for block in blocks(one["content"])]
    found = [*request["tools"], *blocks(request["system"]), *said]
    return [str(block.get("text", block["type"])) for block in found if "cache_control" in block]


async def requests(pod: Pod) -> list[Json]:
    ended = await pod.run()
    assert (ended.code, ended.stderr) == (0, "")
    return pod.model.requests


@pytest.mark.long
@pytest.mark.parametrize("model", [MODEL, OLDER])
async def test_two_sessions_of_a_repository_begin_alike_up_to_a_mark(tmp_path: Path, model: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for you", "utf-8")
    calc = ruled(tmp_path, secret)
    first = order(calc, f"`add(2, 2)` gives 0, see @{secret}.", model=model)
    second = order(calc, "`add` should take more than two numbers.", model=model, request="let `add` take many")
    # In one place, as every pod's workspace is mounted in one place.
    async with pod_for(tmp_path / "pod", first, [uses("Bash", command="true")], [says("Done.")]) as pod:
        one = await requests(pod)
    (tmp_path / "pod").rename(tmp_path / "gone")
    async with pod_for(tmp_path / "pod", second, [says("Done.")]) as pod:
        other = await requests(pod)
    assert prefix(one[0]) == prefix(other[0])
    assert "Rule 59" in prefix(one[0])[-1]["text"]
    assert "Rule 0" not in str(one[0]["messages"][0]["content"][-1])
    for request in (*one, *other):
        assert len(marked(request)) == 4
        assert sum("Rule 59" in text for text in marked(request)) == 1
    assert "not for you" not in str([*one, *other])


@pytest.mark.long
async def test_nothing_before_the_prompt_tells_one_pod_from_another(tmp_path: Path) -> None:
    calc = ruled(tmp_path, tmp_path / "none")
    asked = []
    for name, text in (("one", "`add(2, 2)` gives 0."), ("two", "`sub` is missing.")):
        async with pod_for(tmp_path / name, order(calc, text), [says("Done.")]) as pod:
            asked.append((await requests(pod))[0])
    assert prefix(asked[0]) == prefix(asked[1])


async def test_a_model_of_another_maker_gets_the_prompt_as_one_text(tmp_path: Path) -> None:
    calc = ruled(tmp_path, tmp_path / "none")
    async with pod_for(tmp_path / "pod", order(calc, "It is 0.", model="local", priced=False), [says("Done.")]) as pod:
        asked = await requests(pod)
    [prompt] = [block for block in blocks(asked[0]["messages"][0]["content"]) if "Rule 59" in block["text"]]
    assert "cache_control" not in prompt
    assert "The request" in prompt["text"]


def test_the_blocks_are_the_prompt_and_nothing_else() -> None:
    stable = "what stays the same"
    said = content(f"{stable}\n\nthe rest", stable=stable, marked=True)
    assert isinstance(said, list)
    assert "".join(block["text"] for block in said) == f"{stable}\n\nthe rest"
    assert [block.get("cache_control") for block in said] == [{"type": "ephemeral"}, None]
    # The API refuses an empty text, and a stable start that is none must not be cut off.
    assert content(stable, stable=stable, marked=True) == stable
    assert content(f"{stable} \n", stable=stable, marked=True) == f"{stable} \n"
    assert content("another prompt", stable=stable, marked=True) == "another prompt"
    assert content("a prompt", stable="", marked=True) == "a prompt"


@pytest.mark.parametrize(
    ("model", "stable", "worth"),
    [
        ("claude-sonnet-5-5", LEAST_STABLE, True),
        ("claude-sonnet-5-5", LEAST_STABLE - 1, False),
        # 3,670 tokens stand before it, and this model keeps nothing below 4,096.
        ("claude-opus-4-6", 300, False),
        ("claude-opus-4-6", 500, True),
        ("qwen2.5-coder:32b", 5000, False),
    ],
)
def test_a_mark_is_set_where_the_maker_would_keep_something(
    tmp_path: Path, model: str, stable: int, worth: bool
) -> None:
    asked = order(make_repository(tmp_path / "calc"), "It is 0.", model=model, priced=model.startswith("claude"))
    assert worth_a_mark(" word" * stable, asked) is worth
