"""What the agent is told of a pull request's changes beside their hunks. Pure; called by changed_files.py."""


def changes_of(number: int, branches: tuple[str, str], files: int, lines: tuple[int, int]) -> str:
    """What a pull request asks for as a whole. `branches`: from, into; `lines`: added, removed."""
    head, base = branches
    many = f"{files:,} file{'' if files == 1 else 's'}"
    return f"Pull request #{number} changes {many} (+{lines[0]:,} -{lines[1]:,}), to merge {head} into {base}:"


def more_changed_files(number: int) -> str:
    """The end of a list of files that is not whole."""
    return f"… and {number:,} more file{'' if number == 1 else 's'}"


def further_changed_files() -> str:
    """Files that were not even counted."""
    return "… and more files"


def no_line_differs() -> str:
    """A file that was only renamed, or whose mode was changed."""
    return "no line differs"
