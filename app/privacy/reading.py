"""The door to a model of meaning outside of the house: what it may read is judged here, and each call is logged.

It is the same rule as for language models (app/privacy/sending.py): nothing critical leaves, and of the rest what each
person lets. Words that stay are found by words; a line is kept of their record, for the one model, so that the house
does not wait for it, and the line goes when its person lets more, says otherwise of the record, or changes its text.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from app.core.database import Database
from app.core.record import Kind
from app.core.sleeping import ACTOR
from app.ports.leaving import Reader
from app.ports.llm import Place, Usage, reckon
from app.privacy.judging import Sensitivity, judge_text, may_leave, read_judged
from app.privacy.ledger import begin_call, end_anyway, tell_call
from app.privacy.queries import read_wish

PURPOSE, QUESTION = "meaning", "question"
LET_GO = "delete from withheld_texts where model_id = $1 and record_id = any($2)"
KEEP = """
insert into withheld_texts (user_id, record_id, model_id)
select r.user_id, r.id, $1 from records r where r.id = any($2) on conflict do nothing"""


class MeaningDoor:
    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds

    async def hold_back(
        self, connection: asyncpg.Connection, reader: Reader, words: Mapping[UUID, str]
    ) -> Collection[UUID]:
        if reader.is_local:
            return ()
        wish = await read_wish(connection)
        judged = await read_judged(connection, self._kinds, list(words))
        levels = {record: _judge_sent(judged[record][1], text) for record, text in words.items() if record in judged}
        held = [record for record in words if record not in levels or not may_leave([levels[record]], wish)]
        await connection.execute(LET_GO, reader.id, [record for record in words if record not in held])
        await connection.execute(KEEP, reader.id, held)
        return frozenset(held)

    async def lets_ask(self, connection: asyncpg.Connection, reader: Reader, question: str) -> bool:
        return reader.is_local or may_leave([judge_text(question)], await read_wish(connection))

    async def tell_asked(
        self, connection: asyncpg.Connection, reader: Reader, question: str, seconds: float, error: str = ""
    ) -> None:
        usage = _reckon(reader, len(question.encode("utf-8", "replace")))
        await tell_call(connection, QUESTION, _place(reader), usage, seconds, error)

    @asynccontextmanager
    async def sending(
        self, database: Database, user_id: UUID, reader: Reader, records: Collection[UUID], size: int
    ) -> AsyncIterator[None]:
        async with database.reading(user_id, ACTOR) as connection:
            call = await begin_call(connection, PURPOSE, _place(reader), list(dict.fromkeys(records)))
        began, state, error = time.monotonic(), "cut", ""
        try:
            yield
            state = "answered"
        except Exception as trouble:
            state, error = "failed", type(trouble).__name__
            raise
        finally:
            seconds = time.monotonic() - began
            await end_anyway(database, user_id, call, state, _reckon(reader, size), seconds, error)


def _judge_sent(found: Sensitivity, words: str) -> Sensitivity:
    """With what is sent of it besides its own words, as the page behind a link; a person's own word counts more."""
    sent = judge_text(words)
    return sent if not found.is_chosen and sent.is_above(found.level) else found


def _place(reader: Reader) -> Place:
    return Place(reader.provider, reader.address, reader.name, is_local=reader.is_local)


def _reckon(reader: Reader, size: int) -> Usage:
    return reckon(_place(reader), size, 0, (None, None), 0)
