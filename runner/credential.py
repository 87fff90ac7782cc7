"""The git credential helper: `python -I -m runner credential get`, started by git for each fetch that needs one.

Asks the runner API for fresh read tokens, and prints to git the one of the repository that it asks for. It writes
nothing down, and answers nothing but `get`.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

from runner.calls import Call, Caller
from runner.endings import PrerequisiteFailed

MOST_ASKED = 64 * 1024
"""Characters that are read of what git asks."""


def credential(verb: str, asked: TextIO) -> str:
    """What git reads: two lines for `get`, nothing for `store` and `erase`. Raises PrerequisiteFailed.

    `asked`: what git wants it for, as lines `name=value`.
    """
    if verb != "get":
        return ""
    api_url, token_file = os.environ.get("VTEAM_API_URL"), os.environ.get("VTEAM_TOKEN_FILE")
    if not api_url or not token_file:
        raise PrerequisiteFailed("the environment lacks VTEAM_API_URL or VTEAM_TOKEN_FILE")
    answer = Caller(api_url, Path(token_file)).answer(Call("POST", "/token", seconds=20.0))
    if answer.status >= 300:
        raise PrerequisiteFailed(f"the bot gives no read token: {answer.detail}")
    token = token_for(json.loads(answer.body), asked.read(MOST_ASKED))
    return "".join(f"{name}={_line(token[name])}\n" for name in ("username", "password"))


def token_for(answer: Mapping[str, Any], asked: str) -> Mapping[str, Any]:
    """The token that reads what git asks for. Raises PrerequisiteFailed where the session has none for that."""
    wanted = dict(line.partition("=")[::2] for line in asked.splitlines())
    if not wanted.get("path") or "urls" not in answer:  # git does not say for what, or the bot is of an older kind
        return answer
    address = f"{wanted.get('protocol', '')}://{wanted.get('host', '')}/{wanted['path']}"
    tokens: list[Mapping[str, Any]] = [answer, *answer.get("others", ())]
    for token in tokens:
        if any(_is_below(address, url) for url in token["urls"]):
            return token
    raise PrerequisiteFailed(f"{address[:300]} is no repository of the session that needs a token")


def _is_below(address: str, url: str) -> bool:
    """Whether it is the repository's address, in any of its spellings, or one below it."""
    asked, known = _plain(address), _plain(url)
    return asked == known or asked.startswith((f"{known}/", f"{known}.git/"))


def _plain(address: str) -> str:
    parts = urlsplit(address.lower())
    path = parts.path.strip("/").removesuffix(".git")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{path}"


def _line(value: object) -> str:
    text = str(value)
    if "\n" in text or "\0" in text:
        raise PrerequisiteFailed("the bot's read token is malformed")
    return text
