"""Whether a shell command changes files of the work: by redirections, editors, patches, small programs. Pure.

Called by `runner/phases.py`. What is written outside of the work (`/tmp`, `/dev/null`), logs and other output that a
command leaves behind (`pytest > out.log`) is no change.
"""

import re
from collections.abc import Callable, Sequence

from runner.shell.commands import MOST_FED, Simple, simple_commands

_PRINTERS = frozenset({"cat", "echo", "printf", "sed", "awk", "gawk", "jq", "yq", "envsubst", "base64"})
"""Programs that are there to print what is to stand in a file."""
_LOG = re.compile(r"(?i).*\.(?:log|out|err|txt|tmp|patch|diff|lst|tap)")
_SUFFIX = re.compile(r".*[^./]\.\w{1,12}")
_CODE = re.compile(
    r"""\bopen\s*\([^()\n]{0,200},\s*(?:mode\s*=\s*)?['"](?:[wax]|r\+|rb\+)[bt+]*['"]"""
    r"|\.write(?:_text|_bytes|lines)\s*\(|\.(?:unlink|touch|rename|replace)\s*\(\s*\)|shutil\.(?:copy\w*|move|rmtree)\b"
    r"|\bos\.(?:rename|replace|remove|unlink|symlink)\b|inplace\s*=\s*(?:True|1)|\bjson\.dump\s*\("
    r"|\b(?:writeFile|appendFile|copyFile|rename|unlink|rm|createWriteStream)(?:Sync)?\s*\("
    r"|\bFile\.(?:write|open|rename|delete)\b|\bIO\.write\b|\bfile_put_contents\b"
)
_IN_PLACE: dict[str, re.Pattern[str]] = {
    "sed": re.compile(r"-[nErsuz]*i.*|--in-place.*"),
    "gsed": re.compile(r"-[nErsuz]*i.*|--in-place.*"),
    "perl": re.compile(r"-[0-7plnaw]*i.*"),
    "ruby": re.compile(r"-[plnaw]*i.*"),
    "awk": re.compile(r"inplace"),
    "gawk": re.compile(r"inplace"),
    "yq": re.compile(r"-i|--inplace|--in-place"),
    "clang-format": re.compile(r"-i"),
    "autopep8": re.compile(r"-[rv]*i[rv]*|--in-place"),
    "yapf": re.compile(r"-[rp]*i[rp]*|--in-place"),
    "gofmt": re.compile(r"-[ls]*w|-w"),
    "goimports": re.compile(r"-w"),
    "shfmt": re.compile(r"-w"),
    "2to3": re.compile(r"-[n]*w|--write"),
    "prettier": re.compile(r"-w|--write"),
    "eslint": re.compile(r"--fix"),
    "stylelint": re.compile(r"--fix"),
    "biome": re.compile(r"--write|--fix|--apply"),
    "rubocop": re.compile(r"-[aA]|--auto-?correct.*|--fix-layout"),
    "sg": re.compile(r"-U|--update-all"),
    "ast-grep": re.compile(r"-U|--update-all"),
    "comby": re.compile(r"-i|-in-place"),
}
_FORMATTERS = frozenset({"black", "isort", "rustfmt", "pyupgrade", "autoflake", "docformatter", "ktlint", "sd"})
_CHECKING = re.compile(r"--check(?:-only)?|--diff|--dry-run|--stat|--numstat|--summary|-n|--version|--help|-h")
# git's words that bring other people's changes, or older ones, into the work tree.
_GIT = frozenset({"apply", "am", "cherry-pick", "revert", "restore", "mv", "rm"})
_TOOLS: dict[str, str] = {"cargo": "fmt|fix", "go": "fmt|fix", "ruff": "format", "dart": "format|fix", "mix": "format"}
_INTERPRETER = re.compile(r"(?:python|pypy)(?:\d+(?:\.\d+)*)?|node|deno|bun|ruby|perl|php")


def writes_files(command: str, folder: str = "") -> bool:
    """Whether it changes files of the work. `folder`: the agent's working directory, where it is known."""
    return any(_writes(one, folder) for one in simple_commands(command))


def _writes(one: Simple, folder: str) -> bool:
    if any(_is_written(one, target, folder) for target in one.targets):
        return True
    if not one.words:
        return False
    how = _HOW.get(one.program, _otherwise)
    return how(one, folder)


