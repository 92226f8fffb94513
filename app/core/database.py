"""Connections to Postgres, each as one user.

Lists and pages read by plain asyncpg (an ORM's objects cost three times as much per row); writes go through
SQLAlchemy. Both set the user, and who acts, for the transaction alone: nothing outlives it on a pooled
connection, so a pooler in transaction mode may stand in front.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from pgvector.asyncpg import register_vector
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

BECOME = (
    "select set_config('app.user_id', $1, true), set_config('app.actor', $2, true), "
    "set_config('app.action_id', $3, true)"
)
READ_SESSION = "select g.*, md5(g::text) as stamp from gate_open_session($1) g"
# What a page asks for by itself is no sign of anybody.
UNATTENDED = "set local app.unattended = 'yes'; "
BEGIN_AS = r"begin; {}select from gate_open_session('\x{}') g where md5(g::text) = '{}'"
MOST_SESSIONS_SEEN = 1000
# A backend that has served for a while keeps 8 MB of plans and catalogue to itself, idle or not: after an import the
# fourteen of a house at rest held 120 MB of its 400. The last one used is used first, so the others come of age.
IDLE_SECONDS = 30.0


class UserSession(Session):
    """A session that becomes its user at the start of each transaction."""


@event.listens_for(UserSession, "after_begin")
def _become(session: Session, _transaction: SessionTransaction, connection: SyncConnection) -> None:
    connection.execute(
        text(
            "select set_config('app.user_id', :user, true), set_config('app.actor', :actor, true), "
            "set_config('app.action_id', :action, true)"
        ),
        {name: str(session.info.get(name) or "") for name in ("user", "actor", "action")},
    )


class Database:
    """One process's door to Postgres: a pool for reading and a pool for writing, opened at first use."""

    def __init__(self, url: str, *, connections: int = 6, transaction_pooler: bool = False) -> None:
        self.url = url
        self._connections = connections
        # Behind a transaction pooler the next statement may reach another server connection, which knows
        # nothing of a statement prepared by name.
        self._options: dict[str, Any] = {"statement_cache_size": 0} if transaction_pooler else {}
        self._pool: asyncpg.Pool | None = None
        self._sessions_seen: dict[bytes, asyncpg.Record] = {}
        self._engine: AsyncEngine | None = None
        self._sessions: async_sessionmaker[AsyncSession] | None = None

    async def pool(self) -> asyncpg.Pool:
        if self._pool is None:
            self._pool = asyncpg.create_pool(
                self.url, min_size=0, max_size=self._connections, init=register_vector, reset=_end_transaction,
                max_inactive_connection_lifetime=IDLE_SECONDS,
                server_settings={"application_name": "hearth"} if not self._options else None, **self._options,
            )  # fmt: skip
        await self._pool  # opens it once; later awaits return at once
        return self._pool

    @asynccontextmanager
    async def anonymous(self) -> AsyncIterator[asyncpg.Connection]:
        """A transaction without a user: only gate functions answer."""
        async with (await self.pool()).acquire() as connection, connection.transaction():
            yield connection  # type: ignore[misc]  # the pool's proxy does all that a connection does

    @asynccontextmanager
    async def reading(
        self, user_id: UUID, actor: str = "person", action_id: UUID | None = None
    ) -> AsyncIterator[asyncpg.Connection]:
        """A transaction as one user, for plain SQL (it may write too: the worker's slots do, and an undo)."""
        async with self.anonymous() as connection:
            await connection.fetchrow(BECOME, str(user_id), actor, str(action_id or ""))
            yield connection

    @asynccontextmanager
    async def open_session(
        self, token_hash: bytes, *, unattended: bool = False
    ) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Record | None]]:
        """A transaction that becomes whoever the session belongs to; the row is None when it is nobody's.

        `unattended`: it does not say that they are here.
        """
        async with (await self.pool()).acquire() as connection:
            row = await self._begin_as(connection, token_hash, UNATTENDED * unattended)  # type: ignore[arg-type]
            try:
                yield connection, row  # type: ignore[misc]
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("rollback")
                raise
            await connection.execute("commit")

    async def _begin_as(
        self, connection: asyncpg.Connection, token_hash: bytes, how: str
    ) -> asyncpg.Record | None:  # fmt: skip
        """Begin and open the session; in one round trip where it shows what it showed last time.

        Postgres still looks the session up for each request, so that one that has ended is at an end; what is saved
        is sending its row again. The literals are digits of two hashes.
        """
        known = self._sessions_seen.get(token_hash)
        stamp = known["stamp"] if known else ""
        opening = BEGIN_AS.format(how, token_hash.hex(), stamp)
        if await connection.execute(opening) == "SELECT 1":
            return known
        row: asyncpg.Record | None = await connection.fetchrow(READ_SESSION, token_hash)
        if row is not None:
            self._sessions_seen[token_hash] = row
            while len(self._sessions_seen) > MOST_SESSIONS_SEEN:
                self._sessions_seen.pop(next(iter(self._sessions_seen)))
        return row

    @asynccontextmanager
    async def writing(
        self, user_id: UUID, actor: str = "person", action_id: UUID | None = None
    ) -> AsyncIterator[AsyncSession]:
        """A session as one user; commits when the block ends, so that an answer never precedes its commit."""
        async with self.sessions()() as session:
            session.sync_session.info.update(user=user_id, actor=actor, action=action_id or uuid4())
            async with session.begin():
                yield session

    def sessions(self) -> async_sessionmaker[AsyncSession]:
        if self._sessions is None:
            # Set here and not through advanced-alchemy's configuration, which replaces the session class.
            self._engine = create_async_engine(
                sqlalchemy_url(self.url), pool_size=self._connections, max_overflow=0, pool_pre_ping=True,
                connect_args={"prepared_statement_cache_size": 0, **self._options,
                              "prepared_statement_name_func": _no_name} if self._options else {},
            )  # fmt: skip
            self._sessions = async_sessionmaker(self._engine, sync_session_class=UserSession, expire_on_commit=False)
        return self._sessions

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
        if self._engine is not None:
            await self._engine.dispose()
        self._pool = self._engine = self._sessions = None


async def plan_for_one(connection: asyncpg.Connection) -> None:
    """Plan each statement for whom it is asked, until the transaction ends; of use where it costs more than planning.

    A plan is kept by its connection for whoever comes next. One that was made for a person with 2,000 passages joins by
    reading all that a person has, which took one with 100,000 five times as long.
    """
    await connection.execute("set local plan_cache_mode = force_custom_plan")


async def plain_connection(session: AsyncSession) -> asyncpg.Connection:
    """The session's own, within its transaction: what only the session can write stands beside plain SQL."""
    raw = await (await session.connection()).get_raw_connection()
    connection: asyncpg.Connection | None = raw.driver_connection
    assert connection is not None
    return connection


def sqlalchemy_url(url: str) -> str:
    """The same address for SQLAlchemy's asyncpg dialect (which takes a socket directory by query as well)."""
    scheme, rest = url.split("://", 1)
    return f"{'postgresql+asyncpg' if scheme.startswith('postgres') else scheme}://{rest}"


async def _end_transaction(connection: asyncpg.Connection) -> None:
    """All that a connection needs between two users: every setting is local to its transaction.

    Saves the round trip of the pool's own reset; a transaction is open here only where its end was cut off.
    """
    if connection.is_in_transaction():
        await connection.execute("rollback")


def _no_name() -> str:
    return ""
