"""The embedded control plane as `vteam up` and `vteam run` want it: CRDs in place, namespaces made, agents fenced in.

Called by up.py and local_run.py; from there on the bot sees a cluster like any other.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib import resources

import orjson
import yaml

from bot.cluster import Cluster, Json
from bot.embedded.control_plane import ControlPlane, ControlPlaneOptions, DirectoryInUse
from bot.embedded.kubelet.kubelet import CannotConfine
from bot.local_repository import git_folders
from bot.settings import SettingMissing, Settings

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where PyYAML was built with it: it reads our CRDs eight times as fast."""
CRD_FILES = ("agenticsessions.yaml", "projectsettings.yaml", "rfeworkflows.yaml")


def crd_documents() -> list[Json]:
    """The CRDs as they are shipped; the caller's own copies."""
    return [orjson.loads(document) for document in _shipped()]


@cache
def _shipped() -> tuple[bytes, ...]:
    # Kept as JSON, which is read a hundred times as fast: the tests open hundreds of clusters in one process.
    texts = [resources.files("crds").joinpath(name).read_text("utf-8") for name in CRD_FILES]
    return tuple(orjson.dumps(yaml.load(text, Loader=_LOADER)) for text in texts)  # noqa: S506 - a safe loader


def plane_options(settings: Settings, port: int) -> ControlPlaneOptions:
    """What the settings say about the control plane. `port`: where the bot listens, which its pods may reach."""
    label, _, value = settings.namespace_label.partition("=")
    return ControlPlaneOptions(
        ports=(port, *settings.connect_ports),
        readable=[folder for repository in settings.local_repositories for folder in git_folders(repository)],
        unconfined=settings.unconfined,
        crds=crd_documents(),
        namespaces={rule.namespace: {label: value} for rule in settings.namespaces},
    )


@asynccontextmanager
async def embedded_cluster(settings: Settings, port: int) -> AsyncIterator[tuple[ControlPlane, Cluster]]:
    """The control plane in the data folder, and a client of it. Raises SettingMissing where it cannot be had."""
    try:
        async with (
            ControlPlane.open(settings.data_dir.absolute() / "cluster", plane_options(settings, port)) as plane,
            plane.cluster() as cluster,
        ):
            yield plane, cluster
    except CannotConfine as why:
        raise SettingMissing(f"{why}; --unconfined (VTEAM_UNCONFINED=true) runs agents with all your rights") from None
    except DirectoryInUse as why:
        raise SettingMissing(f"VTEAM_DATA_DIR: {why}") from None
