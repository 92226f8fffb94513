"""A pooled connection never carries a user, a transaction or an outdated session over."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from app.account.service import open_session
from app.core.database import Database
from app.web.auth import hash_token
from tests.conftest import Person

WHO = "select nullif(current_setting('app.user_id', true), '')"


@pytest.fixture
async def token(database: Database, alice: Person) -> bytes:
    return hash_token(await open_session(database, alice.id, agent="tests"))


async def read(database: Database, token: bytes) -> asyncpg.Record | None:
    async with database.open_session(token) as (connection, row):
        assert await connection.fetchval(WHO) == (str(row["user_id"]) if row else None)
        return row


async def test_a_session_opened_again_says_the_same(database: Database, token: bytes, alice: Person):
    first, second = await read(database, token), await read(database, token)
    assert first == second
    assert first is not None
    assert first["user_id"] == alice.id


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ("update contacts set full_name = 'Alicia' where is_self", "name", "Alicia"),
        ("update users set locale = 'de'", "locale", "de"),
        ("update users set time_zone = 'Asia/Tokyo'", "time_zone", "Asia/Tokyo"),
        ("update users set role = 'member'", "role", "member"),
    ],
)
async def test_what_a_session_shows_is_never_out_of_date(
    database: Database, owner: asyncpg.Connection, token: bytes, change: str, column: str, value: str
):
    await read(database, token)
    await owner.execute(change)
    row = await read(database, token)
    assert row is not None
    assert row[column] == value


@pytest.mark.parametrize(
    "ending",
    [
        "delete from sessions",
        "update sessions set expires_at = now() - interval '1 second'",
        "update users set status = 'suspended'",
    ],
)
async def test_a_session_that_has_ended_opens_nothing(
    database: Database, owner: asyncpg.Connection, token: bytes, ending: str
):
    await read(database, token)
    await owner.execute(ending)
    async with database.open_session(token) as (connection, row):
        assert row is None
        assert await connection.fetchval("select count(*) from notes") == 0


async def test_what_fails_inside_is_rolled_back_and_the_connection_is_clean(database: Database, token: bytes):
    with pytest.raises(ZeroDivisionError):
        async with database.open_session(token) as (connection, row):
            assert row is not None
            await connection.execute(
                "insert into notes (user_id, title, content) values ($1, 'lost', '')", row["user_id"]
            )
            raise ZeroDivisionError
    async with database.anonymous() as connection:
        assert await connection.fetchval(WHO) is None
    async with database.open_session(token) as (connection, _):
        assert await connection.fetchval("select count(*) from notes") == 0


async def test_a_request_that_is_cut_off_leaves_no_transaction_open(database: Database, token: bytes):
    async def linger() -> None:
        async with database.open_session(token) as (connection, _):
            await connection.execute("select pg_sleep(30)")

    for _time in range(8):  # more than there are connections
        task = asyncio.create_task(linger())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with (await database.pool()).acquire() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval(WHO) is None
