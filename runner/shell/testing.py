"""Whether a shell command runs tests: by the programs and goals by which the languages' tools run theirs. Pure.

Called by `runner/phases.py` and `runner/notes.py`. A command that names a test runner without running it (`grep
pytest`, `pip install tox`, `pytest --version`) runs none.
"""

import re
from collections.abc import Sequence

from runner.shell.commands import simple_commands, unwrapped

LONGEST = 200
"""Characters of a word that can be a program's name or a goal."""
_RUNNERS = """
    pytest py.test tox nox nose2 nosetests jest vitest mocha ava jasmine phpunit pest paratest rspec cucumber behave
    ctest bats gotestsum ginkgo busted prove robot trial ward web-test-runner wtr qunit minitest stestr
"""
_DIRECT = frozenset(_RUNNERS.split())
_MODULES = _DIRECT | {"unittest", "doctest", "testtools.run", "pytest_cov", "xmlrunner", "twisted.trial"}
# Programs whose first plain word says what they do, and the words that run tests.
_VERBS: dict[str, str] = {
    "go": "test",
    "cargo": "t|test|nextest|tarpaulin|llvm-cov|miri",
    "dotnet": "test|vstest",
    "swift": "test",
    "mix": "test",
    "deno": "test",
    "dart": "test",
    "flutter": "test",
    "zig": "test",
    "stack": "test",
    "cabal": "test|v2-test",
    "dune": "test|runtest",
    "bazel": "test|coverage",
    "bazelisk": "test|coverage",
    "buck2": "test",
    "pants": "test",
    "please": "test",
    "hatch": "test",
    "rails": "test.*|spec",
    "crystal": "spec",
    "forge": "test",
    "hardhat": "test",
    "terraform": "test",
    "tofu": "test",
    "cypress": "run",
    "playwright": "test",
    "karma": "start",
    "nx": "test|run|run-many|affected",
    "ng": "test|e2e",
    "meson": "test",
    "django-admin": "test",
    "manage.py": "test",
    "setup.py": "test",
    "artisan": "test",
    "composer": "test.*",
}
# Programs that take goals, among them one or more whose name tells that it runs tests.
_TAKE_GOALS = """
    make gmake just task rake ninja mvn mvnw gradle gradlew sbt lein ant invoke inv poe grunt gulp turbo mage waf scons
    mill bb doit
"""
_GOALS = frozenset(_TAKE_GOALS.split())
_GOAL = re.compile(r"(?:.*[:./_-])?(?:tests?|spec|specs|check|verify|e2e|testonly|testquick|unittests?)(?:[:._-].*)?")
_CAMEL = re.compile(r"(?:.*:)?(?:test[A-Z]\w*|\w*[a-z]Tests?)")
_SCRIPT = re.compile(r"(?:npm|pnpm|yarn|bun)")
_SCRIPT_NAME = re.compile(r"(?:.*[:_-])?(?:tests?|t|tst|spec|e2e|jest|vitest|mocha)(?:[:_-].*)?")
# No pipe and nothing else that would hide the command's status, or do more than run it.
_ALONE = re.compile(r"(?:cd [\w./-]+ && )?([\w ./=:,@+'\"\[\]-]+)")
# Options of all of them that take the word behind them.
_VALUED = frozenset(
    {"-C", "-f", "-I", "-W", "-j", "-pl", "-P", "-p", "-w", "-F", "-m", "-n", "-T", "-x", "--prefix", "--filter"}
    | {"--workspace", "--cwd", "--dir", "--directory", "--file", "--project", "--manifest-path", "-s", "-u", "--target"}
)
_PYTHON = re.compile(r"(?:python|pypy)(?:\d+(?:\.\d+)*)?|py|coverage")
_INTERPRETERS = frozenset(
    {"bash", "sh", "zsh", "dash", "node", "ruby", "perl", "php", "tsx", "ts-node", "julia", "lua"}
)
_FILE = re.compile(
    r"(?:run[_-]?)?(?:all[_-]?|unit[_-]?|integration[_-]?)*(?:tests?|specs?)(?:[_-][\w-]*)?(?:\.\w+)?|\w+[._-](?:test|spec)\.\w+"
)
_NO_RUN = frozenset(
    {"--version", "-V", "--help", "-h", "--collect-only", "--co", "--fixtures", "--list-tests", "--dry-run"}
)


