"""A network, a /tmp and a /dev/shm of its own for each container; of this machine only the given ports, at 127.0.0.1.

Landlock's rule is about port numbers: it would let an agent reach any host of the world on the bot's port, and keep a
repository's tests from the servers that they start. In an empty network namespace neither is so. `isolate` runs in the
supervisor's child, `relay` beside the supervisor in a process of its own. Standard library only.
"""

import array
import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from bot.embedded.kubelet.processes import die_with_parent

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
_SHM = "/dev/shm"  # noqa: S108 (mounted over, never written to)
_SIOCSIFFLAGS, _UP_AND_RUNNING = 0x8914, 0x41
_CONNECTIONS = 256  # at a time; an agent that wants more waits
_CHUNK = 1 << 16


def isolate(ports: Sequence[int], tmp: str = "") -> list[socket.socket]:
    """Leave this machine's network for an empty one, and listen there on the ports; OSError where that is refused.

    `tmp` is the directory that shall be /tmp; "" leaves /tmp as it is.
    """
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    # Root may have these namespaces by themselves; for others it takes a user namespace around them.
    if libc.unshare(_CLONE_NEWNET | _CLONE_NEWNS | (_CLONE_NEWUSER if uid else 0)) != 0:
        raise OSError(ctypes.get_errno(), f"unshare: {os.strerror(ctypes.get_errno())}")
    if uid:
        _keep_identity(uid, gid)
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    if os.path.isdir(_SHM):
        _mount("tmpfs", _SHM, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=64m,mode=1777")
    if tmp:
        _mount(tmp, "/tmp", "", _MS_BIND)  # noqa: S108
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))
    return [socket.create_server(("127.0.0.1", port), backlog=64) for port in ports]


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    words = [word.encode() or None for word in (source, target, kind)]
    if libc.mount(*words, ctypes.c_ulong(flags), data.encode() or None) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}: {os.strerror(ctypes.get_errno())}")


def _keep_identity(uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def hand_over(channel: socket.socket, listeners: list[socket.socket]) -> None:
    """Give the listening sockets to the supervisor; this process keeps none."""
    socket.send_fds(channel, [b"."], [listener.fileno() for listener in listeners])
    for listener in listeners:
        listener.close()


def taken_over(channel: socket.socket, count: int) -> list[socket.socket]:
    """The sockets that the child hands over; [] when it died before."""
    room = socket.CMSG_SPACE(count * array.array("i").itemsize)
    _, ancillary, _, _ = channel.recvmsg(1, room)
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


def start_relay(listeners: list[socket.socket]) -> int:
    """Fork the process that carries connections out; its pid. It ends with its parent, and holds none of its pipes."""
    pid = os.fork()
    if pid == 0:
        die_with_parent(signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(null, standard)
        _relay(listeners)
    for listener in listeners:
        listener.close()
    return pid


def _relay(listeners: list[socket.socket]) -> NoReturn:
    free = threading.BoundedSemaphore(_CONNECTIONS)
    for listener in listeners:
        threading.Thread(target=_accept, args=(listener, free), daemon=True).start()
    while True:
        signal.pause()


def _accept(listener: socket.socket, free: threading.BoundedSemaphore) -> None:
    port = listener.getsockname()[1]
    while True:
        free.acquire()
        try:
            client, _ = listener.accept()
        except OSError:
            free.release()
            continue
        threading.Thread(target=_carry, args=(client, port, free), daemon=True).start()


def _carry(client: socket.socket, port: int, free: threading.BoundedSemaphore) -> None:
    try:
        with client, socket.create_connection(("127.0.0.1", port), timeout=10) as server:
            server.settimeout(None)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()
    except OSError:
        pass  # nobody listens there: the client sees its connection end
    finally:
        free.release()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def main() -> NoReturn:
    """The probe that `confine` runs in a process of its own: exit status 0 where `isolate` works."""
    try:
        [listener] = isolate([1])
        with socket.create_connection(("127.0.0.1", 1), timeout=5), listener:
            pass
    except OSError as refused:
        sys.exit(str(refused))
    sys.exit(0)
