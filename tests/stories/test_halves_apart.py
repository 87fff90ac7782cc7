"""`vteam web` and `vteam reconcile` as two processes beside a cluster: they share PostgreSQL and nothing else.

Runs where VTEAM_TEST_POSTGRES_URL names an empty database.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from bot.standins.github import AppRegistration
from crds.agentic_session import Phase
from tests.house import ADMIN, REPOSITORY, House, built
from tests.played_pods import works

URL = os.environ.get("VTEAM_TEST_POSTGRES_URL")


def kubeconfig(path: Path, server: str) -> Path:
    """A kubeconfig for the house's cluster."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "house",
        "clusters": [{"name": "house", "cluster": {"server": server}}],
        "users": [{"name": "house", "user": {"token": ADMIN}}],
        "contexts": [{"name": "house", "context": {"cluster": "house", "user": "house"}}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def environment(house: House, folder: Path, *, port: int) -> dict[str, str]:
    """The settings of one half, as a Deployment would give them."""
    settings = house.bot.settings
    assert settings.github_private_key is not None
    assert settings.github_webhook_secret is not None
    return {
        "PATH": os.environ["PATH"],
        "VTEAM_DATABASE_URL": URL or "",
        "VTEAM_DATA_DIR": str(folder),
        "VTEAM_PORT": str(port),
        "VTEAM_BOT_URL": f"http://127.0.0.1:{settings.port}",
        "VTEAM_KUBECONFIG": str(kubeconfig(folder / "kubeconfig", house.bot.cluster_url)),
        "VTEAM_GITHUB_URL": house.github.url,
        "VTEAM_GITHUB_API_URL": house.github.api_url,
        "VTEAM_GITHUB_APP_ID": str(settings.github_app_id),
        "VTEAM_GITHUB_PRIVATE_KEY": settings.github_private_key.get_secret_value(),
        "VTEAM_GITHUB_WEBHOOK_SECRET": settings.github_webhook_secret.get_secret_value(),
        "VTEAM_MODEL_URL": "http://127.0.0.1:9",
    }


@asynccontextmanager
async def half(name: str, variables: dict[str, str], log: Path) -> AsyncIterator[None]:
    """One half as a process; it ends politely, and with status 0."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", name, env=variables, stdout=output, stderr=output
        )
    try:
        yield
    finally:
        process.terminate()
        assert await process.wait() == 0, log.read_text()[-2000:]


@pytest.mark.long
@pytest.mark.skipif(URL is None, reason="VTEAM_TEST_POSTGRES_URL is not set")
async def test_a_fix_goes_through_both_halves(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration) as house:
        await house.settle()
        await house.bot.stop()
        house.pods.part = works({"src/a.py": "x = 2\n"})
        folders = [tmp_path / "web", tmp_path / "reconcile"]
        for folder in folders:
            folder.mkdir()
        await house.comment("/vteam fix it")  # while nobody listens: the sweep must bring it
        await house.github.drain()
        async with (
            half("web", environment(house, folders[0], port=house.bot.settings.port), tmp_path / "web.log"),
            half("reconcile", environment(house, folders[1], port=0), tmp_path / "reconcile.log"),
            asyncio.timeout(60),
        ):
            while not any(session.finalizers == () for session in await house.sessions()):
                await asyncio.sleep(0.1)
        assert (await house.session()).phase is Phase.COMPLETED
        assert len(house.github.pull_requests(REPOSITORY)) == 1
        await house.bot.start()
