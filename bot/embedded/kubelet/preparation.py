"""All that a pod needs before its first container can start: the objects it names, its directories, tokens and plans.

Called by `pod_run` until it succeeds; raises `Missing` or `Later` for what may come, `Unsupported` for what never will.
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from bot.cluster import Cluster, Json
from bot.embedded.kubelet import volumes
from bot.embedded.kubelet.container import Plan
from bot.embedded.kubelet.layout import Allowed, Layout, fence, mounts, plan
from bot.embedded.kubelet.node import Gpu
from bot.embedded.kubelet.sources import Found, Unsupported, environment, needs, tokens, volume_files
from bot.embedded.kubelet.volumes import ProjectedToken
from bot.embedded.times import now

_GPU_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset", "/dev/nvidia-caps")
_GPU_FILES = ("/proc/driver/nvidia", "/proc/devices", "/sys/bus/pci/devices", "/sys/devices", "/sys/module/nvidia")


@dataclass(frozen=True)
class Place:
    """What a pod is given on this node."""

    cluster: Cluster
    layout: Layout
    logs: Path
    allowed: Allowed
    gpus: tuple[Gpu, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """Named plans in order, and the tokens with the seconds until each is due again."""

    init: list[tuple[str, Plan]]
    containers: list[tuple[str, Plan]]
    tokens: list[tuple[ProjectedToken, float]]


async def prepare(pod: Json, place: Place) -> Prepared:
    """Read, make and write everything; safe to repeat."""
    check_supported(pod["spec"])
    namespace = pod["metadata"]["namespace"]
    found: Found = {need: await place.cluster.get(*need, namespace) for need in sorted(needs(pod), key=str)}
    init = [(c["name"], _planned(pod, c, place, found)) for c in pod["spec"].get("initContainers") or []]
    main = [(c["name"], _planned(pod, c, place, found)) for c in pod["spec"]["containers"]]
    files = {volume["name"]: volume_files(pod, volume, found) for volume in pod["spec"].get("volumes") or []}
    await asyncio.to_thread(volumes.make, place.layout, files, _subdirectories(pod, place))
    await asyncio.to_thread(place.logs.mkdir, mode=0o700, parents=True, exist_ok=True)
    return Prepared(init, main, await _tokens(pod, place))


def check_supported(spec: Json) -> None:
    """Refuse what would have to be imitated."""
    if spec.get("restartPolicy") != "Never":
        raise Unsupported(f"restartPolicy {spec.get('restartPolicy')} is not known here; it must be Never")
    if any(container.get("restartPolicy") for container in spec.get("initContainers") or []):
        raise Unsupported("sidecar containers (init containers with a restartPolicy) are not known here")
    if spec.get("resourceClaims"):
        raise Unsupported("resource claims are not known here")


def _planned(pod: Json, container: Json, place: Place, found: Found) -> Plan:
    env = environment(pod, container, found)
    log = place.logs / f"{container['name']}.log"
    planned = plan(pod, container, place.layout, env={**_gpu_environment(place.gpus), **env}, log=log)
    mounted, allowed = mounts(pod, container, place.layout), place.allowed
    if place.gpus:
        allowed = replace(allowed, readable=(*allowed.readable, *_GPU_FILES))
    return replace(planned, fence=fence(place.layout, mounted, allowed, _devices(place.gpus)))


def _gpu_environment(gpus: tuple[Gpu, ...]) -> dict[str, str]:
    chosen = ",".join(gpu.uuid for gpu in gpus)
    return {"CUDA_VISIBLE_DEVICES": chosen, "NVIDIA_VISIBLE_DEVICES": chosen} if gpus else {}


def _devices(gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
    return (*_GPU_DEVICES, *(f"/dev/nvidia{gpu.index}" for gpu in gpus)) if gpus else ()


def _subdirectories(pod: Json, place: Place) -> list[str]:
    """The directories behind the mounts of emptyDirs (subPath may name one that is not there yet)."""
    containers = [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
    return [mount.real for c in containers for mount in mounts(pod, c, place.layout) if mount.writable]


async def _tokens(pod: Json, place: Place) -> list[tuple[ProjectedToken, float]]:
    made: list[tuple[ProjectedToken, float]] = []
    for volume in pod["spec"].get("volumes") or []:
        for token in tokens(volume):
            path = place.layout.volume(volume["name"]) / token.path
            keeper = ProjectedToken(place.cluster, pod, token=token, path=path)
            made.append((keeper, await keeper.renew(now())))
    return made
