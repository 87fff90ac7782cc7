"""A session as Slack shows it: its progress message and its closing words, beside what GitHub is told. Pure.

Called by session_observed.py, after what GitHub is told: a Slack that is down keeps nothing else waiting.
"""

from dataclasses import replace

from handlers import wording
from handlers.effects import Effect, LookAgain
from handlers.events import SessionObserved, SlackThread
from handlers.naming import digest
from handlers.slack_effects import CloseSlack, TellSlack
from handlers.slack_words import SlackMessage
from handlers.status_patch import seconds

PATIENCE = 86400.0
"""Seconds after a session's end in which its last words are tried."""
NOWHERE = "none"
"""Noted in place of a message that Slack refused: it is looked for, and tried, when there is more to say."""
SLOWEST = 1.5
"""Seconds between two edits at least: Slack takes about fifty a minute, of all sessions together."""


def slack_place(event: SessionObserved) -> SlackThread | None:
    """Where in Slack the session shows: where it has begun to, else where it was asked for."""
    place, told = event.standing.slack, event.session.status.told
    if place is None or told is None or told.slack is None or not told.slack.thread:
        return place
    return replace(place, channel=told.slack.channel or place.channel, ts=told.slack.thread)


def slack_told(event: SessionObserved) -> bool:
    """Whether nothing is left to be said in Slack."""
    told = event.session.status.told
    return event.standing.slack is None or bool(told and told.slack and told.slack.result)


def slack_progress(event: SessionObserved, pace: float) -> list[Effect]:
    """The progress message, where it would say something new and was not written just now."""
    tell = _tell(event, wording.slack_progress(event))
    told = event.session.status.told
    written = told.slack.at if told and told.slack else None
    if not tell or written is None:
        return tell
    slowest = max(pace, SLOWEST)
    due = min(seconds(written) + slowest - event.now, slowest)
    return tell if due <= 0 else [LookAgain(due)]


def slack_closing(event: SessionObserved) -> list[Effect]:
    """The last words, once."""
    place = slack_place(event)
    if place is None or slack_told(event):
        return []
    session, ended = event.session, event.session.status.completion_time
    since = seconds(ended) if ended else event.now
    last = _tell(event, wording.slack_ended(event))
    if last and not event.session.deleting and event.now - since < PATIENCE:
        return last  # first: once the closing words stand, nobody comes back to a progress message that was put off
    close = CloseSlack(
        namespace=session.namespace,
        name=session.name,
        place=place,
        key=f"result-{session.uid}",
        message=wording.slack_closing(event, mention=place.user),
        since=since,
    )
    return [close]


def _tell(event: SessionObserved, message: SlackMessage) -> list[Effect]:
    session, place, told = event.session, slack_place(event), event.session.status.told
    said = told.slack if told else None
    if place is None or (said and said.digest == message_digest(message)):
        return []
    return [
        TellSlack(
            namespace=session.namespace,
            name=session.name,
            place=place,
            key=f"progress-{session.uid}",
            message=message,
            known=said.progress if said and said.progress != NOWHERE else None,
            about=event.standing.thread,
        )
    ]


def message_digest(message: SlackMessage) -> str:
    """By which the same message is known again, its buttons included."""
    return digest(f"{message.markdown}\n{message.buttons}")
