"""The whole embedded control plane in one process: API server, Job controller and kubelet on one directory.

The wiring opens it for `vteam up`, `vteam demo` and the tests, and then speaks to `url` as to any cluster. It listens
on loopback only; its directory belongs to one process at a time, and all secrets in it are files of mode 0600.
"""

import asyncio
import fcntl
import importlib.util
import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import structlog

from bot.cluster import NAMESPACES, AlreadyExists, Cluster, Json
from bot.embedded import accounts
from bot.embedded.api import ApiStore, api_app, load_crds
from bot.embedded.api.tls import certificates, write_kubeconfig
from bot.embedded.jobs.controller import JobController
from bot.embedded.kubelet.confine import check_confinement
from bot.embedded.kubelet.kubelet import Kubelet, KubeletOptions
from bot.embedded.kubelet.layout import Allowed
from bot.embedded.kubelet.volumes import write
from bot.serving import Address, ASGIApp, Tls, serving

log = structlog.get_logger()


class DirectoryInUse(Exception):
    """Another process runs a control plane on this directory."""


@dataclass(frozen=True)
class ControlPlaneOptions:
    """What the wiring decides."""

    ports: Sequence[int] = ()
    """Ports that pods may connect to; more with `ControlPlane.allow_connect`."""
    readable: Sequence[Path] = ()
    """What pods may read beyond the system's programs, this interpreter and `packages`."""
    packages: Sequence[str] = ("runner", "crds")
    """Importable packages that pods may read."""
    unconfined: bool = False
    """Run pods with all rights of this user; needed where the kernel cannot fence them."""
    crds: Sequence[Json] = ()
    """CustomResourceDefinitions to load."""
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Namespaces to create, with their labels."""
    logs: Path | None = None
    """Where the pods' logs go; beneath the directory by default."""
    node_name: str = "vteam-local"
    backoff: float = 10.0
    """Seconds between a pod's first failure and the next pod of its Job."""


@dataclass
class ControlPlane:
    """A running control plane; what it says about itself is enough to speak to it."""

    directory: Path
    url: str
    admin_token: str = field(repr=False)
    kubelet: Kubelet

    @property
    def kubeconfig(self) -> Path:
        """A file for kubectl, of mode 0600."""
        return self.directory / "kubeconfig"

    def cluster(self) -> Cluster:
        """A client with all rights; the caller closes it."""
        return Cluster.at(self.url, token=self.admin_token)

    def allow_connect(self, *ports: int) -> None:
        """Let pods that start from now on connect to these ports."""
        self.kubelet.allow_connect(*ports)

    @classmethod
    @asynccontextmanager
    async def open(cls, directory: Path, options: ControlPlaneOptions) -> AsyncIterator[Self]:
        """Start everything; leaving ends every pod's processes. Raises DirectoryInUse and CannotConfine."""
        allowed = _allowed(options)
        await asyncio.to_thread(check_confinement, fenced=allowed.fenced)
        logs = options.logs or directory / "logs"
        kubelet_options = KubeletOptions(directory / "pods", logs, options.node_name, allowed)
        async with AsyncExitStack() as stack:
            stack.enter_context(_locked(directory))
            token = _secret(directory / "admin.token")
            doors = await stack.enter_async_context(_api(directory, options, token=token, logs=logs))
            address = doors.inside
            write_kubeconfig(directory / "kubeconfig", url=doors.outside.url, token=token, authority=doors.authority)
            admin = await stack.enter_async_context(Cluster.at(address.url, token=token))
            await _prepare(admin, options)
            clients = [
                await stack.enter_async_context(_client(admin, account, url=address.url, directory=directory))
                for account in (accounts.JOB_CONTROLLER, accounts.KUBELET)
            ]
            controller = JobController(clients[0], backoff=options.backoff)
            kubelet = Kubelet(clients[1], kubelet_options)
            await stack.enter_async_context(_background(controller, kubelet))
            log.info("control_plane_ready", url=address.url)
            yield cls(directory, address.url, token, kubelet)


def _allowed(options: ControlPlaneOptions) -> Allowed:
    """This interpreter and the named packages. Where those lie in a source tree, its names may be listed, not read."""
    found = [Path(place) for name in options.packages for place in _places(name)]
    readable = [*options.readable, Path(sys.prefix), Path(sys.base_prefix), *found]
    return Allowed(
        readable=tuple(dict.fromkeys(str(path.resolve()) for path in readable)),
        listed=tuple(dict.fromkeys(str(path.resolve().parent) for path in found)),
        ports=tuple(options.ports),
        fenced=not options.unconfined,
    )


