"""Jobs on the whole embedded control plane: their ends, its restarts, and what must not survive it."""

import asyncio
import stat
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.cluster import JOBS, PODS, Cluster
from bot.embedded.control_plane import ControlPlane, ControlPlaneOptions, DirectoryInUse
from bot.embedded.kubelet.confine import confinement
from tests.embedded.asking import (
    NAMESPACE,
    condition,
    condition_of,
    job,
    pod,
    pods_of,
    run_job,
    run_pod,
    terminated,
    until,
    vanished,
)
from tests.embedded.conftest import OPTIONS
from tests.embedded.trees import gone, is_alive, written
from tests.ports import own_port


async def test_a_job_runs_to_its_completion(cluster: Cluster) -> None:
    done = await run_job(cluster, job("exit 0"))
    assert condition_of(done, "Complete")
    assert done["status"]["succeeded"] == 1
    assert done["status"]["uncountedTerminatedPods"] == {}
    [ran] = await pods_of(cluster)
    assert "finalizers" not in ran["metadata"]


async def test_a_job_that_fails_is_tried_as_often_as_it_says(cluster: Cluster) -> None:
    failed = await run_job(cluster, job("exit 3", backoffLimit=2))
    why = condition_of(failed, "Failed")
    assert why
    assert why["reason"] == "BackoffLimitExceeded"
    assert failed["status"]["failed"] == len(await pods_of(cluster)) == 3


@pytest.mark.long
async def test_a_job_past_its_deadline_is_stopped(cluster: Cluster) -> None:
    failed = await run_job(cluster, job("sleep 600", activeDeadlineSeconds=3))
    why = condition_of(failed, "Failed")
    assert why
    assert why["reason"] == "DeadlineExceeded"
    # Its pod is being deleted: looked at once, for it may be gone at a second look.
    assert [terminated(left)["exitCode"] for left in await pods_of(cluster)] in ([], [143], [137])


async def test_a_suspended_job_runs_when_it_is_resumed(cluster: Cluster) -> None:
    await cluster.create(JOBS, job("exit 0", suspend=True), NAMESPACE)
    await until(cluster, JOBS, "j", condition("Suspended"))
    assert await pods_of(cluster) == []
    await cluster.patch(JOBS, "j", {"spec": {"suspend": False}}, namespace=NAMESPACE)
    await until(cluster, JOBS, "j", condition("Complete"))


async def test_a_deleted_job_takes_its_pod_and_its_processes_along(plane: ControlPlane, cluster: Cluster) -> None:
    await cluster.create(JOBS, job("echo $BASHPID > ~/pid; sleep 600"), NAMESPACE)
    await until(cluster, JOBS, "j", lambda j: j["status"].get("ready"))
    [running] = await pods_of(cluster)
    pid = await written(plane.directory / "pods" / running["metadata"]["uid"] / "home" / "pid")
    await cluster.delete(JOBS, "j", namespace=NAMESPACE)
    await vanished(cluster, PODS, running["metadata"]["name"])
    assert not is_alive(pid)


async def test_a_finished_job_is_removed_in_its_time(cluster: Cluster) -> None:
    await cluster.create(JOBS, job("exit 0", ttlSecondsAfterFinished=0), NAMESPACE)
    await vanished(cluster, JOBS, "j")


async def test_leaving_ends_every_process(tmp_path: Path) -> None:
    async with ControlPlane.open(tmp_path / "plane", OPTIONS) as plane, plane.cluster() as cluster:
        found = await cluster.create(PODS, pod("echo $BASHPID > ~/pid; trap '' TERM; sleep 600"), NAMESPACE)
        pid = await written(plane.directory / "pods" / found["metadata"]["uid"] / "home" / "pid")
        assert is_alive(pid)
    assert not is_alive(pid)


