"""What the templates of the whole graph see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from app.atlas.charting import largest_communities
from app.atlas.communities import LOOSE
from app.atlas.graph import ORIGINS, Graph
from app.atlas.narrowing import CEILING, TIERS, USUAL, Shown, View, matching
from app.core.record import Kind
from app.core.words import gettext_noop
from app.graph.wording import tell_relation
from app.heat.warmth import tiers_at
from app.web.locale import gettext as _
from app.web.locale import ngettext, number

PAGE_SIZE = 50
COLOURED = 10
"""As many communities have a colour of their own (static/atlas/atlas.css)."""


@dataclass(frozen=True, slots=True)
class Word:
    label: str


ORIGIN_WORDS = {
    "written": Word(gettext_noop("Written")), "manual": Word(gettext_noop("Added by hand")),
    "structural": Word(gettext_noop("By how it is filed")), "extracted": Word(gettext_noop("Found in the text")),
    "inferred": Word(gettext_noop("Inferred")), "topic": Word(gettext_noop("Topic")),
}  # fmt: skip
TIER_WORDS = {"hot": Word(gettext_noop("Hot")), "warm": Word(gettext_noop("Warm")), "cold": Word(gettext_noop("Cold"))}


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour of the drawing; its address shows what has it, alone."""

    style: str
    label: str
    count: str
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class NodeRow:
    href: str
    title: str
    kind: str
    community: str
    links: str
    heat: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    source: str
    source_href: str
    target: str
    target_href: str
    how: str
    origin: str
    sure: str


@dataclass(frozen=True, slots=True)
class Form:
    kinds: tuple[Choice, ...]
    origins: tuple[Choice, ...]
    tiers: tuple[Choice, ...]
    sure: tuple[Choice, ...]
    topics: tuple[str, ...]
    usual: int = USUAL
    """How many records are shown where nobody said."""


@dataclass(frozen=True, slots=True)
class GraphList:
    """What stands below the drawing and changes with what is chosen; `sentences` say what is not as it was asked."""

    counts: str
    sentences: tuple[str, ...]
    swatches: tuple[Swatch, ...]
    tabs: tuple[Choice, ...]
    nodes: tuple[NodeRow, ...]
    links: tuple[LinkRow, ...]
    before_href: str
    after_href: str
    where: str
    whole_href: str
    data_href: str


@dataclass(frozen=True, slots=True)
class GraphPage:
    view: View
    form: Form
    list: GraphList
    card: object | None


def graph_form(view: View, kinds: Mapping[str, Kind], topics: Sequence[str]) -> Form:
    return Form(
        tuple(Choice(name, _(kind.label), name in view.kinds) for name, kind in kinds.items()),
        tuple(Choice(name, _(word.label), name in view.origins) for name, word in ORIGIN_WORDS.items()),
        tuple(Choice(name, _(TIER_WORDS[name].label), name == view.tier) for name in TIERS),
        tuple(Choice(str(least), _("From %(num)s %%") % {"num": least}, least == view.confidence)
              for least in sorted({50, 70, 90, view.confidence} - {0})),
        tuple(topics),
    )  # fmt: skip


def graph_list(
    shown: Shown, view: View, kinds: Mapping[str, Kind], names: Mapping[int, str], *, topic_is_there: bool,
    waits: bool, now: datetime,
) -> GraphList:  # fmt: skip
    graph, plain = shown.graph, replace(view, page=1)
    rows = _links_shown(graph, view) if view.table == "links" else matching(graph, view.q)
    first = (view.page - 1) * PAGE_SIZE
    chosen = rows[first : first + PAGE_SIZE]
    nodes = () if view.table == "links" else _node_rows(graph, chosen, view, kinds, names, now)
    links = _link_rows(graph, chosen, view) if view.table == "links" else ()
    return GraphList(
        _counts(graph), tuple(_sentences(shown, view, topic_is_there, waits, bool(len(rows)))),
        _swatches(graph, plain, kinds, names),
        tuple(Choice(replace(plain, table=table).href(), label, table == view.table)
              for table, label in (("nodes", _("Records")), ("links", _("Links")))),
        nodes, links,
        replace(view, page=view.page - 1).href() if view.page > 1 and len(rows) else "",
        replace(view, page=view.page + 1).href() if first + PAGE_SIZE < len(rows) else "",
        _where(first, len(chosen), len(rows)),
        View(colour=view.colour, table=view.table, me=view.me).href() if view.is_narrowed or view.q else "",
        view.narrowing.href("/graph/data"),
    )  # fmt: skip


