"""What git ignores in a user's folder, asked of git itself once. Called for `vteam context --repo`; never in a pod.

The folder may be a stranger's: nothing that its configuration names is run, nothing is fetched, and a git that does not
answer in time is done without. Tracked files are never ignored, whatever the rules say.
"""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from runner.context.tree import Tree, listed

SECONDS = 20.0
"""For git's answer; a rule file that is a pipe would keep it for good."""
MOST_ANSWER = 16 * 1024 * 1024
_COMMAND = ("git", "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
# Set in the environment, where they have the last word; what a repository brings along to be executed stays unexecuted.
_SETTINGS = (("core.fsmonitor", "false"), ("core.hooksPath", os.devnull), ("core.sshCommand", "false"))
_PASSED = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR")


def without_ignored(root: Path) -> Tree:
    """The tree of a folder without what git ignores in it; all of it where there is no git, or no repository."""
    return listed(root, ignored_in(root, os.environ))


def ignored_in(root: Path, variables: Mapping[str, str]) -> frozenset[str]:
    """Paths that git ignores below the folder; of a folder that is ignored as a whole only its own path."""
    found = _answer(root, _environment(variables))
    paths = {os.fsdecode(path).rstrip("/") for path in found.split(b"\0") if path}
    # Who names a folder means it, even where a repository around it ignores all of it.
    return frozenset() if "." in paths else frozenset(paths)


def _answer(root: Path, environment: Mapping[str, str]) -> bytes:
    """What git says; nothing where it cannot say it all."""
    try:
        process = subprocess.Popen(
            _COMMAND,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return b""
    with process:
        try:
            found, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            return b""
    return found if process.returncode == 0 and len(found) <= MOST_ANSWER else b""


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    made = {name: variables[name] for name in _PASSED if name in variables}
    made |= {
        "LANG": "C.UTF-8",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
    }
    for number, (key, value) in enumerate(_SETTINGS):
        made |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return made
