"""The git credential helper: `python -I -m runner credential get`, started by git for each fetch that needs one.

Asks the runner API for a fresh read token and prints it to git. It writes nothing down, and answers nothing but `get`.
"""

import json
import os
from pathlib import Path

from runner.calls import Call, Caller
from runner.endings import PrerequisiteFailed


def credential(verb: str) -> str:
    """What git reads: two lines for `get`, nothing for `store` and `erase`. Raises PrerequisiteFailed."""
    if verb != "get":
        return ""
    api_url, token_file = os.environ.get("VTEAM_API_URL"), os.environ.get("VTEAM_TOKEN_FILE")
    if not api_url or not token_file:
        raise PrerequisiteFailed("the environment lacks VTEAM_API_URL or VTEAM_TOKEN_FILE")
    answer = Caller(api_url, Path(token_file)).answer(Call("POST", "/token", seconds=20.0))
    if answer.status >= 300:
        raise PrerequisiteFailed(f"the bot gives no read token: {answer.detail}")
    token = json.loads(answer.body)
    return "".join(f"{name}={_line(token[name])}\n" for name in ("username", "password"))


def _line(value: object) -> str:
    text = str(value)
    if "\n" in text or "\0" in text:
        raise PrerequisiteFailed("the bot's read token is malformed")
    return text
