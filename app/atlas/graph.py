"""The whole graph of one person in columns of numbers: what the page shows, what the worker lays out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from app.atlas.communities import LOOSE
from app.atlas.forces import Numbers, Whole
from app.atlas.queries import Rows

ORIGINS = ("written", "manual", "structural", "extracted", "inferred", "topic")
"""What a text says, what a person said, and so on down: of two links between the same ends the first is shown."""
UNPLACED = -1


@dataclass(frozen=True, slots=True)
class Links:
    """One for each two records that are linked, by its direction; ends are places in the columns of the nodes."""

    source: Whole
    target: Whole
    origin: Whole
    confidence: Numbers
    relation: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.source)

    def chosen(self, which: Whole) -> Links:
        return Links(self.source[which], self.target[which], self.origin[which], self.confidence[which],
                     tuple(self.relation[one] for one in which))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Graph:
    """`number` is UNPLACED, and `places` are not a number, where the worker has not come by yet."""

    ids: tuple[UUID, ...]
    kinds: tuple[str, ...]
    titles: tuple[str, ...]
    made: Numbers
    warmth: Numbers
    number: Whole
    places: Numbers
    community: Whole
    links: Links
    self_at: int | None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def is_placed(self) -> NDArray[np.bool_]:
        return np.asarray(self.number != UNPLACED, dtype=np.bool_)

    def degrees(self) -> Whole:
        ends = np.concatenate((self.links.source, self.links.target))
        return np.bincount(ends, minlength=len(self))

    def without_self(self) -> Graph:
        if self.self_at is None:
            return self
        return self.chosen(np.flatnonzero(np.arange(len(self)) != self.self_at))

    def chosen(self, which: Whole) -> Graph:
        """These nodes, in this order, and the links among them."""
        at = np.full(len(self), -1)
        at[which] = np.arange(len(which))
        source, target = at[self.links.source], at[self.links.target]
        kept = np.flatnonzero((source >= 0) & (target >= 0))
        links = self.links.chosen(kept)
        self_at = None if self.self_at is None or at[self.self_at] < 0 else int(at[self.self_at])
        return Graph(
            tuple(self.ids[one] for one in which), tuple(self.kinds[one] for one in which),
            tuple(self.titles[one] for one in which), self.made[which], self.warmth[which], self.number[which],
            self.places[which], self.community[which],
            Links(source[kept], target[kept], links.origin, links.confidence, links.relation), self_at,
        )  # fmt: skip

    def digest(self) -> str:
        """Tells these nodes and links from any others; titles, heat and places play no part."""
        told = hashlib.sha256(b"".join(one.bytes for one in sorted(self.ids)))
        pairs = sorted(
            self.ids[one].bytes + self.ids[other].bytes
            for one, other in zip(self.links.source.tolist(), self.links.target.tolist(), strict=True)
        )
        told.update(b"".join(pairs))
        return told.hexdigest()


def make_graph(rows: Rows, known: Mapping[str, object]) -> Graph:
    """Of the kinds that are known; links that lead to anything else are left out."""
    nodes = [row for row in rows.nodes if row["kind"] in known]
    ids = tuple(row["id"] for row in nodes)
    at = {record_id: place for place, record_id in enumerate(ids)}
    placed = [(row["x"], row["y"]) if row["number"] is not None else (np.nan, np.nan) for row in nodes]
    return Graph(
        ids, tuple(row["kind"] for row in nodes), tuple(row["title"] for row in nodes),
        np.array([row["made"] for row in nodes], dtype=np.float64),
        np.array([np.nan if row["warmth"] is None else row["warmth"] for row in nodes], dtype=np.float64),
        _numbers([row["number"] for row in nodes], UNPLACED),
        np.array(placed, dtype=np.float64).reshape(-1, 2), _numbers([row["community"] for row in nodes], LOOSE),
        _make_links(rows.links, at), at.get(rows.self_id) if rows.self_id else None,
    )  # fmt: skip


def _numbers(values: Sequence[int | None], missing: int) -> Whole:
    return np.array([missing if value is None else value for value in values], dtype=np.int64)


def _make_links(rows: Sequence[asyncpg.Record], at: Mapping[UUID, int]) -> Links:
    ranks = {origin: rank for rank, origin in enumerate(ORIGINS)}
    found = [
        (at[source], at[target], ranks[origin], confidence, relation)
        for source, target, relation, origin, confidence in rows
        if source in at and target in at
    ]
    columns = list(zip(*found, strict=True)) or [(), (), (), (), ()]
    source, target, origin = (np.array(column, dtype=np.int64) for column in columns[:3])
    confidence = np.array(columns[3], dtype=np.float64)
    pair = source * max(len(at), 1) + target
    order = np.lexsort((-confidence, origin, pair))
    first = order[np.flatnonzero(np.diff(pair[order], prepend=-1))]
    return Links(source[first], target[first], origin[first], confidence[first],
                 tuple(columns[4][one] for one in first))  # fmt: skip
