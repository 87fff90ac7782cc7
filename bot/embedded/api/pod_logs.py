"""`GET pods/NAME/log`, from files that a kubelet of this machine writes.

The layout is the kubelet's own, a folder a pod and a file a container: `NAMESPACE_POD_UID/CONTAINER.log`, plain lines
of what the container wrote. `log_path` is the one place that knows it; a kubelet writes to the path it gives.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson

from bot.embedded.api.admission import Place
from bot.embedded.api.plane import Plane
from bot.embedded.api.request import ApiRequest
from bot.embedded.api.response import Response, Stream
from bot.embedded.api.status_errors import bad_request, not_found, unsupported

PLAIN = "text/plain"
POLL_SECONDS = 0.2
CHUNK = 64 * 1024
REFUSED = ("previous", "sinceSeconds", "sinceTime", "timestamps", "insecureSkipTLSVerifyBackend", "stream")


def log_path(directory: Path, pod: dict[str, Any], container: str) -> Path:
    """Where the log of one container of a pod lies. Names and uid are DNS names: they hold no separators."""
    metadata = pod["metadata"]
    return directory / f"{metadata['namespace']}_{metadata['name']}_{metadata['uid']}" / f"{container}.log"


def pod_log(plane: Plane, request: ApiRequest, place: Place) -> Response | Stream:
    """The log of one container. ApiError: 400 (which container?), 404, 415 for options that files cannot answer."""
    stored = plane.store.get(place.served.key, place.namespace, place.name)
    if stored is None:
        raise not_found(place.served.type, place.name)
    for option in REFUSED:
        if request.parameter(option) not in ("", "false", "All"):
            raise unsupported(f"the log option {option} is not available here")
    pod = orjson.loads(stored.body)
    container = _container(pod, request.parameter("container"))
    if plane.log_directory is None:
        return Response(200, b"", PLAIN)
    path = log_path(plane.log_directory, pod, container)
    if request.flag("follow"):
        return Stream(_follow(plane, place, stored.uid, path), PLAIN)
    tail, most = request.number("tailLines"), request.number("limitBytes")
    text = path.read_bytes() if path.is_file() else b""
    if tail is not None:
        text = b"".join(text.splitlines(keepends=True)[-tail:]) if tail > 0 else b""
    return Response(200, text if most is None else text[:most], PLAIN)


def _container(pod: dict[str, Any], asked: str) -> str:
    spec, name = pod["spec"], pod["metadata"]["name"]
    main = [item["name"] for item in spec["containers"]]
    known = main + [item["name"] for item in spec.get("initContainers") or ()]
    if not asked and len(main) > 1:
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{' '.join(main)}]")
    if asked and asked not in known:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    return asked or main[0]


async def _follow(plane: Plane, place: Place, uid: str, path: Path) -> AsyncIterator[bytes]:
    """What is there and what is added, until the pod has ended or is gone."""
    position = 0
    while not plane.closing:
        ended = _ended(plane, place, uid)
        piece = await asyncio.to_thread(_piece, path, position)
        position += len(piece)
        if piece:
            yield piece
        elif ended:
            return
        else:
            await asyncio.sleep(POLL_SECONDS)


def _ended(plane: Plane, place: Place, uid: str) -> bool:
    stored = plane.store.get(place.served.key, place.namespace, place.name)
    if stored is None or stored.uid != uid:
        return True
    return orjson.loads(stored.body).get("status", {}).get("phase") in ("Succeeded", "Failed")


def _piece(path: Path, position: int) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        file.seek(position)
        return file.read(CHUNK)
