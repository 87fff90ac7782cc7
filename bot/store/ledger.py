"""The ledger: what each model call was allowed to cost (its hold), and what it has cost (its settlement).

Only the gateway writes here. Deciding and holding are one transaction per session at a time, so that no two calls pass
a budget together, in one process or in many. A call that is never settled (a crash) keeps its hold and counts in full:
the session may lose a little of its budget by that, the payer never more than was agreed.
"""

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, select, update

from bot.store.database import Database, serialise
from bot.store.schema import calls
from bot.store.words import Hold, Used
from crds.usage import Tokens

_NANO = 1_000_000_000
LATEST = 2000
"""Calls of all sessions that are looked through for the latest ones."""


class Decision(Protocol):
    """What a gateway decided: a call with a `hold` goes ahead, one without does not."""

    @property
    def hold(self) -> Hold | None: ...


class Ledger:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def admit[D: Decision](self, session_uid: str, decide: Callable[[Used], D]) -> tuple[D, int | None]:
        """Let `decide` (pure) look at what is used; its hold is written in the same transaction. Gives the call."""
        at = self._clock()

        def admitted(connection: Connection) -> tuple[D, int | None]:
            serialise(connection, f"ledger {session_uid}")
            decision = decide(_used(connection, session_uid))
            return decision, None if decision.hold is None else _hold(connection, session_uid, decision.hold, at=at)

        return await self._database.write(admitted)

    async def settle(self, call: int, tokens: Tokens, usd: Decimal) -> None:
        """The call has cost this; a second settlement of the same call changes nothing."""
        spent = {**tokens.model_dump(), "nanousd": _nano(usd), "settled_at": self._clock()}
        statement = update(calls).where(calls.c.seq == call, calls.c.settled_at.is_(None)).values(**spent)
        await self._database.write(lambda connection: connection.execute(statement))

    async def used(self, session_uid: str) -> Used:
        """What the session has used so far."""
        return await self._database.read(lambda connection: _used(connection, session_uid))

    async def first(self, session_uid: str, model: str) -> int:
        """Input tokens, of all kinds, of the session's first call of this model that was settled; 0 where none was."""
        size = calls.c.input + calls.c.cache_read + calls.c.cache_write
        mine = (calls.c.session_uid == session_uid, calls.c.model == model, calls.c.settled_at.is_not(None), size > 0)
        statement = select(size).where(*mine).order_by(calls.c.seq).limit(1)
        return await self._database.read(lambda connection: connection.scalar(statement)) or 0

    async def largest(self, session_uid: str, model: str) -> int:
        """Input tokens, of all kinds, of the session's largest call of this model; 0 where none was settled."""
        size = calls.c.input + calls.c.cache_read + calls.c.cache_write
        statement = select(func.max(size)).where(calls.c.session_uid == session_uid, calls.c.model == model)
        return await self._database.read(lambda connection: connection.scalar(statement)) or 0

    async def latest(self, model: str, since: float) -> list[tuple[str, float]]:
        """Sessions that have called this model since then, with the time of their last call; the newest first."""
        newest = select(calls).order_by(calls.c.seq.desc()).limit(LATEST).subquery()
        last = func.max(newest.c.started_at)
        mine = (newest.c.model == model, newest.c.started_at >= since)
        statement = select(newest.c.session_uid, last).where(*mine).group_by(newest.c.session_uid).order_by(last.desc())
        found = await self._database.read(lambda connection: connection.execute(statement).all())
        return [(uid, float(at)) for uid, at in found]


def _nano(usd: Decimal) -> int:
    return int((usd * _NANO).to_integral_value(ROUND_CEILING))


def _hold(connection: Connection, session_uid: str, hold: Hold, *, at: float) -> int:
    held = {"held_tokens": hold.tokens, "held_nanousd": _nano(hold.usd)}
    nothing = {"input": 0, "output": 0, "cache_read": 0, "cache_write": 0, "nanousd": 0}
    row = {"session_uid": session_uid, "model": hold.model, "started_at": at, **held, **nothing}
    call: int = connection.scalars(calls.insert().values(**row).returning(calls.c.seq)).one()
    return call


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


def _open(column: ColumnElement[int]) -> ColumnElement[int]:
    return case((calls.c.settled_at.is_(None), column), else_=0)


_SUMS = select(
    *(_sum(calls.c[name]) for name in ("input", "output", "cache_read", "cache_write", "nanousd")),
    _sum(_open(calls.c.held_tokens)),
    _sum(_open(calls.c.held_nanousd)),
    func.count(),
).where(calls.c.session_uid == bindparam("uid"))


def _used(connection: Connection, session_uid: str) -> Used:
    row = connection.execute(_SUMS, {"uid": session_uid}).one()
    fresh, output, read, written, nano, held_tokens, held_nano, count = (int(value) for value in row)
    return Used(
        tokens=Tokens(input=fresh, output=output, cache_read=read, cache_write=written),
        usd=Decimal(nano) / _NANO,
        held_tokens=held_tokens,
        held_usd=Decimal(held_nano) / _NANO,
        calls=count,
    )
