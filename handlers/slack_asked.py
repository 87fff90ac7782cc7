"""Something was asked in Slack → what is to be done about it, by the same verbs as on GitHub. Called by `decide`; pure.

Every command gets an answer: a session, words, a question, or a refusal with its reason.
"""

from handlers import wording
from handlers.command_given import MOST_COMMANDS, command_given
from handlers.effects import Effect, Reply
from handlers.grammar.words import Command, CommandError
from handlers.naming import digest, marker
from handlers.slack_answers import in_slack, say
from handlers.slack_effects import AskInSlack, BeginLinking, KeepDefault, SayInSlack, SettleQuestion
from handlers.slack_events import (
    DefaultKept,
    HeardCommand,
    Missing,
    RepositoryChosen,
    SessionShown,
    SlackAsked,
    SlackAsker,
)


def slack_asked(event: SlackAsked) -> list[Effect]:
    """The effects of all that was asked at once, in order; a question stands for all that wait for its answer."""
    if len(event.heard) > MOST_COMMANDS:
        return [say(event.asker, _key(event.asker, "flood"), wording.slack_too_many_commands(MOST_COMMANDS))]
    effects = [effect for heard in event.heard for effect in _one(event, heard)]
    return [effect for place, effect in enumerate(effects) if effect not in effects[:place]]


def _one(event: SlackAsked, heard: HeardCommand) -> list[Effect]:
    asker, read = event.asker, heard.read
    if heard.given is not None:
        return in_slack(command_given(heard.given), asker)
    if isinstance(read, CommandError):
        return [say(asker, _key(asker, f"error-{read.line}"), wording.not_understood(read, asker.login, asker.prefix))]
    if read.verb == "link":
        return [BeginLinking(asker.place, f"device-{asker.key}", response_url=asker.response_url)]
    if read.verb == "help":
        return [say(asker, _key(asker, f"help-{read.ordinal}"), wording.slack_help(asker.prefix))]
    return [_missing(event, read, heard)]


def _missing(event: SlackAsked, command: Command, heard: HeardCommand) -> Effect:
    asker = event.asker
    if heard.missing is Missing.REPOSITORY and event.choice:
        return _question(event)
    words = {
        Missing.REPOSITORY: wording.slack_no_repository(linked=bool(asker.login), prefix=asker.prefix),
        Missing.UNLINKED: wording.slack_link_first(command.verb, asker.prefix),
        Missing.OUTSIDE: wording.slack_outsiders(heard.name),
    }.get(heard.missing or Missing.UNSEEN, wording.slack_unseen(heard.name))
    return say(asker, _key(asker, f"refused-{command.ordinal}"), words)


def _question(event: SlackAsked) -> AskInSlack:
    asker, question = event.asker, question_id(event.asker)
    return AskInSlack(
        place=asker.place,
        question=question,
        document=event.document,
        message=wording.slack_which_repository(question, event.choice, asker.place.user, minutes=event.seconds / 60),
        seconds=event.seconds,
        response_url=asker.response_url,
    )


def question_id(asker: SlackAsker) -> str:
    """The question to what was said: one for a message, however often it is delivered."""
    return f"repository-{digest(asker.key)}"


def repository_chosen(event: RepositoryChosen) -> list[Effect]:
    """The picker says what was chosen; what was asked is done by then."""
    asker = event.asker
    if event.repository:
        message = wording.slack_repository_chosen(event.repository, by_time=event.by_time, keep=event.keep)
    else:
        message = wording.slack_nobody_chose(asker.place.user)
    return [SettleQuestion(asker.place, event.question, message, response_url=asker.response_url)]


def session_shown(event: SessionShown) -> list[Effect]:
    """What was asked and answered in Slack, in the issue: the asker has said so, and nobody else can."""
    asker = event.asker
    if not event.own:
        return [say(asker, _key(asker, "shown"), wording.slack_not_yours_to_show())]
    body = wording.slack_shown(asker.login, event.words, event.answer)
    thread = event.thread
    return [
        Reply(thread, marker("shown", event.uid), body),
        say(asker, _key(asker, "shown"), wording.slack_shown_now(thread.repository, thread.number, thread.url)),
    ]


def default_kept(event: DefaultKept) -> list[Effect]:
    """The channel's default, from now on."""
    asker = event.asker
    if not event.may:
        return [say(asker, _key(asker, "default"), wording.slack_unseen(event.repository))]
    said: SayInSlack = say(asker, _key(asker, "default"), wording.slack_default_kept(event.repository))
    return [KeepDefault(asker.place, event.repository), said]


def _key(asker: SlackAsker, kind: str) -> str:
    return f"reply-{digest(asker.key)}-{kind}"
