"""Kubernetes quantities ("500m", "2Gi", "1e3") as exact numbers. Pure; binding and the memory watch use it."""

import re
from decimal import Decimal

_SUFFIXES = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}
_SHAPE = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?)([numkMGTPE]i?|Ki)?")


def quantity(text: object) -> Decimal:
    """The amount; raises ValueError for what is none."""
    match = _SHAPE.fullmatch(str(text))
    suffix = (match and match[2]) or ""
    if match is None or suffix not in _SUFFIXES:
        raise ValueError(f"{text!r} is no quantity")
    return Decimal(match[1]) * _SUFFIXES[suffix]
