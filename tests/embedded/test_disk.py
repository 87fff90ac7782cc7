"""What counts as a pod's use of the disk, and what happens to one that takes too much."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from bot.embedded.kubelet.disk import Limit, limits, usage, watch_disk
from bot.embedded.kubelet.layout import Layout
from bot.embedded.kubelet.volumes import remove


async def test_links_are_not_followed_and_locked_directories_are_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"x" * 1_000_000)
    mine = tmp_path / "mine"
    (mine / "deep").mkdir(parents=True)
    (mine / "deep" / "file").write_bytes(b"x" * 100_000)
    (mine / "link").symlink_to(tmp_path)
    (mine / "loop").symlink_to(mine)
    assert 100_000 <= await usage(mine) < 200_000
    assert await usage(tmp_path / "not-there") == 0


async def test_depth_hides_nothing_and_is_removed(tmp_path: Path) -> None:
    program = """
import os
for _ in range(1500):
    os.mkdir("deep")
    os.chdir("deep")
open("file", "wb").write(b"x" * 300_000)
os.chmod(".", 0)
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=tmp_path)
    await process.wait()
    assert await usage(tmp_path) > 300_000
    remove(tmp_path / "deep")
    assert not (tmp_path / "deep").exists()


def test_limits_are_those_of_volumes_and_of_all_containers_together() -> None:
    resources = {"limits": {"ephemeral-storage": "1Gi"}}
    pod: dict[str, Any] = {
        "spec": {
            "volumes": [{"name": "work", "emptyDir": {"sizeLimit": "10Mi"}}, {"name": "free", "emptyDir": {}}],
            "containers": [{"name": "a", "resources": resources}, {"name": "b", "resources": resources}],
        }
    }
    layout = Layout(Path("/pods/u"))
    found = [(limit.path, limit.size) for limit in limits(pod, layout)]
    assert found == [(layout.volume("work"), 10 * 1024**2), (layout.root, 2 * 1024**3)]
    pod["spec"]["containers"][1].pop("resources")
    assert len(limits(pod, layout)) == 1


async def test_too_much_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100_000)
    told: list[str] = []
    looking = asyncio.create_task(watch_disk([Limit(tmp_path, 50_000, "too much")], told.append, interval=0.01))
    async with asyncio.timeout(60):
        await looking
    assert told == ["too much"]
