"""A house that was lived in under an older schema keeps everything when it is migrated."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.database import sqlalchemy_url
from app.core.migrating import _configuration, migrate, pending
from app.heat.warming import warm_opened
from app.heat.warmth import add_weight
from tests.conftest import _other_database, _run_as_owner


@pytest.fixture
async def older(servers):
    """An empty database of its own, with this server's roles."""
    name = f"t_{uuid4().hex}"
    await _run_as_owner(servers, f'create database "{name}"')
    yield replace(
        servers,
        database_url=_other_database(servers.database_url, name),
        app_database_url=_other_database(servers.app_database_url, name),
    )
    await _run_as_owner(servers, f'drop database "{name}" with (force)')


async def upgrade(settings, revision: str) -> None:
    engine = create_async_engine(sqlalchemy_url(settings.database_url))
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_configuration(sync), revision))
    await engine.dispose()


async def test_warmth_names_and_words_survive(older):
    await upgrade(older, "20261121_0940")
    owner = await asyncpg.connect(older.database_url)
    user = await owner.fetchval("select gate_create_user('a@example.org', 'Ana', '', 'owner', 'UTC', 'en', false)")
    note = await owner.fetchval("insert into notes (user_id, title) values ($1, 'Trip to Portugal') returning id", user)
    warmth = add_weight(None, 1.3, datetime.now(UTC))
    await owner.execute("insert into record_heat (record_id, user_id, warmth) values ($1, $2, $3)", note, user, warmth)
    waiting = await pending(older)
    assert await migrate(older) == waiting != []
    assert await owner.fetchval("select warmth from record_heat where record_id = $1", note) == warmth
    assert await owner.fetchval("select initials from names where record_id = $1", note) == "ttp"
    # What was warm before goes on from there: a visit adds to it, and does not begin at nothing.
    async with owner.transaction():
        await owner.execute("select set_config('app.user_id', $1, true)", str(user))
        await warm_opened(owner, user, note)
    after = await owner.fetchval("select warmth from record_heat where record_id = $1", note)
    assert math.isclose(after, add_weight(warmth, 0.4, datetime.now(UTC)), abs_tol=1e-3)
    assert await pending(older) == []
    await owner.close()
