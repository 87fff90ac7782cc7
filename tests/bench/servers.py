"""The servers that are measured, each run in a process of its own: `python -m tests.bench.servers KIND OPTIONS`.

Started by tests/bench/processes.py. Each prints one line of JSON when it listens, ends with its standard input, and
imports no more than it needs, for its memory is measured too.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop

from bot.serving import serving

type Options = dict[str, Any]
type Served = AbstractAsyncContextManager[dict[str, Any]]

NOWHERE = "http://127.0.0.1:9"


@asynccontextmanager
async def bare(options: Options) -> AsyncIterator[dict[str, Any]]:
    """The floor: a FastAPI route that checks the signature and does nothing else."""
    from fastapi import FastAPI, Request
    from fastapi.responses import JSONResponse

    app, secret = FastAPI(), options["secret"].encode()

    @app.post("/webhooks/github")
    async def webhook(request: Request) -> JSONResponse:
        expected = "sha256=" + hmac.new(secret, await request.body(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, request.headers.get("x-hub-signature-256", "")):
            return JSONResponse({"detail": "bad signature"}, 401)
        return JSONResponse({"kept": True}, 202)

    async with serving(app) as address:
        yield {"url": address.url}


@asynccontextmanager
async def web(options: Options) -> AsyncIterator[dict[str, Any]]:
    """The bot's web half as it is wired; its loops (the worker) only where `loops` asks for them."""
    from bot.cluster import Cluster
    from bot.halves import keep_what_has_started
    from bot.log import configure
    from bot.settings import Settings
    from bot.wiring import opened, web_app, web_loops

    configure("json", "error")
    settings = Settings.read(**options["settings"])
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(
            Cluster.at(options.get("cluster", NOWHERE), token=options.get("token"))
        )
        world = await stack.enter_async_context(opened(settings, cluster))
        address = await stack.enter_async_context(serving(web_app(world, settings)))
        loops = web_loops(world, settings) if options.get("loops") else []
        tasks = [asyncio.ensure_future(loop()) for loop in loops]
        keep_what_has_started()
        try:
            yield {"url": address.url}
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def api(options: Options) -> AsyncIterator[dict[str, Any]]:
    """The embedded API server alone, on a file."""
    from bot.embedded.api import ApiStore, api_app, load_crds
    from bot.embedding import crd_documents

    store = ApiStore.open(Path(options["file"]))
    try:
        load_crds(store, crd_documents())
        async with serving(api_app(store, admin_token=options["token"]), grace=1) as address:
            yield {"url": address.url}
    finally:
        store.close()


@asynccontextmanager
async def messages(options: Options) -> AsyncIterator[dict[str, Any]]:
    """A Messages API that always says the same."""
    from bot.standins.messages import MessagesStandIn, Say, Script

    standin = MessagesStandIn(Script([], afterwards=(Say(options["say"]),)), typed=False)
    async with standin.serve() as url:
        yield {"url": url, "key": standin.api_key}


@asynccontextmanager
async def observer(options: Options) -> AsyncIterator[dict[str, Any]]:
    """A reconciler that starts anew: the seconds until it has looked at so many sessions and is idle."""
    from bot.cluster import Cluster
    from bot.log import configure
    from bot.settings import Settings
    from bot.wiring import opened, reconciler

    configure("json", "error")
    settings = Settings.read(**options["settings"])
    async with (
        Cluster.at(options["cluster"], token=options["token"]) as cluster,
        opened(settings, cluster) as world,
    ):
        reconcile = reconciler(world, settings, NOWHERE)
        began, began_cpu = time.perf_counter(), time.process_time()
        task = asyncio.create_task(reconcile.run())

        def looked() -> float:
            return world.metrics.registry.get_sample_value("vteam_reconciles_total", {"outcome": "done"}) or 0.0

        while looked() < options["count"] or not reconcile.queue.idle:
            await asyncio.sleep(0.005)
        took, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        yield {"seconds": took, "cpu": cpu, "looks": looked(), "seen": len(reconcile.view.sessions)}
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


KINDS: dict[str, Callable[[Options], Served]] = {
    "bare": bare,
    "web": web,
    "api": api,
    "messages": messages,
    "observer": observer,
}


async def serve(kind: str, options: Options) -> None:
    """Serves until the standard input ends."""
    async with KINDS[kind](options) as said:
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], json.loads(sys.argv[2])))
