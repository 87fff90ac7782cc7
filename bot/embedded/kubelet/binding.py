"""Whether a pod fits on this node, in the scheduler's words. Pure: the embedded control plane has no other scheduler.

As in Kubernetes the first filter that refuses names the reason: taints there are none, so selectors, then resources.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bot.cluster import Json
from bot.embedded.kubelet.node import GPU, Machine, capacity
from bot.embedded.kubelet.quantity import quantity

_AFFINITY = "node(s) didn't match Pod's node affinity/selector"


def misfit(pod: Json, machine: Machine, running: Iterable[Json]) -> str:
    """Why the pod cannot run beside the `running` ones, as the PodScheduled condition's message; "" where it can."""
    reasons = [_AFFINITY] if not _selected(pod["spec"], machine) else _lacking(pod, machine, running)
    return f"0/1 nodes are available: {', '.join(f'1 {reason}' for reason in reasons)}." if reasons else ""


def requests(pod: Json) -> dict[str, Decimal]:
    """What the pod asks for: the sum over its containers, or one init container's if that is more."""
    spec = pod["spec"]
    total: dict[str, Decimal] = {"pods": Decimal(1)}
    for container in spec.get("containers") or []:
        for name, amount in _requests(container).items():
            total[name] = total.get(name, Decimal(0)) + amount
    for container in spec.get("initContainers") or []:
        for name, amount in _requests(container).items():
            total[name] = max(total.get(name, Decimal(0)), amount)
    return total


def gpu_count(pod: Json) -> int:
    return int(requests(pod).get(GPU, 0))


def _requests(container: Json) -> dict[str, Decimal]:
    resources = container.get("resources") or {}
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: quantity(amount) for name, amount in asked.items()}


def _lacking(pod: Json, machine: Machine, running: Iterable[Json]) -> list[str]:
    free = {name: quantity(amount) for name, amount in capacity(machine).items()}
    for other in running:
        for name, amount in requests(other).items():
            free[name] = free.get(name, Decimal(0)) - amount
    asked = requests(pod)
    # Local disk is not counted: nothing here can hold a pod to its share.
    short = [name for name, amount in asked.items() if amount > free.get(name, 0) and name != "ephemeral-storage"]
    return ["Too many pods" if name == "pods" else f"Insufficient {name}" for name in sorted(short)]


def _selected(spec: Json, machine: Machine) -> bool:
    labels, fields = machine.labels, {"metadata.name": machine.name}
    wanted = spec.get("nodeSelector") or {}
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if any(labels.get(name) != value for name, value in wanted.items()):
        return False
    return required is None or any(_term(term, labels, fields) for term in required.get("nodeSelectorTerms") or [])


def _term(term: Json, labels: dict[str, str], fields: dict[str, str]) -> bool:
    expressions, on_fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not on_fields:  # an empty term selects nothing
        return False
    return all(_holds(e, labels) for e in expressions) and all(_holds(e, fields) for e in on_fields)


def _holds(expression: Json, labels: dict[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or []
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt" as operator:
            return _compares(operator, value, values)
    return False


def _compares(operator: str, value: str | None, values: list[Any]) -> bool:
    try:
        here, asked = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return here > asked if operator == "Gt" else here < asked
