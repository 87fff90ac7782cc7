"""Checks a request against the types of the anthropic package, if the stand-in was asked to.

The package takes two seconds to import, so it is loaded at the first check and the demo does without.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.standins.messages.errors import bad_request


@cache
def _adapter() -> TypeAdapter[Any]:
    from anthropic.types.beta.message_create_params import MessageCreateParams

    return TypeAdapter(MessageCreateParams)


def check_types(request: dict[str, Any]) -> None:
    """ApiError if a field has a value that its type forbids. Fields that are not in the types are let through."""
    try:
        _exhaust(_adapter().validate_python(request))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise bad_request(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _exhaust(value: Any) -> None:
    """Iterables in these types are checked only as they are walked."""
    if isinstance(value, str | bytes | int | float | bool | None):
        return
    for one in value.values() if isinstance(value, dict) else value:
        _exhaust(one)
