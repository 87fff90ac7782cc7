"""What is said around a review that is followed up. One function a sentence; pure."""

from handlers.quoting import plain_line


def review_request() -> str:
    """What a review without a command asks for."""
    return (
        "Do what this review of the pull request asks for: change what it wants to be different, and answer what it "
        "asks. Leave alone what it does not speak of."
    )


def waits_behind(session: str, cancel: str) -> str:
    """Another session works on the same branch."""
    return (
        f"Waiting for session `{plain_line(session)}`, which works on the same branch. {cancel} takes this out of line."
    )
