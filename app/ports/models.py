"""Which model reads texts and questions: the row of `embedding_models` that is active, and the one that fills up.

The house's own model (HEARTH_EMBEDDING) is what a new house begins with; another is chosen in Settings. While the
chosen one fills its vectors in the background, the old one answers; the switch is one statement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import numpy as np

from app.core.sealing import Unreadable
from app.ports.embedding import Embedder, EmbeddingError, ModelAway, make_embedder
from app.ports.leaving import ClosedDoor, Door, Reader

OF_STATE = """
select id, provider, name, dimensions, address, sealed_key, query_prefix, document_prefix, asks_dimensions,
       batch_size, timeout_seconds, least_cosine
  from embedding_models where state = $1"""

# What app/search/calibrating.py measures of the model that comes along; tests hold the two together.
USUAL_LEAST_COSINE = 0.28

ADD_OWN = """
insert into embedding_models (provider, name, dimensions, state) values ($1, $2, $3, $4)
on conflict (provider, address, name, dimensions, document_prefix) do update
   set state = $4, retired_at = null, is_paused = false, trouble = ''
returning id"""

# One statement, so that there is no moment with two answers or none; the constraint looks when it ends.
SWITCH = """
update embedding_models
   set state = case when id = $1 then 'active' else 'retired' end,
       retired_at = case when id = $1 then null else now() end, changed_at = now(), trouble = case when id = $1
       then '' else trouble end
 where id = $1 and state = 'filling' or state = 'active' and exists (
       select from embedding_models f where f.id = $1 and f.state = 'filling')"""


CLOSED = ClosedDoor()
# A model that was changed for another can be taken up again for as long, without reading everything anew.
GRACE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Model:
    """A row's id, what reads for it, what it is told before each question, and where likeness begins for it. One that
    is asked over the network has a `reader`, and words go to it by the `door` alone."""

    id: int
    embedder: Embedder
    query_prefix: str = ""
    least_cosine: float = USUAL_LEAST_COSINE
    reader: Reader | None = None
    door: Door = CLOSED


@dataclass(frozen=True, slots=True)
class Question:
    """A question as one model reads it; to be compared with that model's vectors only, and on its scale."""

    model_id: int
    vector: np.ndarray
    least_cosine: float = USUAL_LEAST_COSINE


class Models:
    """Embedders by their rows, each made once. `own` is the house's, None where meaning is switched off."""

    def __init__(self, own: Embedder | None, unseal: Callable[[str], str] = str, door: Door = CLOSED) -> None:
        self.own = own
        self._unseal, self._door = unseal, door
        self._made: dict[tuple[object, ...], Embedder] = {}

    async def answering(self, connection: asyncpg.Connection) -> Model | None:
        """None where meaning is switched off, and in a house that has not read anything yet."""
        return await self._of_state(connection, "active")

    async def filling(self, connection: asyncpg.Connection) -> Model | None:
        return await self._of_state(connection, "filling")

    async def ensure_answering(self, connection: asyncpg.Connection) -> Model | None:
        """The answering model; the house's own begins where there is none yet. Only the worker's role may."""
        model = await self.answering(connection)
        if model is None and self.own is not None:
            return Model(await _add_own(connection, self.own, "active"), self.own)
        return model

    async def follow_setting(self, connection: asyncpg.Connection) -> None:
        """Where HEARTH_EMBEDDING names another of the models that come along, that one begins to fill up."""
        row = await connection.fetchrow(OF_STATE, "active")
        if self.own is None or row is None or row["address"] or _is(row, self.own):
            return
        await connection.execute(
            "update embedding_models set state = 'retired', retired_at = now() where state = 'filling'"
        )
        await _add_own(connection, self.own, "filling")

    async def _of_state(self, connection: asyncpg.Connection, state: str) -> Model | None:
        row = await connection.fetchrow(OF_STATE, state) if self.own is not None else None
        if row is None:
            return None
        least = USUAL_LEAST_COSINE if row["least_cosine"] is None else row["least_cosine"]
        reader = Reader(row["id"], row["provider"], row["name"], row["address"]) if row["address"] else None
        return Model(row["id"], self._embedder(row), row["query_prefix"], least, reader, self._door)

    def _embedder(self, row: asyncpg.Record) -> Embedder:
        if self.own is not None and _is(row, self.own):
            return self.own
        asked = tuple(row[name] for name in ASKED)
        if asked not in self._made:
            self._made[asked] = self._make(row)
        return self._made[asked]

    def _make(self, row: asyncpg.Record) -> Embedder:
        if row["address"]:
            # The client for HTTP costs 8 MB, which a house with its own model need not pay.
            from app.ports.remote import RemoteEmbedder, RemoteModel

            values = {name: row[name] for name in ASKED if name != "sealed_key"}
            return RemoteEmbedder(RemoteModel(**values, key=self._key(row["sealed_key"])))
        made = make_embedder(row["provider"])
        if made is None:
            raise EmbeddingError(f"There is no model {row['name']} any more.")
        return made

    def _key(self, sealed: str) -> str:
        """Texts wait until the key is typed again, as after a restore into another data directory."""
        try:
            return self._unseal(sealed)
        except Unreadable as error:
            raise ModelAway(str(error), pause=300) from None


ASKED = ("provider", "address", "name", "dimensions", "sealed_key", "query_prefix", "document_prefix",
         "asks_dimensions", "batch_size", "timeout_seconds")  # fmt: skip


def _is(row: asyncpg.Record, embedder: Embedder) -> bool:
    return not row["address"] and (row["provider"], row["name"]) == (embedder.provider, embedder.name)


async def _add_own(connection: asyncpg.Connection, own: Embedder, state: str) -> int:
    return int(await connection.fetchval(ADD_OWN, own.provider, own.name, own.dimensions, state))


async def switch_model(connection: asyncpg.Connection, model_id: int) -> bool:
    """The filled model answers from now on; the old one's vectors stay for a while. False if it fills no more."""
    return str(await connection.execute(SWITCH, model_id)) != "UPDATE 0"


async def whose_gaps(connection: asyncpg.Connection, model_id: int) -> list[tuple[UUID, int, int]]:
    """(user_id, texts, missing): how many different texts each person's records have, and how many are not read."""
    return [tuple(row) for row in await connection.fetch("select * from gate_gaps($1)", model_id)]
