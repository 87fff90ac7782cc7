"""Where a session's GPUs come from: pure functions from `spec.gpu` to what a pod must ask for (device plugin).

Called by job.py. Sizes are the trap: a card sold as 80 GB reports 81559 MiB, so that a size class counts as 0.93 of
its nominal value while an exact quantity is taken at its word.
"""

import math
import re
from dataclasses import dataclass
from typing import Any

from crds.agentic_session import Gpu

CLASS_SHARE = 0.93
"""Part of a card's nominal size that it reports at least (seen: L4 and L40S 0.937, H100 0.996 of so many GiB)."""

KNOWN_MIB = {"L4": 23034, "A100-40GB": 40960, "L40S": 46068, "H100-80GB": 81559, "H200": 143771, "B200": 183359}
"""MiB that well-known cards report to nvidia-smi."""
NEAR = 1.07
"""How far above a card a size is still likely to mean that card."""

RESOURCE = "nvidia.com/gpu"
MEMORY_LABEL = "nvidia.com/gpu.memory"
PRODUCT_LABEL = "nvidia.com/gpu.product"
SHARING_LABEL = "nvidia.com/gpu.sharing-strategy"

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(Gi|Mi|GB|G|M)?")


@dataclass(frozen=True)
class Placement:
    """What a pod asks for: resource limits, node affinity terms, tolerations."""

    limits: dict[str, str]
    match_expressions: tuple[dict[str, Any], ...]
    tolerations: tuple[dict[str, str], ...]


def memory_mib(quantity: str) -> int:
    """MiB that a card must report: exact for Mi, Gi, M; 0.93 x nominal GiB for the size classes GB, G and bare numbers.

    Raises ValueError for anything else.
    """
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        raise ValueError(f"{quantity!r} is no size of GPU memory: write 80GB (a class) or 79Gi (exact)")
    number, unit = float(match[1]), match[2]
    exact = {"Mi": 1.0, "Gi": 1024.0, "M": 1e6 / 2**20}
    return math.ceil(number * exact[unit]) if unit in exact else math.floor(number * 1024 * CLASS_SHARE)


def near_miss(quantity: str) -> str | None:
    """The card that a size just misses, or None: whoever writes 80Gi means a card that has 79.65."""
    wanted = memory_mib(quantity)
    missed = [name for name, mib in KNOWN_MIB.items() if mib < wanted <= mib * NEAR]
    return missed[-1] if missed else None


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
