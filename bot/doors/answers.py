"""How a door of the pods says no: who may not, what must wait. The runner door's routes are made with `Worded`.

Every refusal is JSON `{"detail": a sentence}`; nothing of it tells a stranger more than what the stranger has said.
"""

from collections.abc import Callable, Coroutine, Mapping
from math import ceil
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from bot.errors import Later
from bot.identity import NotYours, Unauthenticated


class Worded(APIRoute):
    """A route on which the exceptions of identity and time become answers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def worded(request: Request) -> Response:
            try:
                return await handler(request)
            except Unauthenticated as error:
                raise HTTPException(401, str(error), {"WWW-Authenticate": "Bearer"}) from error
            except NotYours as error:
                raise HTTPException(403, str(error)) from error
            except Later as error:
                raise HTTPException(503, error.reason, {"Retry-After": str(ceil(error.after))}) from error

        return worded


def bearer(headers: Mapping[str, str]) -> str:
    """The token of an Authorization header, or nothing."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
