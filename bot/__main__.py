"""`vteam`: the command line. Each command reads the settings once, says in one line what is missing, and starts.

Nothing is imported before a command needs it, so that `vteam settings` answers at once, and what cannot work too.
"""

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import SettingMissing, Settings

app = typer.Typer(
    name="vteam",
    help="A GitHub App that turns comments into AgenticSessions, Jobs and pull requests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

EXIT_SETTING = 2


@app.command()
def demo(
    model_url: Annotated[str | None, typer.Option(help="A server that speaks /v1/messages.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of the model.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave all of it up, to look around.")] = False,
    unconfined: Annotated[bool, typer.Option("--unconfined", help="Run where the kernel has no Landlock.")] = False,
) -> None:
    """Show the main job on this machine: a comment, a session, a Job, an agent, a pull request."""
    from bot import foreground
    from bot.demo import DemoOptions, run_demo

    raise typer.Exit(foreground.run(run_demo(DemoOptions(model_url, model, keep=keep, unconfined=unconfined))))


@app.command()
def run(
    repo: Annotated[Path, typer.Option(help="A local git repository.")],
    issue: Annotated[Path, typer.Option(help="A Markdown file that says what is to be done.")],
    task: Annotated[str, typer.Option(help="fix, run, plan, review or ask.")] = "fix",
    model_url: Annotated[str | None, typer.Option(help="A server that speaks /v1/messages.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of the model.")] = None,
    unconfined: Annotated[bool, typer.Option("--unconfined", help="Run where the kernel has no Landlock.")] = False,
) -> None:
    """Do the same job for a local repository; it leaves a branch there and touches nothing else."""
    from bot.local_order import LocalOrder, LocalWish

    order = LocalOrder.of(LocalWish(repo, issue, task, model_url=model_url, model=model, unconfined=unconfined))

    from bot import foreground
    from bot.local_run import run_locally

    raise typer.Exit(foreground.run(run_locally(order)))


@app.command()
def up(
    unconfined: Annotated[bool, typer.Option("--unconfined", help="Run where the kernel has no Landlock.")] = False,
) -> None:
    """Serve a real GitHub App on this machine, with the embedded control plane."""
    from bot.checks import Halves, check

    settings = _configured()
    if unconfined:
        settings = settings.model_copy(update={"unconfined": True})
    check(settings, Halves())

    from bot.up import serve_up

    _asyncio(serve_up(settings))


@app.command()
def serve() -> None:
    """Serve a real GitHub App and a real cluster: both halves in one process."""
    _service(web=True, reconcile=True)


@app.command()
def web() -> None:
    """Serve the web half beside a real cluster: webhooks, runner API, model gateway."""
    _service(web=True, reconcile=False)


@app.command()
def reconcile() -> None:
    """Run the reconcile half beside a real cluster."""
    _service(web=False, reconcile=True)


@app.command("settings")
def list_settings() -> None:
    """List all settings with their meaning, default and value; secrets are masked."""
    from rich.console import Console
    from rich.table import Table

    from bot.settings import listed
    from bot.terminal import plain

    table = Table("setting", "meaning", "default", "value")
    for line in listed(Settings.read()):
        table.add_row(line.name, line.meaning, line.default, plain(line.value))
    Console().print(table)


class Service(StrEnum):
    """Whose texts are read."""

    GITHUB = "github"
    SLACK = "slack"


@app.command()
def parse(
    service: Annotated[Service, typer.Option(help="Whose text it is.")],
    handle: Annotated[str, typer.Option(help="Name by which the bot is mentioned; the setting's where empty.")] = "",
    bot_id: Annotated[str, typer.Option(help="Identifier of the bot in Slack, such as U0123ABCD.")] = "",
) -> None:
    """Print how the text on the standard input is read, as JSON: its commands and its errors.

    GitHub's texts are Markdown. Slack's are mrkdwn, or JSON: a message (with blocks or text), an event, or blocks.

    A command has its verb, target (null, or {"repository": "owner/name" or null, "number": 12}), options (by their
    names without the leading dashes), text and line; an error its line, column, message and did_you_mean (or null).
    """
    from bot.parsing import parsed

    known = Settings.read().dialect
    dialect = replace(known, handle=handle.removeprefix("@") or known.handle, bot_id=bot_id)
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    sys.stdout.buffer.write(parsed(text, service, dialect) + b"\n")


@app.command("github-manifest")
def github_manifest(
    url: Annotated[str | None, typer.Option(help="Address of the bot as GitHub reaches it.")] = None,
    name: Annotated[str, typer.Option(help="Name of the App.")] = "vTeam bot",
    organization: Annotated[str, typer.Option(help="Organization that is to own the App.")] = "",
) -> None:
    """Print the manifest of the GitHub App, and on stderr the link that registers it."""
    import orjson

    from handlers.github_manifest import github_manifest as manifest
    from handlers.github_manifest import registration_link

    address = url or Settings.read().public_url
    if not address:
        raise SettingMissing("VTEAM_PUBLIC_URL is not set: the address of the bot as GitHub reaches it (or give --url)")
    made = manifest(address, name=name, prefix=Settings.read().prefix)
    typer.echo(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode())
    link = registration_link(made, github_url=Settings.read().github_url, organization=organization)
    typer.echo(f"Open this to register the App, and type a webhook secret there:\n{link}", err=True)


@app.command("slack-manifest")
def slack_manifest(
    url: Annotated[str | None, typer.Option(help="Address of the bot as Slack reaches it.")] = None,
    name: Annotated[str, typer.Option(help="Name of the app and of its bot.")] = "vTeam",
    socket: Annotated[bool, typer.Option("--socket", help="For Socket Mode, without an address.")] = False,
) -> None:
    """Print the manifest of the Slack app, and on stderr the link that creates it."""
    import orjson

    from bot.slack.configured import slash_command
    from handlers.slack_manifest import creation_link
    from handlers.slack_manifest import slack_manifest as manifest

    address = url or Settings.read().public_url
    if not address and not socket:
        raise SettingMissing("VTEAM_PUBLIC_URL is not set: the address of the bot as Slack reaches it (or --url)")
    made = manifest(address, name=name, command=slash_command(Settings.read()), socket=socket)
    typer.echo(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode())
    typer.echo(f"Open this to create the app:\n{creation_link(orjson.dumps(made).decode())}", err=True)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def context(arguments: typer.Context) -> None:
    """Pack the prompt for an issue as the runner does, and show its receipt; its own --help tells the options."""
    raise typer.Exit(_runner("context", arguments.args))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def sanitise(arguments: typer.Context) -> None:
    """Take hidden text out of what stands on the standard input, as the runner does."""
    raise typer.Exit(_runner("sanitise", arguments.args))


def _runner(command: str, arguments: list[str]) -> int:
    """Executes the runner; it is a house of its own and is never imported. Isolated: any folder may have a `runner`."""
    import subprocess

    return subprocess.run([sys.executable, "-I", "-m", "runner", command, *arguments], check=False).returncode


def _configured() -> Settings:
    from bot.log import configure

    settings = Settings.read()
    configure(settings.log_format, settings.log_level)
    return settings


def _service(*, web: bool, reconcile: bool) -> None:
    from bot.checks import Halves, check

    settings, halves = _configured(), Halves(web=web, reconcile=reconcile)
    check(settings, halves)

    from bot.halves import cluster_of
    from bot.halves import serve as serve_halves

    async def served() -> None:
        async with await cluster_of(settings) as cluster:
            await serve_halves(settings, cluster, halves)

    _asyncio(served())


def _asyncio(work: object) -> None:
    import uvloop

    uvloop.run(work)  # type: ignore[arg-type]


def main() -> None:
    """The entry point: a missing setting is one line and exit status 2."""
    try:
        app()
    except SettingMissing as missing:
        typer.echo(str(missing), err=True)
        sys.exit(EXIT_SETTING)


if __name__ == "__main__":
    main()
