"""Starts and ends a session: fetches the order, lets `session.py` carry it out, and says the end on standard error.

Called by `__main__`. The one place where the runner's parts are put together.
"""

import asyncio
import sys

from crds.redaction import redact
from crds.result import Result
from runner.bot_api import BotApi
from runner.calls import Caller
from runner.endings import PREREQUISITE_FAILED, STOPPED, ExitCode, PrerequisiteFailed
from runner.progress import telling
from runner.session import Session
from runner.stop import Stopped, on_signals, unless_stopped
from runner.surroundings import Surroundings


async def run(surroundings: Surroundings, began: float) -> ExitCode:
    """Carries out the session of these surroundings and returns the exit code."""
    stopping = on_signals()
    api = BotApi(Caller(surroundings.api_url, surroundings.token_file))
    try:
        result = await _carried_out(surroundings, api, stopping, began)
    except Stopped:
        return STOPPED
    except PrerequisiteFailed as failure:
        _say(str(failure))
        return STOPPED if stopping.is_set() else PREREQUISITE_FAILED
    if result.error:
        _say(result.error)
    return result.exit_code


async def _carried_out(surroundings: Surroundings, api: BotApi, stopping: asyncio.Event, began: float) -> Result:
    order = await unless_stopped(api.order(), stopping)
    async with telling(api) as progress:
        session = Session(surroundings, order, api, progress, stopping, began)
        return await session.carry_out()


def _say(sentence: str) -> None:
    sys.stderr.write(f"runner: {redact(sentence)}\n")
