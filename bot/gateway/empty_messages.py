"""Takes empty system messages out of a request: the Messages API refuses messages without content with 400.

Pure; called for each request that `ask.py` has read. Claude Code 2.1.330 puts one behind the first message of a
conversation that it resumes from entries without its own attachments, for the models that take system messages between
the others (seen with claude-sonnet-5-5). It says nothing, so nothing is lost.
"""

from typing import Any

type Json = dict[str, Any]


def without_empty_messages(document: Json) -> None:
    """Changes the document, where there is such a message."""
    messages = document.get("messages")
    if isinstance(messages, list) and any(map(_is_empty, messages)):
        document["messages"] = [one for one in messages if not _is_empty(one)]


def _is_empty(message: object) -> bool:
    return isinstance(message, dict) and message.get("role") == "system" and message.get("content") in ([], "")
