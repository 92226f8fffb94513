"""Things in Alice's inbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.captures.service import CaptureFields, capture
from app.core.database import Database
from app.inbox import filing
from app.targets import TARGETS
from tests.conftest import Person

Catch = Callable[..., Awaitable[UUID]]


async def catch_for(database: Database, person: Person, content: str, **fields: Any) -> UUID:
    async with database.writing(person.id, action_id=fields.pop("action_id", None)) as session:
        return (await capture(session, person.id, CaptureFields(content, **fields))).id


async def file_as(
    database: Database, person: Person, target: str, ids: Sequence[UUID], choices: Mapping[str, str] | None = None
) -> tuple[UUID, filing.Filed]:
    """The action's id, and what came of it."""
    action_id = uuid4()
    async with database.reading(person.id, action_id=action_id) as connection:
        return action_id, await filing.file_items(connection, person.id, TARGETS[target], ids, choices or {})


@pytest.fixture
def catch(database: Database, alice: Person) -> Catch:
    async def catch_one(content: str, **fields: Any) -> UUID:
        return await catch_for(database, alice, content, **fields)

    return catch_one
