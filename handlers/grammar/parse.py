"""The one grammar of a command, for both services: verb, target, options, text. Pure, called by command.py.

The readers have found where commands begin; a command runs on to the line where the next one begins, or to the end.
Whatever is wrong with it becomes a CommandError with its place, never an exception.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from handlers.grammar import faults
from handlers.grammar.head import PLEASE, Head, head_of
from handlers.grammar.option_line import Said, Scan, Wrong, is_option, options_at, options_at_end
from handlers.grammar.options import DRAFT, OPTIONS, Option, gathered, money
from handlers.grammar.starts import Found, Start
from handlers.grammar.target import target_at
from handlers.grammar.verbs import ALIASES, DEFAULT, VERBS, Verb, plain_word, verb_of
from handlers.grammar.words import SHOWN, Command, CommandError, Dialect, Options, Read, Target, quoted_from

_WORD = re.compile(r"\s*+(\S++)")
_SPACE = re.compile(r"\s*+")
_SHA = re.compile(r"[0-9a-f]{7,64}", re.ASCII | re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?:(?:raise\s+(?:it\s+)?)?to\s+)?(?:US)?(\$?)\s?([0-9]\S*?)\s*(?:USD|dollars?)?[.!]?", re.I | re.ASCII
)
_NEAR = 0.6
_HELP = ("-h", "-help", "--help", "—help", "–help")
_PLAIN = frozenset((*PLEASE, "can", "could", "would", "will", "you", "we", "i", "it", "the", "this", "that", "there"))
"""Words that begin a sentence, however near they are to a verb."""
MOST_READ = 200
"""Places of one text where a command may begin that are read: many times what is carried out."""


def read_all(lines: Sequence[str], found: Found, dialect: Dialect) -> list[Read]:
    """What the commands of a text say, in their order. Where several could begin in a line, the first does."""
    lines = lines[: found.stop]
    first = list({start.line: start for start in reversed(found.starts)}.values())[::-1][:MOST_READ]
    heads = _heads(lines, first)
    if any(not head.bare for head in heads) and any(head.bare for head in heads):
        # "Thanks, @vteam!" beside a command asks for nothing, and cuts no other command short.
        heads = _heads(lines, [head.start for head in heads if not head.bare])
    heads = [head for head in heads if not head.passing]
    return [_placed(_read(head, ordinal, dialect), head) for ordinal, head in enumerate(heads)]


def _heads(lines: Sequence[str], starts: Sequence[Start]) -> list[Head]:
    ends = [start.line for start in starts[1:]]
    return [head_of(lines, start, end) for start, end in zip(starts, [*ends, len(lines)], strict=False)]


def _placed(read: Command | Wrong, head: Head) -> Read:
    if isinstance(read, Command):
        return read
    column = read.at + 1
    quoted = head.whole[quoted_from(column) :][:SHOWN]
    return CommandError(head.number + 1, column, read.message, read.did_you_mean, quoted)


def _read(head: Head, ordinal: int, dialect: Dialect) -> Command | Wrong:
    word = _WORD.match(head.words, head.at)
    if word and head.start.mentioned and word[1].lower() == dialect.prefix.lower():
        head = replace(head, at=word.end())  # "@vteam /vteam fix it", as people write in Slack
        word = _WORD.match(head.words, head.at)
    if word is None:
        return Command("help", "", head.start.line + 1, ordinal)
    asked = _WORD.match(head.words, word.end())
    if not head.start.mentioned and asked and plain_word(word[1]) in PLEASE and verb_of(asked[1]):
        word = asked  # "/vteam please fix it"
    verb = verb_of(word[1])
    if verb is not None:
        return _behind(head, ordinal, dialect, verb=verb, at=word.end())
    if head.start.mentioned:
        return _behind(head, ordinal, dialect, verb=VERBS[DEFAULT], at=head.at)
    if not plain_word(word[1]) or word[1].lower() in _HELP:
        return Command("help", "", head.start.line + 1, ordinal)
    return _no_verb(head, word.start(1), word[1], dialect)


def _no_verb(head: Head, at: int, word: str, dialect: Dialect) -> Wrong:
    if is_option(head.words, at) or target_at(head.words, at, dialect.github_url):
        return Wrong(at, faults.verb_first(word, dialect.prefix))
    plain = plain_word(word)
    near = DEFAULT if plain in _PLAIN else _near(plain, [*VERBS, *ALIASES])
    return Wrong(at, faults.unknown_verb(plain), near)


def _behind(head: Head, ordinal: int, dialect: Dialect, *, verb: Verb, at: int) -> Command | Wrong:
    """The command of this verb, whose words go on here."""
    line = head.words
    target, front, at = _target_and_options(line, at, verb, dialect)
    closing = options_at_end(line, at) if front.wrong is None else Scan((), len(line), len(line))
    options = _options([*front.said, *closing.said], verb)
    if isinstance(options, Wrong):
        return options
    if broken := front.wrong or closing.wrong:
        return broken
    first = line[at : closing.begin].strip()
    text = "\n".join([first, *head.tail]).strip()
    command = Command(verb.name, text, head.start.line + 1, ordinal, target, options)
    return _checked(command, first, _space(line, at))


def _target_and_options(line: str, at: int, verb: Verb, dialect: Dialect) -> tuple[Target | None, Scan, int]:
    """What stands before the text: a target, options, in either order; and where the text begins."""
    before = _target(line, at, verb, dialect)
    front = options_at(line, before[1] if before else at)
    if before or front.wrong:
        return before[0] if before else None, front, front.end
    behind = _target(line, front.end, verb, dialect) if front.said else None
    if behind is None:
        return None, front, front.end
    more = options_at(line, behind[1])
    return behind[0], replace(more, said=(*front.said, *more.said)), more.end


def _target(line: str, at: int, verb: Verb, dialect: Dialect) -> tuple[Target, int] | None:
    return target_at(line, _space(line, at), dialect.github_url) if verb.target else None


def _options(said: Sequence[Said], verb: Verb) -> Options | Wrong:
    values = dict[str, list[object]]()
    for one in said:
        value = _value(one, verb, values)
        if isinstance(value, Wrong):
            return value
        values.setdefault(one.name, []).append(value)
    return gathered(values)


def _value(one: Said, verb: Verb, before: Mapping[str, Sequence[object]]) -> object:
    """What an option's value means, or what is wrong with it."""
    option = OPTIONS.get(one.name)
    if option is None:
        near = _near(one.name, OPTIONS)
        return Wrong(one.at, faults.unknown_option(one.name), f"--{near}" if near else None)
    if one.name not in verb.options:
        return Wrong(one.at, faults.foreign_option(one.name, verb.name, verb.options))
    if repeated := _repeated(option, before):
        return Wrong(one.at, repeated)
    if option.read is None:
        return True
    if one.value is None:
        return Wrong(one.at, faults.missing_value(option.name, option.wanted))
    value = option.read(one.value)
    return Wrong(one.value_at, faults.wrong_value(option.name, one.value, option.wanted)) if value is None else value


