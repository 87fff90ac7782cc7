"""The generated CRDs: up to date, structural, bounded, described, and with rules that CEL itself can run."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import crds
from crds.manifest import definitions, structural
from crds.schema import Part

Json = dict[str, Any]

FORBIDDEN = ("$ref", "$defs", "anyOf", "oneOf", "allOf", "title", "const", "nullable")
STANDARD = (".properties.apiVersion", ".properties.kind", ".properties.metadata")
"""What every Kubernetes object has; the API server knows it better than a schema."""


def nodes(schema: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every schema node below this one, with its place."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from nodes(child, f"{path}.properties.{name}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from nodes(schema[name], f"{path}.{name}")


def schemas() -> list[tuple[str, Json]]:
    """All nodes of all CRDs but those that Kubernetes itself gives."""
    found = []
    for file, document in definitions().items():
        schema = document["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        found += [(file + path, node) for path, node in nodes(schema) if path not in STANDARD]
    return found


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """`python -m crds --check` as `make lint` runs it, on a copy of the package."""
    command = [sys.executable, "-B", "-m", "crds", "--check"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_check_passes_on_fresh_files_and_names_a_stale_one(tmp_path: Path) -> None:
    shutil.copytree(Path(crds.__file__).parent, tmp_path / "crds", ignore=shutil.ignore_patterns("__pycache__"))
    fresh = check(tmp_path)
    (tmp_path / "crds" / "rfeworkflows.yaml").write_text("kind: Else\n", "utf-8")
    stale = check(tmp_path)
    assert (fresh.returncode, fresh.stderr) == (0, "")
    assert stale.returncode == 1
    assert stale.stderr == "crds/rfeworkflows.yaml is not what the models say: run python -m crds\n"


def test_the_files_hold_the_definitions_and_need_no_anchors() -> None:
    for name, document in definitions().items():
        text = (Path(crds.__file__).parent / name).read_text("utf-8")
        assert yaml.safe_load(text) == document
        assert "&id" not in text


def test_a_structural_schema_has_no_references_and_no_unions() -> None:
    for place, node in schemas():
        assert not [word for word in FORBIDDEN if word in node], place
        assert node.get("type") or node.get("x-kubernetes-preserve-unknown-fields"), place


def test_every_string_every_list_and_every_map_is_bounded() -> None:
    for place, node in schemas():
        kind = node.get("type")
        if kind == "string":
            assert "maxLength" in node or "enum" in node or "format" in node, place
        if kind == "array":
            assert "maxItems" in node, place
        if "additionalProperties" in node:
            assert "maxProperties" in node, place


def test_every_field_says_what_it_is() -> None:
    described = [(place, node) for place, node in schemas() if not place.endswith((".items", ".additionalProperties"))]
    assert [place for place, node in described if not node.get("description")] == []


def test_every_field_of_the_status_names_its_writer() -> None:
    session = definitions()["agenticsessions.yaml"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    status = session["properties"]["status"]["properties"]
    assert [name for name, node in status.items() if "Written by" not in node["description"]] == []


def test_conditions_are_a_map_by_type() -> None:
    session = definitions()["agenticsessions.yaml"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    conditions = session["properties"]["status"]["properties"]["conditions"]
    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]


def test_selectable_fields_and_columns_point_at_fields_that_exist() -> None:
    for document in definitions().values():
        version = document["spec"]["versions"][0]
        schema = version["schema"]["openAPIV3Schema"]
        paths = [field["jsonPath"] for field in version.get("selectableFields", [])]
        paths += [column["jsonPath"] for column in version["additionalPrinterColumns"]]
        for path in paths:
            node = schema
            for name in path.strip(".").split("."):
                node = node["properties"].get(name, {}) if "properties" in node else {}
            assert node.get("type") in ("string", "integer", "number") or path == ".metadata.creationTimestamp", path


def test_what_has_two_types_cannot_become_a_schema() -> None:
    class Torn(Part):
        field: int | str

    with pytest.raises(ValueError, match="no unions"):
        structural(Torn, "Two types at once.")
