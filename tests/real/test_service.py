"""`vteam up` and its kin as an administrator starts them: what they refuse in one line, and how they start and stop."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.checks import Halves, check
from bot.embedded.kubelet.processes import descendants
from bot.settings import SettingMissing, Settings
from bot.standins.github import AppRegistration
from bot.standins.messages import Say, Script, Use
from tests.ports import own_port
from tests.real.children import Ran, alive, environment, gone, read, speaking_of, started, vteam
from tests.real.play import on_stage

SECRETS = {
    "ANTHROPIC_API_KEY": "key-of-the-model-77d1",
    "VTEAM_GITHUB_WEBHOOK_SECRET": "the-webhook-secret-5b1e",
    "VTEAM_GITHUB_PRIVATE_KEY": "the-private-key-9c44",
    "VTEAM_DATABASE_URL": "postgresql://vteam:the-password-31aa@db/vteam",
}


async def said(tmp_path: Path, *command: str, **env: str) -> str:
    """The one line that a command says when it refuses to begin, with exit status 2."""
    ran = await vteam(*command, env=environment(tmp_path, **env), cwd=tmp_path)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1), ran
    return ran.err.strip()


# --- settings


async def test_the_settings_are_listed_and_secrets_are_masked(tmp_path: Path) -> None:
    env = environment(
        tmp_path, **SECRETS, VTEAM_MODEL_URL="https://me:a-password-in-it@models.test", VTEAM_RUNNER_IMAGE="a[/]b"
    )
    ran = await vteam("settings", env=env, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    lines = {line.split("│")[1].strip(): line for line in ran.out.splitlines() if line.startswith("│")}
    for name, secret in SECRETS.items():
        assert "********" in lines[name]
        assert secret not in ran.out
    assert "a-password-in-it" not in ran.out
    assert "models.test" in lines["VTEAM_MODEL_URL"]
    assert "a[/]b" in lines["VTEAM_RUNNER_IMAGE"]
    assert "********" not in lines["VTEAM_GITHUB_PRIVATE_KEY_FILE"]
    assert "8080" in lines["VTEAM_PORT"]


async def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path) -> None:
    line = await said(tmp_path, "settings", VTEAM_PORT="eighty")
    assert line.startswith("VTEAM_PORT: ")
    assert "should be a valid integer" in line
    assert "Value error" not in line


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("namespaces", "acme", "'acme' is no owner/name=namespace"),
        ("session_usd", "0", "should be greater than 0"),
        ("log_level", "loud", "should be 'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_the_line_says_what_is_wrong_with_the_setting(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingMissing) as missing:
        Settings.read(**{name: value})
    line = str(missing.value)
    assert line.startswith(f"VTEAM_{name.upper()}: ")
    assert words in line
    assert "Value error" not in line
    assert "\n" not in line


# --- what cannot begin


def app_settings(tmp_path: Path, registration: AppRegistration, **more: str) -> dict[str, str]:
    """All that `vteam up` needs; nobody answers where GitHub and the model would be."""
    key = tmp_path / "app.pem"
    key.write_text(registration.private_key_pem)
    given = {
        "VTEAM_DATA_DIR": str(tmp_path / "data"),
        "VTEAM_PORT": str(own_port()),
        "VTEAM_GITHUB_API_URL": "http://127.0.0.1:9/api/v3",
        "VTEAM_GITHUB_URL": "http://127.0.0.1:9",
        "VTEAM_GITHUB_APP_ID": str(registration.app_id),
        "VTEAM_GITHUB_PRIVATE_KEY_FILE": str(key),
        "VTEAM_GITHUB_WEBHOOK_SECRET": registration.webhook_secret,
        "ANTHROPIC_API_KEY": "key-of-the-model",
    }
    return given | more


@pytest.mark.long
async def test_up_names_the_first_setting_that_is_missing(tmp_path: Path, app_registration: AppRegistration) -> None:
    given = app_settings(tmp_path, app_registration)
    known = {name: given[name] for name in ("VTEAM_DATA_DIR", "VTEAM_PORT")}
    for name in (
        "VTEAM_GITHUB_APP_ID",
        "VTEAM_GITHUB_PRIVATE_KEY_FILE",
        "VTEAM_GITHUB_WEBHOOK_SECRET",
        "ANTHROPIC_API_KEY",
    ):
        assert name in await said(tmp_path, "up", **known)
        known[name] = given[name]


@pytest.mark.long
async def test_up_refuses_what_cannot_work_in_one_line(tmp_path: Path, app_registration: AppRegistration) -> None:
    given = app_settings(tmp_path, app_registration)
    (tmp_path / "no.pem").write_text("not a key")
    no_key = {"VTEAM_GITHUB_PRIVATE_KEY_FILE": str(tmp_path / "no.pem")}
    assert "VTEAM_GITHUB_PRIVATE_KEY_FILE: " in await said(tmp_path, "up", **(given | no_key))
    absent = {"VTEAM_GITHUB_PRIVATE_KEY_FILE": str(tmp_path / "absent.pem")}
    assert "No such file" in await said(tmp_path, "up", **(given | absent))
    (tmp_path / "file").touch()
    assert "VTEAM_DATA_DIR" in await said(tmp_path, "up", **(given | {"VTEAM_DATA_DIR": str(tmp_path / "file")}))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = await said(tmp_path, "up", **(given | {"VTEAM_PORT": port}), VTEAM_LOG_LEVEL="error")
    assert line.startswith("VTEAM_PORT: ")
    assert port in line


async def test_halves_that_run_apart_refuse_without_postgresql(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    line = await said(tmp_path, "web", **app_settings(tmp_path, app_registration))
    assert line.startswith("VTEAM_DATABASE_URL: ")
    assert "PostgreSQL" in line


def test_the_reconcile_half_alone_refuses_so_too(tmp_path: Path, app_registration: AppRegistration) -> None:
    key = app_registration.private_key_pem
    settings = Settings.read(data_dir=tmp_path, port=own_port(), github_app_id=1, github_private_key=key)
    with pytest.raises(SettingMissing, match=r"^VTEAM_DATABASE_URL: .*PostgreSQL"):
        check(settings, Halves(web=False))


async def test_halves_outside_of_a_cluster_ask_for_a_kubeconfig(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    given = app_settings(tmp_path, app_registration, VTEAM_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert "VTEAM_KUBECONFIG" in await said(tmp_path, "web", **given)


@pytest.mark.long
async def test_a_database_or_a_cluster_that_is_not_there_is_one_line(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    given = app_settings(
        tmp_path,
        app_registration,
        VTEAM_DATABASE_URL="postgresql://nobody:the-password@127.0.0.1:9/none",
        VTEAM_KUBECONFIG=str(tmp_path / "kubeconfig"),
    )
    line = await said(tmp_path, "web", **given)
    assert line.startswith("VTEAM_DATABASE_URL: ")
    assert "the-password" not in line
    given["VTEAM_KUBECONFIG"] = str(tmp_path / "absent")
    assert "VTEAM_KUBECONFIG" in await said(tmp_path, "web", **given)


KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: it
contexts: [{name: it, context: {cluster: it, user: it}}]
clusters: [{name: it, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: it, user: {token: none}}]
"""


