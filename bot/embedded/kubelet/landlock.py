"""Landlock by ctypes: what this kernel can fence, and the system calls that put a fence around the calling process.

`fence` uses it in the supervisor's child, between fork and exec. Standard library only. Numbers are the kernel's ABI
(include/uapi/linux/landlock.h; the three system calls have the same numbers on every architecture).
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION = 1
_RULE_PATH, _RULE_PORT = 1, 2

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
_FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_CONNECT_TCP = 1 << 1
_SCOPE_ABSTRACT_UNIX, _SCOPE_SIGNAL = 1 << 0, 1 << 1
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many filesystem rights each ABI knows; 16 from ABI 5 on

READ = EXECUTE | READ_FILE | READ_DIR
LIST = READ_DIR

TCP_ABI, SCOPE_ABI = 4, 6


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def abi() -> int:
    """The Landlock ABI of this kernel; 0 where it has none or it is switched off."""
    try:
        return _syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    except OSError as refused:
        if refused.errno in {errno.ENOSYS, errno.EOPNOTSUPP}:
            return 0
        raise


def _all_rights(version: int) -> int:
    return (1 << _FS_BITS.get(version, 16)) - 1


class Ruleset:
    """A fence in the making: everything is denied that no rule allows, from `enforce` on and for all children."""

    def __init__(self, *, ports: bool = True) -> None:
        """`ports` False leaves TCP connections alone, for a process whose network is its own."""
        version = abi()
        self._rights = _all_rights(version)
        connect = _CONNECT_TCP if ports and version >= TCP_ABI else 0
        scopes = _SCOPE_ABSTRACT_UNIX | _SCOPE_SIGNAL if version >= SCOPE_ABI else 0
        attributes = struct.pack("=QQQ", self._rights, connect, scopes)
        self._fd = _syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
        self._ports = bool(connect)

    def allow(self, path: str, rights: int | None = None) -> None:
        """Allow `rights` (all by default) on a path and all beneath; a path that does not exist needs no rule."""
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        try:
            wanted = self._rights if rights is None else rights & self._rights
            if not os.path.isdir(f"/proc/self/fd/{fd}"):
                wanted &= _FOR_FILES
            if wanted:
                rule = struct.pack("=Qi", wanted, fd)
                _syscall(_ADD_RULE, ctypes.c_int(self._fd), ctypes.c_int(_RULE_PATH), rule, ctypes.c_uint32(0))
        finally:
            os.close(fd)

    def allow_connect(self, ports: Iterable[int]) -> None:
        """Allow TCP connections to these ports, on whatever address; all others are denied."""
        for port in ports if self._ports else ():
            rule = struct.pack("=QQ", _CONNECT_TCP, port)
            _syscall(_ADD_RULE, ctypes.c_int(self._fd), ctypes.c_int(_RULE_PORT), rule, ctypes.c_uint32(0))

    def enforce(self) -> None:
        """From here on, for this process and its children; needs no_new_privs."""
        _syscall(_RESTRICT, ctypes.c_int(self._fd), ctypes.c_uint32(0))
        os.close(self._fd)
