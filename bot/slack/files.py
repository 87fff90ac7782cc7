"""Names the files of a Slack message, for that they are there is part of what was said; and tells where its images are.

Pure; called by thread_talk.py. An image is named as Markdown names one, by an address that only the bot understands: a
text that somebody types can name no file but those that the thread shows already.
"""

from collections.abc import Mapping
from typing import Any

SCHEME = "slack-file:"
MOST_FILES, LONGEST_NAME = 10, 200
HIDDEN = "a file that Slack does not show to apps"

Json = dict[str, Any]


def named(files: object) -> list[str]:
    """A line for each file: an image's markup, or `[file: notes.pdf, not attached]`."""
    listed = _listed(files)
    more = [f"[and {len(listed) - MOST_FILES} more files]"] if len(listed) > MOST_FILES else []
    return [*map(_named, listed[:MOST_FILES]), *more]


def addresses(files: object) -> Mapping[str, str]:
    """Where the bytes of the images are, by the addresses that the text has for them."""
    return {
        _address(one): str(one["url_private"])
        for one in _listed(files)[:MOST_FILES]
        if _is_image(one) and one.get("id") and one.get("url_private")
    }


def _listed(files: object) -> list[Json]:
    return [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []


def _is_image(file: Json) -> bool:
    return str(file.get("mimetype") or "").startswith("image/")


def _address(file: Json) -> str:
    return f"{SCHEME}{file['id']}"


def _named(file: Json) -> str:
    name = " ".join(str(file.get("title") or file.get("name") or "").replace("]", ")").split())[:LONGEST_NAME]
    if _is_image(file) and str(file.get("id") or "").isalnum():
        return f"![{name}]({_address(file)})"
    return f"[{'image' if _is_image(file) else 'file'}: {name or HIDDEN}, not attached]"
