"""The browser's side of the graph's answer (static/atlas/answer.js), for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Answer:
    head: dict[str, Any]
    x: np.ndarray
    y: np.ndarray
    community: np.ndarray
    links: list[tuple[int, int]]
    kind: np.ndarray
    heat: np.ndarray
    origin: np.ndarray
    confidence: np.ndarray

    @property
    def titles(self) -> list[str]:
        return self.head["titles"]

    def named_links(self) -> set[tuple[str, str]]:
        return {(self.titles[one], self.titles[other]) for one, other in self.links}


def read_answer(content: bytes) -> Answer:
    long = int.from_bytes(content[:4], "little")
    head = json.loads(content[4 : 4 + long])
    nodes, links, place = head["nodes"], head["links"], 4 + long
    columns = []
    for kind, count in [("<u2", nodes)] * 4 + [("<u2", links)] + [("u1", nodes)] * 2 + [("u1", links)] * 2:
        columns.append(np.frombuffer(content, kind, count, place))
        place += columns[-1].nbytes
    assert place == len(content)
    x, y, community, degrees, target, kinds, heat, origin, confidence = columns
    source = np.repeat(np.arange(nodes), degrees)
    pairs = list(zip(source.tolist(), target.tolist(), strict=True))
    return Answer(head, x, y, community, pairs, kinds, heat, origin, confidence)