PLANE = """
import asyncio, pathlib, sys
from bot.embedded.kubelet.confine import confinement
from bot.embedded.control_plane import ControlPlane, ControlPlaneOptions
async def main():
    async with ControlPlane.open(pathlib.Path(sys.argv[1]), ControlPlaneOptions(namespaces={"team": {}})) as plane:
        print(plane.url, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


@asynccontextmanager
async def in_its_own_process(directory: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PLANE, str(directory), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if line.startswith(b"http"):
                yield process, line.decode().strip()
                break
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


DISRUPTION_IGNORED = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}


@pytest.mark.long
async def test_killed_and_started_again_it_replaces_the_pod_and_counts_no_failure(tmp_path: Path) -> None:
    directory = tmp_path / "plane"
    directory.mkdir()
    (directory / "port").write_text(str(own_port()))  # one that nobody takes while it is down
    body = job("echo $BASHPID > ~/pid; sleep 600", podFailurePolicy=DISRUPTION_IGNORED)
    async with in_its_own_process(directory) as (process, url):
        token = (directory / "admin.token").read_text()
        async with Cluster.at(url, token=token) as cluster:
            await cluster.create(JOBS, body, NAMESPACE)
            await until(cluster, JOBS, "j", lambda j: j["status"].get("ready"))
            [first] = await pods_of(cluster)
        pid = await written(directory / "pods" / first["metadata"]["uid"] / "home" / "pid")
        process.kill()
        await process.wait()
    await gone(pid)
    async with ControlPlane.open(directory, OPTIONS) as plane:
        assert (plane.url, plane.admin_token) == (url, token)
        async with await Cluster.from_kubeconfig(plane.kubeconfig) as cluster:
            lost = await until(cluster, PODS, first["metadata"]["name"], condition("DisruptionTarget"))
            assert (lost["status"]["phase"], lost["status"]["reason"]) == ("Failed", "NodeShutdown")
            async with asyncio.timeout(60):
                while len(await pods_of(cluster)) < 2:
                    await asyncio.sleep(0.02)
            await until(cluster, JOBS, "j", lambda j: j["status"].get("ready"))
            found = await cluster.get(JOBS, "j", NAMESPACE)
            assert found is not None
            assert "failed" not in found["status"]
            assert len([*(directory / "pods").iterdir()]) == 1


async def test_a_directory_belongs_to_one_control_plane(plane: ControlPlane) -> None:
    with pytest.raises(DirectoryInUse):
        async with ControlPlane.open(plane.directory, OPTIONS):
            pass


async def test_secrets_lie_in_files_for_this_user_alone(plane: ControlPlane) -> None:
    assert stat.S_IMODE(plane.directory.stat().st_mode) == 0o700
    for name in ("admin.token", "kubeconfig", "embedded-kubelet.token", "embedded-job-controller.token"):
        assert stat.S_IMODE((plane.directory / name).stat().st_mode) == 0o600


async def test_the_runner_can_be_imported_in_a_pod_and_the_bot_cannot(cluster: Cluster) -> None:
    assert terminated(await run_pod(cluster, pod("python -c 'import runner, crds'")))["exitCode"] == 0
    assert terminated(await run_pod(cluster, pod("python -c 'import bot'", name="q")))["exitCode"] == 1


@pytest.mark.skipif(not confinement().isolated, reason="no mount namespaces here")
@pytest.mark.skipif(Path(sys.prefix).is_relative_to("/tmp"), reason="the interpreter would be hidden")
async def test_a_pod_has_a_tmp_and_shared_memory_of_its_own() -> None:
    script = (
        "echo mine > /tmp/x && cat $TMPDIR/x && python -c 'import multiprocessing as m; m.Lock()' && ls /tmp /dev/shm"
    )
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        async with ControlPlane.open(Path(directory) / "plane", OPTIONS) as plane, plane.cluster() as cluster:
            found = await run_pod(cluster, pod(script))
            [log] = (plane.directory / "logs").glob("*/main.log")
            assert (terminated(found)["exitCode"], log.read_text()) == (0, "mine\n/dev/shm:\n\n/tmp:\nx\n")


WITHOUT_LANDLOCK = """
import ctypes, struct
from bot.embedded.kubelet import fence, seccomp
from bot.embedded.kubelet.confine import CannotConfine, check_confinement
no_landlock = [seccomp._op(0x20, 0), *seccomp._unless(0x15, 444, [seccomp._fail(95)]), seccomp._op(0x06, 0x7FFF0000)]
program = b"".join(no_landlock)
code = ctypes.create_string_buffer(program, len(program))
fence._prctl(38, 1)
filter_ = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
assert ctypes.CDLL(None).prctl(22, ctypes.c_ulong(2), filter_, 0, 0) == 0
check_confinement(fenced=False)
try:
    check_confinement(fenced=True)
except CannotConfine as refusal:
    print(refusal)
"""


async def test_where_pods_cannot_be_confined_it_refuses_unless_told() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WITHOUT_LANDLOCK, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert b"this kernel has no Landlock" in said
    assert b"say so: --unconfined" in said


async def test_told_so_it_runs_pods_unconfined(tmp_path: Path) -> None:
    options = ControlPlaneOptions(namespaces={NAMESPACE: {}}, unconfined=True)
    async with ControlPlane.open(tmp_path / "plane", options) as plane, plane.cluster() as cluster:
        found = await run_pod(cluster, pod(f"cat {tmp_path}/plane/admin.token"))
        assert terminated(found)["exitCode"] == 0
