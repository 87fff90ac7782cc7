"""Decisions: from an event to a list of effects, plain and pure. `ls handlers/` is the bot's table of contents.

`decide` is the one way in, called by bot/worker.py and bot/reconcile.py. Nothing here awaits, reads a clock or the
environment, or knows a client.
"""

from typing import assert_never

from handlers.command_given import command_given
from handlers.comment_deleted import comment_deleted
from handlers.comment_edited import comment_edited
from handlers.effects import Effect
from handlers.events import (
    CommandGiven,
    CommentDeleted,
    Event,
    InstallationLost,
    InstallationWoken,
    IssueAssigned,
    IssueClosed,
    IssueLabelled,
    IssueMoved,
    ReviewFollowedUp,
    SessionObserved,
    SpecPushed,
    TextEdited,
)
from handlers.installation_lost import installation_lost
from handlers.installation_woken import installation_woken
from handlers.issue_assigned import issue_assigned
from handlers.issue_closed import issue_closed, issue_moved
from handlers.issue_labelled import issue_labelled
from handlers.review_followed_up import review_followed_up
from handlers.session_observed import session_observed
from handlers.slack_asked import default_kept, repository_chosen, session_shown, slack_asked
from handlers.slack_events import DefaultKept, RepositoryChosen, SessionShown, SlackAsked, SlackEvent
from handlers.spec_pushed import spec_pushed


def decide(event: Event | SlackEvent) -> list[Effect]:  # noqa: C901, PLR0912 - one arm an event
    """What is to be done about an event: all of it, in order."""
    match event:
        case TextEdited():
            return comment_edited(event)
        case CommandGiven():
            return command_given(event)
        case ReviewFollowedUp():
            return review_followed_up(event)
        case CommentDeleted():
            return comment_deleted(event)
        case IssueLabelled():
            return issue_labelled(event)
        case SpecPushed():
            return spec_pushed(event)
        case IssueAssigned():
            return issue_assigned(event)
        case IssueClosed():
            return issue_closed(event)
        case IssueMoved():
            return issue_moved(event)
        case InstallationLost():
            return installation_lost(event)
        case InstallationWoken():
            return installation_woken(event)
        case SessionObserved():
            return session_observed(event)
        case SlackAsked() | RepositoryChosen() | SessionShown() | DefaultKept():
            return _in_slack(event)
        case _:
            assert_never(event)


def _in_slack(event: SlackEvent) -> list[Effect]:
    match event:
        case SlackAsked():
            return slack_asked(event)
        case RepositoryChosen():
            return repository_chosen(event)
        case SessionShown():
            return session_shown(event)
        case DefaultKept():
            return default_kept(event)
