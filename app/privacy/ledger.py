"""What was sent where: a line for each call of a model, which is there before anything is sent. It holds no words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from app.core.database import Database
from app.core.sleeping import ACTOR
from app.ports.llm import Place, Usage

KEPT = timedelta(days=365)

BEGIN = """
insert into model_calls (user_id, purpose, provider, model, host, is_local, record_ids)
values (app_user_id(), $1, $2, $3, $4, $5, $6) returning id"""
END = """
update model_calls set state = $2, error = $3, tokens_in = $4, tokens_out = $5, is_guessed = $6, cost = $7,
       milliseconds = $8 where id = $1"""
# Of a call in which there was nothing of a record, by whoever serves pages: a model that was tried, a question.
TELL = """
insert into model_calls (user_id, purpose, provider, model, host, is_local, state, error, tokens_in, tokens_out,
                         is_guessed, cost, milliseconds)
values (app_user_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
FORGET = "delete from model_calls where user_id = app_user_id() and at < $1"


async def begin_call(connection: asyncpg.Connection, purpose: str, place: Place, records: Sequence[UUID]) -> UUID:
    return await connection.fetchval(  # type: ignore[no-any-return]
        BEGIN, purpose, place.provider, place.name, host_of(place), place.is_local, list(records)
    )


async def end_call(
    connection: asyncpg.Connection, call_id: UUID, state: str, usage: Usage, seconds: float, error: str = ""
) -> None:
    """`error` is a name alone: what an error says may hold a record's words."""
    await connection.execute(
        END, call_id, state, error, usage.tokens_in, usage.tokens_out, usage.is_guessed, usage.cost, int(seconds * 1000)
    )


async def end_anyway(
    database: Database, user_id: UUID, call_id: UUID, state: str, usage: Usage, seconds: float, error: str
) -> None:
    """Where not even this can be written, the line says that it was sent, which is so."""

    async def end() -> None:
        async with database.reading(user_id, ACTOR) as connection:
            await end_call(connection, call_id, state, usage, seconds, error)

    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await asyncio.shield(end())


async def tell_call(
    connection: asyncpg.Connection, purpose: str, place: Place, usage: Usage, seconds: float, error: str = ""
) -> None:
    await connection.execute(
        TELL, purpose, place.provider, place.name, host_of(place), place.is_local,
        "failed" if error else "answered", error, usage.tokens_in, usage.tokens_out, usage.is_guessed, usage.cost,
        int(seconds * 1000),
    )  # fmt: skip


async def forget_calls(database: Database, now: datetime) -> int:
    """A year is kept. As one user at a time."""
    async with database.anonymous() as connection:
        users = await connection.fetch("select user_id from gate_users_with_people()")
    gone = 0
    for (user_id,) in users:
        async with database.reading(user_id) as connection:
            gone += int((await connection.execute(FORGET, now - KEPT)).split()[-1])
    return gone


def host_of(place: Place) -> str:
    """With its port, without anything that might be a secret."""
    parts = urlsplit(place.address)
    return f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
