"""Takes a shell command apart into the simple commands that it runs, without what only wraps them. Pure.

Called by `testing.py` and `writing.py`. Quotes, here-documents, redirections, pipes, `cd` and wrappers (`timeout`,
`env`, `uv run`, `bash -c` …) are known; all else of the shell is read as words. Linear in the command's length.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

MOST = 8000
"""Characters of a command that are looked at, its here-documents aside."""
MOST_WITH_DOCUMENTS = 100_000
"""And with them."""
MOST_FED = 20_000
"""Characters of a here-document that are looked at."""
DEEPEST = 3
"""How deep one command may stand in another (`bash -c`)."""
_TOKEN = re.compile(
    r"""(?P<gap>[^\S\n]+|(?<![^\s;&|()])\#[^\n]*)
    |(?P<sign>&>>|&>|>>|>\||>&|<<<|<<-?|<>|>|<|&&|\|\||\|&|\||;;|[;&()\n])
    |(?P<word>(?:[^\s'"\\;&|()<>]++|\\.|'[^']*+'|"(?:[^"\\]|\\.)*+")++)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""\\(.)|'([^']*+)'|"((?:[^"\\]|\\.)*+)\"""", re.DOTALL)
_HERE = re.compile(r"(?<![<\d])<<-?[^\S\n]*(?:'([A-Za-z_][\w.-]*)'|\"([A-Za-z_][\w.-]*)\"|\\?([A-Za-z_][\w.-]*))")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_KEYWORDS = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done", "esac"})
_DURATION = re.compile(r"\d+(?:\.\d+)?[smhd]?")

# Programs that run the rest of their words as a command, and their options that take the word behind them.
_WRAPPERS: dict[str, frozenset[str]] = {
    "timeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
    "gtimeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
    "time": frozenset({"-f", "-o"}),
    "env": frozenset({"-u", "-C", "--unset", "--chdir"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "xvfb-run": frozenset({"-n", "-s", "-e", "-f", "-w", "--server-args", "--server-num"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "sudo": frozenset({"-u", "-g"}),
    "xargs": frozenset({"-n", "-I", "-P", "-L", "-a", "-d", "-s"}),
    "nohup": frozenset(),
    "command": frozenset(),
    "exec": frozenset(),
    "npx": frozenset({"-p", "--package"}),
    "bunx": frozenset(),
    "uvx": frozenset({"--with", "--from", "-p", "--python"}),
}
_UV = frozenset(
    {"--extra", "--with", "--group", "--only-group", "--no-group", "--python", "-p", "--project", "--directory"}
    | {"--package", "--env-file", "--with-requirements", "--with-editable", "--index"}
)
# The same where a second word says that a command follows.
_RUNNERS: dict[tuple[str, str], frozenset[str]] = {
    ("uv", "run"): _UV,
    ("poetry", "run"): frozenset(),
    ("pdm", "run"): frozenset({"-p"}),
    ("hatch", "run"): frozenset({"-e"}),
    ("rye", "run"): frozenset(),
    ("pipenv", "run"): frozenset(),
    ("conda", "run"): frozenset({"-n", "-p", "--name", "--prefix"}),
    ("bundle", "exec"): frozenset(),
    ("pnpm", "exec"): frozenset(),
    ("pnpm", "dlx"): frozenset(),
    ("yarn", "exec"): frozenset(),
    ("npm", "exec"): frozenset(),
}
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ash"})


@dataclass(frozen=True)
class Simple:
    """One program with its words."""

    words: tuple[str, ...]
    """The program's name first; its folder and what wraps it are left out. Empty for a redirection alone."""
    targets: tuple[str, ...] = ()
    """Files that its output goes to."""
    fed: str = ""
    """What a here-document or a here-string gives it."""
    folder: str = ""
    """Where an earlier `cd` of the same command has led; empty where none has."""
    source: "Simple | None" = None
    """Whose output is piped into it."""

    @property
    def program(self) -> str:
        return self.words[0].rpartition("/")[2] if self.words else ""


@dataclass
class _Reading:
    """The commands so far, and the one that is being read."""

    documents: list[str]
    found: list[Simple] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    fed: str = ""
    folder: str = ""
    awaited: str = ""
    """The redirection whose word comes next."""
    source: Simple | None = None

    def operator(self, sign: str) -> None:
        if "<" in sign or ">" in sign:
            if self.words and len(self.words[-1]) == 1 and self.words[-1].isdigit():
                self.words.pop()
            self.awaited = sign
        else:
            self.settle(piped=sign in ("|", "|&"))

    def word(self, text: str) -> None:
        sign, self.awaited = self.awaited, ""
        if sign.startswith("<<") and sign != "<<<":
            self.fed = self.documents.pop(0) if self.documents else ""
        elif sign == "<<<":
            self.fed = text
        elif not sign:
            self.words.append(text)
        elif ">" in sign and not (sign == ">&" and (text == "-" or text.isdigit())):
            self.targets.append(text)

    def settle(self, *, piped: bool = False) -> None:
        """The command is whole."""
        words = unwrapped(self.words)
        made = Simple(words, tuple(self.targets), self.fed, self.folder, self.source)
        if words or self.targets:
            self.found.append(made)
        if words[:1] == ("cd",) and len(words) > 1:
            self.folder = words[1]
        self.words, self.targets, self.fed, self.awaited = [], [], "", ""
        self.source = made if piped else None


def simple_commands(command: str, depth: int = 0) -> list[Simple]:
    """The commands that this one runs, in their order."""
    text, documents = _without_documents(command[:MOST_WITH_DOCUMENTS].replace("\\\n", " "))
    reading = _Reading(documents)
    for token, is_sign in _tokens(text[:MOST]):
        if is_sign:
            reading.operator(token)
        else:
            reading.word(token)
    reading.settle()
    return [inner for one in reading.found for inner in _inner(one, depth)]


def _inner(one: Simple, depth: int) -> list[Simple]:
    """What `bash -c` and `find -exec` run, in its place."""
    if one.program == "find" and (place := _first(one.words, ("-exec", "-execdir", "-ok"))):
        return [replace(one, words=unwrapped(one.words[place + 1 :]))]
    if one.program not in _SHELLS or depth >= DEEPEST:
        return [one]
    for place, word in enumerate(one.words[1:-1], start=1):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            inner = simple_commands(one.words[place + 1], depth + 1)
            return [replace(each, folder=each.folder or one.folder) for each in inner] or [one]
    return [one]


def _first(words: Sequence[str], wanted: Sequence[str]) -> int:
    """The place of the first of these words; 0 where there is none."""
    return next((place for place, word in enumerate(words) if word in wanted), 0)


def _without_documents(command: str) -> tuple[str, list[str]]:
    """The command without its here-documents, and these."""
    lines, kept, documents = command.split("\n"), list[str](), list[str]()
    ends, at = {line.strip() for line in lines}, 0
    while at < len(lines):
        line, at = lines[at], at + 1
        kept.append(line)
        for found in _HERE.finditer(line[:MOST]):
            end, start = found[1] or found[2] or found[3], at
            if end not in ends:  # `1 << n` in a quoted program
                continue
            while at < len(lines) and lines[at].strip() != end:
                at += 1
            documents.append("\n".join(lines[start:at])[:MOST_FED])
            at += 1
    return "\n".join(kept), documents


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Words without their quotes, and operators; what stands behind an open quote is not read."""
    at = 0
    while found := _TOKEN.match(text, at):
        at = found.end()
        if found["sign"]:
            yield found["sign"], True
        elif found["word"]:
            yield _QUOTED.sub(lambda part: part[1] or part[2] or part[3] or "", found["word"]), False


def unwrapped(words: Sequence[str]) -> tuple[str, ...]:
    """The words without assignments, keywords and programs that only run the rest."""
    rest = list(words)
    while rest:
        name = rest[0].rpartition("/")[2]
        if _ASSIGNMENT.match(rest[0]) or rest[0] in _KEYWORDS:
            rest = rest[1:]
        elif name in _WRAPPERS:
            rest = _behind(rest[1:], _WRAPPERS[name])
        elif (name, *rest[1:2]) in _RUNNERS and (behind := _behind(rest[2:], _RUNNERS[name, rest[1]])):
            if behind[0] == "test":  # a script of the project's, and not the shell's own word
                break
            rest = behind
        else:
            break
    return tuple(rest)


def _behind(words: list[str], valued: frozenset[str]) -> list[str]:
    """What stands behind a wrapper's options and its duration."""
    at = 0
    while at < len(words) and (words[at].startswith(("-", "+")) or _DURATION.fullmatch(words[at])):
        at += 2 if words[at] in valued else 1
        if words[at - 1 : at] == ["--"]:
            break
    return words[at:]
