"""What the grammar is told, and what it finds: commands with targets and options, errors with their place.

Frozen data, made by the readers of this package and read by the handlers; nothing here decides.
"""

from dataclasses import dataclass
from decimal import Decimal

SHOWN = 200
"""Characters of a line that an error quotes."""


@dataclass(frozen=True)
class Dialect:
    """By which names the bot is called in an installation."""

    handle: str = "vteam"
    """The name behind the `@`."""
    prefix: str = "/vteam"
    """What begins a command at the start of a line."""
    bot_id: str = ""
    """The bot's identifier in Slack, such as `U0123ABCD`; empty elsewhere."""
    github_url: str = "https://github.com"
    """Where the issues and pull requests lie that a command can name by their address."""


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

    @property
    def caret(self) -> int:
        """Where in `quoted` the column is, from 0."""
        return self.column - 1 - quoted_from(self.column)


def quoted_from(column: int) -> int:
    """How many characters of the line are left out before what is quoted of it."""
    return max(0, column - 1 - SHOWN // 2) if column > SHOWN * 3 // 4 else 0


Read = Command | CommandError
