"""What of the whole graph is shown: all of it that stands in the address, and the nodes that then remain."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from litestar.datastructures import MultiDict
from numpy.typing import NDArray

from app.atlas.graph import ORIGINS, Graph, Links
from app.core.text import fold
from app.heat.warmth import HOT, WARM, least_warmth
from app.web.locale import current_zone

CEILING = 20_000
"""How many nodes a browser still draws: `bench graph` prints what it measured."""
USUAL = 10_000
TIERS = ("hot", "warm", "cold")
TABLES = ("nodes", "links")
COLOURS = ("kind", "community")
CAMERA = ("x", "y", "z")


@dataclass(frozen=True, slots=True)
class View:
    """All that the address of the page says. `camera` is where a browser looks, which the server only passes on."""

    kinds: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    topic: str = ""
    since: date | None = None
    until: date | None = None
    tier: str = ""
    confidence: int = 0
    """In percent: what is less sure is not shown."""
    community: int | None = None
    linked: bool = False
    """Without what is linked with nothing."""
    me: bool = False
    nodes: int = USUAL
    q: str = ""
    colour: str = "community"
    table: str = "nodes"
    at: str = ""
    page: int = 1
    camera: tuple[tuple[str, str], ...] = ()

    @property
    def is_narrowed(self) -> bool:
        return self.narrowing != View(me=self.me, nodes=self.nodes).narrowing

    @property
    def narrowing(self) -> View:
        """What decides which nodes and links a browser gets."""
        return replace(self, q="", colour="community", table="nodes", at="", page=1, camera=())

    @property
    def looking(self) -> tuple[tuple[str, str], ...]:
        """The camera as a form keeps it, empty where nobody looked anywhere."""
        known = dict(self.camera)
        return tuple((name, known.get(name, "")) for name in CAMERA)

    def query(self) -> str:
        plain: list[tuple[str, object]] = [("kind", kind) for kind in self.kinds]
        plain += [("origin", origin) for origin in self.origins]
        given = {
            "topic": self.topic, "since": self.since, "until": self.until, "tier": self.tier,
            "confidence": self.confidence, "community": self.community, "linked": int(self.linked), "me": int(self.me),
            "nodes": self.nodes, "q": self.q, "colour": self.colour, "table": self.table, "at": self.at,
            "page": self.page,
        }  # fmt: skip
        usual = {"confidence": 0, "linked": 0, "me": 0, "nodes": USUAL, "colour": "community", "table": "nodes",
                 "page": 1}  # fmt: skip
        plain += [(name, value) for name, value in given.items() if value not in ("", None, usual.get(name))]
        return urlencode([*plain, *self.camera])

    def href(self, path: str = "/graph") -> str:
        query = self.query()
        return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True)
class Shown:
    """`left_out` is how many would be shown but for the bound; `box` is where the whole graph lies."""

    graph: Graph
    left_out: int
    box: tuple[float, float, float, float]


def read_view(given: MultiDict[str] | Mapping[str, str], kinds: Collection[str]) -> View:
    """Nonsense is taken for what nobody said."""

    def several(name: str, known: Collection[str]) -> tuple[str, ...]:
        said = given.getall(name, []) if isinstance(given, MultiDict) else [given.get(name, "")]
        return tuple(one for one in known if one in said)

    def one_of(name: str, known: Collection[str], usual: str = "") -> str:
        return value if (value := given.get(name, "")) in known else usual

    return View(
        several("kind", kinds), several("origin", ORIGINS), given.get("topic", "").strip().lstrip("#")[:200],
        _day(given.get("since", "")), _day(given.get("until", "")), one_of("tier", TIERS),
        _whole(given.get("confidence"), 0, 100) or 0, _whole(given.get("community"), 0, 10**9),
        given.get("linked") == "1", given.get("me") == "1", _whole(given.get("nodes"), 1, 10**9) or USUAL,
        given.get("q", "").strip()[:200], one_of("colour", COLOURS, "community"), one_of("table", TABLES, "nodes"),
        given.get("at", "")[:40], _whole(given.get("page"), 1, 10**6) or 1,
        tuple((name, given.get(name, "")[:12]) for name in CAMERA if given.get(name)),
    )  # fmt: skip


def narrow(graph: Graph, view: View, under: frozenset[UUID] | None, now: datetime) -> Shown:
    """`under` are the records of the topic that the view names, None where it names none."""
    box = _box(graph.places)
    graph = _with_people(graph) if view.me else graph
    links = np.flatnonzero(_links_kept(graph, view))
    graph = replace(graph, links=graph.links.chosen(links))
    kept = _nodes_kept(graph, view, under, now)
    if graph.self_at is not None:
        kept[graph.self_at] = view.me
    graph = graph.chosen(np.flatnonzero(kept))
    degrees = graph.degrees()
    if view.linked:
        graph, degrees = graph.chosen(np.flatnonzero(degrees)), degrees[degrees > 0]
    most = min(view.nodes, CEILING)
    left_out = max(0, len(graph) - most)
    if left_out:
        best = np.argsort(-degrees, kind="stable")[:most]
        graph = graph.chosen(np.sort(best))
    return Shown(graph, left_out, box)


def matching(graph: Graph, q: str) -> NDArray[np.int64]:
    """Nodes whose title holds what is looked for, the best linked first; all where nothing is."""
    words = fold(q)
    found = np.array([one for one, title in enumerate(graph.titles) if words in fold(title)], dtype=np.int64)
    return found[np.argsort(-graph.degrees()[found], kind="stable")]


def _with_people(graph: Graph) -> Graph:
    """Contact Zero knows whoever is on file, which no link says."""
    me, links = graph.self_at, graph.links
    if me is None:
        return graph
    met = set(links.target[links.source == me].tolist()) | {me}
    known = [node for node, kind in enumerate(graph.kinds) if kind == "contact" and node not in met]
    count = len(known)
    source, target = np.append(links.source, [me] * count), np.append(links.target, known)
    origin = np.append(links.origin, [ORIGINS.index("structural")] * count)
    more = Links(source.astype(np.int64), target.astype(np.int64), origin.astype(np.int64),
                 np.append(links.confidence, [1.0] * count), links.relation + ("knows",) * count)  # fmt: skip
    return replace(graph, links=more.chosen(np.lexsort((more.target, more.source))))


def _links_kept(graph: Graph, view: View) -> NDArray[np.bool_]:
    links = graph.links
    kept = links.confidence >= view.confidence / 100 - 1e-6
    if view.origins:
        kept &= np.isin(links.origin, [ORIGINS.index(origin) for origin in view.origins])
    return kept


def _nodes_kept(graph: Graph, view: View, under: frozenset[UUID] | None, now: datetime) -> NDArray[np.bool_]:
    kept = np.ones(len(graph), dtype=np.bool_)
    if view.kinds:
        kept &= np.array([kind in view.kinds for kind in graph.kinds], dtype=np.bool_)
    if under is not None:
        kept &= np.array([record_id in under for record_id in graph.ids], dtype=np.bool_)
    if view.since:
        kept &= graph.made >= _moment(view.since)
    if view.until:
        kept &= graph.made < _moment(view.until + timedelta(days=1))
    if view.community is not None:
        kept &= graph.community == view.community
    if view.tier:
        hot, warm = least_warmth(HOT, now), least_warmth(WARM, now)
        warmth = np.nan_to_num(graph.warmth, nan=-np.inf)
        kept &= {"hot": warmth > hot, "warm": (warmth > warm) & (warmth <= hot), "cold": warmth <= warm}[view.tier]
    return kept


def _box(places: NDArray[np.float64]) -> tuple[float, float, float, float]:
    if not len(places):
        return (-1.0, -1.0, 1.0, 1.0)
    (left, low), (right, high) = places.min(axis=0), places.max(axis=0)
    return (float(left), float(low), max(float(right), left + 1.0), max(float(high), low + 1.0))


def _moment(day: date) -> float:
    return datetime.combine(day, time(), ZoneInfo(current_zone())).timestamp()


def _day(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None


def _whole(value: str | None, least: int, most: int) -> int | None:
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 10:
        return None
    return max(least, min(int(value), most))
