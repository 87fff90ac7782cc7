"""`pods/log` reads what the kubelet of this machine wrote."""

import asyncio
from pathlib import Path

import pytest

from bot.embedded.api import log_path
from tests.embedded_api.conftest import Open

PODS = "/api/v1/namespaces/default/pods"


def pod(*containers: str) -> dict[str, object]:
    spec = {"containers": [{"name": name, "image": "none.example/x:1"} for name in containers]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}


async def test_a_containers_log_is_what_its_file_says(opened: Open, tmp_path: Path) -> None:
    async with opened(log_directory=tmp_path) as (api, _):
        made = (await api.create(PODS, pod("main"))).body
        assert (await api.get(f"{PODS}/p/log")).body == ""
        path = log_path(tmp_path, made, "main")
        path.parent.mkdir()
        path.write_text("one\ntwo\nthree\n")
        assert (await api.get(f"{PODS}/p/log")).body == "one\ntwo\nthree\n"
        assert (await api.get(f"{PODS}/p/log", tailLines=1)).body == "three\n"
        assert (await api.get(f"{PODS}/p/log", limitBytes=3)).body == "one"
        assert (await api.get(f"{PODS}/p/log", container="other")).code == 400
        assert (await api.get(f"{PODS}/q/log")).code == 404
        assert (await api.get(f"{PODS}/p/log", previous="true")).code == 415


async def test_of_several_containers_one_must_be_named(opened: Open, tmp_path: Path) -> None:
    async with opened(log_directory=tmp_path) as (api, _):
        await api.create(PODS, pod("main", "side"))
        refused = await api.get(f"{PODS}/p/log")
        assert refused.code == 400
        assert "a container name must be specified for pod p, choose one of: [main side]" in refused.message


async def test_a_followed_log_ends_with_its_pod(opened: Open, tmp_path: Path) -> None:
    async with opened(log_directory=tmp_path) as (api, _):
        made = (await api.create(PODS, pod("main"))).body
        path = log_path(tmp_path, made, "main")
        path.parent.mkdir()
        path.write_text("one\n")
        following = asyncio.create_task(api.get(f"{PODS}/p/log", follow="true"))
        with path.open("a") as file:
            file.write("two\n")
        await api.patch(f"{PODS}/p/status", {"status": {"phase": "Succeeded"}})
        answer = await following
        assert answer.body == "one\ntwo\n"


@pytest.mark.parametrize("container", ["../../etc/passwd", "/etc/passwd", "main/../../x"])
async def test_no_container_name_leads_out_of_the_folder(opened: Open, tmp_path: Path, container: str) -> None:
    async with opened(log_directory=tmp_path) as (api, _):
        await api.create(PODS, pod("main"))
        assert (await api.get(f"{PODS}/p/log", container=container)).code == 400
