"""What somebody asked in Slack, whichever way: a message, a slash command, a shortcut. Made by talk.py from what was
heard, read by facts.py, and kept with a question until its answer is there.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter

from bot.slack.heard import ShortcutUsed, SlackSaid, SlashCommand
from handlers.command import read_slack, read_slash
from handlers.events import SlackThread
from handlers.grammar.verbs import verb_of
from handlers.grammar.words import Command, Dialect, Read

Json = dict[str, Any]

_OPENING = re.compile(r"^(?:\s|<@[UW][A-Z0-9]+(?:\|[^>]*)?>|[,:])+")
PRIVATE_NAMES = frozenset({"directmessage", "privategroup"})
"""Names that Slack gives a command's channel where it is no public one."""


@dataclass(frozen=True)
class Utterance:
    team: str
    channel: str
    user: str
    way: Literal["said", "directly", "slash", "shortcut"]
    """`directly`: to the bot without naming it, in a direct message or in its own thread."""
    key: str
    """Names it for good."""
    thread: str = ""
    """Timestamp of the thread's first message; empty where the bot will begin one."""
    ts: str = ""
    """The message's own timestamp."""
    text: str = ""
    blocks: tuple[Json, ...] = field(default=(), hash=False)
    bot_user: str = ""
    response_url: str = field(default="", repr=False)
    author: str = ""
    """Who wrote the words, where it is somebody else than the user."""

    @property
    def place(self) -> SlackThread:
        """Where; whether it is private is asked of Slack."""
        return SlackThread(self.team, self.channel, self.thread, self.user)

    @property
    def alone(self) -> bool:
        """Whether nobody else saw it."""
        return self.way in ("slash", "shortcut")

    def commands(self, names: Dialect) -> tuple[Read, ...]:
        """What it asks for; `names`: how the bot is called in this installation."""
        dialect = replace(names, bot_id=self.bot_user)
        match self.way:
            case "slash":
                return tuple(read_slash(self.text, dialect))
            case "shortcut":
                # The words may be anybody's: they are what is to be done, and never options or a verb.
                return (Command("run", self.text.strip(), 1, 0),)
            case _:
                found = read_slack({"text": self.text, "blocks": list(self.blocks)}, dialect)
                return tuple(found) or self._spoken_to(dialect)

    def _spoken_to(self, dialect: Dialect) -> tuple[Read, ...]:
        if self.way != "directly" or not self.text.strip():
            return ()
        named = replace(dialect, bot_id=dialect.bot_id or "U0")
        return tuple(read_slack(f"<@{named.bot_id}> {self.text}", named))

    @property
    def names_verb(self) -> bool:
        """Whether it begins with a verb; plain words to the bot go on with what the thread is about."""
        words = _OPENING.sub("", self.text).split(maxsplit=1)
        return self.way in ("slash", "shortcut") or bool(words and verb_of(words[0]))

    def document(self) -> Json:
        """As a question keeps it."""
        return dict(_UTTERANCE.dump_python(self, mode="json"))


_UTTERANCE = TypeAdapter(Utterance)


def kept(document: Json) -> Utterance:
    """What a question has kept."""
    return _UTTERANCE.validate_python(document)


def of_message(said: SlackSaid, *, directly: bool) -> Utterance:
    """What a message says."""
    return Utterance(
        team=said.team,
        channel=said.channel,
        user=said.user,
        way="directly" if directly else "said",
        key=message_key(said.team, said.channel, said.ts),
        thread=said.root,
        ts=said.ts,
        text=said.text,
        blocks=said.blocks,
        bot_user=said.bot_user,
    )


def calls(said: SlackSaid, names: Dialect) -> bool:
    """Whether it is said to the bot: by a mention, or by a command of its own, as Slack takes none in a thread."""
    dialect = replace(names, bot_id=said.bot_user)
    return said.is_mention or bool(read_slack({"text": said.text, "blocks": list(said.blocks)}, dialect))


def message_key(team: str, channel: str, ts: str) -> str:
    """Names a message for good: its timestamp does so in its channel only."""
    return f"{team}:{channel}:{ts}"


def of_command(given: SlashCommand) -> Utterance:
    """What a slash command says."""
    return Utterance(
        team=given.team,
        channel=given.channel,
        user=given.user,
        way="slash",
        key=f"{given.team}:{given.channel}:command:{given.key}",
        text=given.text,
        response_url=given.response_url,
    )


def of_shortcut(used: ShortcutUsed) -> Utterance:
    """What a message says that somebody sent to the bot."""
    return Utterance(
        team=used.team,
        channel=used.channel,
        user=used.user,
        way="shortcut",
        key=f"{message_key(used.team, used.channel, used.ts)}:shortcut:{used.user}",
        thread=used.root,
        ts=used.ts,
        text=used.text,
        response_url=used.response_url,
        author="" if used.author == used.user else used.author or "another app",
    )
