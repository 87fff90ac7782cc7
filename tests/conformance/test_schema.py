"""What a definition's schema does to its objects: defaults, pruning, limits, rules in CEL, and how it refuses."""

from typing import Any

import pytest

from tests.conformance.api_client import Answer, Api
from tests.conformance.crd import crd, of, widget

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def cause(answer: Answer) -> tuple[str, str]:
    assert (answer.code, answer.reason) == (422, "Invalid"), answer.body
    first = answer.body["details"]["causes"][0]
    return first["field"], first["message"]


async def test_defaults_reach_into_lists_and_unknown_fields_are_dropped(api: Api, widgets: str) -> None:
    document = of(widgets, widget("a", repos=[{"url": "https://x", "colour": "red"}], extra={"any": {"thing": 1}}))
    made = (await api.create(widgets, document | {"strange": 1})).body
    assert made["spec"]["repos"] == [{"url": "https://x", "branch": "main"}]
    assert made["spec"]["extra"] == {"any": {"thing": 1}}
    assert "strange" not in made


async def test_a_null_takes_the_default(api: Api, widgets: str) -> None:
    made = await api.create(widgets, of(widgets, widget("a", mode=None)))
    assert made.body["spec"]["mode"] == "fix"


@pytest.mark.parametrize(
    ("spec", "field", "words"),
    [
        ({"turns": "five"}, "spec.turns", 'must be of type integer: "string"'),
        ({"turns": 0}, "spec.turns", "should be greater than or equal to 1"),
        ({"turns": 51}, "spec.turns", "should be less than or equal to 50"),
        ({"turns": 1.5}, "spec.turns", "must be of type integer"),
        ({"mode": "dance"}, "spec.mode", 'Unsupported value: "dance": supported values: "fix", "plan"'),
        ({"prompt": ""}, "spec.prompt", "should be at least 1 chars long"),
        ({"prompt": "x" * 101}, "spec.prompt", "Too long: may not be"),
        ({"tags": ["a", "b", "a"]}, "spec.tags[2]", 'Duplicate value: "a"'),
        ({"tags": ["a", "b", "c", "d", "e"]}, "spec.tags", "Too many: 5: must have at most 4 items"),
        ({"repos": [{"url": "http://x"}]}, "spec.repos[0].url", "should match '^https://'"),
        ({"repos": [{"url": "https://x\n"}, {"url": "https://x"}, {"url": "https://x"}]}, "spec.repos[2]", "Duplicate"),
        ({"repos": [{"branch": "b"}]}, "spec.repos[0].url", "Required value"),
        ({"labels": {"k": 1}}, "spec.labels.k", "must be of type string"),
        ({"size": True}, "spec.size", "must be of type"),
    ],
)
async def test_a_value_outside_the_schema_is_invalid(
    api: Api, widgets: str, spec: dict[str, Any], field: str, words: str
) -> None:
    found, message = cause(await api.create(widgets, of(widgets, widget("a", **spec))))
    assert found == field
    assert words in message


async def test_what_is_required_is_required(api: Api, widgets: str) -> None:
    document = of(widgets, {"kind": "Widget", "metadata": {"name": "a"}, "spec": {}})
    refused = await api.create(widgets, document)
    assert cause(refused) == ("spec.prompt", "Required value")
    group = widgets.split("/")[2]
    assert refused.message == f'Widget.{group} "a" is invalid: spec.prompt: Required value'


async def test_a_rule_refuses_with_its_message(api: Api, widgets: str) -> None:
    refused = await api.create(widgets, of(widgets, widget("a", mode="plan", turns=2)))
    assert cause(refused)[0] == "spec"
    group = widgets.split("/")[2]
    assert refused.message.startswith(f'Widget.{group} "a" is invalid: spec: Invalid value: ')
    assert refused.message.endswith(": turns are for fixes only")


