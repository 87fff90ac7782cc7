"""Runs git for the bot: fenced off from the machine's configuration, hooks and prompts, with a time limit.

Called by bundle.py, publish.py and orders.py. A password travels in the child's environment to a credential helper that
answers for one address only: never in an argument, a file or a log. asyncio's processes rather than GitPython's,
because a fetch that hangs must be cancelled without a thread left behind.
"""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import Later
from crds.redaction import redact

TIMEOUT = 180.0
_HELPER = """!f() { test "$1" = get && printf 'username=x-access-token\\npassword=%s\\n' "$VTEAM_GIT_PASSWORD"; }; f"""
_UNREACHABLE = (
    "could not resolve host", "failed to connect", "connection refused", "connection reset", "connection timed out",
    "operation timed out", "couldn't connect", "empty reply", "early eof", "the requested url returned error: 5",
    "the requested url returned error: 429", "recv failure", "http/2 stream", "gnutls", "unexpected disconnect",
    "the remote end hung up", "transfer closed", "rpc failed",
)  # fmt: skip


class GitRefused(Exception):
    """Git will not do it, and time will not change that; the message is git's own, without secrets."""


@dataclass(frozen=True)
class Remote:
    """A repository's address, and what opens it."""

    url: str
    password: str | None = field(default=None, repr=False)


def environment(remote: Remote | None = None) -> dict[str, str]:
    """The whole environment of a git process."""
    local = remote is not None and remote.url.startswith("file://")
    settings = {
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "protocol.allow": "never",
        "protocol.http.allow": "always",
        "protocol.https.allow": "always",
        "protocol.file.allow": "always" if local or remote is None else "never",
        "fetch.fsckObjects": "true",
        "fetch.unpackLimit": "1",  # a pack stays a pack: a bomb in it is never unpacked onto the disk
        "gc.auto": "0",
        "maintenance.auto": "false",
    }
    if remote and remote.password is not None:
        settings[f"credential.{remote.url}.helper"] = _HELPER
    pairs: dict[str, str] = {}
    for number, (key, value) in enumerate(settings.items()):
        pairs |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    fences = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    secret = {"VTEAM_GIT_PASSWORD": remote.password} if remote and remote.password is not None else {}
    return fences | pairs | secret


async def git(folder: Path, *arguments: str, remote: Remote | None = None, seconds: float = TIMEOUT) -> bytes:
    """Runs git in `folder`; its output. Raises Later where the other side is out of reach, GitRefused otherwise."""
    process = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        cwd=folder,
        env=environment(remote),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            output, errors = await process.communicate()
    except TimeoutError:
        raise Later(f"git {arguments[0]} took longer than {seconds:.0f} s", after=10.0) from None
    finally:
        await _ended(process)
    if process.returncode != 0:
        raise _failure(arguments[0], errors.decode(errors="replace") + output.decode(errors="replace"))
    return output


async def _ended(process: asyncio.subprocess.Process) -> None:
    """No git outlives its call: it and its helpers (git-remote-https) form one session."""
    if process.returncode is None:
        with suppress(ProcessLookupError):  # it has ended, and the loop does not know it yet
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _failure(command: str, said: str) -> Exception:
    words = redact(" ".join(said.split()))[:600]
    if any(sign in words.lower() for sign in _UNREACHABLE):
        return Later(f"git {command}: {words}")
    return GitRefused(f"git {command}: {words}")
