"""The verbs' effects, moved to where somebody asked in Slack: what is done stays, what is said is said there. Pure.

Called by slack_asked.py. Nothing is decided here but the place.
"""

import re
from dataclasses import replace

from handlers.effects import CorrectSession, CreateSession, Effect, Intent, React, Reply
from handlers.origin import origin_document
from handlers.slack_effects import LinkSlack, ReactInSlack, SayInSlack
from handlers.slack_events import SlackAsker
from handlers.slack_words import SlackMessage

_HIDDEN = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_FOLD = re.compile(r"^<details><summary>|</summary>$|^</details>$", re.MULTILINE)
"""Slack folds nothing; what is folded away on GitHub is what was asked for here."""


def in_slack(effects: list[Effect], asker: SlackAsker) -> list[Effect]:
    """The same effects, answered where it was asked; what is said comes last, so that nothing waits for Slack."""
    moved = [each for effect in effects for each in _moved(effect, asker)]
    return sorted(moved, key=lambda effect: isinstance(effect, SayInSlack | ReactInSlack))


def _moved(effect: Effect, asker: SlackAsker) -> list[Effect]:
    match effect:
        case Reply():
            return [_said(effect, asker)]
        case React():
            return [ReactInSlack(asker.place, asker.ts, effect.content)] if asker.ts and not asker.alone else []
        case CreateSession():
            return _created(effect, asker)
        case CorrectSession(too_late=Reply() as words):
            return [replace(effect, too_late=_said(words, asker))]
        case _:
            return [effect]


def _created(effect: CreateSession, asker: SlackAsker) -> list[Effect]:
    place = asker.place
    intent: Intent = replace(effect.intent, slack=place, author=asker.author)
    created = CreateSession(intent, {**effect.spec, "origin": origin_document(intent)})
    # A thread that the bot's own first words will begin is linked when it begins.
    return [created, LinkSlack(place, intent.thread)] if place.ts else [created]


def _said(reply: Reply, asker: SlackAsker) -> SayInSlack:
    return say(asker, reply.marker, reply.body)


def say(asker: SlackAsker, key: str, words: str) -> SayInSlack:
    """An answer in words; whoever is spoken to by their name on GitHub is mentioned by Slack's."""
    text = _FOLD.sub("", _HIDDEN.sub("", words)).strip()
    for name in {asker.login, NOBODY, ""}:  # who has not linked their accounts has no name on GitHub
        text = text.removeprefix(f"@{name}, ")
    mention = "" if asker.alone else asker.place.user
    message = SlackMessage(text[:1].upper() + text[1:], mention=mention)
    return SayInSlack(asker.place, key, message, alone=asker.alone, response_url=asker.response_url)


NOBODY = "somebody"
"""What the verbs call a person who has no name on GitHub."""
