"""Laws: a past that is remembered can be listed and replayed; paths, patches and merges repeat as they must."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.embedded.api.fieldset import changes, decode, encode, leaves
from bot.embedded.api.ordering import interleaved
from bot.embedded.api.patch import json_patch, merge_patch
from bot.embedded.api.validate.check import check
from bot.embedded.api.validate.nodes import SchemaCompiler
from bot.embedded.api.validate.settle import settle
from tests.conformance.api_client import Api
from tests.conformance.crd import SPEC, of, widget
from tests.embedded_api.conftest import WIDGETS, Open

NAMES = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(st.tuples(st.sampled_from(["create", "patch", "delete"]), NAMES, st.integers(1, 9)), max_size=25)
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=3), JSON, max_size=4)
SCHEMA = SchemaCompiler().compile(SPEC, "spec")
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.text(max_size=5),
        "mode": st.sampled_from(["fix", "plan", "dance"]) | st.none(),
        "turns": st.integers(0, 60) | JSON,
        "labels": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
        "tags": st.lists(st.text(max_size=2), max_size=5),
        "repos": st.lists(
            st.fixed_dictionaries({"url": st.sampled_from(["https://a", "https://b"])}, optional={"branch": JSON}),
            max_size=3,
        ),
        "extra": JSON,
        "unknown": JSON,
    },
)

type State = dict[str, Any]


async def _play(api: Api, steps: list[tuple[str, str, int]]) -> list[tuple[int, State]]:
    """Do the steps; the state after each, by its revision."""
    history = []
    for action, name, turns in steps:
        if action == "create":
            await api.create(WIDGETS, of(WIDGETS, widget(name, turns=turns)))
        elif action == "patch":
            await api.patch(f"{WIDGETS}/{name}", {"spec": {"turns": turns}})
        else:
            await api.delete(f"{WIDGETS}/{name}")
        listed = (await api.get(WIDGETS)).body
        history.append((int(listed["metadata"]["resourceVersion"]), _state(listed["items"])))
    return history


def _state(items: list[dict[str, Any]]) -> State:
    return {item["metadata"]["name"]: item for item in items}


def test_any_remembered_past_can_be_listed_and_replayed(opened: Open) -> None:
    @settings(max_examples=8, deadline=None)
    @given(STEPS)
    def law(steps: list[tuple[str, str, int]]) -> None:
        asyncio.run(_check_past(opened, steps))

    law()


async def _check_past(opened: Open, steps: list[tuple[str, str, int]]) -> None:
    async with opened() as (api, _):
        await api.delete(WIDGETS)
        history = await _play(api, steps)
        for revision, state in history:
            then = await api.get(WIDGETS, resourceVersion=revision, resourceVersionMatch="Exact")
            assert _state(then.body["items"]) == state
        if history:
            await _replay(api, history)


async def _replay(api: Api, history: list[tuple[int, State]]) -> None:
    """From the first state, the events that came since lead to the last."""
    (first, state), (last, wanted) = history[0], history[-1]
    state = dict(state)
    async with api.watch(WIDGETS, resourceVersion=first) as watch:
        while first < last:
            event = await watch.next()
            thing = event["object"]
            first = int(thing["metadata"]["resourceVersion"])
            assert (thing["metadata"]["name"] in state) == (event["type"] != "ADDED")
            if event["type"] == "DELETED":
                del state[thing["metadata"]["name"]]
            else:
                state[thing["metadata"]["name"]] = thing
    assert state == wanted


@given(SPECS)
def test_settling_twice_changes_nothing_more(spec: dict[str, Any]) -> None:
    settle(SCHEMA, spec, keep=())
    again = {**spec}
    assert settle(SCHEMA, again, keep=()) == []
    assert again == spec


@given(SPECS)
def test_checking_never_fails_and_never_changes(spec: dict[str, Any]) -> None:
    settle(SCHEMA, spec, keep=())
    before = repr(spec)
    check(SCHEMA, spec)
    assert repr(spec) == before


@given(SPECS)
def test_fields_survive_being_written_and_read(spec: dict[str, Any]) -> None:
    paths = set(leaves(SCHEMA, spec, part="whole"))
    assert decode(encode(paths)) == paths


@given(SPECS, SPECS)
def test_what_changed_is_what_differs(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = leaves(SCHEMA, before, part="whole"), leaves(SCHEMA, after, part="whole")
    written, gone = changes(old, new)
    assert not written & gone
    assert (old.keys() | written) - gone == new.keys()
    assert changes(new, new) == (set(), set())


@given(OBJECTS, OBJECTS)
def test_a_merge_patch_is_done_once(document: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge_patch(document, patch)
    assert merge_patch(once, patch) == once


@given(OBJECTS, OBJECTS)
def test_a_json_patch_can_make_anything_of_anything(before: dict[str, Any], after: dict[str, Any]) -> None:
    def pointer(key: str) -> str:
        return "/" + key.replace("~", "~0").replace("/", "~1")

    operations: list[dict[str, Any]] = [{"op": "remove", "path": pointer(key)} for key in before]
    operations += [{"op": "add", "path": pointer(key), "value": value} for key, value in after.items()]
    operations += [{"op": "test", "path": pointer(key), "value": value} for key, value in after.items()]
    assert json_patch(before, operations) == after


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 9), unique=True))
def test_merged_lists_hold_everything_once_in_the_wanted_order(present: list[int], wanted: list[int]) -> None:
    merged = interleaved(present, wanted)
    assert sorted(merged) == sorted({*present, *wanted})
    assert [key for key in merged if key in wanted] == wanted
    only = [key for key in present if key not in wanted]
    assert [key for key in merged if key in only] == only
