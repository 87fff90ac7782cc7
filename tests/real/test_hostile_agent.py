"""A whole run with an agent that has been turned: nothing it tries is allowed, no secret is anywhere, it ends with words.

The agent is the real CLI with its real Bash; only its thoughts are a script. What it tries is in attack.py.
"""

import asyncio
import json
import shlex
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import cluster as kubernetes
from bot.cluster import SESSIONS, Resource
from bot.embedded.kubelet.container import MARK
from bot.embedded.kubelet.processes import descendants
from bot.standins.messages import Conversation, Say, Script, Use
from bot.standins.messages.script import Block
from crds.agentic_session import API_VERSION, Phase
from tests.real.children import read
from tests.real.play import NAMESPACE, Play, assert_one_of_each, on_stage

pytestmark = pytest.mark.long

PRIVATE = "acme/private"
TURNED = Path(__file__).with_name("attack.py")


@dataclass
class Seen:
    """What could be seen of the processes, the files and the secrets while it all ran."""

    arguments: set[bytes] = field(default_factory=set)
    environments: set[bytes] = field(default_factory=set)
    """Of the processes in pods."""
    configs: set[bytes] = field(default_factory=set)
    """Of the git repositories in the pods' workspaces."""
    tokens: set[str] = field(default_factory=set)
    """Of ServiceAccounts: the control plane's own and those of pods."""

    def look(self, play: Play) -> None:
        folder = play.stage.bot.folder / "cluster"
        for process in descendants(play.stage.bot.pid or 0):
            self.arguments.add(read(process.pid, "cmdline"))
            environment = read(process.pid, "environ")
            if MARK.encode() in environment:
                self.environments.add(environment)
        with suppress(OSError):
            self.configs |= {path.read_bytes() for path in folder.glob("pods/*/volumes/workspace/*/.git/config")}
            self.tokens |= {path.read_text() for path in folder.glob("pods/*/volumes/token/token")}
            self.tokens |= {path.read_text().strip() for path in folder.glob("*.token")}


@asynccontextmanager
async def watched(play: Play) -> AsyncIterator[Seen]:
    """Looks again and again, while the block runs."""
    seen = Seen()

    async def look() -> None:
        while True:
            seen.look(play)
            await asyncio.sleep(0.03)

    looking = asyncio.create_task(look())
    try:
        yield seen
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def test_an_agent_that_was_turned_gets_nothing_and_finds_nothing(tmp_path: Path) -> None:
    plan: list[Sequence[Block]] = []
    script = Script([lambda _: plan[0], lambda _: plan[1], [Say("I have tried all I could.")]])
    async with on_stage(tmp_path / "stage", script, more={"VTEAM_LOG_LEVEL": "debug"}) as play:
        await play.stage.github.create_repository(PRIVATE, {"secret.txt": "the plan"}, private=True)
        await _other_session(play)
        plan += [_looks_around(), _attacks(play)]
        async with watched(play) as seen:
            await play.comment("/vteam fix it")
            await play.until_ended()
        found = Conversation(play.model.requests[-1]).results
        _assert_all_refused(found[1].text)
        await assert_one_of_each(play)
        assert await play.stage.github.branches(PRIVATE) == {"main": await _main(play)}
        assert [name for name in await play.stage.github.branches(play.stage.repository) if "agent" in name] == []
        _assert_no_secret(_secrets(play, seen), await _everything(play, seen, found[0].text))


def _looks_around() -> Sequence[Block]:
    command = "env; cat .git/config; git config --list; ps aux 2>&1; echo done > NOTES.md"
    return [Use("Bash", {"command": command, "description": "Look around"})]


def _attacks(play: Play) -> Sequence[Block]:
    known = shlex.quote(json.dumps(_known(play)))
    command = f'cat > "$TMPDIR/try.py" <<\'END\'\n{TURNED.read_text()}\nEND\npython3 "$TMPDIR/try.py" {known}'
    return [Use("Bash", {"command": command, "description": "Try it all"})]


def _known(play: Play) -> dict[str, Any]:
    """More than an attacker could know: every path, port and name."""
    stage, folder = play.stage, play.stage.bot.folder
    cluster = folder / "cluster"
    files = [folder / "vteam.db", folder / "app.pem", folder / "bot.log"]
    files += [cluster / name for name in ("admin.token", "kubeconfig", "state.db", "port")]
    files += [*cluster.glob("tls/*"), *cluster.glob("*.token"), *cluster.glob("state.db-wal"), Path(__file__)]
    repository = stage.github.site.world.repository(stage.repository)
    assert repository is not None
    return {
        "bot": stage.bot.pid,
        "files": [*map(str, files), "/etc/shadow"],
        "folders": [str(path) for path in (folder, cluster, cluster / "pods", stage.github.site.root, Path.home())],
        "ports": {
            "the API server": int((cluster / "port").read_text()),
            "the API server over TLS": int((cluster / "tls-port").read_text()),
            "the model": int(play.model.url.rpartition(":")[2]),
            "ssh": 22,
        },
        "sessions": ["other", "nobody-s"],
        "api": stage.github.api_url,
        "clone": f"{stage.github.url}/{stage.repository}.git",
        "repository": stage.repository,
        "private": PRIVATE,
        "issue": play.issue,
        "comment": repository.threads[play.issue].comments[0].id,
    }


