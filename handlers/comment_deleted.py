"""A deleted comment or a dismissed review → the end of what it asked for, if that waits. Called by `decide`; pure.

What works already goes on: somebody has seen it begin, and `cancel` stops it. A command may have named another thread
as its target; what it asked for there is taken back with it.
"""

from handlers import wording
from handlers.answering import login
from handlers.asked import CommentDeleted
from handlers.effects import Effect, StopSession


def comment_deleted(event: CommentDeleted) -> list[Effect]:
    """The effects of the deletion; whoever may delete a comment may take back what it asked for."""
    waiting = [one for one in event.sessions if one.source == event.message.key and one.waiting]
    why = wording.the_dismissal if event.message.kind == "review" else wording.the_deletion
    return [StopSession(one.namespace, one.name, why(login(event))) for one in waiting]
