"""A label that asks for work → a session, as a comment would have started it. Called by `decide`.

Which labels do is the namespace's own choice (ProjectSettings `spec.labels`). A label that is not ours is nobody's
business and gets no answer.
"""

from collections.abc import Mapping

from crds.agentic_session import Task
from handlers.asked import IssueLabelled
from handlers.bare_request import comes_with_a_label, just_asked, request, said_in_words
from handlers.effects import Effect
from handlers.naming import label_intent
from handlers.policy import speaks

LABELS = {
    "vteam": Task.RUN,
    "vteam:run": Task.RUN,
    "vteam:fix": Task.FIX,
    "vteam:plan": Task.PLAN,
    "vteam:review": Task.REVIEW,
}
"""What labels mean where the namespace's owner has said nothing else."""


def tasks_of(owners: Mapping[str, Task] | None) -> dict[str, Task]:
    """What labels mean in a namespace: the owner's word where there is one."""
    return dict(LABELS if owners is None else owners)


def issue_labelled(event: IssueLabelled) -> list[Effect]:
    """The effects of a label."""
    if not speaks(event.actor) or _same_intent(event):
        return []
    thread = event.thread
    name = label_intent(thread.repository_id, thread.number, event.label, event.opening.updated_at)
    return request(event, event.task, source=_source(event), intent=name)


def _same_intent(event: IssueLabelled) -> bool:
    """Whether it only repeats what the same person asks for in the same minute."""
    if said_in_words(event, event.task) or just_asked(event, event.task, source=_source(event)):
        return True
    return event.task is Task.RUN and comes_with_a_label(event, beside=event.label)


def _source(event: IssueLabelled) -> str:
    return f"label-{event.label}"