def _repeated(option: Option, before: Mapping[str, Sequence[object]]) -> str | None:
    """What is wrong with saying this option after those."""
    if option.name in DRAFT and any(name in before and name != option.name for name in DRAFT):
        return faults.contradicted_draft()
    if len(before.get(option.name, ())) < option.most:
        return None
    return faults.doubled_option(option.name) if option.most == 1 else faults.too_many(option.name, option.most)


def _checked(command: Command, first: str, at: int) -> Command | Wrong:
    """The command, where its verb takes a text of one kind only: `first`, on its own line, at this place."""
    match command.verb:
        case "ok":
            sha = first.split(maxsplit=1)[0].strip("`.,;:!") if first else ""
            return replace(command, text=sha.lower()) if _SHA.fullmatch(sha) else Wrong(at, faults.sha_wanted())
        case "budget" if first:
            found, wanted = _AMOUNT.fullmatch(first), OPTIONS["max-cost"].wanted
            amount = money("".join(found.groups())) if found else None
            if amount is None or command.options.max_cost is not None:
                return Wrong(at, faults.money_wanted(wanted))
            return replace(command, text=first, options=replace(command.options, max_cost=amount))
        case _:
            return command


def _near(word: str, known: Iterable[str]) -> str | None:
    near = difflib.get_close_matches(word[:50], list(known), n=1, cutoff=_NEAR)
    return near[0] if near else None


def _space(line: str, at: int) -> int:
    found = _SPACE.match(line, at)
    return found.end() if found else at
