"""One API server over HTTP: address, credential, time limits, and requests that come back as JSON or as an exception.

Built on the REST layer of kubernetes.aio, which brings kubeconfig files, exec plugins and TLS; only `Cluster` uses it.
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
from kubernetes.aio import config as kubeconfig
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.client.rest import RESTClientObject

from bot.cluster.answers import Unauthorized, body_of
from bot.cluster.resources import Json
from bot.errors import Later

IN_CLUSTER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
MERGE_PATCH = "application/merge-patch+json"

type Credential = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class Request:
    """One call: `query` values of None are left out, `content_type` is that of the body."""

    method: str
    path: str
    query: dict[str, Any] | None = None
    body: Json | None = None
    content_type: str = "application/json"


class Connection:
    """A pool of connections to one API server. `total` (a whole call) and `idle` (reads of a watch) are seconds."""

    def __init__(self, configuration: Any, credential: Credential, *, total: float = 30.0, idle: float = 90.0) -> None:
        self._configuration = configuration
        self._credential = credential
        self._total, self._idle = total, idle
        self._rest = RESTClientObject(configuration)

    async def close(self) -> None:
        await self._rest.close()

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
        # The client's default ends any request after 300 s in total: a watch must have no such limit.
        limit = aiohttp.ClientTimeout(total=None, sock_connect=self._total, sock_read=self._idle)
        with _lost_connections_are_later():
            async with await self._send(request, limit) as response:
                if response.status != 200:
                    body_of(response.status, response.headers, await response.read())
                async for line in _split(response.content):
                    yield line

    async def _send(self, request: Request, limit: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        headers = {"Accept": "application/json", "Content-Type": request.content_type, "User-Agent": "vteam-bot"}
        if token := await self._credential():
            headers["Authorization"] = token
        query = {key: value for key, value in (request.query or {}).items() if value is not None}
        url = self._configuration.host.rstrip("/") + request.path + (f"?{urlencode(query)}" if query else "")
        answer = await self._rest.request(  # type: ignore[no-untyped-call]
            request.method, url, headers=headers, body=request.body, _request_timeout=limit
        )
        response: aiohttp.ClientResponse = answer.response
        return response

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
    except ssl.SSLCertVerificationError as untrusted:
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

    def __init__(self, configuration: Any, path: Path | None, context: str | None) -> None:
        self._configuration, self._path, self._context = configuration, path, context

    async def __call__(self) -> str | None:
        token: str | None = self._configuration.api_key.get("BearerToken")
        return token

    async def renew(self) -> bool:
        await kubeconfig.load_kube_config(  # type: ignore[no-untyped-call]
            config_file=None if self._path is None else str(self._path),
            context=self._context,
            client_configuration=self._configuration,
            persist_config=False,
        )
        return True


def configured(url: str, *, ca_file: Path | None = None) -> Any:
    """A configuration for an address that is known outright; a loopback address never goes through a proxy."""
    configuration = Configuration(host=url, ssl_ca_cert=None if ca_file is None else str(ca_file))
    if urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}:
        configuration.client_session_kwargs = {"trust_env": False}
    return configuration


def in_cluster_url() -> str:
    """The address that Kubernetes gives each pod; raises LookupError outside of one."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        raise LookupError("not inside a Kubernetes pod: KUBERNETES_SERVICE_HOST and _PORT are not set")
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
