"""Why a session is not given something that stands in its thread: reasons in the receipt's rows. Pure.

Called by talk_kept.py and changed_files.py, and by whatever reads for an order: bot/talk.py, bot/changes.py,
bot/linked.py with its rooms, bot/instructions.py, bot/project_repositories.py.
"""


def written_since() -> str:
    """A comment that came after the request."""
    return "written after it was asked for, by somebody else"


def changed_since() -> str:
    """A text that the asker may not have read as it is now."""
    return "changed after it was asked for, and GitHub does not say by whom"


def stood_otherwise() -> str:
    """The issue's text, of which the earlier version is known."""
    return "changed after it was asked for: the earlier text is used"


def review_dismissed() -> str:
    """A review that somebody has taken back."""
    return "somebody has dismissed this review"


def hidden_by_somebody(why: str) -> str:
    """A comment that was hidden on GitHub. `why`: in GitHub's one word, foreign."""
    return f"hidden on GitHub{f' as {why}' if why else ''}"


def review_unknown() -> str:
    """A review of another pull request of which GitHub has not said when it was last edited."""
    return "not read: GitHub does not say whether it was changed after it was asked for"


def linked_unreadable() -> str:
    """Something in another repository. Says no more: whether there is such a repository may be a secret."""
    return "not read: it is not to be read by who asked, or less public than this thread, or the App is not there"


def not_there() -> str:
    """What a link leads to, and is not there: deleted, mistyped, or of a kind that the App may not read."""
    return "not read: GitHub has nothing there for the App to read"


def not_followed(most: int, what: str) -> str:
    """Links beyond those that are followed."""
    return f"not read: no more than {most} {what} that the conversation names are"


def discussions_unread() -> str:
    """A link to a discussion."""
    return "not read: discussions are not"


def no_patch(additions: int, deletions: int) -> str:
    """A changed file of which GitHub shows no lines."""
    lines = f" (+{additions:,} -{deletions:,})" if additions or deletions else ""
    return f"GitHub gives no patch of it: it is binary or too large{lines}"


def changes_too_large(kilobytes: int) -> str:
    """A changed file for which the others have left no room."""
    return f"not read: no more than {kilobytes} KB of changes are"


def too_many_changes(most: int) -> str:
    """Changed files that were not asked for."""
    return f"not read: no more than {most} changed files are"


def changes_unread() -> str:
    """The changes of a pull request, where GitHub does not give them."""
    return "not read: GitHub does not give the changes"


def not_pinned(why: str) -> str:
    """A repository of the project's settings that cannot be read as it is written there."""
    return f"not read: {why}"


def folder_taken(folder: str) -> str:
    """A repository of the project's settings that has the folder of another one of the session."""
    return f"not read: another repository of the session has the folder {folder}"


_UNREAD = {
    "large": "it is larger than 256 KB",
    "long": "it has more than 10,000 lines",
    "binary": "it is no text",
    "link": "it is a link, and only regular files are taken",
}


def instructions_cut(kilobytes: int) -> str:
    """A file of instructions of which only the start is taken."""
    return f"only its first {kilobytes} KB are read"


def imports_cut(most: int) -> str:
    """The first file that is imported and not looked for, as all behind it."""
    return f"only {most} files that the instructions import are read"


def file_unread(trouble: str) -> str:
    """A file, of instructions or linked, that is there and is not taken."""
    return f"not read: {_UNREAD.get(trouble, 'it cannot be read')}"
