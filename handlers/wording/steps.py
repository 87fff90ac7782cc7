"""The steps of a session as the progress comment ticks them off, and what a session waits for. Pure.

Read from the state of the world, never from what was ticked before. Called by progress.py.
"""

from crds.agentic_session import Phase
from crds.gpu_memory import near_miss
from handlers.events import SessionObserved
from handlers.quoting import quoted_line
from handlers.wording.follow_up import waits_behind
from handlers.wording.window import window_share

_STAGES = {"": "", "explore": ", exploring", "change": ", changing", "verify": ", verifying", "report": ", reporting"}
_PLACES = {1: "next", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def steps(event: SessionObserved) -> list[tuple[bool, str]]:
    """Each step and whether it is done; those that publish only for a task that may."""
    status, started = event.session.status, _started(event)
    worked = event.standing.report is not None and event.standing.report.final
    done = [
        (True, "accepted" if event.session.phase.ended else f"accepted as session `{event.session.key}`"),
        (started, "the runner has started" if started else "the runner starts"),
        (worked, "the agent has worked" if worked else f"the agent works{_doing(event)}"),
    ]
    if not event.session.work.task.writes:
        return done
    outcome = status.outcome
    if event.session.phase is Phase.COMPLETED and (outcome is None or not outcome.branches):
        return done  # there was nothing to push: a step that was never needed is not left open
    pushed = outcome is not None and bool(outcome.branches)
    opened = outcome is not None and bool(outcome.pull_requests)
    return [*done, (pushed, "the work is checked and pushed"), (opened, "the pull request is open")]


def _started(event: SessionObserved) -> bool:
    if event.session.phase.ended:
        return event.standing.order is not None or event.standing.report is not None
    return event.job is not None and event.pod is not None and event.pod.phase != "Pending"


def _doing(event: SessionObserved) -> str:
    progress = event.session.status.progress
    if progress is None or not progress.doing or not _started(event) or event.session.phase.ended:
        return ""
    share = window_share(progress)
    return f"{_STAGES[progress.stage]}: {quoted_line(progress.doing)}{f' ({share})' if share else ''}"


def waiting(event: SessionObserved) -> str:
    """What the session waits for, its place in line, and who can help; empty where it does not wait."""
    if event.standing.behind and event.job is None:
        return waits_behind(event.standing.behind, _cancel(event))
    if event.job and event.job.suspended:
        return f"{_in_line(event)}waiting for {_room(event)}. {_help(event)}"
    if event.pod and event.pod.unschedulable:
        why = quoted_line(event.pod.unschedulable, 200)
        return f"{_in_line(event)}waiting for {_room(event)}: {why}{_hint(event)}\n\n{_help(event)}"
    if event.pod and event.pod.waiting_message:
        return f"The cluster says: {quoted_line(event.pod.waiting_message, 200)}"
    return ""


def _in_line(event: SessionObserved) -> str:
    if event.place is None:
        return "In line, "
    queue = event.session.work.queue
    place = _PLACES.get(event.place, f"{event.place}th")
    return f"{place.capitalize()} in line{f' of queue `{queue}`' if queue else ''}, "


def _room(event: SessionObserved) -> str:
    return "a GPU" if event.session.work.gpu else "room in the cluster"


def _hint(event: SessionObserved) -> str:
    gpu = event.session.work.gpu
    card = near_miss(gpu.min_memory) if gpu and gpu.min_memory else None
    return f" (`minMemory` is just above what a {card} reports: a size class such as `80GB` fits it)" if card else ""


def _help(event: SessionObserved) -> str:
    what = "GPUs" if event.session.work.gpu else "nodes"
    return f"Whoever runs the cluster can add {what} or raise the quota; {_cancel(event)} takes this out of line."


def _cancel(event: SessionObserved) -> str:
    return f"`{event.dialect.prefix} cancel`"
