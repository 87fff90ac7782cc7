"""`vteam up`: the whole service on one machine: embedded control plane, web half, reconcile half. Called by the CLI."""

import structlog

from bot.checks import Halves, free_port
from bot.embedding import embedded_cluster
from bot.halves import serve
from bot.settings import SettingMissing, Settings

log = structlog.get_logger()


async def serve_up(settings: Settings) -> None:
    """Serves until the process is told to stop. Raises SettingMissing."""
    port = settings.port or free_port(settings.host)
    settings = settings.model_copy(update={"port": port})
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingMissing(f"VTEAM_DATA_DIR: {settings.data_dir}: {error.strerror}") from None
    async with embedded_cluster(settings, port) as (plane, cluster):
        log.info("control_plane_ready", url=plane.url, kubeconfig=str(plane.kubeconfig))
        await serve(settings, cluster, Halves())
