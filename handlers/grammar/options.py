"""The allow list of options: what each is called and means, and which values it takes. Called by parse.py; pure.

A value that passes is within its bounds and of a tight pattern, so that nothing else of a comment ever reaches a
process, a resource or a ref.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from crds.gpu_memory import memory_mib
from handlers.grammar.refs import LONGEST_REF, is_branch, is_repository
from handlers.grammar.words import NamedRepository, Options

BRANCH_PREFIX = "vteam/"
"""Below it lie the bot's own branches, and nothing else."""

_MODEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/@-]{0,126}[A-Za-z0-9])?")
_MONEY = re.compile(r"\$?([0-9]{1,5}(?:\.[0-9]{1,2})?)\$?", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)
_TIME = re.compile(r"(?:([0-9]{1,2})h)?(?:([0-9]{1,4})m(?:in)?)?(?:([0-9]{1,5})s?)?", re.ASCII | re.IGNORECASE)
_MEMORY = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(gib?|mib?|gb|g|m)?", re.ASCII | re.IGNORECASE)
_UNITS = {"gi": "Gi", "gib": "Gi", "mi": "Mi", "mib": "Mi", "gb": "GB", "g": "G", "m": "M", "": "GB"}
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
MOST_MIB = 1 << 20


@dataclass(frozen=True)
class Option:
    name: str
    meaning: str
    value: str = ""
    """Name of the value in the usage; empty for a switch."""
    wanted: str = ""
    """Which values it takes, in words."""
    read: Callable[[str], object | None] | None = None
    """The value of what was written; None where it is not taken."""
    most: int = 1
    """How often it may be said."""

    @property
    def usage(self) -> str:
        """As it is written."""
        return f"--{self.name} {self.value}".rstrip()


def _model(text: str) -> str | None:
    return text if _MODEL.fullmatch(text) else None


def _whole(least: int, most: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        number = int(text) if _NUMBER.fullmatch(text) else -1
        return number if least <= number <= most else None

    return read


def money(text: str) -> Decimal | None:
    """US dollars, from one cent to 10,000; None for anything else."""
    found = _MONEY.fullmatch(text)
    amount = Decimal(found[1]) if found else Decimal(0)
    return amount if Decimal("0.01") <= amount <= 10_000 else None


def _seconds(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    return total if 60 <= total <= 86_400 else None


def _memory(text: str) -> str | None:
    found = _MEMORY.fullmatch(text)
    if not found:
        return None
    size = found[1] + _UNITS[(found[2] or "").lower()]
    return size if memory_mib(size) + 128 >= 1024 and memory_mib(size) <= MOST_MIB else None


def _queue(text: str) -> str | None:
    return text if _LABEL.fullmatch(text) else None


def _base(text: str) -> str | None:
    return text if is_branch(text) else None


def _branch(text: str) -> str | None:
    return text if text.startswith(BRANCH_PREFIX) and is_branch(text) else None


def _repository(text: str) -> NamedRepository | None:
    name, found, ref = text.partition("@")
    if not is_repository(name) or (found and not is_branch(ref)):
        return None
    return NamedRepository(name, ref or None)


def _persona(text: str) -> str | None:
    return text.lower() if _LABEL.fullmatch(text.lower()) else None


_TABLE = (
    Option("model", "the model to use", "NAME", "the name of a model, as in `claude-opus-5-5`, or `auto`", _model),
    Option(
        "max-cost", "what it may cost, in US dollars", "USD", "dollars from 0.01 to 10000, as in `5` or `$2.50`", money
    ),
    Option("max-turns", "how many turns it may take", "N", "a whole number from 1 to 1000", _whole(1, 1000)),
    Option(
        "timeout",
        "how long it may take",
        "TIME",
        "a time from 1 minute to 24 hours, as in `30m`, `2h` or `900` (seconds)",
        _seconds,
    ),
    Option("gpu", "how many GPUs it needs", "N", "a whole number from 1 to 16", _whole(1, 16)),
    Option(
        "gpu-memory",
        "memory that each GPU needs",
        "SIZE",
        "a size from 1GB to 1024GB, as in `80GB` (a class of cards) or `79Gi` (exact)",
        _memory,
    ),
    Option(
        "queue",
        "the Kueue queue to wait in",
        "NAME",
        "the name of a queue: small letters, digits and dashes, at most 63",
        _queue,
    ),
    Option(
        "base",
        "the branch to start from, and to merge into",
        "BRANCH",
        f"the name of a branch, at most {LONGEST_REF} characters, that git takes",
        _base,
    ),
    Option(
        "branch",
        "the branch to push to",
        "BRANCH",
        f"a branch that git takes, below `{BRANCH_PREFIX}`, as in `{BRANCH_PREFIX}login`",
        _branch,
    ),
    Option(
        "repo",
        "a repository to read beside this one",
        "OWNER/NAME[@REF]",
        "a repository as `owner/name` or `owner/name@branch`",
        _repository,
        16,
    ),
    Option(
        "persona",
        "a persona to work as, of those that the project's owner has defined",
        "NAME",
        "the name of a persona: letters, digits and dashes, at most 63",
        _persona,
        8,
    ),
    Option("draft", "open the pull request as a draft"),
    Option("no-draft", "open the pull request ready for review"),
)

OPTIONS: dict[str, Option] = {option.name: option for option in _TABLE}

DRAFT = ("draft", "no-draft")
"""Two names of one option."""

_FIELDS = {"repo": "repos", "persona": "personas"}


def said(options: Options) -> dict[str, object]:
    """The options of a command by their names, those that it has: the other way round of `gathered`."""
    repositories = [f"{repo.name}@{repo.ref}" if repo.ref else repo.name for repo in options.repos]
    values = {_FIELDS.get(name, name.replace("-", "_")): name for name in OPTIONS if name != "no-draft"}
    found = {name: getattr(options, field) for field, name in values.items()}
    found |= {"repo": repositories, "persona": list(options.personas)}
    return {name: value for name, value in found.items() if value is not None and value != []}


def gathered(said: Mapping[str, list[object]]) -> Options:
    """The options of a command, from the values by name."""
    fields: dict[str, object] = {}
    for name, values in said.items():
        if name in DRAFT:
            fields["draft"] = name == "draft"
        else:
            fields[_FIELDS.get(name, name.replace("-", "_"))] = tuple(values) if OPTIONS[name].most > 1 else values[0]
    return Options(**fields)  # type: ignore[arg-type]  # each value is what its option reads
