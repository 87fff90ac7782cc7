"""How a session can end, and why it cannot begin. One function a sentence; called by ending.py; pure."""

from crds.agentic_session import Task
from handlers.quoting import plain_line, quoted_line


def invalid_spec(fault: str) -> str:
    """The resource cannot be understood."""
    return f"The session's spec cannot be read: {quoted_line(fault, 500)}."


def no_repository() -> str:
    """The resource names no repository."""
    return "The session names no repository; `spec.repos` needs at least one."


def name_too_long(most: int) -> str:
    """The resource's name does not fit into a label."""
    return f"The session's name is longer than {most} characters, so that no Job can carry it. Make it anew, shorter."


def same_repository_twice(folder: str) -> str:
    """Two repositories would share a folder."""
    return f"The session names the repository {quoted_line(folder)} twice; once is enough."


def unsupported(fields: tuple[str, ...]) -> str:
    """The resource asks for what this version cannot do."""
    return (
        f"The session asks for {', '.join(fields)}, which this version of the bot cannot do. Take it out and try again."
    )


def foreign_repositories(reasons: tuple[str, ...], namespace: str) -> str:
    """The session wants to read what it may not."""
    shown = "; ".join(quoted_line(reason, 300) for reason in reasons[:5])
    more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
    return f"The session in {namespace} may not read what it asks for: {shown}{more}."


def work_refused(why: str) -> str:
    """The bundle was refused."""
    return f"The work was not pushed: {quoted_line(why, 800)}."


def settings_unreadable(namespace: str, fault: str) -> str:
    """The owner's decisions cannot be understood, so that nothing is done against them."""
    return (
        f"The ProjectSettings of the namespace `{plain_line(namespace)}` cannot be read ({quoted_line(fault, 300)}), "
        "and nothing runs without what its owner has decided. Whoever owns the namespace can mend it; then ask again."
    )


def settings_forbidden(namespace: str, said: str) -> str:
    """The owner's decisions may not be read."""
    return (
        f"I may not read the ProjectSettings of the namespace `{plain_line(namespace)}` ({quoted_line(said, 300)}), "
        "and nothing runs without what its owner has decided. Whoever runs the bot can let it; then ask again."
    )


def unreachable(reason: str, *, minutes: int) -> str:
    """The forge was out of reach for too long."""
    return f"the repository could not be reached for {minutes} minutes ({quoted_line(reason, 200)})"


def runner_stopped(error: str) -> str:
    """The runner was told to stop and said so."""
    return f"The runner was stopped before it was done. {quoted_line(error, 300)}".strip()


def prerequisite_failed(error: str) -> str:
    """The runner could not begin."""
    return f"The work could not begin: {quoted_line(error, 1000)}"


def agent_error(error: str) -> str:
    """The agent's run ended with an error."""
    return f"The agent could not finish: {quoted_line(error, 1000)}"


def completed(task: Task, *, changed: bool, withheld: bool) -> str:
    """All is well."""
    if changed:
        return "Done."
    if withheld:
        return "Done. The changes were not pushed, for the session says so (`autoPush`)."
    done = {Task.ASK: "Here is the answer.", Task.REVIEW: "Here is the review."}
    return done.get(task, "Done; there was nothing to change.")


def stopped_by(who: str) -> str:
    """Somebody stopped it."""
    return f"Stopped by {quoted_line(who)}."


def job_deleted() -> str:
    """The Job is gone."""
    return "The session's Job was deleted from the cluster while it worked. Ask again to start anew."


def image_trouble(reason: str, message: str) -> str:
    """The pod cannot be made."""
    return (
        f"The cluster cannot start the runner ({reason}): {quoted_line(message, 300)}. "
        "Whoever runs the bot can check the runner's image and settings; then ask again."
    )


def deadline_exceeded() -> str:
    """Out of time."""
    return "The time ran out before the work was done. Ask again with a smaller task, or have the time limit raised."


def pod_gone(message: str) -> str:
    """No pod is left to ask."""
    why = f" ({quoted_line(message, 300)})" if message else ""
    return f"The runner's pod is gone and left no result{why}. Ask again to start anew."


def out_of_memory() -> str:
    """Killed for memory."""
    return (
        "The runner ran out of memory. Whoever runs the bot can give it more (`VTEAM_RUNNER_MEMORY`); then ask again."
    )


def evicted() -> str:
    """The node wanted it gone."""
    return "The cluster took the runner's node away, and no replacement came. Ask again to start anew."


def no_result() -> str:
    """Exit without a result."""
    return (
        "The runner ended without a result. Ask again; if it happens twice, whoever runs the bot finds more in its log."
    )


def runner_died(exit_code: int | None, reason: str) -> str:
    """Any other death."""
    told = f"exit code {exit_code}" if exit_code is not None else "no exit code"
    return f"The runner ended unexpectedly ({told}{', ' + reason if reason else ''}). Ask again to start anew."


def session_deleted() -> str:
    """The resource was deleted under the work."""
    return "The session was deleted from the cluster, and its work ended with it."
