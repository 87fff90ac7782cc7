"""Helm as the tests of the chart use it: installs, upgrades and uninstalls one release in one cluster."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "vteam-bot"
RELEASE = "vteam-bot"
NAMESPACE = "vteam-system"

Json = dict[str, Any]


class HelmRefused(Exception):
    """Helm did not do it; the message is what a person reads."""


class Engine:
    """The child process with Helm in it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chart.helm_child"],
            cwd=ROOT,
            env={**os.environ, "HELM_DRIVER": "memory"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, command: Json) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "refused" in answer:
            raise HelmRefused(answer["refused"])
        return answer["result"]

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


@dataclass(frozen=True)
class Release:
    """A release as Helm tells it after an action."""

    documents: tuple[Json, ...]
    notes: str

    def one(self, kind: str, name: str) -> Json:
        """The rendered object of this kind and name."""
        [found] = [each for each in self.of(kind) if each["metadata"]["name"] == name]
        return found

    def of(self, kind: str) -> list[Json]:
        return [each for each in self.documents if each["kind"] == kind]


@dataclass(frozen=True)
class Helm:
    """Helm, with one cluster to act in."""

    engine: Engine
    kubeconfig: str

    async def install(self, values: Json, **options: Any) -> Release:
        return _release(await self._act("install", [str(CHART), values], {"wait": False, **options}))

    async def upgrade(self, values: Json, **options: Any) -> Release:
        return _release(await self._act("upgrade", [str(CHART), values], {"wait": False, **options}))

    async def uninstall(self) -> None:
        await self._act("uninstall", [], {"wait": False})

    async def lint(self) -> Json:
        found: Json = await self._act("lint", [], {})
        return found

    async def _act(self, action: str, arguments: list[Any], options: Json) -> Any:
        command = {
            "action": action,
            "kubeconfig": self.kubeconfig,
            "namespace": NAMESPACE,
            "release": RELEASE,
            "chart": str(CHART),
            "arguments": arguments,
            "options": options,
        }
        return await asyncio.to_thread(self.engine.ask, command)


def _release(told: Json) -> Release:
    documents = [each for each in yaml.safe_load_all(told["manifest"]) if each]
    return Release(tuple(documents), told["info"].get("notes", ""))


def values(**more: Any) -> Json:
    """The least values that the chart can be installed with, and more."""
    least: Json = {
        "github": {
            "appId": 4711,
            "privateKey": {"existingSecret": "github-app"},
            "webhookSecret": {"existingSecret": "github-app"},
        },
        "model": {"apiKey": {"existingSecret": "anthropic"}},
    }
    return merged(least, more)


def split(**more: Any) -> Json:
    """The same for two halves."""
    return merged(values(split={"enabled": True}, database={"existingSecret": "store"}), more)


def merged(first: Json, second: Json) -> Json:
    """Helm's own way to put values on top of values."""
    result = dict(first)
    for key, value in second.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result
