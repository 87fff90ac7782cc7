"""The Node object of this machine: what it has, GPUs included, with the labels that GPU feature discovery would set.

`describe` asks the machine once at the kubelet's start; the rest is pure. Names and formats are those of a real kubelet
and of the NVIDIA device plugin, so that a Job's manifest places itself here by the same words as in a cluster.
"""

import asyncio
import os
import platform
import re
import shutil
from dataclasses import dataclass, field
from datetime import datetime

from bot.cluster import Json
from bot.embedded.times import stamp

GPU = "nvidia.com/gpu"
MAX_PODS = 110
_QUERY = ("--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU; `memory` is in MiB, as nvidia-smi and GPU feature discovery tell it."""

    index: int
    uuid: str
    product: str
    memory: int


@dataclass(frozen=True)
class Machine:
    """What there is to give to pods. `memory` is in bytes."""

    name: str
    cpus: int
    memory: int
    gpus: tuple[Gpu, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)


async def describe(name: str) -> Machine:
    """This machine, under the given node name."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    gpus = gpus_in(await _nvidia_smi())
    return Machine(name, len(os.sched_getaffinity(0)), pages * page, gpus, _labels(name, gpus))


async def _nvidia_smi() -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(tool, *_QUERY, stdin=null, stdout=pipe, stderr=null)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 30)
    except TimeoutError:  # a GPU that hangs is none to give away
        process.kill()
        await process.wait()
        return ""
    return output.decode("utf-8", "replace") if process.returncode == 0 else ""


def gpus_in(output: str) -> tuple[Gpu, ...]:
    """The GPUs of nvidia-smi's CSV; lines of another shape (errors, MIG without memory) are no GPUs."""
    fields = [[field.strip() for field in line.split(",")] for line in output.splitlines()]
    shaped = [row for row in fields if len(row) == 4 and row[0].isdigit() and row[3].isdigit()]
    return tuple(Gpu(int(index), uuid, product, int(memory)) for index, uuid, product, memory in shaped)


def _labels(name: str, gpus: tuple[Gpu, ...]) -> dict[str, str]:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": machine}
    if gpus:
        product = re.sub(r"[^A-Za-z0-9._-]+", "-", gpus[0].product).strip("-._")[:63]
        labels |= {
            "nvidia.com/gpu.present": "true",
            "nvidia.com/gpu.count": str(len(gpus)),
            "nvidia.com/gpu.product": product,
            "nvidia.com/gpu.memory": str(gpus[0].memory),
            "nvidia.com/gpu.replicas": "1",
            "nvidia.com/gpu.sharing-strategy": "none",
        }
    return labels


def capacity(machine: Machine) -> dict[str, str]:
    """Also what is allocatable: nothing is kept back for the system here."""
    amounts = {"cpu": str(machine.cpus), "memory": f"{machine.memory // 1024}Ki", "pods": str(MAX_PODS)}
    return {**amounts, GPU: str(len(machine.gpus))} if machine.gpus else amounts


def node(machine: Machine) -> Json:
    """What to create the Node with."""
    return {"metadata": {"name": machine.name, "labels": machine.labels}, "spec": {}}


def node_status(machine: Machine, now: datetime) -> Json:
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    times = {"lastHeartbeatTime": stamp(now), "lastTransitionTime": stamp(now)}
    return {
        "capacity": capacity(machine),
        "allocatable": capacity(machine),
        "conditions": [{**ready, **times}],
        "addresses": [
            {"type": "InternalIP", "address": "127.0.0.1"},
            {"type": "Hostname", "address": machine.name},
        ],
        "nodeInfo": _node_info(),
    }


def _node_info() -> Json:
    return {
        "architecture": platform.machine(),
        "bootID": "",
        "containerRuntimeVersion": "process://1",
        "kernelVersion": platform.release(),
        "kubeProxyVersion": "",
        "kubeletVersion": "v1.34.0-vteam",
        "machineID": "",
        "operatingSystem": "linux",
        "osImage": "Linux",
        "systemUUID": "",
    }
