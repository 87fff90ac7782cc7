"""The real kubectl against the embedded server, over TLS. Skipped where there is no kubectl."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import yaml

from bot.embedded.api import ApiStore, api_app
from bot.embedded.api.tls import certificates, write_kubeconfig
from tests.conformance.api_client import served
from tests.conformance.crd import crd, of, widget
from tests.embedded_api.conftest import ADMIN, GROUP, WIDGETS

type Kubectl = Callable[..., Awaitable[str]]

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")


@pytest.fixture
async def kubectl(tmp_path: Path) -> AsyncIterator[Kubectl]:
    """Run kubectl against a new server; a failure is an AssertionError with what it said."""
    config, files = tmp_path / "kubeconfig", certificates(tmp_path / "tls")
    store = ApiStore.open(tmp_path / "api.db")

    async def run(*arguments: str, stdin: str = "") -> str:
        command = ["kubectl", "--kubeconfig", str(config), "--cache-dir", str(tmp_path / "cache"), *arguments]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )
        out, said = await asyncio.wait_for(process.communicate(stdin.encode()), 120)
        assert process.returncode == 0, said.decode()
        return out.decode()

    try:
        async with served(api_app(store, admin_token=ADMIN), tls=files) as url:
            write_kubeconfig(config, url=url, token=ADMIN, authority=files.authority)
            yield run
    finally:
        store.close()


async def test_kubectl_lists_custom_resources_by_their_short_name(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", "-", stdin=yaml.safe_dump(crd(GROUP)))
    await kubectl("apply", "-f", "-", stdin=yaml.safe_dump(of(WIDGETS, widget("a"))))
    lines = (await kubectl("get", "wd")).splitlines()
    assert lines[0].split() == ["NAME", "MODE", "PHASE", "AGE"]
    assert lines[1].split()[:2] == ["a", "fix"]
    assert "default" in (await kubectl("get", "wd", "-A"))
    await kubectl("label", "wd", "a", "team=x")
    assert (await kubectl("get", "wd", "-l", "team=x", "-o", "name")).strip() == f"widget.{GROUP}/a"
    await kubectl("wait", "--for=jsonpath={.spec.mode}=fix", "wd/a", "--timeout=60s")
    assert "prompt" in await kubectl("explain", "widget.spec")
    assert "deleted" in await kubectl("delete", "wd", "a")


async def test_kubectl_applies_and_patches_built_in_kinds(kubectl: Kubectl) -> None:
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1", "b": "2"}}
    text = yaml.safe_dump(config_map)
    assert "created" in await kubectl("apply", "-f", "-", stdin=text)
    assert "unchanged" in await kubectl("apply", "-f", "-", stdin=text)
    del config_map["data"]["b"]  # type: ignore[attr-defined]
    assert "configured" in await kubectl("apply", "-f", "-", stdin=yaml.safe_dump(config_map))
    assert (await kubectl("get", "cm", "c", "-o", "jsonpath={.data}")) == '{"a":"1"}'
    await kubectl("patch", "cm", "c", "-p", '{"data":{"x":"y"}}')
    await kubectl("annotate", "ns", "default", "vteam.example/a=b")
    assert "serverside-applied" in await kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)
    assert "c" in await kubectl("get", "configmaps,sa,jobs,pods,events")
    assert "NAME" in await kubectl("get", "namespaces")


async def test_the_private_files_are_private(tmp_path: Path) -> None:
    files = certificates(tmp_path / "tls")
    write_kubeconfig(tmp_path / "kubeconfig", url="https://x", token="t", authority=files.authority)
    for path in (files.key, tmp_path / "kubeconfig"):
        assert path.stat().st_mode & 0o777 == 0o600
    before = files.certificate.read_bytes()
    assert certificates(tmp_path / "tls").certificate.read_bytes() == before
