"""How much memory a GPU has, from what people write: a size class such as `80GB`, or an exact quantity such as `79Gi`.

Pure; called by the placement and the grammar (what a model's server has is for `gpu_cards.py`). Sizes are the trap: a
card sold as 80 GB reports 81559 MiB, so that a class counts as 0.93 of its nominal value while an exact quantity is
taken at its word.
"""

import math
import re

CLASS_SHARE = 0.93
"""Part of a card's nominal size that it reports at least (seen: L4 and L40S 0.937, H100 0.996 of so many GiB)."""

CLASSES_GB = (24, 40, 48, 80, 96, 141, 180)
"""Nominal sizes of the cards in the field."""
KNOWN_MIB = {"L4": 23034, "A100-40GB": 40960, "L40S": 46068, "H100-80GB": 81559, "H200": 143771, "B200": 183359}
"""MiB that well-known cards report to nvidia-smi."""
NEAR = 1.07
"""How far above a card a size is still likely to mean that card."""

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(Gi|Mi|GB|G|M)?")


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
