"""A comment with commands → what is to be done about it. Called by `decide`.

Every command gets an answer: a session, a reply, or a refusal with its reason.
"""

from crds.agentic_session import Task
from handlers import wording
from handlers.command import Command, CommandError, read_commands
from handlers.effects import CreateSession, Effect, Intent, React, Reply, StopSession
from handlers.events import CommandGiven, SessionBrief
from handlers.naming import comment_intent, marker, session_name
from handlers.policy import NEEDED, may_start, may_stop

RUNNING = ("Pending", "Creating", "Running")
MOST_COMMANDS = 10
"""Commands of one comment that are carried out: each may start a session."""


def command_given(event: CommandGiven) -> list[Effect]:
    """The effects of all commands of the comment, in their order."""
    if event.actor.person.kind != "User":
        return []  # two bots would talk for ever
    commands = read_commands(event.body, event.dialect)
    if len(commands) > MOST_COMMANDS:
        return [_reply(event, "flood", wording.too_many_commands(event.actor.person.login, MOST_COMMANDS))]
    effects = [effect for read in commands for effect in _one(event, read)]
    # One pair of eyes is enough for a comment, and two commands to cancel stop what runs once.
    return [effect for place, effect in enumerate(effects) if effect not in effects[:place]]


def _one(event: CommandGiven, read: Command | CommandError) -> list[Effect]:
    match read:
        case CommandError():
            words = wording.not_understood(read, event.actor.person.login, event.dialect.prefix)
            return [_reply(event, f"error-{read.line}", words)]
        case Command(verb="help"):
            return [_reply(event, f"help-{read.ordinal}", wording.help_table(event.dialect.prefix))]
        case Command(verb="status"):
            return [_reply(event, f"status-{read.ordinal}", wording.status(event.sessions))]
        case Command(verb="cancel"):
            return _cancel(event, read)
        case Command() if read.verb in set(Task):
            return _start(event, read, Task(read.verb))
        case _:
            return [_reply(event, f"later-{read.ordinal}", wording.not_here(read.verb, event.actor.person.login))]


def _start(event: CommandGiven, command: Command, task: Task) -> list[Effect]:
    login = event.actor.person.login
    if not may_start(event.actor, task):
        refusal = wording.may_not_start(login, event.thread.repository, needed=NEEDED[task], has=event.actor.permission)
        return [_reply(event, f"refused-{command.ordinal}", refusal)]
    if event.ground.namespace is None:
        return [_reply(event, f"unserved-{command.ordinal}", wording.not_served(login, event.thread.repository))]
    intent = _intent(event, command, task, event.ground.namespace)
    return [React(event.thread, event.comment_id, "eyes"), CreateSession(intent, session_spec(event, intent))]


def _intent(event: CommandGiven, command: Command, task: Task, namespace: str) -> Intent:
    thread = event.thread
    name = comment_intent(thread.repository_id, thread.number, event.comment_id, command.ordinal)
    return Intent(
        namespace=namespace,
        name=session_name(task, thread.number, name),
        thread=thread,
        requester=event.actor.person.login,
        requester_id=event.actor.person.id,
        source_url=event.comment_url,
        request=command.text,
        task=task,
    )


def session_spec(event: CommandGiven, intent: Intent) -> dict[str, object]:
    """The spec of the session that a command starts."""
    return spec_of(intent, clone_url=event.ground.clone_url, message=f"comment-{event.comment_id}")


def spec_of(intent: Intent, *, clone_url: str, message: str) -> dict[str, object]:
    """The spec of a session of this intent, in the 2026 shape."""
    return {
        "displayName": f"{intent.task} {intent.thread.repository}#{intent.thread.number}",
        "initialPrompt": intent.request or wording.default_request(intent.task),
        "task": intent.task,
        "repos": [{"url": clone_url, "autoPush": True}],
        "origin": {
            "service": "github",
            "repository": intent.thread.repository,
            "issue": intent.thread.number,
            "message": message,
            "requester": {"login": intent.requester, "id": intent.requester_id},
        },
    }


def _cancel(event: CommandGiven, command: Command) -> list[Effect]:
    login = event.actor.person.login
    if not may_stop(event.actor):
        return [_reply(event, f"refused-{command.ordinal}", wording.may_not_stop(login))]
    running = [brief for brief in event.sessions if brief.phase in RUNNING]
    if not running:
        stopping = any(brief.phase == "Stopping" for brief in event.sessions)
        words = wording.already_stopping(login) if stopping else wording.nothing_runs(login)
        return [_reply(event, f"idle-{command.ordinal}", words)]
    return [React(event.thread, event.comment_id, "eyes"), *(_stop(brief, login) for brief in running)]


def _stop(brief: SessionBrief, login: str) -> StopSession:
    return StopSession(brief.namespace, brief.name, f"@{login}")


def _reply(event: CommandGiven, kind: str, body: str) -> Reply:
    return Reply(event.thread, marker("reply", f"{event.comment_id}-{kind}"), body)
