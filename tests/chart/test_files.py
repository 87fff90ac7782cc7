"""The chart's own files: the copies of the CRDs, and that every value is explained and has its place in the schema."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from tests.chart.helm import CHART, ROOT

OPEN = {"labels", "annotations", "requests", "limits", "podSecurityContext", "securityContext", "peers"}


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all values; lists are looked at by their first item."""
    if isinstance(tree, list) and tree and isinstance(tree[0], dict) and path[-1] not in OPEN:
        tree = tree[0]
    if isinstance(tree, dict) and tree and path[-1:] not in {(name,) for name in OPEN}:
        for name, below in tree.items():
            yield from leaves(below, (*path, name))
    else:
        yield path


def scheme_leaves(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    schema = schema.get("items", schema) if path[-1:] not in {(name,) for name in OPEN} else schema
    if schema.get("additionalProperties") is False and path[-1:] not in {(name,) for name in OPEN}:
        for name, below in schema["properties"].items():
            yield from scheme_leaves(below, (*path, name))
    else:
        yield path


def test_the_crds_of_the_chart_are_those_of_the_code() -> None:
    copies = {path.name: path.read_text("utf-8") for path in (CHART / "files" / "crds").iterdir()}
    assert copies == {path.name: path.read_text("utf-8") for path in (ROOT / "crds").glob("*.yaml")}


def test_every_value_is_in_the_schema_and_the_other_way_round() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    optional = {("global",), ("web", "resources", "claims"), ("reconcile", "resources", "claims")}
    assert set(leaves(values)) == set(scheme_leaves(schema)) - optional


def test_no_object_of_the_schema_takes_what_it_does_not_know() -> None:
    def loose(schema: Any, path: str) -> Iterator[str]:
        if isinstance(schema, dict):
            if "properties" in schema and schema.get("additionalProperties") is not False:
                yield path
            for name, below in schema.items():
                yield from loose(below, f"{path}/{name}")

    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    kubernetes_own = {"/properties/podSecurityContext", "/properties/securityContext"}
    assert set(loose(schema, "")) == kubernetes_own


def test_every_value_or_its_group_has_words_above_it() -> None:
    text = (CHART / "values.yaml").read_text("utf-8")
    lines = ["", *text.splitlines()]

    def bare(node: yaml.Node | None, *, explained: bool) -> Iterator[str]:
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from bare(item, explained=explained)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                told = explained or lines[key.start_mark.line].lstrip().startswith("#")
                if told or isinstance(value, yaml.MappingNode):
                    yield from bare(value, explained=told)
                else:
                    yield lines[key.start_mark.line + 1]

    assert list(bare(yaml.compose(text), explained=False)) == []
