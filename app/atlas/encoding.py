"""The graph on its way to the browser: a line of JSON, then columns of numbers, read by static/atlas/answer.js.

Places are told in 65,536 steps, links by how many each node has and where they lead, and a record by its number among
those that have a place; only one without, which the worker has not come by yet, needs its whole id.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from app.atlas.communities import LOOSE
from app.atlas.graph import UNPLACED, Graph
from app.atlas.narrowing import Shown
from app.heat.warmth import score
from app.web.compression import GZIP

STEPS = 65_535
NO_COMMUNITY = 65_535
HEATS = 255


def encode(shown: Shown, kinds: Sequence[str], now: datetime) -> bytes:
    """Compressed. Pairs of bytes come first, so that none of them stands at an odd place."""
    graph = shown.graph
    head = json.dumps(_head(shown, kinds), ensure_ascii=False, separators=(",", ":")).encode()
    # The columns begin at a multiple of four, behind the head's own length.
    head += b" " * (-len(head) % 4)
    columns = [
        *_quantised(graph.places, shown.box),
        np.where(graph.community == LOOSE, NO_COMMUNITY, np.minimum(graph.community, NO_COMMUNITY - 1)),
        np.bincount(graph.links.source, minlength=len(graph)), graph.links.target,
    ]  # fmt: skip
    small = [
        np.array([kinds.index(kind) for kind in graph.kinds]), heats(graph, now), graph.links.origin,
        np.round(graph.links.confidence * 255),
    ]  # fmt: skip
    body = b"".join([
        len(head).to_bytes(4, "little"), head, *(column.astype("<u2").tobytes() for column in columns),
        *(column.astype("u1").tobytes() for column in small),
    ])  # fmt: skip
    return bytes(isal_zlib.compress(body, 3, GZIP))


def heats(graph: Graph, now: datetime) -> NDArray[np.int64]:
    told = [0 if np.isnan(warmth) else round(score(warmth, now) * HEATS) for warmth in graph.warmth.tolist()]
    return np.array(told, dtype=np.int64)


def _head(shown: Shown, kinds: Sequence[str]) -> dict[str, object]:
    graph = shown.graph
    return {
        "nodes": len(graph), "links": len(graph.links), "kinds": list(kinds),
        "self": -1 if graph.self_at is None else graph.self_at,
        "shape": (shown.box[2] - shown.box[0]) / (shown.box[3] - shown.box[1]),
        # From one to the next, which is mostly one more: that packs to almost nothing.
        "numbers": np.diff(graph.number, prepend=0).tolist(),
        "ids": {place: str(graph.ids[place]) for place in np.flatnonzero(graph.number == UNPLACED).tolist()},
        "titles": [title[:80] for title in graph.titles],
    }  # fmt: skip


def _quantised(places: NDArray[np.float64], box: tuple[float, float, float, float]) -> list[NDArray[np.float64]]:
    left, low, right, high = box
    return [
        np.round((places[:, 0] - left) / (right - left) * STEPS),
        np.round((places[:, 1] - low) / (high - low) * STEPS),
    ]
