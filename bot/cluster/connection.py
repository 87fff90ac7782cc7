"""One API server over HTTP: address, credential, time limits, and requests that come back as JSON or as an exception.

Only `Cluster` uses it. It speaks aiohttp itself: the generated client of kubernetes.aio would add its typed models, a
second of import and a limit of 300 s on every watch. What kubeconfig files say is still read by kubernetes.aio.
"""

import contextlib
import os
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import orjson

from bot.cluster.answers import Unauthorized, body_of
from bot.cluster.resources import Json
from bot.errors import Later

IN_CLUSTER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
MERGE_PATCH = "application/merge-patch+json"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

type Credential = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class Request:
    """One call: `query` values of None are left out, `content_type` is that of the body."""

    method: str
    path: str
    query: dict[str, Any] | None = None
    body: Json | None = None
    content_type: str = "application/json"


@dataclass(frozen=True)
class Endpoint:
    """Where the API server is, and how to know that it is the one. `tls` None takes the system's authorities."""

    url: str
    tls: ssl.SSLContext | None = None
    server_name: str | None = None
    proxy: str | None = None


class Connection:
    """A pool of connections to one API server. `total` (a whole call) and `idle` (reads of a watch) are seconds."""

    def __init__(self, endpoint: Endpoint, credential: Credential, *, total: float = 30.0, idle: float = 90.0) -> None:
        self._endpoint, self._credential = endpoint, credential
        self._total, self._idle = total, idle
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def call(self, request: Request) -> Json:
        """Send, and give the answer's body; once more when the credential was too old (projected tokens rotate)."""
        try:
            return await self._call_once(request)
        except Unauthorized:
            if not await self._renewed():
                raise
            return await self._call_once(request)

    async def _call_once(self, request: Request) -> Json:
        with _lost_connections_are_later():
            async with await self._send(request, aiohttp.ClientTimeout(total=self._total)) as response:
                return body_of(response.status, response.headers, await response.read())

    async def lines(self, request: Request) -> AsyncGenerator[bytes]:
        """The lines of an endless answer; `Later` when nothing came for `idle` seconds (bookmarks come each minute)."""
        limit = aiohttp.ClientTimeout(total=None, sock_connect=self._total, sock_read=self._idle)
        with _lost_connections_are_later():
            async with await self._send(request, limit) as response:
                if response.status != 200:
                    body_of(response.status, response.headers, await response.read())
                async for line in _split(response.content):
                    yield line

    async def _send(self, request: Request, limit: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        headers = {"Accept": "application/json", "User-Agent": "vteam-bot"}
        if token := await self._credential():
            headers["Authorization"] = token
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        query = {key: value for key, value in (request.query or {}).items() if value is not None}
        return await self._pool().request(
            request.method,
            self._endpoint.url.rstrip("/") + request.path + (f"?{urlencode(query)}" if query else ""),
            headers=headers,
            data=None if request.body is None else orjson.dumps(request.body),
            timeout=limit,
            allow_redirects=False,  # the token is for this server alone
            proxy=self._endpoint.proxy,
            server_hostname=self._endpoint.server_name,
        )

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=100, ssl=self._endpoint.tls or True)
            # A loopback address never goes through a proxy, whatever the environment says.
            proxied = urlsplit(self._endpoint.url).hostname not in _LOOPBACK
            self._session = aiohttp.ClientSession(connector=connector, trust_env=proxied)
        return self._session

    async def _renewed(self) -> bool:
        renew = getattr(self._credential, "renew", None)
        return bool(renew and await renew())


async def _split(content: aiohttp.StreamReader) -> AsyncGenerator[bytes]:
    # Not readline(): it refuses lines above its buffer, and one large object would end every watch that meets it.
    rest = b""
    async for chunk in content.iter_any():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                yield line


@contextlib.contextmanager
def _lost_connections_are_later() -> Iterator[None]:
    try:
        yield
    except aiohttp.ClientConnectorCertificateError as untrusted:
        raise Later(f"the Kubernetes API's certificate is not trusted: {untrusted}", after=30.0) from untrusted
    except TimeoutError as late:
        raise Later("the Kubernetes API did not answer in time") from late
    except (aiohttp.ClientError, OSError) as lost:
        raise Later(f"the Kubernetes API cannot be reached: {lost}") from lost


def fixed(token: str) -> Credential:
    """A token that stays as it is for the life of the process."""

    async def credential() -> str | None:
        return f"Bearer {token}"

    return credential


def from_file(path: Path) -> Credential:
    """A token read anew for each request: the kubelet rotates it in place."""

    async def credential() -> str | None:
        try:
            return f"Bearer {path.read_text().strip()}"  # noqa: ASYNC240 (microseconds, from memory)
        except OSError as missing:
            raise Later(f"the token file {path} cannot be read: {missing.strerror}") from missing

    return credential


class FromKubeconfig:
    """What a kubeconfig file says; `renew` reads it again and runs its exec plugin again."""

    def __init__(self, path: Path | None, context: str | None) -> None:
        # Imported here: it brings the whole generated client along, and few processes read a kubeconfig.
        from kubernetes.aio.client.configuration import Configuration

        self._configuration: Any = Configuration(host="")
        self._path, self._context = path, context

    async def __call__(self) -> str | None:
        token: str | None = self._configuration.api_key.get("BearerToken")
        return token

    async def renew(self) -> bool:
        from kubernetes.aio import config

        await config.load_kube_config(  # type: ignore[no-untyped-call]
            config_file=None if self._path is None else str(self._path),
            context=self._context,
            client_configuration=self._configuration,
            persist_config=False,
        )
        return True

    def endpoint(self) -> Endpoint:
        """Valid after the first `renew`."""
        found = self._configuration
        tls = verifying(found.ssl_ca_cert) if found.host.startswith("https:") else None
        if tls and found.cert_file:
            tls.load_cert_chain(found.cert_file, keyfile=found.key_file)
        if tls and not found.verify_ssl:  # insecure-skip-tls-verify: its owner's decision
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        return Endpoint(found.host, tls, found.tls_server_name, found.proxy)


def verifying(ca_file: str | Path | None) -> ssl.SSLContext:
    """A context that trusts this file's authorities, or the system's."""
    return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))


def in_cluster_url() -> str:
    """The address that Kubernetes gives each pod; raises LookupError outside of one."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        raise LookupError("not inside a Kubernetes pod: KUBERNETES_SERVICE_HOST and _PORT are not set")
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
