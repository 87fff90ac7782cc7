"""The garbage collector: to be filled next."""

import asyncio

from bot.embedded.api.plane import Plane


class Collector:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    def start(self) -> None:
        pass

    async def stop(self) -> None:
        await asyncio.sleep(0)
