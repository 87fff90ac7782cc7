"""What is said in Slack and nowhere else: questions, linked accounts, refusals. One function a sentence; pure."""

from handlers.quoting import plain_line, quoted
from handlers.slack_words import CHOOSE, KEEP, Button, Menu, SlackMessage
from handlers.wording.parts import as_quote


def slack_link_first(verb: str, prefix: str) -> str:
    """Somebody whom GitHub does not know here asked for more than a public answer."""
    return (
        f"for `{plain_line(verb)}` I have to know who you are on GitHub, since your permission there decides. "
        f"`{prefix} link` connects your accounts in a minute. Until then you can `ask` about public repositories."
    )


def slack_unseen(name: str) -> str:
    """What they named is not there, or must not be shown to them: one sentence for all of it."""
    return (
        f"I cannot take that to `{plain_line(name)}`: either it is not there, or the App is not installed there, or "
        "you may not read it. Check the name, or ask whoever owns it."
    )


def slack_outsiders(name: str) -> str:
    """People of another organisation read along."""
    return (
        f"`{plain_line(name)}` is private, and people of another organisation read this channel. "
        "Ask me in a direct message, or in a channel of your own."
    )


def slack_no_repository(*, linked: bool, prefix: str) -> str:
    """Nobody has said which repository, and there is none to choose from."""
    more = "" if linked else f" `{prefix} link` connects your account with GitHub; I then see what you may read."
    return f"I do not know which repository you mean. Name an issue, such as `{prefix} fix owner/repo#12`.{more}"


def slack_which_repository(question: str, choice: tuple[str, ...], user: str, *, minutes: float) -> SlackMessage:
    """The one question."""
    menu = Menu(CHOOSE, question, "Choose a repository", choice)
    text = f"Which repository do you mean? I wait for {minutes:.0f} minutes."
    return SlackMessage(text, mention=user, menu=menu)


def slack_repository_chosen(repository: str, *, by_time: bool, keep: bool) -> SlackMessage:
    """The picker, once the repository is known."""
    how = "Nobody has chosen, so I take the installation's own repository" if by_time else "Repository"
    buttons = (Button(KEEP, "Use for this channel", repository),) if keep else ()
    return SlackMessage(f"{how}: **{plain_line(repository)}**", buttons=buttons)


def slack_nobody_chose(user: str) -> SlackMessage:
    """The picker, once its time is over and there is no default."""
    return SlackMessage(
        "You have not said which repository you mean, so I have done nothing. "
        "Ask again, and name an issue such as `owner/repo#12`.",
        mention=user,
    )


def slack_not_your_question() -> str:
    """Somebody else chose."""
    return "only the person who was asked can answer that. Ask me yourself, and I ask you."


def slack_default_kept(repository: str) -> str:
    """The channel's default is set."""
    return f"from now on I take **{plain_line(repository)}** in this channel where nobody names another one."


def slack_link_code(code: str, url: str, *, minutes: float) -> str:
    """How to prove who one is on GitHub."""
    return (
        f"open {url} and enter the code **{plain_line(code)}** within {minutes:.0f} minutes. "
        "GitHub then tells me your name there, and nothing else is kept. Enter only a code that you have asked for."
    )


def slack_linked(login: str) -> str:
    """The accounts are linked."""
    return f"you are **{plain_line(login)}** on GitHub. What you may do there decides what you may ask me for."


def slack_link_ended(why: str, prefix: str) -> str:
    """The linking came to nothing."""
    reasons = {
        "expired_token": "the code was not entered in time",
        "access_denied": "it was declined on GitHub",
        "unreachable": "GitHub did not answer when I asked for your name",
        "device_flow_disabled": "the GitHub App does not allow it; whoever runs the bot can enable its device flow",
    }
    return f"your accounts are not linked: {reasons.get(why, plain_line(why))}. `{prefix} link` begins anew."


def slack_link_unset() -> str:
    """The installation cannot link accounts."""
    return (
        "I cannot link accounts here: the GitHub App's client id is not set. "
        "Whoever runs the bot can do so (`VTEAM_GITHUB_CLIENT_ID`)."
    )


def slack_session_gone() -> str:
    """A button of a session that nobody knows any more."""
    return "that session is gone. Ask again to start a new one."


def slack_shown(login: str, words: str, answer: str) -> str:
    """What was asked and answered in Slack, in the issue, by the asker's wish."""
    parts = [f"@{login} asked in Slack, and shows it here:", as_quote(quoted(words, 8_000))]
    if answer:
        parts += ["The answer:", as_quote(quoted(answer, 20_000))]
    return "\n\n".join(part for part in parts if part)


def slack_shown_now(repository: str, number: int, url: str) -> str:
    """It stands in the issue."""
    return f"your words and the answer stand in [{repository}#{number}]({url}) now."


def slack_not_yours_to_show() -> str:
    """Somebody else's words."""
    return "only the person who asked can show their words in the issue."


def slack_trouble() -> str:
    """Our own fault."""
    return "Something went wrong on my side, and whoever runs the bot has been told. Please ask again in a while."


def slack_taken_back(who: str) -> str:
    """Who stopped a session, where its message was changed or deleted."""
    return f"{who}, who took the message back that asked for it"
