"""What a file of instructions imports: `@docs/style.md`, as agents' own programs read it. Pure.

Called by the bot, which reads a forge's default branch, and by the runner, which reads a folder of one's own.
"""

import posixpath
import re
from collections.abc import Iterator

from crds.fences import fenced

_IMPORT = re.compile(r"(?<![\w@/`.-])@(?P<path>[\w./-]{1,200})")
_IMPORTED = (".md", ".mdc", ".txt", ".rst")
_SPAN = re.compile(r"`[^`\n]*`")


def imports(path: str, text: str) -> Iterator[str]:
    """The paths that a file names so, from the root of its repository; none that lies outside, none in code."""
    for code, part in fenced(text):
        for one in [] if code else _IMPORT.finditer(_SPAN.sub("", part)):
            name = beside(path, one["path"].rstrip("."))
            if name.endswith(_IMPORTED) and not name.startswith(("/", "../")):
                yield name


def beside(path: str, name: str) -> str:
    """A path that a file names, which is relative to its folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
