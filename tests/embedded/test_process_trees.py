"""A container ends with its whole process tree, however its processes hide and whoever of their keepers is killed."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot.embedded.kubelet.container import Container, Ended, Plan
from bot.embedded.kubelet.processes import _by_parent, descendants
from tests.embedded.trees import DAEMON, REFUSES_TO_DIE, gone, is_alive, plan, python, written


async def run(what: Plan) -> Ended:
    container = await Container.start(what)
    async with asyncio.timeout(60):
        return await container.ended()


async def with_daemons(tmp_path: Path) -> tuple[Container, "asyncio.Task[Ended]", list[int]]:
    container = await Container.start(python(tmp_path, DAEMON + "time.sleep(600)"))
    ended = asyncio.create_task(container.ended())
    daemons = [await written(tmp_path / "work" / name) for name in ("one", "two")]
    return container, ended, [*daemons, container.pid]


def supervisor_of(container: Container) -> int:
    [pid] = container.own - {0}  # no relay: these are not isolated
    return pid


async def test_a_command_ends_with_its_own_code_and_its_words_are_kept(tmp_path: Path) -> None:
    ended = await run(plan(tmp_path, "sh", "-c", "echo out; echo err >&2; exit 3"))
    assert ended == Ended(3)
    assert (tmp_path / "log").read_text() == "out\nerr\n"


async def test_an_unknown_command_is_refused_by_name(tmp_path: Path) -> None:
    ended = await run(plan(tmp_path, "no-such-program", "--help"))
    assert ended.code == 127
    assert ended.refused == "exec: 'no-such-program': No such file or directory"


async def test_nothing_of_the_bots_environment_reaches_a_container(tmp_path: Path) -> None:
    await run(plan(tmp_path, "env"))
    names = {line.partition("=")[0] for line in (tmp_path / "log").read_text().splitlines()}
    assert names == {"PATH", "HOME", "TMPDIR", "VTEAM_POD_UID"}


async def test_daemons_end_when_the_main_process_ends(tmp_path: Path) -> None:
    ended = await run(python(tmp_path, DAEMON + "sys.exit(5)"))
    assert ended == Ended(5)
    assert not any(is_alive(int((tmp_path / "work" / name).read_text())) for name in ("one", "two"))


async def test_a_pipe_whose_reader_leaves_ends_as_in_any_shell(tmp_path: Path) -> None:
    assert await run(plan(tmp_path, "sh", "-c", "yes | head -1")) == Ended(0)
    assert (tmp_path / "log").read_text() == "y\n"


async def test_stop_is_heard_by_the_main_process_alone(tmp_path: Path) -> None:
    program = "import signal, time; signal.signal(15, lambda *_: exit(9)); open('one', 'w').write('1'); time.sleep(99)"
    container = await Container.start(python(tmp_path, program))
    ended = asyncio.create_task(container.ended())
    await written(tmp_path / "work" / "one")
    container.stop()
    assert await ended == Ended(9)


async def test_a_main_process_that_knows_no_sigterm_ends_with_143(tmp_path: Path) -> None:
    container = await Container.start(plan(tmp_path, "sleep", "600"))
    container.stop()
    assert await container.ended() == Ended(143)


async def test_who_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    say = "open('one', 'w').write(str(__import__('os').getpid()))"
    container = await Container.start(python(tmp_path, REFUSES_TO_DIE.format(say=say)))
    ended = asyncio.create_task(container.ended())
    pid = await written(tmp_path / "work" / "one")
    container.stop()
    container.kill()
    assert await ended == Ended(137)
    assert not is_alive(pid)


async def test_processes_that_keep_forking_lose(tmp_path: Path) -> None:
    program = """
import os, time
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        while True:
            if os.fork() > 0:
                time.sleep(0.005)
                os._exit(0)
time.sleep(0.2)
"""
    container = await Container.start(python(tmp_path, program))
    ended = asyncio.create_task(container.ended())
    assert await ended == Ended(0)


async def test_the_log_keeps_the_newest_words_and_is_bounded(tmp_path: Path) -> None:
    await run(plan(tmp_path, "sh", "-c", "seq 1 100000; echo last", log_bytes=100_000))
    kept = [tmp_path / "log.1", tmp_path / "log"]
    assert sum(path.stat().st_size for path in kept) < 250_000
    assert kept[1].read_text().endswith("last\n")


async def test_none_survives_a_kubelet_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "daemon.py").write_text(DAEMON + "time.sleep(600)")
    program = """
import asyncio, pathlib, sys
from bot.embedded.kubelet.container import Container
from tests.embedded.trees import python
async def main():
    directory = pathlib.Path(sys.argv[1])
    container = await Container.start(python(directory, (directory / "daemon.py").read_text()))
    await container.ended()
asyncio.run(main())
"""
    kubelet = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(tmp_path), cwd=Path.cwd())
    daemons = [await written(tmp_path / "work" / name) for name in ("one", "two")]
    assert all(is_alive(pid) for pid in daemons)
    kubelet.kill()
    await kubelet.wait()
    await gone(*daemons)


async def test_none_survives_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    container, ended, pids = await with_daemons(tmp_path)
    os.kill(supervisor_of(container), signal.SIGKILL)
    assert await ended == Ended(137)
    assert not any(is_alive(pid) for pid in pids)


async def test_none_survives_when_the_guard_is_killed(tmp_path: Path) -> None:
    container, ended, pids = await with_daemons(tmp_path)
    os.kill(container.process.pid, signal.SIGKILL)
    assert await ended == Ended(137)
    assert not any(is_alive(pid) for pid in pids)


async def test_when_both_are_killed_at_once_the_kubelet_ends_the_rest(tmp_path: Path) -> None:
    container, ended, pids = await with_daemons(tmp_path)
    for pid in (supervisor_of(container), container.process.pid):
        os.kill(pid, signal.SIGSTOP)
    for pid in (supervisor_of(container), container.process.pid):
        os.kill(pid, signal.SIGKILL)
    assert await ended == Ended(137)
    await gone(*pids)


async def test_the_memory_of_a_tree_is_that_of_all_its_processes(tmp_path: Path) -> None:
    program = """
import os, time
os.fork()
held = bytearray(os.urandom(1) * 40_000_000)
open(str(os.getpid()) + ".pid", "w").close()
time.sleep(600)
"""
    container = await Container.start(python(tmp_path, program))
    ended = asyncio.create_task(container.ended())
    async with asyncio.timeout(60):
        while len([*(tmp_path / "work").glob("*.pid")]) < 2:
            await asyncio.sleep(0.01)
    assert 80_000_000 < container.memory() < 120_000_000
    container.kill()
    await ended


def test_a_kernel_without_lists_of_children_gives_the_same_tree() -> None:
    me = os.getpid()
    child = os.fork()
    if child == 0:
        signal.pause()
    try:
        for found in (descendants(me), _by_parent()(me)):  # others may have children here too, that come and go
            [mine] = [process for process in found if process.pid == child]
            assert mine.parent == me
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
