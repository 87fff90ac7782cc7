"""What the grammar finds in a text: commands with their targets and options, and errors with their place.

Frozen data, made by the readers of this package and read by the handlers; nothing here decides.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Target:
    """The issue or pull request that a command names."""

    number: int
    repository: str | None = None
    """`owner/name`; None for `#n`: the place's own repository."""


@dataclass(frozen=True)
class NamedRepository:
    """A repository to read beside the session's own: `--repo owner/name[@ref]`."""

    name: str
    ref: str | None = None


@dataclass(frozen=True)
class Options:
    """What the options of a command say; None (or empty) where an option is absent. All values are within bounds."""

    model: str | None = None
    max_cost: Decimal | None = None
    """US dollars."""
    max_turns: int | None = None
    timeout: int | None = None
    """Seconds."""
    gpu: int | None = None
    """Number of devices."""
    gpu_memory: str | None = None
    """A size class such as `80GB`, or an exact quantity such as `79Gi`."""
    queue: str | None = None
    base: str | None = None
    """Branch to start from, and the pull request's base."""
    branch: str | None = None
    """Branch that the work is pushed to; always below the bot's own prefix."""
    repos: tuple[NamedRepository, ...] = ()
    personas: tuple[str, ...] = ()
    draft: bool | None = None


@dataclass(frozen=True)
class Command:
    verb: str
    text: str
    """What was asked for, in the person's words; may be empty."""
    line: int
    """Line of the text, from 1."""
    ordinal: int
    """Place among the text's commands, from 0: part of the session's name."""
    target: Target | None = None
    options: Options = Options()


@dataclass(frozen=True)
class CommandError:
    """A command that cannot be understood: a value, so that it becomes a reply."""

    line: int
    """From 1."""
    column: int
    """In code points, from 1."""
    message: str
    """What is wrong, in words."""
    did_you_mean: str | None
    quoted: str
    """The line, as it was written; at most 200 characters around the column."""


Read = Command | CommandError
