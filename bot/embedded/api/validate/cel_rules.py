"""CEL validation rules of custom resources: compiled once with the CRD, run on each write.

`crds` calls `compile_rules`; `objects` calls `check_rules` on documents that have passed their schema. A rule that
fails to evaluate refuses the object, as in Kubernetes; nothing is ever let through because a rule could not be run.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cel

from bot.embedded.api.status_errors import FieldError, invalid_value, shown
from bot.embedded.api.validate.cel_library import LIBRARY, STANDARD
from bot.embedded.api.validate.cel_values import mark_plain, root_to_cel, to_cel
from bot.embedded.api.validate.check import same, type_of
from bot.embedded.api.validate.nodes import Node, Rule

OPERATOR = re.compile(r"^[@_!\-\[{]|_$")
REASONS = ("FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate")
WORDS = {"FieldValueForbidden": "Forbidden", "FieldValueRequired": "Required value"}


@dataclass(frozen=True, slots=True)
class _Program:
    compiled: Any
    functions: dict[str, Any]


def compile_rules(node: Node, path: str, *, correlatable: bool = True) -> Iterator[FieldError]:
    """Compile every rule below `node` in place; yield what is wrong with them."""
    mark_plain(node)
    yield from _compile_below(node, path, correlatable=correlatable)


def _compile_below(node: Node, path: str, *, correlatable: bool) -> Iterator[FieldError]:
    for index, rule in enumerate(node.rules):
        where = f"{path}.x-kubernetes-validations[{index}]"
        yield from _compile(rule, where, correlatable=correlatable)
    for name, child in node.properties.items():
        if child.rules_below:
            yield from _compile_below(child, f"{path}.properties[{name}]", correlatable=correlatable)
    if node.additional is not None and node.additional.rules_below:
        yield from _compile_below(node.additional, f"{path}.additionalProperties", correlatable=correlatable)
    if node.items is not None and node.items.rules_below:
        below = correlatable and node.list_type == "map"
        yield from _compile_below(node.items, f"{path}.items", correlatable=below)


def _compile(rule: Rule, where: str, *, correlatable: bool) -> Iterator[FieldError]:
    for attribute, source, key in (
        ("program", rule.source, "rule"),
        ("message_program", rule.message_expression, "messageExpression"),
    ):
        if not source:
            continue
        program, problem = _program(source)
        if program is None:
            yield invalid_value(f"{where}.{key}", source, f"compilation failed: {problem}")
            continue
        setattr(rule, attribute, program)
        uses_old = "oldSelf" in program.compiled.variables()
        rule.transition = rule.transition or (key == "rule" and uses_old)
        if uses_old and not correlatable:
            why = "oldSelf cannot be used on the uncorrelatable portion of the schema"
            yield invalid_value(f"{where}.{key}", source, why)
    if rule.reason not in REASONS:
        yield invalid_value(f"{where}.reason", rule.reason, f"must be one of {', '.join(REASONS)}")


def _program(source: str) -> tuple[_Program | None, str]:
    try:
        compiled = cel.compile(source)
    except ValueError as error:
        return None, str(error)
    names = [name for name in compiled.functions() if not OPERATOR.search(name)]
    strange = [name for name in names if name not in LIBRARY and name not in STANDARD]
    if strange:
        return None, f"undeclared reference to '{strange[0]}' (in container '')"
    return _Program(compiled, {name: LIBRARY[name] for name in names if name in LIBRARY}), ""


def check_rules(node: Node, value: Any, old: Any, path: str = "") -> list[FieldError]:
    """Every rule that `value` breaks; `old` is the stored value at the same place, None where there is none."""
    errors: list[FieldError] = []
    if node.rules_below and value is not None:
        _check(node, value, old, path, errors)
    return errors


def _check(node: Node, value: Any, old: Any, path: str, errors: list[FieldError]) -> None:
    if node.rules:
        _run_all(node, value, old, path, errors)
    if isinstance(value, dict):
        before = old if isinstance(old, dict) else {}
        for key, item in value.items():
            child = node.properties.get(key, node.additional)
            if child is not None and child.rules_below and item is not None:
                where = f"{path}.{key}" if path and key in node.properties else key if not path else f"{path}[{key}]"
                _check(child, item, before.get(key), where, errors)
    elif isinstance(value, list) and node.items is not None and node.items.rules_below:
        known = _by_key(node, old)
        for index, item in enumerate(value):
            _check(node.items, item, known.get(_key(node, item)), f"{path}[{index}]", errors)


def _key(node: Node, item: Any) -> tuple[Any, ...]:
    return tuple(item.get(key) for key in node.list_keys) if isinstance(item, dict) else (None,)


def _by_key(node: Node, old: Any) -> dict[tuple[Any, ...], Any]:
    if node.list_type != "map" or not isinstance(old, list):
        return {}
    return {_key(node, item): item for item in old}


def _run_all(node: Node, value: Any, old: Any, path: str, errors: list[FieldError]) -> None:
    try:
        variables = _variables(node, value, old, root_to_cel if not path else to_cel)
        shared = cel.Context(variables)
    except (OverflowError, TypeError, ValueError) as strange:
        text = f"Invalid value: {_subject(value)}: cannot be evaluated by rules: {strange}"
        errors.append(FieldError(path or "<nil>", "FieldValueInvalid", text))
        return
    unchanged = old is not None and same(value, old)
    for rule in node.rules:
        if rule.transition and old is None and not rule.optional_old_self:
            continue
        if unchanged and not rule.transition:
            continue  # ratcheting: what was accepted once stays accepted while it does not change
        context = _context(rule, variables, shared)
        error = _run(rule, context, value, path)
        if error is not None:
            errors.append(error)


def _variables(node: Node, value: Any, old: Any, convert: Callable[[Node, Any], Any]) -> dict[str, Any]:
    variables: dict[str, Any] = {"self": convert(node, value)}
    if old is not None:
        variables["oldSelf"] = convert(node, old)
    return variables


def _context(rule: Rule, variables: dict[str, Any], shared: Any) -> Any:
    """The context that the node's rules share, or one of the rule's own where it needs more."""
    functions = rule.program.functions | (rule.message_program.functions if rule.message_program else {})
    if not functions and not rule.optional_old_self:
        return shared
    own = dict(variables)
    if rule.optional_old_self:
        present = "oldSelf" in variables
        own["oldSelf"] = cel.OptionalValue.of(variables["oldSelf"]) if present else cel.OptionalValue.none()
    return cel.Context(own, functions)


def _run(rule: Rule, context: Any, value: Any, path: str) -> FieldError | None:
    try:
        outcome = rule.program.compiled.execute(context)
    except Exception as error:  # the engine raises many types; all of them mean: the rule could not be evaluated
        text = f"Invalid value: {_subject(value)}: {_failure(error)} evaluating rule: {rule.source}"
        return FieldError(path or "<nil>", "FieldValueInvalid", text)
    if outcome is True:
        return None
    where = f"{path}{rule.field_path}".lstrip(".") if rule.field_path else path
    return FieldError(where or "<nil>", rule.reason, _wording(rule, context, value))


def _failure(error: Exception) -> str:
    """Kubernetes' words for the failures that have such."""
    if isinstance(error, KeyError):
        return f"no such key: {error.args[0]}"
    return "division by zero" if isinstance(error, ZeroDivisionError) else str(error)


def _wording(rule: Rule, context: Any, value: Any) -> str:
    message = _message(rule, context)
    if rule.reason == "FieldValueDuplicate":
        return f"Duplicate value: {_subject(value)}"
    if rule.reason in WORDS:
        return f"{WORDS[rule.reason]}: {message}"
    return f"Invalid value: {_subject(value)}: {message}"


def _message(rule: Rule, context: Any) -> str:
    if rule.message_program is not None:
        try:
            text = rule.message_program.compiled.execute(context)
        except Exception:  # as in Kubernetes: a message that cannot be made falls back to the plain one
            text = ""
        if isinstance(text, str) and text.strip() and "\n" not in text:
            return text
    return rule.message or f"failed rule: {rule.source}"


def _subject(value: Any) -> str:
    """Objects and lists are named by their type, scalars shown."""
    kind = type_of(value)
    return f'"{kind}"' if kind in ("object", "array") else shown(value)