def _places(package: str) -> Sequence[str]:
    spec = importlib.util.find_spec(package)
    return [*(spec.submodule_search_locations or [])] if spec else []


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)  # the store holds Secrets, and the key that signs tokens
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        os.close(lock)
        raise DirectoryInUse(f"another process runs a control plane on {directory}") from taken
    try:
        yield
    finally:
        os.close(lock)


def _secret(path: Path) -> str:
    """The token in the file, made at the first start: whoever has a kubeconfig keeps it."""
    if not path.exists():
        write(path, secrets.token_urlsafe(32).encode())
    return path.read_text().strip()


@dataclass(frozen=True)
class _Doors:
    """Two doors to one API server: plain for who holds a token of this process, TLS for kubectl and helm, which send
    a token over nothing else."""

    inside: Address
    outside: Address
    authority: Path


@asynccontextmanager
async def _api(directory: Path, options: ControlPlaneOptions, *, token: str, logs: Path) -> AsyncIterator[_Doors]:
    store = ApiStore.open(directory / "state.db")
    try:
        load_crds(store, options.crds)
        app = api_app(store, admin_token=token, log_directory=logs)
        files = certificates(directory / "tls")
        tls = Tls(files.certificate, files.key)
        async with (
            _on_its_port(app, directory / "port") as inside,
            _on_its_port(app, directory / "tls-port", tls=tls) as outside,
        ):
            try:
                yield _Doors(inside, outside, files.authority)
            finally:
                app.end_watches()  # or each open watch would cost the whole grace time
    finally:
        store.close()


@asynccontextmanager
async def _on_its_port(app: ASGIApp, record: Path, *, tls: Tls | None = None) -> AsyncIterator[Address]:
    """On the port of the last time if it is free: then kubeconfig files stay good."""
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(
                serving(app, port=_recorded(record), grace=1, log_level="critical", tls=tls)
            )
        except OSError:
            address = await stack.enter_async_context(serving(app, grace=1, log_level="critical", tls=tls))
        write(record, str(address.port).encode())
        yield address


def _recorded(record: Path) -> int:
    text = record.read_text() if record.exists() else ""
    return int(text) if text.isdigit() and int(text) < 65536 else 0


async def _prepare(admin: Cluster, options: ControlPlaneOptions) -> None:
    # At once: the store commits writes that arrive together in one transaction.
    await asyncio.gather(
        *(accounts.ensure(admin, account) for account in (accounts.JOB_CONTROLLER, accounts.KUBELET)),
        *(_ensure_namespace(admin, name, dict(labels)) for name, labels in options.namespaces.items()),
    )


async def _ensure_namespace(admin: Cluster, name: str, labels: dict[str, str]) -> None:
    try:
        await admin.create(NAMESPACES, {"metadata": {"name": name, "labels": labels}})
    except AlreadyExists:
        await admin.patch(NAMESPACES, name, {"metadata": {"labels": labels}})


@asynccontextmanager
async def _client(admin: Cluster, account: accounts.Account, *, url: str, directory: Path) -> AsyncIterator[Cluster]:
    """A client with the account's own token, which is replaced while it is in use."""
    path = directory / f"{account.name}.token"
    await accounts.write_token(admin, account, path)
    keeping = asyncio.create_task(accounts.keep_token(admin, account, path))
    try:
        async with Cluster.at(url, token=path) as cluster:
            yield cluster
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


@asynccontextmanager
async def _background(controller: JobController, kubelet: Kubelet) -> AsyncIterator[None]:
    """Run the two loops; leaving waits until the kubelet has ended all processes."""
    loops = [asyncio.create_task(controller.run(), name="jobs"), asyncio.create_task(kubelet.run(), name="kubelet")]
    for loop in loops:
        loop.add_done_callback(_complain)
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops)


def _complain(loop: asyncio.Task[None]) -> None:
    """The loops never end by themselves; if one does, the log must say why."""
    if not loop.cancelled() and (crash := loop.exception()):
        log.critical("control_plane_loop_crashed", loop=loop.get_name(), exc_info=crash)
