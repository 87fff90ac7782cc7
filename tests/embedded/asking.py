"""How the tests ask for pods and Jobs, and wait for what becomes of them."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from bot.cluster import JOBS, PODS, Cluster, Deleted, Json, Resource, Upserted

NAMESPACE = "team"


def container(script: str, **more: Any) -> Json:
    return {"name": "main", "image": "any", "command": ["bash", "-c", script], **more}


def pod(script: str, *, name: str = "p", spec: Json | None = None, **more: Any) -> Json:
    body = {"restartPolicy": "Never", "containers": [container(script, **more)], **(spec or {})}
    return {"metadata": {"name": name}, "spec": body}


def job(script: str, *, name: str = "j", pod_spec: Json | None = None, **spec: Any) -> Json:
    template = {"spec": pod(script, spec=pod_spec)["spec"]}
    return {"metadata": {"name": name}, "spec": {"backoffLimit": 0, "template": template, **spec}}


async def until(cluster: Cluster, resource: Resource, name: str, holds: Callable[[Json], Any]) -> Json:
    """The object, once it is as it should be."""
    async with asyncio.timeout(60), aclosing(cluster.follow(resource, NAMESPACE)) as changes:
        async for change in changes:
            match change:
                case Upserted(found) if found["metadata"]["name"] == name and holds(found):
                    return found
    raise AssertionError("a watch does not end")


async def vanished(cluster: Cluster, resource: Resource, name: str) -> None:
    async with asyncio.timeout(60), aclosing(cluster.follow(resource, NAMESPACE)) as changes:
        async for change in changes:
            gone = isinstance(change, Deleted) and change.object["metadata"]["name"] == name
            if gone or await cluster.get(resource, name, NAMESPACE) is None:
                return


def phase(*wanted: str) -> Callable[[Json], bool]:
    return lambda found: found.get("status", {}).get("phase") in wanted


def condition(kind: str) -> Callable[[Json], Any]:
    return lambda found: condition_of(found, kind)


def condition_of(found: Json, kind: str) -> Json | None:
    conditions = found.get("status", {}).get("conditions") or []
    return next((c for c in conditions if c["type"] == kind and c["status"] == "True"), None)


async def run_pod(cluster: Cluster, body: Json) -> Json:
    """The pod at its end."""
    await cluster.create(PODS, body, NAMESPACE)
    return await until(cluster, PODS, body["metadata"]["name"], phase("Succeeded", "Failed"))


async def run_job(cluster: Cluster, body: Json) -> Json:
    """The Job at its end."""
    await cluster.create(JOBS, body, NAMESPACE)
    name = body["metadata"]["name"]
    return await until(cluster, JOBS, name, lambda j: condition_of(j, "Complete") or condition_of(j, "Failed"))


async def pods_of(cluster: Cluster, name: str = "j") -> list[Json]:
    listing = await cluster.list(PODS, NAMESPACE, labels=f"job-name={name}")
    return sorted(listing.items, key=lambda p: int(p["metadata"]["resourceVersion"]))


def terminated(found: Json) -> Json:
    state: Json = found["status"]["containerStatuses"][0]["state"]["terminated"]
    return state
