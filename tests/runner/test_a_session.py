"""The main job in the pod: an order in, the real agent with its real tools, a bundle and a result out."""

from pathlib import Path

from tests.runner.house import make_repository, order_for, ordered, pod_for
from tests.runner.scripted_model import says, uses


async def test_a_fix_comes_back_as_a_bundle_above_the_pinned_commit(tmp_path: Path) -> None:
    calc = make_repository(tmp_path / "calc")
    fix = uses("Edit", file_path="CALC", old_string="a - b", new_string="a + b")
    fix["input"]["file_path"] = str(tmp_path / "pod/workspace/acme__calc/calc.py")
    read = uses("Read", file_path=fix["input"]["file_path"])
    test = uses("Bash", command="python3 -c 'import calc; print(calc.add(2, 2))'")
    order = order_for(ordered(calc))
    async with pod_for(tmp_path / "pod", order, [says("Let me look."), read], [fix], [test], [says("Fixed.")]) as pod:
        ended = await pod.run()
        assert (ended.code, ended.stderr) == (0, "")
    result = pod.api.final
    assert result.exit_code == 0
    assert result.error == ""
    assert result.agent is not None
    assert result.agent.text == "Fixed."
    assert result.work[0].commits == 1
    commit = calc.take(pod.api.handed[-1].bundles["acme__calc"])
    assert commit == result.work[0].head
    assert calc.show(commit, "calc.py") == "def add(a, b):\n    return a + b\n"
    assert calc.git("log", "-1", "--format=%an|%B", commit).strip() == (
        "vTeam bot|add() subtracts\n\nfix the sum in `calc.py`\n\nSession: team/one\n"
        "Co-authored-by: Ann Example <ann@example.com>"
    )
    assert calc.git("ls-tree", "-r", "--name-only", commit).split() == ["calc.py"]
    assert pod.api.phases == ["workspace", "context", "agent", "report"]
