"""Runs git: the hardened environment for it, and one awaited command.

Used by the workspace and the bundles; the agent's own git gets the same environment. Subprocesses and not GitPython:
clones run concurrently and are cancelled by SIGTERM, which a blocking library does not allow, and each command's
environment (never a file of the repository) carries its configuration.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runner.surroundings import Surroundings

BOT_NAME = "vTeam bot"
BOT_ADDRESS = "vteam-bot@users.noreply.github.com"
SCHEMES = ("https", "http", "file")


class GitFailed(Exception):
    """A git command that ended with an error; the message is what git said."""


@dataclass(frozen=True)
class Git:
    """git with a fixed environment."""

    environment: Mapping[str, str]
    seconds: float = 600.0

    async def run(self, *arguments: str, cwd: Path, **variables: str) -> str:
        """Standard output of the command. Raises GitFailed; kills the whole command when cancelled."""
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=cwd,
            env={**self.environment, **variables},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self.seconds):
                output, errors = await process.communicate()
        except TimeoutError:
            raise GitFailed(f"git {arguments[0]} took more than {self.seconds:.0f} s") from None
        finally:
            await _end(process)
        if process.returncode:
            raise GitFailed(_said(errors) or f"git {arguments[0]} ended with status {process.returncode}")
        return output.decode("utf-8", "surrogateescape")


async def _end(process: asyncio.subprocess.Process) -> None:
    """git starts children of its own (git-remote-https, index-pack): all of the group go, never one alone."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _said(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    return "; ".join((telling or lines)[-4:])[:1000]


def environment(surroundings: Surroundings, addresses: Iterable[str] = ()) -> dict[str, str]:
    """Variables for git and for the agent's git: all configuration, and nothing secret.

    The credential helper is set for the hosts of `addresses` only, so that a token never goes to another one.
    """
    settings = [*_SETTINGS, *_credential_settings(addresses)]
    variables = {
        "PATH": surroundings.path,
        "HOME": str(surroundings.home),
        "TMPDIR": str(surroundings.tmp),
        "LANG": "C.UTF-8",
        "VTEAM_API_URL": surroundings.api_url,
        "VTEAM_TOKEN_FILE": str(surroundings.token_file),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": ":".join(SCHEMES),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": str(len(settings)),
        **dict(surroundings.network),
    }
    for number, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


_SETTINGS = (
    ("user.name", BOT_NAME),
    ("user.email", BOT_ADDRESS),
    # What a repository brings along to be executed stays unexecuted.
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.excludesFile", str(Path(__file__).with_name("litter.gitignore"))),
    ("core.sshCommand", "false"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    # The workspace is a volume that may belong to another user than the pod's.
    ("safe.directory", "*"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("advice.detachedHead", "false"),
    ("init.defaultBranch", "main"),
    ("protocol.version", "2"),
    ("core.quotePath", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
)


def _credential_settings(addresses: Iterable[str]) -> list[tuple[str, str]]:
    """An empty helper first, which forgets all others; then ours for each host, which is told for which repository: a
    session's repositories may need tokens of their own."""
    origins = sorted({_origin(address) for address in addresses if address.startswith(("http://", "https://"))})
    helper = f"!'{sys.executable}' -I -m runner credential"
    ours = (("helper", helper), ("useHttpPath", "true"))
    return [("credential.helper", ""), *((f"credential.{at}.{name}", value) for at in origins for name, value in ours)]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
