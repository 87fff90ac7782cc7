"""The fence around a pod's processes: which files, ports and powers they have, and how the kernel is told.

`enter` is called in the supervisor's child, between fork and exec; there is no way back. Standard library only, and as
little of it as can be: it lies on the path from a comment to the first model request. `confine` asks what can be had.
"""

import ctypes
import os
import resource
from collections.abc import Sequence
from dataclasses import dataclass

from bot.embedded.kubelet import landlock, seccomp

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL = 24, 38, 47, 4

SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt/rh", "/nix/store",
    "/etc/alternatives", "/etc/bash.bashrc", "/etc/ca-certificates", "/etc/crypto-policies", "/etc/debian_version",
    "/etc/gai.conf", "/etc/group", "/etc/host.conf", "/etc/hosts", "/etc/inputrc", "/etc/ld.so.cache",
    "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/magic", "/etc/mime.types", "/etc/nsswitch.conf",
    "/etc/os-release", "/etc/passwd", "/etc/pki/tls", "/etc/pki/ca-trust", "/etc/profile", "/etc/protocols",
    "/etc/redhat-release", "/etc/resolv.conf", "/etc/services", "/etc/shells", "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/etc/terminfo", "/etc/timezone",
    "/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/uptime",
    "/proc/version", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/ngroups_max", "/proc/sys/kernel/cap_last_cap",
    "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage",
)  # fmt: skip
"""What programs read to be programs: code, libraries, certificates, names of users and hosts. No keys, no processes."""

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@dataclass(frozen=True)
class Fence:
    """What one container may touch; everything else is denied. `listed` directories tell names but no contents."""

    writable: Sequence[str] = ()
    readable: Sequence[str] = ()
    listed: Sequence[str] = ()
    devices: Sequence[str] = ()
    ports: Sequence[int] = ()
    """TCP ports of this machine that it may connect to, at 127.0.0.1."""
    isolated: bool = False
    """It has a network and a /dev/shm of its own (see `namespaces`), and may use whatever there is in them."""
    tmp: str = ""
    """The directory that is its /tmp; only where isolated."""


def enter(fence: Fence) -> None:
    """Put the fence around this process and all its children, for good; raises OSError if any part cannot be had."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _drop_capabilities()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    rules = landlock.Ruleset(ports=not fence.isolated)
    for path in fence.writable:
        rules.allow(path)
    for path in (*SYSTEM, *fence.readable):
        rules.allow(path, landlock.READ)
    for path in fence.listed:
        rules.allow(path, landlock.LIST)
    for path in (*DEVICES, *fence.devices):
        rules.allow(path, landlock.READ_FILE | landlock.WRITE_FILE | landlock.TRUNCATE | landlock.IOCTL_DEV)
    if fence.isolated:
        rules.allow("/dev/shm")  # noqa: S108
    else:
        rules.allow_connect(fence.ports)
    rules.enforce()
    seccomp.enforce()


def _drop_capabilities() -> None:
    """Root's powers: with an empty bounding set, exec gives none back. Anybody else has none to drop."""
    if os.geteuid() != 0:
        return
    _prctl(_PR_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL)
    capability = 0
    while _prctl(_PR_CAPBSET_DROP, capability, may_fail=True):
        capability += 1
    header, nothing = ctypes.c_uint32 * 2, ctypes.c_uint32 * 6
    if ctypes.CDLL(None, use_errno=True).capset(header(0x20080522, 0), nothing()) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _prctl(option: int, value: int, *, may_fail: bool = False) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    done: int = libc.prctl(option, *(ctypes.c_ulong(word) for word in (value, 0, 0, 0)))
    if done != 0 and not may_fail:
        raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")
    return done == 0
