"""A run always ends with words: money, turns, time, a stop, a model or a bot that does not answer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web

from tests.runner.api import token_of
from tests.runner.house import pod_for
from tests.runner.repositories import limits, make_repository, order_for, ordered
from tests.runner.scripted_model import Fails, uses

WRITES = uses("Bash", command="echo kept > kept.txt")


async def test_a_spent_budget_is_told_and_the_work_is_kept(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    spent = Fails(402, "the session's budget of 1.00 USD is spent", "billing_error")
    async with pod_for(tmp_path / "pod", order_for(ordered(calc)), [WRITES], spent) as pod:
        ended = await pod.run()
    assert ended.code == 1
    result = pod.api.final
    assert result.error.startswith("The session's budget is spent.")
    assert "1.00 USD" in result.error
    assert result.agent is not None
    assert result.agent.is_error
    assert calc.show(calc.take(pod.api.handed[-1].bundles["acme__calc"]), "kept.txt") == "kept\n"


async def test_an_overloaded_model_is_asked_again_and_then_told(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    busy = Fails(529, "Overloaded", "overloaded_error")
    async with pod_for(tmp_path / "pod", order_for(ordered(calc)), busy, busy) as pod:
        ended = await pod.run()
        assert len(pod.model.requests) == 2
    assert ended.code == 1
    assert "model's server" in pod.api.final.error
    assert "529" in pod.api.final.error
    assert "waiting for the model" in pod.api.phases


async def test_an_agent_whose_program_is_killed_is_told_and_its_work_is_kept(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    killing = uses("Bash", command="echo kept > kept.txt; kill -KILL $PPID; sleep 5")
    async with pod_for(tmp_path / "pod", order_for(ordered(calc)), [killing]) as pod:
        ended = await pod.run()
    assert ended.code == 1
    assert "the agent's program was killed" in pod.api.final.error
    assert pod.api.final.work[0].commits == 1


async def test_an_agent_that_uses_up_its_turns_is_cut_and_its_work_is_kept(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    order = order_for(ordered(calc), limits=limits(turns=1))
    async with pod_for(tmp_path / "pod", order, [WRITES], [WRITES]) as pod:
        ended = await pod.run()
    assert ended.code == 1
    assert pod.api.final.error == "The agent has used up its 1 turns before it was done."
    assert pod.api.final.work[0].commits == 1


@pytest.mark.long
async def test_an_agent_that_uses_up_its_time_is_cut_and_its_work_is_kept(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    order = order_for(ordered(calc), limits=limits(seconds=30))
    slow = uses("Bash", command="echo kept > kept.txt; sleep 60")
    async with pod_for(tmp_path / "pod", order, [slow]) as pod:
        ended = await pod.run()
    assert ended.code == 1
    assert pod.api.final.error == "The session has used up its time of 30 s before the agent was done."
    assert pod.api.final.work[0].commits == 1


async def test_a_stopped_pod_hands_back_what_there_is(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    slow = uses("Bash", command="echo kept > kept.txt; sleep 60")
    async with pod_for(tmp_path / "pod", order_for(ordered(calc)), [slow]) as pod:
        await pod.start()
        await pod.until_tool("Bash")
        await pod.until_file("acme__calc/kept.txt")
        pod.stop()
        ended = await pod.ended()
    assert ended.code == 143
    handed = pod.api.handed[-1]
    assert (handed.final, handed.document.exit_code) == (False, 143)
    assert handed.document.error == "The session was stopped before the agent was done."
    assert calc.show(calc.take(handed.bundles["acme__calc"]), "kept.txt") == "kept\n"


@pytest.mark.long
async def test_every_few_turns_what_there_is_is_kept(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    # In one step: a file that is just being written is empty, and what there is may be taken in that moment.
    command = "echo {} > number.new; mv number.new number.txt; sleep 0.2"
    turns = [[uses("Bash", command=command.format(number))] for number in range(7)]
    async with pod_for(tmp_path / "pod", order_for(ordered(calc)), *turns) as pod:
        ended = await pod.run()
    assert ended.code == 0
    checkpoint, final = pod.api.handed
    assert (checkpoint.final, checkpoint.document.exit_code, final.final) == (False, 143, True)
    assert calc.show(calc.take(checkpoint.bundles["acme__calc"]), "number.txt") in ("3\n", "4\n", "5\n", "6\n")
    assert calc.show(calc.take(final.bundles["acme__calc"]), "number.txt") == "6\n"


async def test_a_repository_that_is_not_there_is_told_and_no_agent_runs(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    gone = ordered(calc).model_copy(update={"url": (tmp_path / "gone").as_uri()})
    async with pod_for(tmp_path / "pod", order_for(gone)) as pod:
        ended = await pod.run()
        assert pod.model.requests == []
    assert ended.code == 2
    assert pod.api.final.exit_code == 2
    assert pod.api.final.error.startswith("Acme__calc cannot be read: ")
    assert pod.api.final.error in ended.stderr


async def test_a_pod_that_is_nobody_gives_up_with_words(tmp_path: Path) -> None:
    async with pod_for(tmp_path / "pod", order_for()) as pod:
        pod.api.answers["order"] = [web.json_response({"detail": "this pod has no session"}, status=403)]
        ended = await pod.run()
        assert ended.code == 2
        assert ended.stderr == "runner: the bot refuses GET /order: this pod has no session\n"


async def test_a_pod_that_is_stopped_before_it_knows_anything_just_ends(tmp_path: Path) -> None:
    async with pod_for(tmp_path / "pod", order_for()) as pod:
        pod.api.answers["order"] = [
            web.json_response({"detail": "wait"}, status=503, headers={"Retry-After": "30"}) for _ in range(3)
        ]
        await pod.start()
        await pod.until_asked()
        pod.stop()
        assert (await pod.ended()).code == 143


def test_an_environment_that_lacks_something_is_told_in_one_line() -> None:
    done = subprocess.run([sys.executable, "-I", "-m", "runner"], env={}, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "VTEAM_API_URL (address of this session in the runner API)" in done.stderr.decode()
    odd = dict.fromkeys(("VTEAM_API_URL", "VTEAM_MODEL_URL", "VTEAM_TOKEN_FILE", "VTEAM_WORKSPACE"), "x")
    odd |= {"HOME": "/x", "TMPDIR": "/x"}
    done = subprocess.run([sys.executable, "-I", "-m", "runner"], env=odd, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (2, b"runner: VTEAM_API_URL is no http address: 'x'\n")


def asked_for(path: str, *, host: str = "github.test:8080") -> str:
    """What git tells a credential helper."""
    return f"capability[]=authtype\nprotocol=https\nhost={host}\npath={path}\nwwwauth[]=Basic realm=GitHub\n\n"


async def test_git_is_given_a_fresh_read_token(tmp_path: Path) -> None:
    async with pod_for(tmp_path / "pod", order_for()) as pod:
        done = await pod.command("credential", "get")
        assert done == (0, "username=x-access-token\npassword=read-only-secret\n")
        assert await pod.command("credential", "store") == (0, "")
        assert pod.api.tokens_given == 1, "only a `get` asks the bot"
        assert await pod.command("credential", "get", told=asked_for("acme/shop.git")) == done
        pod.api.answers["token"] = [web.json_response({"detail": "no"}, status=404)]
        assert (await pod.command("credential", "get"))[0] == 2
    assert json.dumps(pod.environment).find("read-only-secret") == -1


@pytest.mark.parametrize(
    ("asked", "secret"),
    [
        (asked_for("acme/shop.git"), "of acme"),
        (asked_for("acme/shop"), "of acme"),
        (asked_for("Acme/Shop.git/"), "of acme"),
        (asked_for("acme/shop.git/info/lfs"), "of acme"),
        (asked_for("acme/cart.git"), "of acme"),
        (asked_for("upstream/lib.git"), "of upstream"),
        ("protocol=https\nhost=github.test:8080\n\n", "of acme"),
        (asked_for("acme/shop2.git"), ""),
        (asked_for("acme"), ""),
        (asked_for("upstream/shop.git"), ""),
        (asked_for("strangers/lib.git"), ""),
        (asked_for("acme/shop.git", host="evil.test"), ""),
        (asked_for("acme/shop.git", host="github.test"), ""),
    ],
)
async def test_each_repository_is_read_with_the_token_of_its_own(tmp_path: Path, asked: str, secret: str) -> None:
    async with pod_for(tmp_path / "pod", order_for()) as pod:
        urls = [f"https://github.test:8080/{name}" for name in ("acme/shop.git", "acme/cart", "upstream/lib.git")]
        others = [token_of("of upstream", urls=urls[2:])]
        pod.api.read_token = token_of("of acme", urls=urls[:2], others=others)
        done = await pod.command("credential", "get", told=asked)
    assert done == ((0, f"username=x-access-token\npassword={secret}\n") if secret else (2, ""))
