"""What stands between a person's words and a model of meaning at some address: asked before each text and question.

A model that runs in this process is asked as it is. Where nobody watches the door, nothing goes through it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import asyncpg

from app.core.database import Database
from app.ports.addresses import leaves_the_house
from app.ports.embedding import EmbeddingError


class Stays(EmbeddingError):
    """This question stays in the house: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A row of embedding_models that is asked over the network: who reads, and where."""

    id: int
    provider: str
    name: str
    address: str

    @property
    def is_local(self) -> bool:
        return not leaves_the_house(self.address)


class Door(Protocol):
    async def hold_back(
        self, connection: asyncpg.Connection, reader: Reader, words: Mapping[UUID, str]
    ) -> Collection[UUID]:
        """Which of these records stay, by what would be sent of each. It is kept, so that nobody waits for them."""

    async def lets_ask(self, connection: asyncpg.Connection, reader: Reader, question: str) -> bool:
        """Whether a question may go there."""

    async def tell_asked(
        self, connection: asyncpg.Connection, reader: Reader, question: str, seconds: float, error: str = ""
    ) -> None:
        """A line in the log for a question that went there; `error` is a name alone."""

    def sending(
        self, database: Database, user_id: UUID, reader: Reader, records: Collection[UUID], size: int
    ) -> AbstractAsyncContextManager[None]:
        """Around a call that sends `size` bytes of these records: a line in the log before, and what came of it."""


class ClosedDoor:
    """For who has no eye on it: a machine of this house is asked, nothing leaves it."""

    async def hold_back(
        self, _connection: asyncpg.Connection, reader: Reader, words: Mapping[UUID, str]
    ) -> Collection[UUID]:
        return () if reader.is_local else frozenset(words)

    async def lets_ask(self, _connection: asyncpg.Connection, reader: Reader, _question: str) -> bool:
        return reader.is_local

    async def tell_asked(self, *_told: object) -> None:
        return None

    def sending(
        self, _database: Database, _user_id: UUID, _reader: Reader, _records: Collection[UUID], _size: int
    ) -> AbstractAsyncContextManager[None]:
        return nullcontext()
