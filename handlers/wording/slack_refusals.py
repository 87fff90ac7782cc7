"""What is said where Slack itself stands in the way, and the small words around a message there. Pure."""

_WORDS = {
    "not_in_channel": "I am not in this channel. Somebody in it can invite me with `/invite`.",
    "channel_not_found": "I cannot see this conversation. Somebody in it can invite me with `/invite`.",
    "is_archived": "This channel is archived, so nothing can be said here any more.",
    "restricted_action": "The workspace's settings do not let me write here. A workspace admin can change that.",
    "restricted_action_read_only_channel": "Only some may write in this channel. A workspace admin can add me to them.",
    "restricted_action_thread_locked": "This thread is locked.",
    "thread_not_found": "The message that this thread began with is gone.",
    "message_not_found": "That message is gone.",
    "msg_too_long": "What I wanted to say is too long for Slack.",
    "user_not_in_channel": "You are not in that channel, so that I cannot show you anything there.",
    "missing_scope": "My Slack app lacks a permission. Whoever runs me can install it again from its manifest.",
    "not_allowed_token_type": "My Slack token is of the wrong kind. Whoever runs me can give me the bot's (`xoxb-…`).",
    "ekm_access_denied": "The workspace's admins have suspended access to this conversation.",
    "expired_url": "Slack takes no more answers to that command. Please ask again.",
    "used_url": "Slack takes no more answers to that command. Please ask again.",
}
_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission"}
)


def slack_refused(code: str) -> str:
    """Why Slack would not do it, and who can help; `code` is Slack's word for it."""
    if code in _TOKEN:
        return "Slack no longer takes my token. Whoever runs me can install the app again."
    return _WORDS.get(code, "Slack would not do it. Whoever runs me finds its reason in my log.")


def slack_cut() -> str:
    """Below a message that is not whole."""
    return "This was too long for Slack. The rest is here."


def slack_noted() -> str:
    """The first answer to a slash command, seen by the asker alone: what becomes of it is said later."""
    return "On it."


def slack_busy() -> str:
    """The store did not answer in time; whether the command was kept is not known."""
    return "I am slow at the moment. Should nothing happen within a minute, please ask again."


def slack_yes() -> str:
    return "Yes"


def slack_no() -> str:
    return "No"
