"""A seccomp filter for what Landlock cannot fence: sockets other than TCP, kernel keyrings, io_uring.

Without it an agent could reach the Docker socket or the session's D-Bus (and start a process outside of the fence), or
send data out by UDP. Socket pairs and pipes still work. Standard library only; `fence` applies it last.
"""

import ctypes
import os
import struct
from dataclasses import dataclass

_LD, _JEQ, _JSET, _AND, _RET = 0x20, 0x15, 0x45, 0x54, 0x06  # classic BPF: load word, jumps, and, return
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_EACCES, _ENOSYS, _EPERM = 13, 38, 1
_NUMBER, _ARCH, _DOMAIN, _TYPE, _PROTOCOL = 0, 4, 16, 24, 32  # offsets in struct seccomp_data (low words)
_AF_INET, _AF_INET6, _AF_NETLINK, _SOCK_STREAM, _TYPE_MASK, _TCP = 2, 10, 16, 1, 0xF, 6
_PR_SET_SECCOMP, _FILTER_MODE = 22, 2


@dataclass(frozen=True)
class _Machine:
    audit: int
    socket: int
    denied: tuple[int, ...]  # bpf, perf_event_open, userfaultfd, add_key, request_key, keyctl
    foreign: int = 0  # bit of a second, incompatible system call table (x32)


_NEW_CALLS = (425, 426, 427)  # io_uring_setup, _enter, _register: the same number everywhere
_MACHINES = {
    "x86_64": _Machine(0xC000003E, 41, (321, 298, 323, 248, 249, 250), 0x40000000),
    "aarch64": _Machine(0xC00000B7, 198, (280, 241, 282, 217, 218, 219)),
}


def supported() -> bool:
    """Whether this processor's system call numbers are known here."""
    return os.uname().machine in _MACHINES


def enforce() -> None:
    """From here on, for this process and its children; needs no_new_privs."""
    program = b"".join(_program(_MACHINES[os.uname().machine]))
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_FILTER_MODE), filter_, 0, 0) != 0:
        failure = ctypes.get_errno()
        raise OSError(failure, f"seccomp: {os.strerror(failure)}")


def _op(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _fail(error: int) -> bytes:
    return _op(_RET, _ERRNO | error)


def _unless(test: int, value: int, then: list[bytes]) -> list[bytes]:
    """Run `then` when the loaded word passes the test, and go on behind it when not."""
    return [_op(test, value, no=len(then)), *then]


def _program(machine: _Machine) -> list[bytes]:
    foreign = [_op(_JEQ, machine.audit, yes=1), _fail(_ENOSYS)]
    code = [_op(_LD, _ARCH), *foreign, _op(_LD, _NUMBER)]
    if machine.foreign:
        code += _unless(_JSET, machine.foreign, [_fail(_ENOSYS)])
    for number in _NEW_CALLS:
        code += _unless(_JEQ, number, [_fail(_ENOSYS)])
    for number in machine.denied:
        code += _unless(_JEQ, number, [_fail(_EPERM)])
    return [*code, *_unless(_JEQ, machine.socket, _sockets()), _op(_RET, _ALLOW)]


def _sockets() -> list[bytes]:
    """TCP over IP, and the routing table (address look-ups ask it); every other socket is refused with EACCES."""
    routes = [_op(_LD, _PROTOCOL), *_unless(_JEQ, 0, [_op(_RET, _ALLOW)]), _fail(_EACCES)]
    stream = [_op(_LD, _TYPE), _op(_AND, _TYPE_MASK), *_unless(_JEQ, _SOCK_STREAM, _tcp_only()), _fail(_EACCES)]
    code = [_op(_LD, _DOMAIN), *_unless(_JEQ, _AF_NETLINK, routes)]
    code += _unless(_JEQ, _AF_INET, stream)
    return [*code, *_unless(_JEQ, _AF_INET6, stream), _fail(_EACCES)]


def _tcp_only() -> list[bytes]:
    # Landlock's rule is about TCP: MPTCP and SCTP would connect past it.
    allow = [_op(_RET, _ALLOW)]
    return [_op(_LD, _PROTOCOL), *_unless(_JEQ, 0, allow), *_unless(_JEQ, _TCP, allow), _fail(_EACCES)]
