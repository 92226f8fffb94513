"""Bring the database to the newest schema, under a lock, in one transaction."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.database import sqlalchemy_url
from app.core.errors import HearthError
from app.settings import PROJECT, Settings, kept_secret

LOCK = 0x48656172  # any fixed number: "Hear"
LEAST_POSTGRES = 180000


async def migrate(settings: Settings) -> list[str]:
    """Make the roles and run what is pending; returns the revisions that were run, oldest first."""
    url = _owner_url(settings)
    await make_roles(settings)
    engine = create_async_engine(sqlalchemy_url(url))
    try:
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            return await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def pending(settings: Settings) -> list[str]:
    """The revisions that the database still lacks, oldest first."""
    engine = create_async_engine(sqlalchemy_url(_owner_url(settings)))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_pending)
    finally:
        await engine.dispose()


def _owner_url(settings: Settings) -> str:
    if not settings.database_url:
        raise HearthError("Migrations need DATABASE_URL, the owner's address of the database.")
    return settings.database_url


async def make_roles(settings: Settings) -> None:
    """The roles that serve, with their passwords; they belong to the server and stand before any schema."""
    connection = await asyncpg.connect(_owner_url(settings))
    try:
        if connection.get_server_version().major * 10000 < LEAST_POSTGRES:
            raise HearthError(
                f"Hearth needs Postgres 18 or newer; this server is {connection.get_server_version().major}."
            )
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            await connection.execute(await asyncio.to_thread(Path(__file__).with_name("roles.sql").read_text))
            await _make_extension(connection)
            await _set_password(connection, "hearth_app", settings.app_password, settings)
            await _set_password(connection, "hearth_worker", settings.worker_password, settings)
    finally:
        await connection.close()


async def _make_extension(connection: asyncpg.Connection) -> None:
    try:
        await connection.execute("create extension if not exists vector")
    except asyncpg.InsufficientPrivilegeError:
        raise HearthError(
            "The database lacks pgvector, which only a superuser may add: say once in it `create extension vector`."
        ) from None
    except asyncpg.PostgresError as error:
        raise HearthError(f"pgvector is not installed on the database's server ({error}).") from None


async def _set_password(connection: asyncpg.Connection, role: str, given: str | None, settings: Settings) -> None:
    # ALTER ROLE takes no parameters; format() on the server quotes the value, so nothing is built here.
    password = given or kept_secret(settings, role.removeprefix("hearth_") + "_password")
    statement = await connection.fetchval(
        "select format('alter role %I login password %L', $1::text, $2::text)", role, password
    )
    await connection.execute(statement)


def is_known(revision: str) -> bool:
    """Whether this version's migrations lead past or up to a revision."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_configuration()).walk_revisions())


def _configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> list[str]:
    revisions = _pending(connection)
    if revisions:
        # Whoever is given a function must be allowed to make one there: for an owner that is no superuser, and for
        # the length of this transaction alone.
        connection.execute(text("grant create on schema public to hearth_gate"))
        command.upgrade(_configuration(connection), "head")
        connection.execute(text("revoke create on schema public from hearth_gate"))
    return revisions


def _pending(connection: Connection) -> list[str]:
    scripts = ScriptDirectory.from_config(_configuration(connection))
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise HearthError(f"This data was written by a newer Hearth (schema {current}); start that version again.")
    waiting = [script.revision for script in scripts.iterate_revisions("head", current)]
    return waiting[::-1]
