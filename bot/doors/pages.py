"""The pages for machines: /healthz, /readyz and /metrics. Mounted by bot/wiring.py; they tell nothing that is secret.

Alive means that the event loop turns; ready means that the store and the cluster answer, so that a webhook is kept.
"""

from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.cluster import NAMESPACES, Cluster, Refused
from bot.errors import Later
from bot.metrics import Metrics
from bot.store import Store


@dataclass(frozen=True)
class HealthDoor:
    store: Store
    cluster: Cluster
    metrics: Metrics
    probe_namespace: str

    async def healthz(self) -> dict[str, str]:
        """Alive."""
        return {"status": "alive"}

    async def readyz(self) -> Response:
        """Ready, or 503 with what is missing."""
        missing = [name for name, ready in (("store", self._store()), ("cluster", self._cluster())) if not await ready]
        return JSONResponse({"missing": missing}, 503 if missing else 200)

    async def metrics_page(self) -> Response:
        """The numbers, in Prometheus' text format."""
        try:
            self.metrics.inbox.set(await self.store.inbox.depth())
        except Later:
            self.metrics.inbox.set(float("nan"))
        return Response(generate_latest(self.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def _store(self) -> bool:
        try:
            await self.store.inbox.depth()
        except Later:
            return False
        return True

    async def _cluster(self) -> bool:
        try:
            await self.cluster.get(NAMESPACES, self.probe_namespace)
        except Later:
            return False
        except Refused:
            return True  # it answered; what it lets us see is another matter
        return True


def health_routes(door: HealthDoor) -> APIRouter:
    """The pages as routes."""
    router = APIRouter()
    router.add_api_route("/healthz", door.healthz, methods=["GET"])
    router.add_api_route("/readyz", door.readyz, methods=["GET"], response_model=None)
    router.add_api_route("/metrics", door.metrics_page, methods=["GET"], response_model=None)
    return router
