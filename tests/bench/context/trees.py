"""Trees of made-up Python for the benchmark: as many files and tokens as are wanted, the same ones each time."""

import random
from itertools import islice
from pathlib import Path

FOLDER = 50
"""Files in a folder."""
_SYLLABLES = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "xo", "zu"]
_KEYWORDS = ("if", "for", "return", "while", "with", "raise")


def names(many: int) -> list[str]:
    """Identifiers as people write them: some of one word, most of more."""
    chance = random.Random(1)
    found = []
    for number in range(many):
        words = ["".join(chance.choices(_SYLLABLES, k=2)) for _ in range(1 + number % 3)]
        found.append("_".join(words) if number % 4 else "".join(word.title() for word in words))
    return found


def plant(root: Path, *, files: int, functions: int) -> int:
    """Writes so many files with so many functions each; returns their bytes. A function has about 100 tokens."""
    chance, known, total = random.Random(2), names(8000), 0
    for number in range(files):
        folder = root / f"part{number // (FOLDER * FOLDER)}" / f"room{number // FOLDER % FOLDER}"
        if number % FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        text = "\n\n".join(_function(chance, known) for _ in range(functions)) + "\n"
        total += len(text)
        (folder / f"{known[number % len(known)].lower()}{number}.py").write_text(text, "utf-8")
    return total


def _function(chance: random.Random, known: list[str]) -> str:
    # Squared, so that some names are common and most are rare, as in code.
    some = (known[int(len(known) * chance.random() ** 2)] for _ in iter(int, 1))
    lines = [f"def {next(some)}({', '.join(islice(some, 2))}):"]
    for _ in range(8):
        one, two, three = islice(some, 3)
        lines.append(f"    {chance.choice(_KEYWORDS)} {one}.{two}({three})")
    return "\n".join(lines)
