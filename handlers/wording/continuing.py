"""Why a session begins a conversation of its own instead of going on with the earlier one: for the receipt. Pure.

Called by continuing.py and by bot/continuing.py.
"""


def conversation_goes_on() -> str:
    """The earlier session works still."""
    return "the earlier session has not ended, so its conversation is not gone on with"


def reviewed_afresh() -> str:
    """A review of what the same conversation has made would be no second pair of eyes."""
    return "a review begins afresh, without the conversation in which the work was done"


def spoken_elsewhere() -> str:
    """What was said in one place does not go to another."""
    return "the earlier conversation was held in another place, and what was said there stays there"


def read_more_repositories() -> str:
    """The earlier session had repositories that this one has not, or may not read any more."""
    return "the earlier conversation has read a repository that this session does not"


def read_more_threads() -> str:
    """The earlier session was given another thread that this one is not given."""
    return "the earlier conversation was given an issue or pull request that this session is not"


def was_held_in_private() -> str:
    """A repository has become public since: what was known of it in private stays there."""
    return "the earlier conversation was held when a repository was private that is public now"


def conversation_gone() -> str:
    """Nothing of it is kept."""
    return "nothing is kept any more of the earlier conversation"


def conversation_too_long(why: str) -> str:
    """It is kept, and larger than what is gone on with."""
    return f"the earlier conversation is too long to go on with: {why}"
