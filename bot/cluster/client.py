"""`Cluster`: the verbs of the Kubernetes API on plain dicts. All of bot/ that reads or changes a cluster calls these.

Typed models would drop fields that this client's version does not know, and a PUT would drop them from the server:
so dicts and merge patches only. Nothing is retried here except an outdated credential; callers have work queues.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.cluster.answers import Conflict, Expired, NotFound
from bot.cluster.connection import (
    IN_CLUSTER,
    MERGE_PATCH,
    Connection,
    Credential,
    Endpoint,
    FromKubeconfig,
    Request,
    fixed,
    from_file,
    in_cluster_url,
    verifying,
)
from bot.cluster.follow import Change, Selection, follow
from bot.cluster.resources import SERVICE_ACCOUNTS, TOKEN_REVIEWS, Json, Resource

PAGE = 500


@dataclass(frozen=True)
class Listing:
    """All objects of one list, and the resourceVersion to watch from."""

    items: list[Json]
    resource_version: str


class Cluster:
    """One cluster, seen with one credential. An async context manager: leaving it closes the connections."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def at(
        cls,
        url: str,
        *,
        token: str | Path | None = None,
        ca_file: Path | None = None,
        total: float = 30.0,
        idle: float = 90.0,
    ) -> Self:
        """A cluster by address; a `token` given as a path is read again for each request."""
        credential: Credential = from_file(token) if isinstance(token, Path) else fixed(token or "")
        tls = verifying(ca_file) if ca_file else None
        return cls(Connection(Endpoint(url, tls), credential, total=total, idle=idle))

    @classmethod
    async def from_kubeconfig(cls, path: Path | None = None, *, context: str | None = None) -> Self:
        """A cluster by kubeconfig file; None means KUBECONFIG or the user's default one."""
        credential = FromKubeconfig(path, context)
        await credential.renew()
        return cls(Connection(credential.endpoint(), credential))

    @classmethod
    def in_cluster(cls) -> Self:
        """The cluster that this pod runs in, as its ServiceAccount; raises LookupError elsewhere."""
        return cls.at(in_cluster_url(), token=IN_CLUSTER / "token", ca_file=IN_CLUSTER / "ca.crt")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._connection.close()

    async def get(self, resource: Resource, name: str, namespace: str | None = None) -> Json | None:
        """The object, or None where there is none."""
        try:
            return await self._connection.call(Request("GET", resource.path(namespace, name)))
        except NotFound:
            return None

    async def list(
        self, resource: Resource, namespace: str | None = None, *, labels: str | None = None, fields: str | None = None
    ) -> Listing:
        """All objects that the selectors match; in all namespaces when none is named."""
        selection = Selection(resource, namespace, labels, fields)
        try:
            return await self._list(selection, PAGE)
        except Expired:  # the pages outlived the server's memory: all at once, then
            return await self._list(selection, None)

    async def _list(self, selection: Selection, limit: int | None) -> Listing:
        items: list[Json] = []
        version = ""
        async for page in self.pages(selection, limit=limit):
            items += page["items"]
            version = page["metadata"]["resourceVersion"]
        return Listing(items, version)

    async def pages(self, selection: Selection, *, limit: int | None = PAGE) -> AsyncGenerator[Json]:
        """The raw pages of a list, one after the other."""
        more: str | None = ""
        while more is not None:
            query = selection.query(limit=limit, **{"continue": more or None})
            page = await self._connection.call(Request("GET", selection.path, query))
            page["items"] = page.get("items") or []
            yield page
            more = page["metadata"].get("continue") or None

    def watch(self, selection: Selection, since: str, *, seconds: int) -> AsyncGenerator[bytes]:
        """The raw lines of one watch from a resourceVersion; the server ends it after `seconds`."""
        query = selection.query(watch="1", resourceVersion=since, allowWatchBookmarks="true", timeoutSeconds=seconds)
        return self._connection.lines(Request("GET", selection.path, query))

    async def create(
        self, resource: Resource, body: Json, namespace: str | None = None, *, of: tuple[str, str] | None = None
    ) -> Json:
        """Create, and give the object as the server made it; raises AlreadyExists.

        `of` makes it a subresource of an existing object, as (name, subresource): ("pod-1", "binding").
        """
        name, subresource = of or (None, None)
        document = {"apiVersion": resource.api_version, "kind": resource.kind, **body}
        return await self._connection.call(Request("POST", resource.path(namespace, name, subresource), body=document))

    async def patch(
        self,
        resource: Resource,
        name: str,
        patch: Json,
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> Json:
        """Merge patch: None removes a field, a list is replaced whole, a resourceVersion in it is a precondition."""
        path = resource.path(namespace, name, subresource)
        return await self._connection.call(Request("PATCH", path, body=patch, content_type=MERGE_PATCH))

    async def delete(
        self,
        resource: Resource,
        name: str,
        *,
        namespace: str | None = None,
        propagation: str = "Background",
        uid: str | None = None,
        grace: int | None = None,
    ) -> bool:
        """Ask for deletion; False when it is gone already, or another object (by `uid`) now has the name."""
        options: Json = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        if uid is not None:
            options["preconditions"] = {"uid": uid}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        try:
            await self._connection.call(Request("DELETE", resource.path(namespace, name), body=options))
        except NotFound:
            return False
        except Conflict:
            if uid is None:
                raise
            return False
        return True

    async def create_token(
        self,
        service_account: str,
        namespace: str,
        *,
        audiences: Sequence[str],
        seconds: int,
        pod: Json | None = None,
    ) -> Json:
        """A ServiceAccount's token as `{token, expirationTimestamp}`; bound to `pod` (the object), it dies with it."""
        spec: Json = {"audiences": [*audiences], "expirationSeconds": seconds}
        if pod is not None:
            spec["boundObjectRef"] = {
                "apiVersion": "v1",
                "kind": "Pod",
                "name": pod["metadata"]["name"],
                "uid": pod["metadata"]["uid"],
            }
        document = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        made = await self.create(SERVICE_ACCOUNTS, document, namespace, of=(service_account, "token"))
        status: Json = made["status"]
        return status

    async def review_token(self, token: str, *, audiences: Sequence[str]) -> Json:
        """The TokenReview status of a bearer token: `{authenticated, user, audiences, error}`."""
        made = await self.create(TOKEN_REVIEWS, {"spec": {"token": token, "audiences": [*audiences]}})
        status: Json = made.get("status") or {}
        return status

    async def follow(
        self, resource: Resource, namespace: str | None = None, *, labels: str | None = None, fields: str | None = None
    ) -> AsyncGenerator[Change]:
        """Every object, then every change, for ever; see `bot.cluster.follow`. Close it (`aclosing`) to stop."""
        async with aclosing(follow(self, Selection(resource, namespace, labels, fields))) as changes:
            async for change in changes:
                yield change
