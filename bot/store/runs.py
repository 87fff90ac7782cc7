"""Runs: what each finished session has used, one row each, written once. The forecasts of later sessions learn from it.

Written by the reconciler's effects, read before a session starts. It outlives the session's own rows: it holds numbers
and names, and nothing that anybody wrote.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, or_, select

from bot.store.database import Database, insert
from bot.store.schema import run_more, runs
from crds.agent_loop import PastRun, Run
from crds.agentic_session import Task
from crds.learning import LATEST
from crds.usage import Tokens
from handlers.plan import FinishedRun

COUNTS = 51
"""Runs of a model that its tokens are counted from: the newest."""
_NANO = 1_000_000_000


class Runs:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def record(self, session_uid: str, made: FinishedRun, *, request: int) -> None:
        """Keep it; the first word on a session stands. `request`: tokens of its first call, as the model counts."""
        row = _row(session_uid, made, request) | {"at": self._clock()}
        past = made.past
        more = {"session_uid": session_uid, "earlier": past.run.earlier, "cut": past.cut}

        def put(connection: Connection) -> None:
            for table, values in ((runs, row), (run_more, more)):
                connection.execute(insert(connection, table).on_conflict_do_nothing(), values)

        await self._database.write(put)

    async def history(self, run: Run) -> list[PastRun]:
        """Runs of this task that came to their own end or were cut by a limit, newest first: of its repository and
        model, of its repository, of its model, and of all."""
        task, model = runs.c.task == run.task.value, runs.c.model == run.model
        here = runs.c.repository == run.repository
        asked = [_newest(task, *which) for which in ((model, here), (here,), (model,), ())]

        def found(connection: Connection) -> dict[str, Row[Any]]:
            return {row.session_uid: row for statement in asked for row in connection.execute(statement)}

        rows = await self._database.read(found)
        return [past_run(row) for row in sorted(rows.values(), key=lambda row: -row.at)]

    async def counts(self, model: str) -> list[tuple[int, int]]:
        """The newest first requests of a model: tokens by the bundled tokenizer, and by the model's own count."""
        known = (runs.c.model == model, runs.c.counted > 0, runs.c.request > 0)
        statement = select(runs.c.counted, runs.c.request).where(*known).order_by(runs.c.at.desc()).limit(COUNTS)
        found = await self._database.read(lambda connection: connection.execute(statement).all())
        return [(row.counted, row.request) for row in found]


def learned() -> Select[Any]:
    """The rows that are learned from, as `past_run` reads them. What older programs have recorded has no more to it."""
    cut = func.coalesce(run_more.c.cut, false())
    more = (func.coalesce(run_more.c.earlier, 0).label("earlier"), cut.label("cut"))
    both = runs.outerjoin(run_more, runs.c.session_uid == run_more.c.session_uid)
    return select(runs, *more).select_from(both).where(or_(runs.c.whole, cut))


def _newest(*which: ColumnElement[bool]) -> Select[Any]:
    return learned().where(*which).order_by(runs.c.at.desc()).limit(LATEST)


def _row(session_uid: str, made: FinishedRun, request: int) -> dict[str, object]:
    past = made.past
    return {
        "session_uid": session_uid,
        "repository": past.run.repository,
        "task": past.run.task.value,
        "model": past.run.model,
        "whole": made.whole,
        "prompt": past.run.prompt,
        "tokens_per_count": past.run.tokens_per_count,
        "counted": made.counted,
        "request": request,
        **past.tokens.model_dump(),
        "nanousd": None if past.usd is None else round(Decimal(str(past.usd)) * _NANO),
        "turns": past.turns,
        "seconds": past.seconds,
        "forecast": made.forecast.model_dump_json().encode() if made.forecast else None,
    }


def past_run(row: Row[Any]) -> PastRun:
    """A row of the table as what is learned from."""
    tokens = Tokens(input=row.input, output=row.output, cache_read=row.cache_read, cache_write=row.cache_write)
    return PastRun(
        run=Run(
            repository=row.repository,
            task=Task(row.task),
            model=row.model,
            prompt=row.prompt,
            tokens_per_count=row.tokens_per_count,
            earlier=row.earlier,
        ),
        tokens=tokens,
        turns=row.turns,
        usd=None if row.nanousd is None else row.nanousd / _NANO,
        seconds=row.seconds,
        cut=not row.whole,
    )
