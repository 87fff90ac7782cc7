"""What a confined process can and cannot do, asked by real programs inside the fence."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.embedded.kubelet.confine import confinement
from bot.embedded.kubelet.container import Container, Ended
from bot.embedded.kubelet.fence import Fence
from bot.standins.served import served
from tests.embedded.trees import is_alive, python

pytestmark = pytest.mark.skipif(not confinement().possible, reason=confinement().summary)

INTERPRETER = (sys.prefix, sys.base_prefix)


async def inside(tmp_path: Path, program: str, *, ports: tuple[int, ...] = (), isolated: bool = False) -> str:
    """What the program prints, run in a fence around its own work directory."""
    fence = Fence(writable=[str(tmp_path / "work")], readable=INTERPRETER, ports=ports, isolated=isolated)
    plan = python(tmp_path, program, fence=fence)
    plan.env.update(PATH=f"{sys.prefix}/bin:{plan.env['PATH']}", GIT_CONFIG_NOSYSTEM="1")
    container = await Container.start(plan)
    async with asyncio.timeout(120):
        ended = await container.ended()
    said = (tmp_path / "log").read_text()
    assert ended == Ended(0), (ended, said)
    return said.strip()


async def shell(tmp_path: Path, script: str) -> str:
    return await inside(tmp_path, f"import os; os.execvp('bash', ['bash', '-c', {script!r}])")


TRIED = """
import os, socket
def tried(what, *arguments):
    try:
        what(*arguments)
        print("could")
    except OSError as refused:
        print(refused.strerror)
"""


async def test_its_own_directory_is_its_own(tmp_path: Path) -> None:
    assert await shell(tmp_path, "mkdir a && echo hello > a/b && ln -s b a/c && cat a/c && rm -r a && ls") == "hello"


async def test_other_files_cannot_be_read_written_or_listed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    program = f"""{TRIED}
tried(open, {str(tmp_path / "secret")!r})
tried(open, {str(tmp_path / "new")!r}, "w")
tried(os.unlink, {str(tmp_path / "secret")!r})
tried(os.listdir, "/proc/1")
tried(open, "/proc/{os.getpid()}/environ")
tried(open, "/proc/{os.getpid()}/cmdline")
tried(open, "/etc/shadow")
tried(os.listdir, os.path.expanduser("~root"))
"""
    assert set((await inside(tmp_path, program)).splitlines()) == {"Permission denied"}


async def test_it_cannot_signal_its_keepers_or_anybody_else(tmp_path: Path) -> None:
    program = f"{TRIED}\ntried(os.kill, os.getppid(), 9)\ntried(os.kill, {os.getpid()}, 0)\ntried(os.kill, -1, 0)"
    assert (await inside(tmp_path, program)).splitlines()[:2] == ["Operation not permitted"] * 2


@pytest.fixture
async def two_ports() -> AsyncIterator[tuple[int, int]]:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    async with served(app) as one, served(app) as other:
        yield one, other


async def test_only_the_given_ports_can_be_connected_to(tmp_path: Path, two_ports: tuple[int, int]) -> None:
    async with aiohttp.ClientSession() as client:
        for port in two_ports:
            assert (await client.get(f"http://127.0.0.1:{port}/")).status == 200
    given, other = two_ports
    program = f"""{TRIED}
tried(socket.create_connection, ("127.0.0.1", {given}))
tried(socket.create_connection, ("127.0.0.1", {other}))
"""
    assert await inside(tmp_path, program, ports=(given,)) == "could\nPermission denied"


isolated = pytest.mark.skipif(not confinement().isolated, reason="no network namespaces here")


@isolated
async def test_in_a_network_of_its_own_the_given_ports_lead_out_and_nothing_else_does(
    tmp_path: Path, two_ports: tuple[int, int]
) -> None:
    given, other = two_ports
    program = f"""{TRIED}
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:{given}/").read().decode())
tried(socket.create_connection, ("127.0.0.1", {other}))
tried(socket.create_connection, ("192.0.2.1", {given}))
"""
    said = await inside(tmp_path, program, ports=(given,), isolated=True)
    assert said == "hello\nConnection refused\nNetwork is unreachable"


@isolated
async def test_there_it_can_connect_to_its_own_servers(tmp_path: Path) -> None:
    program = f"""{TRIED}
