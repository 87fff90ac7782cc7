"""A Slack message as plain lines: its text, which characters of it are ordinary, and where the bot is mentioned.

Written by mrkdwn.py and rich_text.py, read by slack.py. What is quiet (code, quotes, links) is part of the text, but
nothing in it triggers.
"""

from dataclasses import dataclass, field

QUIET = "\x00"
"""Stands in `live` for a character that does not count."""


def hushed(text: str) -> str:
    """The text with no character left that counts; its lines stay."""
    return "\n".join(QUIET * len(line) for line in text.split("\n"))


@dataclass(frozen=True)
class Rendered:
    text: str
    live: str
    """As long as the text."""
    mentions: tuple[tuple[int, int], ...] = ()
    """Where the bot is mentioned: begin and end."""
    anchors: tuple[tuple[int, int, bool], ...] = ()
    """Where pieces begin in the text, where in the source, and whether they stand there letter by letter."""


@dataclass
class Renderer:
    """Collects the pieces of a message."""

    _text: list[str] = field(default_factory=list)
    _live: list[str] = field(default_factory=list)
    _mentions: list[tuple[int, int]] = field(default_factory=list)
    _anchors: list[tuple[int, int, bool]] = field(default_factory=list)
    _length: int = 0

    def write(self, text: str, *, live: bool, source: tuple[int, bool] | None = None) -> None:
        """Adds a piece; `source`: where it stands there, and whether letter by letter."""
        if source is not None:
            self._anchors.append((self._length, *source))
        clean = text.replace(QUIET, "\ufffd")
        self._text.append(clean)
        self._live.append(clean if live else hushed(clean))
        self._length += len(clean)

    def mention(self, handle: str, *, live: bool, source: tuple[int, bool] | None = None) -> None:
        """Adds a mention of the bot."""
        begin = self._length
        self.write(f"@{handle}", live=live, source=source)
        self._mentions.append((begin, self._length))

    @property
    def at_line_start(self) -> bool:
        """Whether the last piece has ended its line."""
        return not self._text or self._text[-1].endswith("\n")

    def rendered(self) -> Rendered:
        """What was written."""
        return Rendered("".join(self._text), "".join(self._live), tuple(self._mentions), tuple(self._anchors))