async def test_a_transition_rule_holds_from_the_first_update(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    refused = await api.patch(f"{widgets}/a", {"spec": {"prompt": "something else"}})
    assert "prompt is immutable" in cause(refused)[1]
    assert (await api.patch(f"{widgets}/a", {"spec": {"turns": 2}})).code == 200


async def test_a_status_is_checked_like_a_spec(api: Api, widgets: str) -> None:
    await api.create(widgets, of(widgets, widget("a")))
    refused = await api.patch(f"{widgets}/a/status", {"status": {"phase": 5}})
    assert cause(refused)[0] == "status.phase"


async def rules(api: Api, group: str, spec: dict[str, Any], *entries: dict[str, Any]) -> Answer:
    """Create a definition whose spec has these properties and rules."""
    document = crd(group)
    schema = {"type": "object", "properties": spec, "x-kubernetes-validations": list(entries)}
    document["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = schema
    del document["spec"]["versions"][0]["selectableFields"]
    return await api.create(DEFINITIONS, document)


EARLY, LATE = "2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
EXPRESSIONS = [
    ("has(self.a) && self.a.startsWith('x')", {"a": "xy"}, {"a": "yx"}),
    ("!has(self.a) || !has(self.b)", {"a": "x"}, {"a": "x", "b": "y"}),
    ("size(self.items) <= 2 && self.items.size() > 0", {"items": ["a"]}, {"items": ["a", "b", "c"]}),
    ("self.items.all(i, i.matches('^[a-z]+$'))", {"items": ["a"]}, {"items": ["A"]}),
    ("self.items.exists(i, i == 'main')", {"items": ["main"]}, {"items": ["a"]}),
    ("self.items.exists_one(i, i == 'm')", {"items": ["m"]}, {"items": ["m", "m"]}),
    ("self.items.filter(i, i.contains('x')).map(i, i + '!') == ['x!']", {"items": ["x", "y"]}, {"items": ["y"]}),
    ("self.a in ['x', 'y']", {"a": "x"}, {"a": "z"}),
    ("'k' in self.map && self.map['k'] == 'v'", {"map": {"k": "v"}}, {"map": {"q": "v"}}),
    ("self.map.all(k, k.endsWith('k'))", {"map": {"ak": "v"}}, {"map": {"q": "v"}}),
    ("has(self.n) ? self.n > 1 : true", {}, {"n": 1}),
    ("self.f >= 0.5 && self.f < 2.0", {"f": 1}, {"f": 2}),
    ("self.a.lowerAscii() == 'x' || self.a.split(',').size() == 2", {"a": "p,q"}, {"a": "p"}),
    ("self.items.isSorted()", {"items": ["a", "b"]}, {"items": ["b", "a"]}),
    ("quantity(self.a).compareTo(quantity('1Gi')) >= 0", {"a": "1024Mi"}, {"a": "1M"}),
    (
        "timestamp(self.a) < timestamp('2026-01-01T00:00:00Z')",
        {"a": "2025-01-01T00:00:00Z"},
        {"a": "2027-01-01T00:00:00Z"},
    ),
    ("self.dash__dash__ed == 'x'", {"dash-ed": "x"}, {"dash-ed": "y"}),
    ("self.t.getFullYear() > 2000", {"t": "2025-01-01T00:00:00Z"}, {"t": "1999-01-01T00:00:00Z"}),
    ("duration(self.a) <= duration('1h')", {"a": "5m"}, {"a": "2h"}),
]
PROPERTIES: dict[str, Any] = {
    "a": {"type": "string", "maxLength": 100},
    "b": {"type": "string", "maxLength": 100},
    "n": {"type": "integer"},
    "f": {"type": "number"},
    "t": {"type": "string", "format": "date-time"},
    "dash-ed": {"type": "string", "maxLength": 100},
    "items": {"type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 100}},
    "map": {"type": "object", "maxProperties": 5, "additionalProperties": {"type": "string", "maxLength": 100}},
}


@pytest.mark.parametrize(("rule", "good", "bad"), EXPRESSIONS, ids=[rule for rule, _, _ in EXPRESSIONS])
async def test_the_functions_that_rules_use(
    api: Api, namespace: str, rule: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    group = f"rules.{namespace}.example"
    made = await rules(api, group, PROPERTIES, {"rule": rule, "message": "the rule's message"})
    assert made.code == 201, made.body
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    await api.until(path, lambda answer: answer.code == 200)
    try:
        accepted = await api.create(path, of(path, {"kind": "Widget", "metadata": {"name": "a"}, "spec": good}))
        assert accepted.code == 201, accepted.body
        refused = await api.create(path, of(path, {"kind": "Widget", "metadata": {"name": "b"}, "spec": bad}))
        assert "the rule's message" in cause(refused)[1]
    finally:
        await api.delete(f"{DEFINITIONS}/widgets.{group}")


async def test_a_rule_may_make_its_own_message_and_name_its_field(api: Api, namespace: str) -> None:
    group = f"rules.{namespace}.example"
    rule = {
        "rule": "self.n < 5",
        "messageExpression": "'n is ' + string(self.n)",
        "fieldPath": ".n",
        "reason": "FieldValueForbidden",
    }
    assert (await rules(api, group, PROPERTIES, rule)).code == 201
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    await api.until(path, lambda answer: answer.code == 200)
    refused = await api.create(path, of(path, {"kind": "Widget", "metadata": {"name": "a"}, "spec": {"n": 7}}))
    assert cause(refused) == ("spec.n", "Forbidden: n is 7")
    await api.delete(f"{DEFINITIONS}/widgets.{group}")


async def test_a_rule_that_cannot_be_evaluated_refuses(api: Api, namespace: str) -> None:
    group = f"rules.{namespace}.example"
    assert (await rules(api, group, PROPERTIES, {"rule": "self.a == 'x'", "message": "m"})).code == 201
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    await api.until(path, lambda answer: answer.code == 200)
    refused = await api.create(path, of(path, {"kind": "Widget", "metadata": {"name": "a"}, "spec": {}}))
    assert "no such key: a" in cause(refused)[1]
    await api.delete(f"{DEFINITIONS}/widgets.{group}")


@pytest.mark.parametrize("rule", ["self.a ==", "nonsense(self.a)", "self.a.nonsense()"])
async def test_a_rule_that_does_not_compile_is_refused_with_its_definition(api: Api, namespace: str, rule: str) -> None:
    group = f"rules.{namespace}.example"
    refused = await rules(api, group, PROPERTIES, {"rule": rule})
    field, message = cause(refused)
    assert field.endswith(".schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule")
    assert "compilation failed" in message


async def test_a_definition_is_established_and_its_names_accepted(api: Api, widgets: str) -> None:
    group = widgets.split("/")[2]
    found = (await api.get(f"{DEFINITIONS}/widgets.{group}")).body
    conditions = {item["type"]: item["status"] for item in found["status"]["conditions"]}
    assert conditions["Established"] == conditions["NamesAccepted"] == "True"
    assert found["status"]["acceptedNames"]["shortNames"] == ["wd"]
    assert found["status"]["storedVersions"] == ["v1"]


async def test_a_definition_that_is_not_structural_is_refused(api: Api, namespace: str) -> None:
    group = f"bad.{namespace}.example"
    untyped = await rules(api, group, {"a": {"description": "no type"}})
    assert cause(untyped)[0].endswith(".properties[a].type")
    misnamed = crd(group)
    misnamed["metadata"]["name"] = f"gadgets.{group}"
    refused = await api.create(DEFINITIONS, misnamed)
    assert cause(refused)[0] == "metadata.name"
    default = await rules(api, group, {"a": {"type": "string", "default": 5}})
    assert cause(default)[0].endswith(".properties[a].default")


async def test_what_was_stored_before_a_schema_became_stricter_can_still_be_changed_elsewhere(
    api: Api, widgets: str
) -> None:
    """Ratcheting, part of Kubernetes since 1.30: an upgrade of the definition does not freeze what is there."""
    group = widgets.split("/")[2]
    await api.create(widgets, of(widgets, widget("a", turns=40)))
    path = f"{DEFINITIONS}/widgets.{group}"
    limit = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/turns/maximum"
    stricter = await api.patch(path, [{"op": "replace", "path": limit, "value": 10}], kind="json-patch+json")
    assert stricter.code == 200, stricter.body
    await api.until(f"{path}", lambda answer: answer.code == 200)
    while (await api.create(widgets, of(widgets, widget("b", turns=40)), dryRun="All")).code == 201:
        pass
    assert (await api.patch(f"{widgets}/a/status", {"status": {"phase": "Running"}})).code == 200
    assert (await api.patch(f"{widgets}/a", {"spec": {"tags": ["x"]}})).code == 200
    refused = await api.patch(f"{widgets}/a", {"spec": {"turns": 41}})
    assert cause(refused)[0] == "spec.turns"


async def test_a_rule_of_the_whole_object_sees_its_name_and_nothing_else_of_its_metadata(
    api: Api, namespace: str
) -> None:
    group = f"rules.{namespace}.example"
    document = crd(group)
    schema = document["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"]["ratio"] = {"type": "number"}
    rule = "self.metadata.name == 'settings' && (!has(self.spec.ratio) || self.spec.ratio < 1.0)"
    schema["x-kubernetes-validations"] = [{"rule": rule, "message": "there is one only"}]
    assert (await api.create(DEFINITIONS, document)).code == 201
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    await api.until(path, lambda answer: answer.code == 200)
    assert (await api.create(path, of(path, widget("settings", ratio=0)))).code == 201
    refused = await api.create(path, of(path, widget("other")))
    assert "there is one only" in cause(refused)[1]
    await api.delete(f"{DEFINITIONS}/widgets.{group}")
