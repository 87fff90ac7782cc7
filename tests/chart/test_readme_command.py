"""The README's `helm install` installs as it stands there, and the Secret that it names has the keys that are read."""

import re
from pathlib import Path
from typing import Any

from tests.chart.helm import Helm

ROOT = Path(__file__).parents[2]
KUBERNETES = (ROOT / "README.md").read_text("utf-8").partition("### On Kubernetes")[2]


def said() -> dict[str, Any]:
    """What the command's `--set` options say; `…` stands for a number."""
    values: dict[str, Any] = {}
    for path, value in re.findall(r"--set (\S+?)=(\S+)", KUBERNETES):
        *parents, last = path.split(".")
        inner = values
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = {"…": 1, "true": True}.get(value, value)
    return values


async def test_the_command_of_the_readme_installs_what_its_secret_serves(helm: Helm) -> None:
    release = await helm.install(said())
    pod = release.one("Deployment", "vteam-bot")["spec"]["template"]["spec"]
    made = set(re.findall(r"--from-(?:file|literal)=([\w.-]+)=", KUBERNETES))
    assert {key for name, key in read_secrets(pod) if name == "vteam"} == made
    assert release.one("Ingress", "vteam-bot")["spec"]["rules"][0]["host"] == "bot.example.com"


def read_secrets(found: Any) -> set[tuple[str, str]]:
    """Every (Secret, key) that a pod reads, as a variable or a file."""
    if isinstance(found, list):
        return {each for one in found for each in read_secrets(one)}
    if not isinstance(found, dict):
        return set()
    read = {(ref["name"], ref["key"]) for ref in [found.get("secretKeyRef")] if ref}
    volume = found.get("secret") or {}
    read |= {(volume["secretName"], item["key"]) for item in volume.get("items", [])}
    return read | {each for one in found.values() for each in read_secrets(one)}
