"""What can be wrong with a command, in words: one function a sentence, as in wording/. Called by the grammar; pure.

Each names what was written, and what would have been right. What a person wrote is cut short here, and made harmless
where it is said (wording/answers.py).
"""

from collections.abc import Iterable


def _cut(word: str, most: int = 50) -> str:
    return word if len(word) <= most else word[: most - 1] + "…"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`--{name}`" for name in names)


def unknown_verb(word: str) -> str:
    """The first word is no verb."""
    return f"I do not know the command `{_cut(word)}`"


def verb_first(word: str, prefix: str) -> str:
    """A target or an option stands where the verb belongs."""
    return f"the first word says what to do: `{prefix} fix {_cut(word)}`"


def unknown_option(name: str) -> str:
    """No such option."""
    return f"I do not know the option `--{_cut(name)}`; where it is part of the text, put it between backticks"


def foreign_option(name: str, verb: str, allowed: Iterable[str]) -> str:
    """An option that this verb has not."""
    return f"`--{name}` does not go with `{verb}`, which takes {_listed(allowed) or 'no options'}"


def doubled_option(name: str) -> str:
    """An option that counts once stands there twice."""
    return f"`--{name}` is there twice; say it once"


def too_many(name: str, most: int) -> str:
    """An option that may be repeated was, beyond its bound."""
    return f"`--{name}` can be there {most} times at most"


def contradicted_draft() -> str:
    """Both of the two."""
    return "`--draft` and `--no-draft` contradict each other; say one of them"


def missing_value(name: str, wanted: str) -> str:
    """An option without its value."""
    return f"`--{name}` needs a value: {wanted}"


def needless_value(name: str) -> str:
    """A switch with a value."""
    return f"`--{name}` takes no value"


def unclosed_quote(mark: str) -> str:
    """A quotation mark that is never closed on its line."""
    return f"the quotation mark {mark} is not closed on this line"


def wrong_value(name: str, value: str, wanted: str) -> str:
    """A value out of bounds, or of no such kind."""
    return f"`--{name}` cannot be `{_cut(value)}`: {wanted}"


def sha_wanted() -> str:
    """The command that releases a fork's commit needs to be told which."""
    return "`ok` needs the commit that you have read: 7 to 64 hexadecimal digits, as in `ok 3f8a1c2`"


def money_wanted(wanted: str) -> str:
    """The command that raises the budget takes an amount and nothing else."""
    return f"`budget` takes an amount and no other text: {wanted}"