server = socket.create_server(("127.0.0.1", 0))
tried(socket.create_connection, server.getsockname())
tried(socket.create_connection, ("localhost", server.getsockname()[1]))
"""
    assert await inside(tmp_path, program, isolated=True) == "could\ncould"


@isolated
async def test_much_goes_through_at_once(tmp_path: Path) -> None:
    async def mirror(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = web.Application(client_max_size=1 << 30)
    app.router.add_post("/", mirror)
    program = """
import concurrent.futures, os, urllib.request
def go(number):
    sent = os.urandom(3_000_000)
    return urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:PORT/", data=sent)).read() == sent
with concurrent.futures.ThreadPoolExecutor(10) as pool:
    print(sum(pool.map(go, range(30))))
"""
    async with served(app) as port:
        program = program.replace("PORT", str(port))
        assert await inside(tmp_path, program, ports=(port,), isolated=True) == "30"


@isolated
async def test_its_network_dies_with_it(tmp_path: Path, two_ports: tuple[int, int]) -> None:
    fence = Fence(writable=[str(tmp_path / "work")], readable=INTERPRETER, ports=two_ports[:1], isolated=True)
    container = await Container.start(python(tmp_path, "import time; time.sleep(600)", fence=fence))
    ended = asyncio.create_task(container.ended())
    await container.started.wait()
    relay = max(container.own)
    assert is_alive(relay)
    assert container.memory() < 40_000_000
    container.stop()
    assert await ended == Ended(143)
    assert not is_alive(relay)


async def test_sockets_that_lead_out_past_landlock_do_not_exist(tmp_path: Path) -> None:
    program = f"""{TRIED}
tried(socket.socket, socket.AF_UNIX, socket.SOCK_STREAM)
tried(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
tried(socket.socket, socket.AF_INET6, socket.SOCK_DGRAM)
tried(socket.socket, socket.AF_INET, socket.SOCK_RAW, 1)
tried(socket.socket, socket.AF_INET, socket.SOCK_STREAM, 262)
tried(socket.socket, socket.AF_PACKET, socket.SOCK_RAW)
tried(socket.socketpair)
tried(socket.create_server, ("127.0.0.1", 0))
"""
    answers = (await inside(tmp_path, program)).splitlines()
    assert answers == ["Permission denied"] * 6 + ["could"] * 2


async def test_root_has_no_powers_inside(tmp_path: Path) -> None:
    program = f"""{TRIED}
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
tried(os.chroot, ".")
tried(os.mknod, "disk", 0o60600, os.makedev(8, 0))
print(libc.prctl(39, 0, 0, 0, 0), libc.prctl(23, 21, 0, 0, 0) if os.geteuid() == 0 else 0)
"""
    assert await inside(tmp_path, program) == "Operation not permitted\nOperation not permitted\n1 0"


async def test_git_bash_python_and_pytest_work(tmp_path: Path) -> None:
    script = """set -e
git init -q repo && cd repo && git config user.email a@example.org && git config user.name A
printf 'import tempfile\\ndef test_it(tmp_path):\\n    (tmp_path / "f").touch(); tempfile.mkstemp()\\n' > test_it.py
git add . && git commit -qm first && git bundle create -q ../work.bundle HEAD && git log --format=%s
python -m pytest -q -p no:cacheprovider 2>&1 | tail -1
diff <(echo same) <(echo same) && echo substituted
"""
    said = (await shell(tmp_path, script)).splitlines()
    assert (said[0], said[1][:8], said[2]) == ("first", "1 passed", "substituted")


async def test_the_claude_code_cli_starts_inside(tmp_path: Path) -> None:
    script = f"{sys.prefix}/lib/python3.12/site-packages/claude_agent_sdk/_bundled/claude --version"
    assert "Claude Code" in await shell(tmp_path, script)
