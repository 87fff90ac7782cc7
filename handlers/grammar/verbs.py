"""The one table of verbs: what each means, who may use it, what may stand behind it, and an example.

The grammar reads by it, and the help text, the README, Slack's help and "did you mean" are made of it. Pure data.
"""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Who may use a verb, as people read it; the rules themselves are in policy.py."""

    ANYBODY = "everybody"
    READER = "whoever can read the repository"
    TRIAGE = "triage access or more"
    WRITE = "write access"


@dataclass(frozen=True)
class Verb:
    name: str
    meaning: str
    who: Who
    example: str
    """A whole command after the prefix."""
    usage: str = "[text]"
    """What stands behind the verb, for the help text; targets and options are added."""
    target: bool = True
    """Whether it can be said about another issue or pull request."""
    options: tuple[str, ...] = ()
    """Names of the options that go with it."""


LIMITS = ("model", "max-cost", "max-turns", "timeout")
PLACE = ("gpu", "gpu-memory", "queue")
READING = ("repo", "persona")
WRITING = ("base", "branch", "draft", "no-draft")
ALL = (*LIMITS, *PLACE, *READING, *WRITING)

_TABLE = (
    Verb("run", "do what the text says", Who.WRITE, "run the linter and mend what it finds", options=ALL),
    Verb(
        "fix",
        "find and fix the problem that the issue describes, with a test, as a pull request",
        Who.WRITE,
        "fix the test on the second page fails since yesterday",
        options=ALL,
    ),
    Verb(
        "plan",
        "write a plan for the issue as a pull request with a document",
        Who.WRITE,
        "plan how we could drop Python 3.11",
        options=ALL,
    ),
    Verb(
        "review",
        "read the pull request or the code, and say what is wrong with it",
        Who.WRITE,
        "review #34 --max-cost 2",
        options=(*LIMITS, *PLACE, *READING, "base"),
    ),
    Verb(
        "ask",
        "answer a question about the code; nothing is changed",
        Who.TRIAGE,
        "ask why is the cache cleared twice?",
        options=(*LIMITS, *PLACE, *READING, "base"),
    ),
    Verb(
        "continue",
        "go on with the last session of the thread, with what the text adds",
        Who.WRITE,
        "continue with the second way, and keep the old name as an alias",
        options=(*LIMITS, *PLACE, *READING, "draft", "no-draft"),
    ),
    Verb(
        "approve",
        "accept the plan, and start the work that it describes",
        Who.WRITE,
        "approve but leave out step 3",
        options=(*LIMITS, *PLACE, *READING, "draft", "no-draft"),
    ),
    Verb(
        "cancel",
        "stop what runs in this thread; whoever asked for it may do so too",
        Who.WRITE,
        "cancel",
        usage="[session]",
    ),
    Verb(
        "retry",
        "run the last session of the thread once more, from its start",
        Who.WRITE,
        "retry --model claude-opus-4-5",
        options=(*LIMITS, *PLACE, *READING),
    ),
    Verb("status", "say what runs in this thread", Who.READER, "status", usage=""),
    Verb(
        "budget",
        "say what the session may still spend, or raise it to so many dollars",
        Who.WRITE,
        "budget $10",
        usage="[dollars]",
        options=("max-cost", "max-turns"),
    ),
    Verb(
        "context",
        "show what the last session was given to read, and the notes of earlier ones; forget one, or keep one for use",
        Who.READER,
        "context forget n3f8a1c2d",
        usage="[forget <id>]",
    ),
    Verb(
        "ok",
        "let sessions write for a pull request from a fork, at this commit and no later one",
        Who.WRITE,
        "ok 3f8a1c2",
        usage="<sha>",
    ),
    Verb("link", "connect your Slack and GitHub accounts", Who.ANYBODY, "link", usage="", target=False),
    Verb("help", "show this table", Who.ANYBODY, "help", usage="", target=False),
)

VERBS: dict[str, Verb] = {verb.name: verb for verb in _TABLE}

DEFAULT = "run"
"""What plain words to the bot mean."""

ALIASES = {
    "do": "run",
    "implement": "run",
    "repair": "fix",
    "design": "plan",
    "check": "review",
    "question": "ask",
    "explain": "ask",
    "resume": "continue",
    "go-on": "continue",
    "lgtm": "approve",
    "accept": "approve",
    "stop": "cancel",
    "abort": "cancel",
    "again": "retry",
    "rerun": "retry",
    "state": "status",
    "cost": "budget",
    "receipt": "context",
    "login": "link",
    "connect": "link",
    "commands": "help",
}

_AROUND = ",.:;!?*_…"


def verb_of(word: str) -> Verb | None:
    """The verb that a word means, by its name or an alias; case and punctuation around it do not count."""
    plain = plain_word(word)
    return VERBS.get(ALIASES.get(plain, plain))


def plain_word(word: str) -> str:
    """The word without what may stick to it."""
    return word.lower().strip(_AROUND)
