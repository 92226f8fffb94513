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

from app.core.database import Database, sqlalchemy_url
from app.core.errors import HearthError
from app.core.migrating import _configuration, migrate, pending
from app.heat.warming import warm_opened
from app.heat.warmth import add_weight
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from tests.conftest import Person, _other_database, _run_as_owner, work_through, write


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


async def test_what_was_imported_before_is_filtered_by_its_properties(older):
    await upgrade(older, "20261121_1040")
    owner = await asyncpg.connect(older.database_url)
    user = await owner.fetchval("select gate_create_user('a@example.org', 'Ana', '', 'owner', 'UTC', 'en', false)")
    note = await owner.fetchval(
        "insert into notes (user_id, content, custom_fields) values ($1, 'text', $2) returning id",
        user,
        '{"Place": ["Faro"]}',
    )
    await migrate(older)
    rows = await owner.fetch("select record_id, key, folded from property_values")
    assert [tuple(row) for row in rows] == [(note, "place", "faro")]
    assert (
        await owner.fetchval("select words::text from record_words where record_id = $1", note) == "'faro':2C 'text':1"
    )
    for table in ("notes", "record_words", "property_values"):
        assert await owner.fetchval("select relforcerowsecurity from pg_class where relname = $1", table)
    await owner.close()


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


@pytest.fixture
async def plain_owner(servers):
    """A database whose owner is no superuser, as a hoster gives it."""
    name = f"t_{uuid4().hex}"
    await _run_as_owner(servers, f'create role "{name}" login nosuperuser createrole')
    for role in ("hearth_app", "hearth_worker", "hearth_gate"):
        await _run_as_owner(servers, f'grant {role} to "{name}" with admin option')
    await _run_as_owner(servers, f'create database "{name}" owner "{name}"')
    yield replace(
        servers,
        database_url=_other_database(servers.database_url, name).replace("hearth@", f"{name}@", 1),
        app_database_url=_other_database(servers.app_database_url, name),
        worker_database_url=_other_database(servers.worker_database_url, name),
    )
    await _run_as_owner(servers, f'drop database "{name}" with (force)')
    await _run_as_owner(servers, f'drop role "{name}"')


async def test_an_owner_who_is_no_superuser_is_told_what_is_missing_and_then_suffices(plain_owner, servers):
    with pytest.raises(HearthError, match="create extension vector"):
        await migrate(plain_owner)
    name = plain_owner.database_url.partition("//")[2].partition("@")[0]
    superuser = await asyncpg.connect(_other_database(servers.database_url, name))
    await superuser.execute("create extension vector")
    await superuser.close()
    await migrate(plain_owner)
    owner = await asyncpg.connect(plain_owner.database_url)
    user = await owner.fetchval("select gate_create_user('a@example.org', 'Ana', '', 'owner', 'UTC', 'en', false)")
    database, worker = Database(plain_owner.app_database_url), Database(plain_owner.worker_database_url)
    note = await write(database, Person(user, "a@example.org", "Ana"), "Plan", "[[Other]] #topic")
    await work_through(Reactor(worker, Models(make_embedder("fake")), "tests"))
    async with database.reading(user) as connection:
        assert await connection.fetchval("select count(*) from entity_links where source_id = $1", note) == 1
        assert await connection.fetchval("select count(*) from topics") == 1
    assert await owner.fetchval("select count(*) from notes") == 0  # forced policies bind the owner too
    assert not await owner.fetchval("select has_schema_privilege('hearth_gate', 'public', 'create')")
    assert await owner.fetchval("select gate_remove_user('a@example.org')") == []
    for door in (database, worker, owner):
        await door.close()
