"""Where a session's GPUs come from: pure functions from `spec.gpu` to what a pod must ask for (device plugin).

Called by job.py. Sizes are the trap: a card sold as 80 GB reports 81559 MiB, so that a size class counts as 0.93 of
its nominal value while an exact quantity is taken at its word.
"""

from dataclasses import dataclass
from typing import Any

from crds.agentic_session import Gpu
from crds.gpu_memory import memory_mib

RESOURCE = "nvidia.com/gpu"
MEMORY_LABEL = "nvidia.com/gpu.memory"
PRODUCT_LABEL = "nvidia.com/gpu.product"
SHARING_LABEL = "nvidia.com/gpu.sharing-strategy"


@dataclass(frozen=True)
class Placement:
    """What a pod asks for: resource limits, node affinity terms, tolerations."""

    limits: dict[str, str]
    match_expressions: tuple[dict[str, Any], ...]
    tolerations: tuple[dict[str, str], ...]


def placement(gpu: Gpu) -> Placement:
    """What a pod must ask for to be given these GPUs by the device plugin and GPU Feature Discovery."""
    expressions: list[dict[str, Any]] = []
    if gpu.min_memory:
        # The operator Gt is strict, and takes whole numbers only.
        least = str(memory_mib(gpu.min_memory) - 1)
        expressions.append({"key": MEMORY_LABEL, "operator": "Gt", "values": [least]})
    if gpu.products:
        expressions.append({"key": PRODUCT_LABEL, "operator": "In", "values": sorted(gpu.products)})
    if not gpu.shared:
        expressions.append({"key": SHARING_LABEL, "operator": "NotIn", "values": ["time-slicing", "mps"]})
    return Placement(
        limits={RESOURCE: str(gpu.count)},
        match_expressions=tuple(expressions),
        tolerations=({"key": RESOURCE, "operator": "Exists", "effect": "NoSchedule"},),
    )
