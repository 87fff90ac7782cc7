"""Questions that the bot waits to have answered, by a person or by the time. Called by bot/slack.

A question is asked once, answered once (the first answer stands, whoever gives it), and closed once its answer has been
acted on; in between a crash loses nothing.
"""

from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select, update

from bot.store.database import Database, insert
from bot.store.schema import questions
from bot.store.words import Question

Json = dict[str, Any]


class Questions:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def ask(self, question: str, kind: str, document: Json, *, seconds: float) -> bool:
        """Keep a question that is due in so many seconds; False where it was asked before, and then nothing changes."""
        now = self._clock()
        row = {
            "id": question,
            "kind": kind,
            "document": orjson.dumps(document),
            "asked_at": now,
            "due_at": now + seconds,
        }

        def put(connection: Connection) -> bool:
            return bool(connection.execute(insert(connection, questions).on_conflict_do_nothing(), row).rowcount)

        return await self._database.write(put)

    async def get(self, question: str) -> Question | None:
        """The question, closed or not."""
        asked = select(questions).where(questions.c.id == question)
        row = await self._database.read(lambda connection: connection.execute(asked).first())
        return None if row is None else _question(row)

    async def answer(self, question: str, answer: Json) -> Json | None:
        """The answer that stands: this one where it is the first, else the earlier; None for no such question."""
        mine = questions.c.id == question
        put = update(questions).where(mine, questions.c.answer.is_(None)).values(answer=orjson.dumps(answer))

        def first_wins(connection: Connection) -> bytes | None:
            connection.execute(put)
            return connection.scalar(select(questions.c.answer).where(mine))

        stands = await self._database.write(first_wins)
        return None if stands is None else orjson.loads(stands)

    async def put_off(self, question: str, seconds: float, document: Json | None = None) -> None:
        """It is due again in so many seconds; `document` replaces how it was asked."""
        values: dict[str, object] = {"due_at": self._clock() + seconds}
        if document is not None:
            values["document"] = orjson.dumps(document)
        await self._change(question, values)

    async def close(self, question: str) -> None:
        """Its answer has been acted on: it is due no more."""
        await self._change(question, {"due_at": None, "closed_at": self._clock()})

    async def due(self, limit: int = 50) -> list[Question]:
        """What is due now, the oldest first."""
        now = self._clock()
        asked = select(questions).where(questions.c.due_at <= now).order_by(questions.c.due_at).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(asked).all())
        return [_question(row) for row in rows]

    async def next_due(self) -> float | None:
        """When the next one is due, in seconds since the epoch; None where nothing waits."""
        asked = select(func.min(questions.c.due_at))
        return await self._database.read(lambda connection: connection.scalar(asked))

    async def _change(self, question: str, values: dict[str, object]) -> None:
        # What is closed stays closed: a late answer must not open it again.
        change = update(questions).where(questions.c.id == question, questions.c.closed_at.is_(None)).values(**values)
        await self._database.write(lambda connection: connection.execute(change))


def _question(row: Row[*tuple[Any, ...]]) -> Question:
    answer = None if row.answer is None else orjson.loads(row.answer)
    document = orjson.loads(row.document)
    return Question(row.id, row.kind, document, row.due_at or 0.0, answer, row.closed_at is not None)