# --- starting and stopping


@asynccontextmanager
async def up(env: dict[str, str], cwd: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`vteam up`, ready."""
    async with started("up", env=env, cwd=cwd) as process:
        async with asyncio.timeout(120):
            while await status(env, "/readyz") != 200:
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield process


async def status(env: dict[str, str], path: str) -> int:
    try:
        async with aiohttp.ClientSession() as client, client.get(address(env) + path) as answer:
            await answer.read()
            return answer.status
    except aiohttp.ClientConnectionError:
        return 0


def address(env: dict[str, str]) -> str:
    return f"http://127.0.0.1:{env['VTEAM_PORT']}"


async def stopped(process: asyncio.subprocess.Process, number: int) -> Ran:
    process.send_signal(number)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_up_starts_answers_and_stops(tmp_path: Path, app_registration: AppRegistration, number: int) -> None:
    env = environment(tmp_path) | app_settings(tmp_path, app_registration)
    async with up(env, tmp_path) as process:
        assert [await status(env, path) for path in ("/healthz", "/readyz", "/metrics", "/docs", "/")] == [
            *(200, 200, 200),
            *(404, 404),
        ]
        below = descendants(process.pid)
        ran = await stopped(process, number)
    assert (ran.code, ran.out) == (0, "")
    await gone(below)
    assert speaking_of(str(tmp_path / "data")) == []
    events = [json.loads(line)["event"] for line in ran.err.splitlines()]
    assert [events[0], events[-1]] == ["control_plane_ready", "bot_stopped"]
    assert "bot_listens" in events
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").rglob("*") if path.is_file()}
    assert {
        name for name, mode in modes.items() if mode and not name.endswith(("-shm", "-wal", ".db", ".crt"))
    } == set()


@pytest.mark.long
async def test_a_data_folder_belongs_to_one_process(tmp_path: Path, app_registration: AppRegistration) -> None:
    env = environment(tmp_path) | app_settings(tmp_path, app_registration)
    async with up(env, tmp_path):
        line = await said(tmp_path, "up", **(env | {"VTEAM_PORT": str(own_port()), "VTEAM_LOG_LEVEL": "error"}))
        assert line.startswith("VTEAM_DATA_DIR: ")
        assert await status(env, "/readyz") == 200


@pytest.mark.long
async def test_a_stop_while_an_agent_works_ends_the_agent_and_the_next_start_goes_on(tmp_path: Path) -> None:
    waits = Script([[Use("Bash", {"command": "tail -f /dev/null & tail -f /dev/null", "description": "Wait"})]])
    async with on_stage(tmp_path / "stage", waits) as play:
        await play.comment("/vteam fix it")
        await play.until(lambda: _works(play.stage.bot.pid or 0))
        below = descendants(play.stage.bot.pid or 0)
        await play.stage.bot.stop()
        assert list(alive(below)) == []
        assert play.stage.bot.status == 0
        play.model._script = Script([[Say("There is nothing to do.")]])
        await play.stage.bot.start()
        session = await play.until_ended()
        assert session.status.message == "Done; there was nothing to change."
        assert "Traceback" not in play.stage.bot.log.read_text()


async def _works(pid: int) -> bool:
    return sum(b"tail" in read(one.pid, "comm") for one in descendants(pid)) == 2
