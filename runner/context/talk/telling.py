"""Finds the first lines of a message that say something, past its badges, pictures and tags. Pure.

Called by `machines.py` and `offer.py` for what is told in a line or two.
"""

import re
from itertools import islice

MOST_READ = 4000
LONGEST = 240
LEAST = 12
"""Characters above which a line says something."""
_NO_WORDS = re.compile(
    r"\[{1,2}(?:image(?: \d+)?|attachment): [^\[\]\n]{0,500}\]{1,2}(?:\([^()\n]{0,500}\))?"
    r"|\[quotes [^\[\]\n]{0,120}\]|(?<=\])\([^()\n]{0,500}\)|<[^<>\n]{1,300}>"
)
_BADGES = re.compile(r"_[^_\n]{1,60}_(?:\s*\|\s*_[^_\n]{1,60}_)*")
"""A line in which a review bot says how bad it is."""


def telling(text: str, most: int = 1) -> str:
    """The first lines of a sanitised text that say something."""
    bare = _NO_WORDS.sub(" ", text[:MOST_READ])
    lines = (" ".join(line.split())[:LONGEST] for line in bare.split("\n"))
    said = (line.strip("#*|>- ") for line in lines if not _BADGES.fullmatch(line))
    return "\n".join(islice((line for line in said if len(line) > LEAST), most)) or " ".join(text[:LONGEST].split())
