"""The README's tables are what the code says: the commands, the settings, and the files it names."""

import re
from pathlib import Path

from bot.settings import Settings, listed
from handlers.github_manifest import EVENTS, PERMISSIONS
from handlers.slack_manifest import SCOPES
from handlers.wording.grammar import aliases, commands_table, options_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def part(name: str) -> str:
    """What stands between the marks of a generated part."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert found is not None, f"the README has no part {name}"
    return found[1].strip()


def test_the_commands_are_those_of_the_grammar() -> None:
    assert part("commands") == f"{commands_table()}\n\n{aliases()}"


def test_the_options_are_those_of_the_grammar() -> None:
    assert part("options") == options_table()


def settings_table() -> str:
    """The table of settings as the README has it."""
    rows = [
        f"| `{line.name}` | {line.meaning} | {f'`{line.default}`' if line.default else ''} |"
        for line in listed(Settings.model_construct())
    ]
    return "\n".join(["| setting | meaning | default |", "| --- | --- | --- |", *rows])


def test_the_settings_are_those_that_are_read() -> None:
    assert part("settings") == settings_table()


def test_every_file_that_the_readme_and_the_page_on_the_context_name_is_there() -> None:
    text = README + (ROOT / "docs" / "context.md").read_text("utf-8")
    named = re.findall(r"`((?:bot|handlers|runner|crds|tests|charts|docs)/[\w./-]+)`", text)
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_scopes_in_slack_are_those_of_the_manifest() -> None:
    rows = [f"| `{scope}` | {reason} |" for scope, reason in SCOPES.items()]
    assert part("scopes").splitlines() == ["| scope | what for |", "| --- | --- |", *rows]


def test_the_permissions_and_events_are_those_of_the_apps_manifest() -> None:
    rows = [line.split(" | ")[0] for line in part("app").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}: {level}`" for name, level in PERMISSIONS.items()]
    heard = ", ".join(f"`{event}`" for event in EVENTS)
    assert part("app").splitlines()[-1] == f"It hears the events {heard}."


def test_each_picture_is_there_is_shown_and_is_small() -> None:
    named = set(re.findall(r"\]\((docs/[\w-]+\.png)\)", README))
    assert named == {f"docs/{file.name}" for file in (ROOT / "docs").glob("*.png")}
    assert all((ROOT / name).stat().st_size < 200_000 for name in named)
