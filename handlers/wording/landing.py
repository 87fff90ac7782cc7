"""Where work lies that did not land where it was meant to, and what may not be started. Pure.

Called by bot/publish.py and starting.py.
"""

from handlers.quoting import plain_line


def branch_moved(meant: str, kept: str) -> str:
    """Somebody else pushed to the branch meanwhile."""
    return (
        f"`{plain_line(meant, 255)}` holds other work by now, which I do not overwrite. This work is kept on branch "
        f"`{plain_line(kept, 255)}`; ask again to have it done on top of what is there."
    )


def fork_not_released(number: int, commit: str, *, prefix: str) -> str:
    """A session that writes is asked for on a pull request from a fork."""
    return (
        f"#{number} comes from a fork, so that I only read it until somebody with write access has looked at it: "
        f"`{prefix} ok {commit[:12]}` lets exactly that commit in."
    )


def archived(repository: str) -> str:
    """A session that writes is asked for in an archived repository."""
    return f"{plain_line(repository)} is archived, so that nothing can be pushed there. Its owner can unarchive it."


def was_archived(repository: str) -> str:
    """Why work is not pushed: the repository was archived while it was done."""
    return f"{plain_line(repository)} is archived; its owner can unarchive it, and then the session can be retried"


def app_is_gone(repository: str) -> str:
    """Why work is not pushed: the App serves the repository no more, or not under its new owner."""
    return (
        f"the App is not installed in {plain_line(repository)}, or is suspended there; its owner can install it, "
        "and then the session can be retried"
    )