def _is_written(one: Simple, target: str, folder: str) -> bool:
    """Whether what goes into a file is meant to stay there."""
    if not is_of_the_work(target, one.folder, folder):
        return False
    if not one.words or one.program in _PRINTERS or one.fed:
        return True
    return _telling(target)


def _telling(path: str) -> bool:
    """Whether a file's name is that of something that people keep, rather than of a command's output."""
    return _SUFFIX.fullmatch(path) is not None and _LOG.fullmatch(path) is None


def is_of_the_work(path: str, moved: str, folder: str) -> bool:
    """Whether a path lies where the work does. `moved`: where `cd` has led before."""
    if moved and not path.startswith(("/", "~", "$")):
        return is_of_the_work(moved, "", folder)
    if folder and path.startswith("/"):
        return f"{path}/".startswith(f"{folder.rpartition('/')[0] or folder}/")
    return not path.startswith(("/tmp", "/var/tmp", "/dev/", "/proc/", "~", "$TMP", "${TMP", "$HOME", "/home", "/root"))  # noqa: S108


def _tee(one: Simple, folder: str) -> bool:
    source = one.source
    plain = (source is not None and (source.program in _PRINTERS or bool(source.fed))) or bool(one.fed)
    paths = [word for word in one.words[1:] if not word.startswith("-") and is_of_the_work(word, one.folder, folder)]
    return any(plain or _telling(path) for path in paths)


def _git(one: Simple, folder: str) -> bool:
    words = [word for word in one.words[1:] if not word.startswith("-")]
    while words and one.words[one.words.index(words[0]) - 1] in ("-C", "-c"):
        words = words[1:]
    if not words or any(_CHECKING.fullmatch(word) for word in one.words):
        return False
    return (
        words[0] in _GIT
        or (words[0] == "stash" and words[1:2] in (["pop"], ["apply"]))
        or (words[0] == "checkout" and "--" in one.words)
    )


def _patch(one: Simple, folder: str) -> bool:
    return not any(_CHECKING.fullmatch(word) for word in one.words[1:] if word != "-n")


def _last(one: Simple, folder: str) -> bool:
    """Programs that write to the last path that they are given."""
    paths = [word for word in one.words[1:] if not word.startswith("-")]
    return bool(paths) and is_of_the_work(paths[-1], one.folder, folder)


def _any_kept(one: Simple, folder: str) -> bool:
    """Programs that are given files to change or to delete."""
    paths = [word for word in one.words[1:] if not word.startswith("-")]
    return any(_telling(path) and is_of_the_work(path, one.folder, folder) for path in paths)


def _always(one: Simple, folder: str) -> bool:
    return True


_HOW: dict[str, Callable[[Simple, str], bool]] = {
    "tee": _tee,
    "git": _git,
    "patch": _patch,
    "ed": _always,
    "ex": _always,
    "mv": _last,
    "cp": _last,
    "ln": _last,
    "install": _last,
    "truncate": _last,
    "rm": _any_kept,
    "touch": _any_kept,
}


def _otherwise(one: Simple, folder: str) -> bool:
    name, rest = one.program, one.words[1:]
    if name in _IN_PLACE:
        found = any(_IN_PLACE[name].fullmatch(word) for word in rest)
        return found and _touches(rest, one, folder) if name in ("sed", "gsed", "perl", "ruby") else found
    if any(_CHECKING.fullmatch(word) for word in rest):
        return False
    if name == "ruff":
        return rest[:1] == ("format",) or "--fix" in rest
    if name in _TOOLS:
        return bool(rest) and re.fullmatch(_TOOLS[name], rest[0]) is not None
    return name in _FORMATTERS or _runs_code(name, one)


def _touches(words: Sequence[str], one: Simple, folder: str) -> bool:
    """Whether an editor in place is given a file of the work: its last word."""
    return bool(words) and is_of_the_work(words[-1], one.folder, folder)


def _runs_code(name: str, one: Simple) -> bool:
    """A small program on the line, or in a here-document, that writes files."""
    if not _INTERPRETER.fullmatch(name):
        return False
    given = [one.words[at + 1] for at, word in enumerate(one.words[:-1]) if word in ("-c", "-e", "-r", "--eval", "-pe")]
    return any(_CODE.search(code[:MOST_FED]) for code in [*given, one.fed])
