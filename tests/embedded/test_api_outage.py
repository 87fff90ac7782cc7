"""The API server goes away and comes back: pods run on, and their end is told as soon as there is somebody to tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.cluster import JOBS, NAMESPACES, PODS, Cluster
from bot.embedded.api import ApiStore, api_app
from bot.embedded.jobs.controller import JobController
from bot.embedded.kubelet.kubelet import Kubelet, KubeletOptions
from bot.embedded.kubelet.layout import Allowed
from bot.serving import Address, serving
from tests.embedded.asking import NAMESPACE, condition, job, phase, pods_of, until
from tests.embedded.trees import gone, written
from tests.ports import own_port

TOKEN = "a-token-for-this-test-only"


@asynccontextmanager
async def api(store: ApiStore, port: int = 0) -> AsyncIterator[Address]:
    async with serving(api_app(store, admin_token=TOKEN), port=port, grace=0, log_level="critical") as address:
        yield address


@asynccontextmanager
async def controllers(url: str, directory: Path) -> AsyncIterator[None]:
    options = KubeletOptions(directory / "pods", directory / "logs", allowed=Allowed(fenced=False))
    async with Cluster.at(url, token=TOKEN) as mine, Cluster.at(url, token=TOKEN) as other:
        loops = [asyncio.create_task(Kubelet(mine, options).run()), asyncio.create_task(JobController(other).run())]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)


async def test_a_job_outlives_its_api_server(tmp_path: Path) -> None:
    store = ApiStore.open(None)
    script = "echo $BASHPID > ~/pid; until test -e ~/go; do sleep 0.02; done"
    async with AsyncExitStack() as first:
        address = await first.enter_async_context(api(store, own_port()))
        async with controllers(address.url, tmp_path), Cluster.at(address.url, token=TOKEN) as cluster:
            await cluster.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
            await cluster.create(JOBS, job(script), NAMESPACE)
            await until(cluster, JOBS, "j", lambda j: j["status"].get("ready"))
            [running] = await pods_of(cluster)
            home = tmp_path / "pods" / running["metadata"]["uid"] / "home"
            pid = await written(home / "pid")
            await first.aclose()
            (home / "go").touch()
            await gone(pid)
            async with api(store, address.port):
                await until(cluster, PODS, running["metadata"]["name"], phase("Succeeded"))
                await until(cluster, JOBS, "j", condition("Complete"))
                assert len(await pods_of(cluster)) == 1
    store.close()