async def _other_session(play: Play) -> None:
    """Somebody else's, which is over; its account and its order are nobody's business either."""
    other = {"apiVersion": API_VERSION, "kind": "AgenticSession", "metadata": {"name": "other"}}
    async with play.stage.cluster() as cluster:
        await cluster.create(SESSIONS, other | {"spec": {"initialPrompt": "hello"}}, NAMESPACE)


async def _main(play: Play) -> str:
    return (await play.stage.github.branches(PRIVATE))["main"]


def _assert_all_refused(output: str) -> None:
    tried = [json.loads(line) for line in output.splitlines() if line.startswith('{"try"')]
    assert tried, output
    assert tried[-1] == {"try": "done"}, output
    assert len(tried) > 45
    assert [one for one in tried if one.get("allowed")] == []
    for one in tried:
        if one["try"].startswith(("read ", "list ", "write ")):
            assert "Permission denied" in one["refused"], one
        if one["try"].startswith(
            ("order of", "token of", "transcript of", "result of", "code of", "gateway of", "GitHub: ")
        ):
            assert one["refused"][:3] in ("403", "404"), one
        if one["try"].startswith("push"):
            assert "403" in one["refused"], one


def _secrets(play: Play, seen: Seen) -> dict[str, str]:
    registration = play.stage.github.registration
    key = registration.private_key_pem.splitlines()
    found = {
        "webhook secret": registration.webhook_secret,
        "private key": key[1],
        "middle of the private key": key[len(key) // 2],
        "model key": play.model.api_key,
    }
    issued = play.stage.github.site.tokens._issued
    assert len(issued) >= 3, "one to speak, one to read, one to push"
    assert len(seen.tokens) >= 4, "the administrator's, two of the control plane's, the pod's"
    found |= {f"installation token {number}": token for number, token in enumerate(issued)}
    return found | {f"account token {number}": token for number, token in enumerate(sorted(seen.tokens))}


async def _everything(play: Play, seen: Seen, looked: str) -> dict[str, str]:
    """All the places where a secret has no business."""
    folder = play.stage.bot.folder
    github = play.stage.github
    assert any(b"-m\0runner" in one for one in seen.arguments), "the runner was seen"
    assert any(b"\0push\0" in one for one in seen.arguments), "the push was seen"
    assert len(seen.environments) >= 2, "the runner and the agent were seen"
    assert seen.configs
    assert f"{MARK}=" in looked
    logs = {str(path): path.read_text(errors="replace") for path in (folder / "cluster" / "logs").rglob("*.log")}
    assert logs
    async with play.stage.cluster() as cluster:
        objects = {kind.plural: json.dumps((await cluster.list(kind)).items) for kind in _kinds()}
    assert MARK not in objects["pods"]
    return {
        **logs,
        **{f"{kind} of the API server": text for kind, text in objects.items()},
        "the bot's log": play.stage.bot.log.read_text(),
        "the bot's comments": "\n".join(play.comments()),
        "the pull requests": "\n".join(one.title + one.body for one in github.pull_requests(play.stage.repository)),
        "arguments": b"\n".join(seen.arguments).decode(errors="replace"),
        "environments": b"\n".join(seen.environments).decode(errors="replace"),
        "git configurations": b"\n".join(seen.configs).decode(errors="replace"),
        "what the agent sees": looked,
    }


def _kinds() -> list[Resource]:
    reviews = {kubernetes.TOKEN_REVIEWS, kubernetes.SUBJECT_ACCESS_REVIEWS, kubernetes.SELF_SUBJECT_ACCESS_REVIEWS}
    found = [value for value in vars(kubernetes).values() if isinstance(value, Resource)]
    return [kind for kind in found if kind not in reviews]


def _assert_no_secret(secrets: dict[str, str], places: dict[str, str]) -> None:
    found = [(name, place) for name, secret in secrets.items() for place, text in places.items() if secret in text]
    assert found == []


async def test_the_log_lines_are_json_with_constant_names_and_say_whose_they_are(tmp_path: Path) -> None:
    async with on_stage(tmp_path / "stage", more={"VTEAM_LOG_LEVEL": "debug"}) as play:
        await play.comment("/vteam fix it")
        session = await play.until_ended()
        await assert_one_of_each(play)
        delivery = next(one for one in play.stage.github.deliveries if one.event == "issue_comment" and one.succeeded)
        await play.stage.bot.stop()
        lines = [json.loads(line) for line in play.stage.bot.log.read_text().splitlines()]
    assert session.phase is Phase.COMPLETED
    assert all(line["event"].replace("_", "").isalpha() and line["event"].islower() for line in lines)
    assert all({"level", "timestamp"} <= line.keys() for line in lines)
    assert not [line for line in lines if line["level"] in ("error", "critical")]
    # GitHub tells of the bot's own pull request as well: what is asked here is about the comment.
    others = [line for line in lines if line.get("delivery_event", "issue_comment") != "issue_comment"]
    by_event = {line["event"]: line for line in lines if line not in others}
    for event in ("session_created", "delivery_done"):
        assert by_event[event]["delivery"] == delivery.guid, by_event[event]
    for event in ("session_created", "job_started", "work_published"):
        assert by_event[event]["session"] == session.key, by_event[event]
