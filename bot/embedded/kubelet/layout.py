"""From a pod's words to this machine's: where its volumes really are, and what each container really starts with.

There is no mount namespace, so a value or argument that is a mounted path, or lies beneath one, is rewritten to the
real one. Pure; `pod_run` makes the directories and starts the plans.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.cluster import Json
from bot.embedded.kubelet.confine import interpreter_environment
from bot.embedded.kubelet.container import MARK, Plan
from bot.embedded.kubelet.fence import Fence
from bot.embedded.kubelet.sources import Unsupported, expand

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Allowed:
    """What every pod on this node may read and reach beyond its own directory. `fenced` False: no fence at all."""

    readable: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    fenced: bool = True
    isolated: bool = False


@dataclass(frozen=True)
class Layout:
    """The directories of one pod; all beneath `root`, which nothing else uses."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    def volume(self, name: str) -> Path:
        return self.root / "volumes" / name


@dataclass(frozen=True)
class Mount:
    """A mounted path and the real one behind it."""

    path: str
    real: str
    writable: bool

    def inside(self, text: str) -> str | None:
        """The real path of `text`, if it lies at or beneath this mount."""
        if text == self.path or text.startswith(self.path.rstrip("/") + "/"):
            return self.real + text[len(self.path.rstrip("/")) :]
        return None


def mounts(pod: Json, container: Json, layout: Layout) -> list[Mount]:
    """The container's mounts, the longest path first."""
    writable = {volume["name"] for volume in pod["spec"].get("volumes") or [] if "emptyDir" in volume}
    found = [_mount(mount, layout, mount["name"] in writable) for mount in container.get("volumeMounts") or []]
    return sorted(found, key=lambda mount: -len(mount.path))


def _mount(mount: Json, layout: Layout, writable: bool) -> Mount:
    if mount.get("subPathExpr"):
        raise Unsupported("subPathExpr is not known here")
    inside = mount.get("subPath") or ""
    if inside.startswith("/") or ".." in inside.split("/"):
        raise Unsupported(f"subPath {inside!r} leads out of its volume")
    path = os.path.normpath(mount["mountPath"])
    if not path.startswith("/") or path == "/":
        raise Unsupported(f"nothing can be mounted at {mount['mountPath']!r} here")
    real = os.path.normpath(layout.volume(mount["name"]) / inside)
    return Mount(path, real, writable and not mount.get("readOnly"))


def real(text: str, mounted: list[Mount]) -> str:
    """The text, rewritten if it is a mounted path."""
    for mount in mounted:
        if (found := mount.inside(text)) is not None:
            return found
    return text


def plan(pod: Json, container: Json, layout: Layout, *, env: Mapping[str, str], log: Path) -> Plan:
    """What to start, without its fence. `env` is what the pod's own words make, before rewriting."""
    mounted = mounts(pod, container, layout)
    words = [*(container.get("command") or []), *(container.get("args") or [])]
    if not words or not container.get("command"):
        raise Unsupported("no command specified: images are not run here, so a container must name its command")
    argv = [real(expand(word, env), mounted) for word in words]
    variables = _environment(pod, layout, {name: real(value, mounted) for name, value in env.items()})
    asked = container.get("workingDir")
    cwd = real(asked, mounted) if asked else str(layout.home)
    return Plan(argv, variables, cwd, str(log))


def _environment(pod: Json, layout: Layout, own: dict[str, str]) -> dict[str, str]:
    """Nothing of this process's environment: only what programs need to work at all, and what the pod says."""
    path = f"{os.path.dirname(sys.executable)}:{own.pop('PATH', _SYSTEM_PATH)}"
    home, tmp = (
        value if (value := own.pop(name, "")).startswith(f"{layout.root}/") else str(place)
        for name, place in (("HOME", layout.home), ("TMPDIR", layout.tmp))
    )
    given = {
        **interpreter_environment(),
        "PATH": path,
        "LANG": "C.UTF-8",
        "HOSTNAME": pod["metadata"]["name"],
        # git gives up when it may not read the system's settings, which are not the pod's to read.
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return {**given, **own, "HOME": home, "TMPDIR": tmp, MARK: pod["metadata"]["uid"]}


def fence(layout: Layout, mounted: list[Mount], allowed: Allowed, devices: tuple[str, ...] = ()) -> Fence | None:
    """What one container may touch; None where the node runs unconfined."""
    if not allowed.fenced:
        return None
    writable = [str(layout.home), str(layout.tmp), *(mount.real for mount in mounted if mount.writable)]
    readable = [*allowed.readable, *(mount.real for mount in mounted if not mount.writable)]
    return Fence(
        writable=writable,
        readable=readable,
        listed=[*allowed.listed],
        devices=[*devices],
        ports=[*allowed.ports],
        isolated=allowed.isolated,
        tmp=_tmp(layout, mounted, [*writable, *readable]) if allowed.isolated else "",
    )


def _tmp(layout: Layout, mounted: list[Mount], needed: list[str]) -> str:
    """What becomes /tmp: the pod's own volume for it, if it has one; nothing where that would hide what is needed."""
    if any(path == "/tmp" or path.startswith("/tmp/") for path in needed):  # noqa: S108
        return ""
    return next((mount.real for mount in mounted if mount.path == "/tmp"), str(layout.tmp))  # noqa: S108
