"""An issue given to the bot → a session that does what the issue asks for. Called by `decide`; pure.

Whether the assignee is the bot was seen before, by its identifier.
"""

from crds.agentic_session import Task
from handlers.asked import IssueAssigned
from handlers.bare_request import comes_with_a_label, just_asked, request, said_in_words
from handlers.effects import Effect
from handlers.naming import assignment_intent
from handlers.policy import speaks

SOURCE = "assignment"


def issue_assigned(event: IssueAssigned) -> list[Effect]:
    """The effects of an assignment."""
    if not speaks(event.actor):
        return []
    said = said_in_words(event, Task.RUN) or comes_with_a_label(event)
    if said or just_asked(event, Task.RUN, source=SOURCE):
        return []
    thread = event.thread
    name = assignment_intent(thread.repository_id, thread.number, event.opening.updated_at)
    return request(event, Task.RUN, source=SOURCE, intent=name)
