"""Real Postgres and Valkey for the whole run; a fresh database, copied from a migrated template, for each test."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.core.database import Database
from app.core.migrating import migrate
from app.embedded.instance import instance
from app.settings import PROJECT, Settings

SHARED_DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if SHARED_DATA.is_dir():
        return SHARED_DATA
    if os.environ.get("HEARTH_REQUIRE_DATA") == "1":
        pytest.fail(f"HEARTH_REQUIRE_DATA=1, but {SHARED_DATA} is not there")
    pytest.skip("needs the shared data folder beside the project")


@pytest.fixture(scope="session")
def servers() -> Iterator[Settings]:
    """Settings of a running embedded Postgres (its owner's URL names the template database) and Valkey."""
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", embedding="fake", port=0)
        with instance(settings) as running:
            asyncio.run(migrate(running))
            yield running


@pytest.fixture
def settings(servers: Settings) -> Iterator[Settings]:
    """Settings of an instance of the test's own: its database, its Valkey keys, its data folder."""
    name = f"t_{uuid4().hex}"
    asyncio.run(_run_as_owner(servers, f'create database "{name}" template hearth'))
    with tempfile.TemporaryDirectory(prefix="hearth-t-") as folder:
        yield replace(
            servers,
            data_dir=Path(folder),
            database_url=_other_database(servers.database_url, name),
            app_database_url=_other_database(servers.app_database_url, name),
            worker_database_url=_other_database(servers.worker_database_url, name),
        )
    asyncio.run(_run_as_owner(servers, f'drop database "{name}" with (force)'))


async def _run_as_owner(servers: Settings, statement: str) -> None:
    connection = await asyncpg.connect(_other_database(servers.database_url, "postgres"))
    await connection.execute(statement)
    await connection.close()


def _other_database(url: str | None, name: str) -> str:
    assert url
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@dataclass(frozen=True)
class Person:
    id: UUID
    email: str
    name: str


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the role that owns the schema."""
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The web's door (role hearth_app)."""
    assert settings.app_database_url
    door = Database(settings.app_database_url, connections=4)
    yield door
    await door.close()


@pytest.fixture
async def worker_database(settings: Settings) -> AsyncIterator[Database]:
    """The worker's door (role hearth_worker)."""
    assert settings.worker_database_url
    door = Database(settings.worker_database_url, connections=4)
    yield door
    await door.close()


async def make_person(owner: asyncpg.Connection, name: str, *, password_hash: str = "", role: str = "member") -> Person:
    email = f"{name.lower()}@example.org"
    user_id = await owner.fetchval(
        "select gate_create_user($1, $2, $3, $4, 'UTC', 'en', false)", email, name, password_hash, role
    )
    return Person(user_id, email, name)


@pytest.fixture
async def alice(owner: asyncpg.Connection) -> Person:
    return await make_person(owner, "Alice", role="owner")


@pytest.fixture
async def bob(owner: asyncpg.Connection) -> Person:
    return await make_person(owner, "Bob")
