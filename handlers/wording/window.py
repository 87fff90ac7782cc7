"""How full the agent's window is, in a few words: for the progress comment and for `status`. Pure."""

from crds.session_status import Progress


def window_share(progress: Progress | None) -> str:
    """Its share, such as `context 38 % of 200,000 tokens`; empty where nobody has said it."""
    if progress is None or not progress.context_window or progress.context_tokens is None:
        return ""
    share = round(100 * progress.context_tokens / progress.context_window)
    return f"context {share} % of {progress.context_window:,} tokens"
