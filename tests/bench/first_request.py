"""From a comment to the agent's first model request, on the real control plane with the real CLI, station by station.

`vteam up` runs as a process of its own, GitHub and the Messages API stand in here. The floor is measured in between:
the same CLI with the same options, started alone.
"""

import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from statistics import median

from claude_agent_sdk import ClaudeSDKClient

from bot.demo.stage import SCRIPTED_MODEL, Model, Stage, set_stage
from bot.serving import serving
from bot.standins.demo import ISSUE_AUTHOR
from bot.standins.messages import MessagesStandIn, Say, Script
from crds.agentic_session import Task
from crds.result import Result
from crds.work_order import Limits, WorkOrder
from runner.agent import AgentRun, options
from runner.surroundings import Surroundings
from tests.bench.processes import cannot_confine
from tests.bench.report import Row
from tests.bench.sightings import Listener, Sightings, watching
from tests.bench.unkept import unkept

GROUP = "comment to first model request"
AIM = 3.0
ASK = "/vteam fix the bucket that starves whoever asks often, please"
STATIONS = {
    "answered": "the webhook is answered",
    "session": "… the session is there",
    "job": "… its Job is there",
    "pod": "… its pod runs",
    "order": "… the runner has asked for its order",
    "clone": "… the repository is cloned",
    "pack": "… the prompt is packed",
    "request": "… the CLI has started and asks the model",
}
LIMITS = Limits(context_tokens=32_000, total_tokens=None, cost_usd=None, turns=9, seconds=60, bundle_bytes=1_000_000)


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    messages = MessagesStandIn(Script([], afterwards=(Say("There is nothing to do."),)), typed=False)
    listener = Listener(messages)
    with tempfile.TemporaryDirectory(prefix="vteam-bench-") as name:
        async with serving(listener) as address:
            model = Model(address.url, messages.api_key, SCRIPTED_MODEL, scripted=True)
            async with (
                set_stage(Path(name), model, unconfined=cannot_confine()) as stage,
                stage.cluster() as cluster,
                watching(cluster) as sightings,
            ):
                alone, ways = list[float](), list[dict[str, float]]()
                for number in range(3 if quick else 9):
                    alone.append(await _cli_alone(Path(name) / f"alone-{number}", address.url, listener))
                    ways.append(await _way(stage, sightings, listener))
    return _rows(median(alone), ways)


async def _way(stage: Stage, sightings: Sightings, listener: Listener) -> dict[str, float]:
    """One comment's way: when it passed each station, in seconds since it was written."""
    listener.forget()
    known, began = sightings.names("session"), time.time()
    await stage.github.comment(stage.repository, stage.issue, body=ASK, by=ISSUE_AUTHOR)
    await stage.github.drain()
    passed = {"answered": time.time(), "request": await listener.next()}
    session = await sightings.wait("session", known)
    await sightings.wait("end", sightings.names("end") - {session})
    passed |= {kind: sightings.times[kind, session] for kind in ("session", "job", "pod")}
    passed |= _told(stage.bot.folder / "vteam.db", began)
    return {station: at - began for station, at in passed.items()}


def _told(store: Path, since: float) -> dict[str, float]:
    """When the order was made, by the store's clock, and what the runner says that it took from there."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        [[order]] = connection.execute("SELECT created_at FROM orders WHERE created_at > ?", [since])
        [[document]] = connection.execute("SELECT document FROM results WHERE stored_at > ? AND final", [since])
    seconds = Result.model_validate_json(document).seconds
    cloned = order + seconds["clone"]
    return {"order": order, "clone": cloned, "pack": cloned + seconds["pack"]}


async def _cli_alone(folder: Path, url: str, listener: Listener) -> float:
    """Seconds from the start of the CLI, as the runner starts it, to its first request."""
    client = ClaudeSDKClient(options(_run(folder, url), []))
    listener.forget()
    began = time.time()
    try:
        await client.connect()
        await client.query("hello")
        return await listener.next() - began
    finally:
        await client.disconnect()


def _run(folder: Path, url: str) -> AgentRun:
    for name in ("workspace", "home", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "token").write_text("scripted", "utf-8")
    subprocess.run(["git", "init", "-q", folder / "workspace"], check=True)
    surroundings = Surroundings(
        api_url=url,
        model_url=url,
        token_file=folder / "token",
        workspace=folder / "workspace",
        home=folder / "home",
        tmp=folder / "tmp",
    )
    order = WorkOrder(
        session="vteam/bench",
        task=Task.FIX,
        request="hello",
        title="hello",
        model=SCRIPTED_MODEL,
        small_model=SCRIPTED_MODEL,
        priced=False,
        limits=LIMITS,
        repositories=(),
        talk=(),
    )
    return AgentRun(order, surroundings, {}, "hello", unkept(), 60.0)


def _rows(alone: float, ways: Sequence[dict[str, float]]) -> list[Row]:
    stations = [None, *STATIONS]
    steps = [_step(before, station, ways) for before, station in pairwise(stations) if station]
    whole = median(way["request"] for way in ways)
    return [
        Row(group=GROUP, what="the CLI alone, from its start to its request", value=alone, unit="s"),
        *steps,
        Row(
            group=GROUP,
            what="all of it",
            value=whole,
            unit="s",
            ratio=whole / alone,
            beside="CLI alone",
            aim=f"< {AIM:.0f} s",
            met=whole < AIM,
            more={"worst": max(way["request"] for way in ways)},
        ),
    ]


def _step(before: str | None, station: str, ways: Sequence[dict[str, float]]) -> Row:
    """The seconds from one station to the next."""
    took = median(way[station] - (way[before] if before else 0.0) for way in ways)
    return Row(group=GROUP, what=STATIONS[station], value=took, unit="s")
