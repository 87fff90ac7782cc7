"""What this machine can enforce around a pod, told to people and to the kubelet, which refuses to run without it."""

import functools
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.embedded.kubelet import landlock, seccomp

log = structlog.get_logger()

ROOT = Path(__file__).resolve().parents[3]  # where the package `bot` is found


class CannotConfine(Exception):
    """This machine cannot fence pods, and nobody has said that they may run without a fence."""


@dataclass(frozen=True)
class Confinement:
    """What this machine enforces. `gaps` are for people to read; where not `possible`, a fence would be pretence."""

    possible: bool
    summary: str
    isolated: bool = False
    gaps: tuple[str, ...] = ()


@functools.cache
def confinement() -> Confinement:
    """Ask the kernel what it can enforce; changes nothing, and takes some 50 ms the first time."""
    abi = landlock.abi()
    if abi == 0:
        return Confinement(False, "this kernel has no Landlock (it needs Linux 5.13, and lsm=…,landlock)")
    if abi < landlock.TCP_ABI:
        return Confinement(False, f"this kernel's Landlock (ABI {abi}) cannot fence network ports (it needs Linux 6.7)")
    if not seccomp.supported():
        return Confinement(False, f"the system calls of this processor ({os.uname().machine}) are not known")
    isolated = _networks_can_be_had()
    gaps = [] if isolated else ["an agent can reach other hosts on the bot's port, and no server of its own tests"]
    if abi < landlock.SCOPE_ABI:
        gaps.append("an agent can send signals to this user's other processes")
    how = f"Landlock ABI {abi}, seccomp" + (" and a network of its own" if isolated else "")
    return Confinement(True, f"files, sockets and signals fenced by {how}", isolated, tuple(gaps))


def _networks_can_be_had() -> bool:
    # In a process of its own: unshare has no way back.
    program = "import sys; sys.path.insert(0, sys.argv[1]); from bot.embedded.kubelet.namespaces import main; main()"
    arguments = [sys.executable, "-I", "-S", "-c", program, str(ROOT)]
    try:
        return (
            subprocess.run(
                arguments, env=interpreter_environment(), capture_output=True, timeout=30, check=False
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def interpreter_environment() -> dict[str, str]:
    """The one thing that some interpreters need of the environment to start at all; it holds no secret."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def check_confinement(*, fenced: bool) -> Confinement:
    """What pods will get; raises CannotConfine rather than run agents as the bot's own user in all but name."""
    if not fenced:
        log.warning("pods_unconfined", gap="pods run with all of this user's rights")
        return Confinement(False, "unconfined, as asked for")
    found = confinement()
    if not found.possible:
        raise CannotConfine(
            f"pods cannot be confined: {found.summary}. To run them with all of this user's rights say so: --unconfined"
        )
    for gap in found.gaps:
        log.warning("confinement_gap", gap=gap)
    return found
