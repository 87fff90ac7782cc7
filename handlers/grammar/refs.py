"""Names of git branches and GitHub repositories, as tight as git and GitHub are. Pure.

Called by options.py and target.py. What passes here may become a ref or an address: it neither begins with a dash nor
climbs.
"""

import re

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}"
_NAME = r"(?!\.{1,2}(?![A-Za-z0-9._-]))[A-Za-z0-9._-]{1,100}"
REPOSITORY = rf"{_OWNER}/{_NAME}"
"""Pattern of `owner/name`."""
_WHOLE_REPOSITORY = re.compile(REPOSITORY)
LONGEST_REF = 200


def is_branch(name: str) -> bool:
    """Whether git takes it as the name of a branch (git check-ref-format), and we do: printable, 200 at most."""
    parts = name.split("/")
    return (
        0 < len(name) <= LONGEST_REF
        and name.isprintable()
        and not _FORBIDDEN.search(name)
        and not name.startswith(("-", "/"))
        and not name.endswith(("/", "."))
        and name not in ("@", "HEAD")
        and not any(part.startswith(".") or part.endswith(".lock") for part in parts)
    )


def is_repository(name: str) -> bool:
    """Whether it is an `owner/name` that GitHub could have."""
    return _WHOLE_REPOSITORY.fullmatch(name) is not None
