"""Names the files of a Slack message, for who reads it without them: that they are there is part of what was said.

Pure; called by thread_talk.py. The bytes are not read: the app does not ask Slack for the right to.
"""

MOST_FILES, LONGEST_NAME = 10, 200
HIDDEN = "a file that Slack does not show to apps"


def named(files: object) -> list[str]:
    """A line for each file, such as `[image: page.png, not attached]`."""
    listed = [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []
    more = [f"[and {len(listed) - MOST_FILES} more files]"] if len(listed) > MOST_FILES else []
    return [*map(_named, listed[:MOST_FILES]), *more]


def _named(file: dict[str, object]) -> str:
    kind = "image" if str(file.get("mimetype") or "").startswith("image/") else "file"
    name = " ".join(str(file.get("title") or file.get("name") or "").replace("]", ")").split())[:LONGEST_NAME]
    return f"[{kind}: {name or HIDDEN}, not attached]"
