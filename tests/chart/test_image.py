"""The image, at its border: no engine builds it here, but what it copies is there, and who it runs as is nobody."""

import fnmatch
import re
import tomllib

import yaml

from tests.chart.helm import CHART, ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
INSTRUCTIONS = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


def arguments(instruction: str) -> list[str]:
    return [line.removeprefix(instruction).strip() for line in INSTRUCTIONS if line.startswith(instruction + " ")]


def copied() -> list[str]:
    """What is taken from the repository."""
    return [source for line in arguments("COPY") if "--from=" not in line for source in line.split()[:-1]]


def test_everything_that_is_copied_is_there_and_is_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert lines[1] == "*"
    for source in copied():
        assert (ROOT / source).exists()
        assert any(fnmatch.fnmatch(source, pattern) for pattern in let_in)


def test_all_packages_of_the_project_are_in_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= set(copied())


def test_the_image_runs_as_a_number_that_is_not_root_and_that_the_chart_knows() -> None:
    [user] = arguments("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert f"runAsUser: {user.partition(':')[0]}\n" in (CHART / "values.yaml").read_text("utf-8")


def test_every_dependency_is_held_to_the_hashes_of_the_lock() -> None:
    for line in (line for line in INSTRUCTIONS if "uv pip install" in line or "uv build" in line):
        for command in (part for part in line.split("&&") if "uv pip install" in part or "uv build" in part):
            assert "--require-hashes" in command or "--no-deps" in command


def test_uv_is_the_one_of_the_makefile() -> None:
    made_with = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert made_with
    assert f"UV_VERSION={made_with[1]}" in arguments("ARG")


def test_what_builds_stays_behind() -> None:
    last = "\n".join(INSTRUCTIONS[max(i for i, line in enumerate(INSTRUCTIONS) if line.startswith("FROM ")) :])
    assert "git" in last
    assert not re.search(r"\buv\b|\bpip\b|gcc|build-essential", last)


def test_the_commands_of_the_image_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"]["vteam"] == "bot.__main__:main"
    assert arguments("CMD") == ['["vteam", "serve"]']
    assert (ROOT / "runner" / "__main__.py").is_file()


def test_image_chart_and_project_are_of_one_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert (chart["version"], chart["appVersion"]) == (version, version)
    assert f"VERSION={version}" in arguments("ARG")