def runs_tests(command: str) -> bool:
    """Whether a command runs tests, perhaps among others."""
    return any(is_test_run(one.words) for one in simple_commands(command))


def is_test_run(words: Sequence[str]) -> bool:
    """Whether a simple command does."""
    words = [word for word in words if len(word) <= LONGEST]
    if not words or any(word in _NO_RUN for word in words):
        return False
    name, rest = words[0].rpartition("/")[2], tuple(words[1:])
    if name in _DIRECT:
        return True
    if _PYTHON.fullmatch(name):
        return _of_python(rest if name != "coverage" or rest[:1] != ("run",) else rest[1:])
    if name in _INTERPRETERS:
        return _of_script(name, rest)
    if _SCRIPT.fullmatch(name):
        return _of_packages(rest)
    if name in ("hatch", "pdm", "rye", "poetry") and rest[:1] == ("run",):
        return rest[1:2] == ("test",)
    if name in _VERBS or name in _GOALS:
        return _of_goals(name, _plain(rest))
    return "/" in words[0] and _is_test_file(words[0])


def _of_goals(name: str, plain: Sequence[str]) -> bool:
    if name in _VERBS:
        return bool(plain) and re.fullmatch(_VERBS[name], plain[0]) is not None and (name != "nx" or "test" in plain)
    goals = [goal for word in plain if "=" not in word for goal in word.split()[:1]]
    return any(_GOAL.fullmatch(goal.lower()) or _CAMEL.fullmatch(goal) for goal in goals)


def _of_python(words: Sequence[str]) -> bool:
    """`python -m pytest`, `python manage.py test`, `python run_tests.py`."""
    for place, word in enumerate(words):
        if word == "-m" and place + 1 < len(words):
            module, behind = words[place + 1], words[place + 2 :]
            return module in _MODULES or (
                module in ("coverage", "django", "hatch", "nox") and is_test_run((module, *behind))
            )
        if word in ("-c", "-"):
            return False
        if not word.startswith("-"):
            return is_test_run((word.rpartition("/")[2], *words[place + 1 :])) or _is_test_file(word)
    return False


def _of_script(name: str, words: Sequence[str]) -> bool:
    """`node --test`, `bash run_tests.sh`, `node node_modules/.bin/jest`, `php artisan test`."""
    if name == "node" and any(word == "--test" or word.startswith("--test-") for word in words):
        return True
    plain = [place for place, word in enumerate(words) if not word.startswith("-")]
    if not plain or "-e" in words or "-c" in words:
        return False
    script, behind = words[plain[0]], words[plain[0] + 1 :]
    inner = script.rpartition("/")[2].removesuffix(".js")
    return _is_test_file(script) or is_test_run((inner, *behind))


def _of_packages(words: Sequence[str]) -> bool:
    """`npm test`, `npm t`, `pnpm --filter web run test:unit`, `yarn workspace app jest`."""
    plain = _plain(words)
    if plain[:1] in (("run",), ("run-script",), ("rum",)):
        return bool(plain[1:]) and _SCRIPT_NAME.fullmatch(plain[1]) is not None
    if plain[:1] == ("workspace",):
        return _of_packages(plain[2:])
    return bool(plain) and _SCRIPT_NAME.fullmatch(plain[0]) is not None


def _plain(words: Sequence[str]) -> tuple[str, ...]:
    """The words without options, their values, and toolchains such as `+nightly`."""
    kept: list[str] = []
    skip = False
    for word in words:
        if not skip and not word.startswith(("-", "+")):
            kept.append(word)
        skip = not skip and word in _VALUED
    return tuple(kept)


def _is_test_file(path: str) -> bool:
    """Whether a program of this name runs tests when it is run itself."""
    return _FILE.fullmatch(path.rpartition("/")[2]) is not None


def one_run(command: str) -> bool:
    """Whether it is one command alone that runs tests, perhaps in a folder: it can be run again as it stands."""
    found = _ALONE.fullmatch(command)
    return found is not None and is_test_run(unwrapped(found[1].split()))