def community_names(graph: Graph) -> dict[int, str]:
    """Each by its best linked record: numbers say nothing to anybody."""
    best: dict[int, str] = {}
    for node in np.argsort(-graph.degrees(), kind="stable").tolist():
        if graph.titles[node]:
            best.setdefault(int(graph.community[node]), graph.titles[node])
    best.pop(LOOSE, None)
    return best


def _counts(graph: Graph) -> str:
    records = ngettext("%(num)s record", "%(num)s records", len(graph)) % {"num": number(len(graph))}
    links = ngettext("%(num)s link", "%(num)s links", len(graph.links)) % {"num": number(len(graph.links))}
    return f"{records} · {links}"


def _sentences(shown: Shown, view: View, topic_is_there: bool, waits: bool, any_row: bool) -> Sequence[str]:
    told = []
    if view.nodes > CEILING:
        told.append(_("More than %(num)s records at once are too many for a browser to draw.")
                    % {"num": number(CEILING)})  # fmt: skip
    if shown.left_out:
        told.append(
            ngettext("The best linked are shown; %(num)s record is left out.",
                     "The best linked are shown; %(num)s records are left out.", shown.left_out)
            % {"num": number(shown.left_out)}
        )  # fmt: skip
    if not topic_is_there:
        told.append(_("There is no topic %(name)s.") % {"name": f"#{view.topic}"})
    if waits and len(shown.graph):
        told.append(_("What is new stands beside what it is linked with, until its place is computed."))
    if not any_row:
        told.append(_("Nothing of that kind is here.") if view.is_narrowed or view.q else _("Nothing is here yet."))
    return told


def _swatches(
    graph: Graph, view: View, kinds: Mapping[str, Kind], names: Mapping[int, str]
) -> tuple[Swatch, ...]:  # fmt: skip
    if view.colour == "kind":
        counted = Counter(graph.kinds)
        return tuple(
            Swatch(f"kind-{name}", _(kind.label), number(counted[name]),
                   replace(view, kinds=() if view.kinds == (name,) else (name,)).href(), view.kinds == (name,))
            for name, kind in kinds.items() if counted[name]
        )  # fmt: skip
    return tuple(
        Swatch(f"community-{one % COLOURED}", _short(names.get(one) or _("Untitled")), number(size),
               replace(view, community=None if view.community == one else one).href(), view.community == one)
        for one, size in largest_communities(graph.community, COLOURED)
    )  # fmt: skip


def _node_rows(
    graph: Graph, chosen: np.ndarray, view: View, kinds: Mapping[str, Kind], names: Mapping[int, str], now: datetime
) -> tuple[NodeRow, ...]:
    degrees, tier = graph.degrees(), tiers_at(now)
    return tuple(
        NodeRow(
            _at(graph, node, view), graph.titles[node] or _("Untitled"), _(kinds[graph.kinds[node]].label),
            _short(names.get(int(graph.community[node]), "")), number(int(degrees[node])),
            tier(None if np.isnan(graph.warmth[node]) else float(graph.warmth[node])), view.at == str(graph.ids[node]),
        )
        for node in chosen.tolist()
    )  # fmt: skip


def _links_shown(graph: Graph, view: View) -> np.ndarray:
    """Of the record at which somebody looks, where it is shown; of all that match what is looked for, else."""
    links = graph.links
    at = [node for node, record_id in enumerate(graph.ids) if str(record_id) == view.at] if view.at else []
    if at:
        return np.flatnonzero((links.source == at[0]) | (links.target == at[0]))
    if not view.q:
        return np.arange(len(links))
    found = matching(graph, view.q)
    return np.flatnonzero(np.isin(links.source, found) | np.isin(links.target, found))


def _link_rows(graph: Graph, chosen: np.ndarray, view: View) -> tuple[LinkRow, ...]:
    links, rows = graph.links, []
    for one in chosen.tolist():
        source, target = int(links.source[one]), int(links.target[one])
        origin = ORIGIN_WORDS[ORIGINS[links.origin[one]]]
        rows.append(LinkRow(
            graph.titles[source] or _("Untitled"), _at(graph, source, view),
            graph.titles[target] or _("Untitled"), _at(graph, target, view),
            tell_relation(links.relation[one], outgoing=True), _(origin.label),
            _("%(num)s %%") % {"num": round(100 * float(links.confidence[one]))},
        ))  # fmt: skip
    return tuple(rows)


def _at(graph: Graph, node: int, view: View) -> str:
    return replace(view, at=str(graph.ids[node]), page=1).href()


def _where(first: int, shown: int, of: int) -> str:
    if shown == of:
        return ""
    return _("%(first)s to %(last)s of %(all)s") % {
        "first": number(first + 1), "last": number(first + shown), "all": number(of)
    }  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 32 else name[:31].rstrip() + "…"
