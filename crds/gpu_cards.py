"""Which GPUs a model's server has, from what people write: a class, an exact size or a card, with a count before it.

Pure; called by the arithmetic of windows and by the settings. A class means the smallest known card that is sold as
that size: 0.93 of the nominal value (gpu_memory.py) is right for finding a node, but hides memory that is there.
"""

import re
from typing import NamedTuple

from crds.gpu_memory import KNOWN_MIB, memory_mib


class Card(NamedTuple):
    gb: int
    """As it is sold."""
    mib: int
    """As nvidia-smi reports it, with the memory's error correction on where the card has it."""


CARDS: dict[str, Card] = {
    "T4": Card(16, 15360),
    "A10G": Card(24, 23028),
    "A10": Card(24, 23028),
    "L4": Card(24, KNOWN_MIB["L4"]),
    "RTX-4090": Card(24, 24564),
    "RTX-5090": Card(32, 32607),
    "A100-40GB": Card(40, KNOWN_MIB["A100-40GB"]),
    "L40S": Card(48, KNOWN_MIB["L40S"]),
    "RTX-A6000": Card(48, 49140),
    "H100-80GB": Card(80, KNOWN_MIB["H100-80GB"]),
    "A100-80GB": Card(80, 81920),
    "H100-NVL": Card(94, 95830),
    "GH200": Card(96, 97871),
    "RTX-PRO-6000": Card(96, 97887),
    "H200": Card(141, KNOWN_MIB["H200"]),
    "B200": Card(180, KNOWN_MIB["B200"]),
}
"""Seen in the output of nvidia-smi that people have published, read in November 2026 (`15360MiB` beside `Tesla T4`)."""

_SAME = {"h100": "h100-80gb", "a100": "a100-40gb", "4090": "rtx-4090", "5090": "rtx-5090", "a6000": "rtx-a6000"}
"""Names that leave the size open mean the smaller card: a window that is too small works, one too large is cut."""
_MAKERS = re.compile(r"^(nvidia|tesla|geforce)-")
_FORMS = re.compile(r"-(sxm[0-9]?|pcie|hbm[0-9]e?)(?=-|$)")

MOST_GPUS = 16
LONGEST = 80
"""Characters that are looked at."""
LEAST_MIB, MOST_MIB = 1 << 10, 1 << 20
_COUNT = re.compile(r"(?:([0-9]{1,3}) ?[x×*] ?)?(.+)", re.DOTALL)
_SIZE = re.compile(r"([0-9]{1,8}(?:\.[0-9]{1,3})?) ?(gib|gi|mib|mi|mb|gb|g|m)?")
_UNITS = {"gib": "Gi", "gi": "Gi", "mib": "Mi", "mi": "Mi", "mb": "M", "m": "M"}


def several(text: str) -> tuple[int, int]:
    """Count and MiB of `80GB`, `79Gi`, `2x80 gb`, `H100`, `4xL4`, `NVIDIA-A100-SXM4-80GB`.

    Raises ValueError, which names what is known.
    """
    words = " ".join(text.split()).lower()
    found = _COUNT.fullmatch(words) if len(words) <= LONGEST else None
    mib = None if found is None else _card(found[2]) or _size(found[2])
    if found is None or mib is None:
        raise ValueError(_unknown(text))
    return _bounded(int(found[1] or 1)), mib


def _card(words: str) -> int | None:
    name = _FORMS.sub("", _MAKERS.sub("", _MAKERS.sub("", words.replace(" ", "-").replace("_", "-"))))
    known = {one.lower(): card.mib for one, card in CARDS.items()}
    return known.get(_SAME.get(name, name))


def _size(words: str) -> int | None:
    """MiB of a class or of an exact size; None where it is neither. Raises ValueError for one that no GPU has."""
    match = _SIZE.fullmatch(words)
    if match is None:
        return None
    number, unit = float(match[1]), _UNITS.get(match[2] or "", "GB")
    exact = memory_mib(match[1] + unit)
    if not LEAST_MIB <= (number * 1024 if unit == "GB" else exact) <= MOST_MIB:
        raise ValueError(f"{words!r} is no size of a GPU's memory: 1GB to 1024GB")
    return min((card.mib for card in CARDS.values() if unit == "GB" and card.gb == number), default=exact)


def _bounded(count: int) -> int:
    if not 1 <= count <= MOST_GPUS:
        raise ValueError(f"{count} is no number of GPUs: 1 to {MOST_GPUS}")
    return count


def _unknown(text: str) -> str:
    classes = ", ".join(f"{gb}GB" for gb in dict.fromkeys(card.gb for card in CARDS.values()))
    return (
        f"{text[:LONGEST]!r} is no GPU that is known here. Write a class ({classes}), an exact size (79Gi), or a card "
        f"({', '.join(CARDS)}); several as 2x80GB or 4xL4"
    )
