"""What a list of notes is narrowed to and how it is ordered: read from its address, and as clauses of its statement.

`?folder=…&topic=a,b&kind=note&pinned=yes&heat=warm&linked=…&created_from=2026-01-01&created_to=…&updated_from=…`
`&updated_to=…&show=archived&sort=title&view=cards`, beside a property (app/properties/filters.py) and the box's query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.errors import NotFound
from app.heat.warmth import HOT, WARM, least_warmth
from app.properties.filters import PropertyFilter, clauses
from app.search.listing import read_q

KINDS = ("note", "log", "system")
TIERS = ("hot", "warm", "cold")
SORTS = ("created", "title", "warm")
DATES = ("created_from", "created_to", "updated_from", "updated_to")
MOST_TOPICS = 10

BY_TOPIC = " and exists (select from record_topics rt where rt.record_id = n.id and rt.topic_id = any(${}))"
IN_FOLDER = " and n.folder_id = ${}"
OF_KIND = " and n.note_kind = ${}"
PINNED = {"yes": " and n.is_pinned", "no": " and not n.is_pinned"}
# As an array, read once by its index (app/properties/filters.py says why).
LINKED = (
    " and n.id = any (array(select l.source_id from entity_links l "
    "where l.target_id = ${} and l.rejected_at is null and l.origin <> 'inferred'))"
)
WARMTH = "coalesce(h.warmth, '-infinity')"
WARMER = f" and {WARMTH} > ${{}}"
COOLER = f" and {WARMTH} <= ${{}}"
SPANS = {
    "created_from": " and n.created_at >= ${}", "created_to": " and n.created_at < ${}",
    "updated_from": " and n.updated_at >= ${}", "updated_to": " and n.updated_at < ${}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """What a list is narrowed to: all of it must hold. `words` is a query of the list's box (app/search/listing.py).

    `topic` is the short names of several, with commas between. `selecting` narrows nothing: the list is shown with a
    box at each row; nor do `sort` (nothing: what was changed last) and `view`.
    """

    topic: str = ""
    words: str = ""
    folder: UUID | None = None
    archived: bool = False
    selecting: bool = False
    prop: PropertyFilter | None = None
    kind: str = ""
    pinned: str = ""
    heat: str = ""
    linked: UUID | None = None
    dates: tuple[tuple[str, date], ...] = ()
    sort: str = ""
    view: str = ""

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(self.topic.split(",")) if self.topic else ()

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows less than all that is on its shelf."""
        everything = NoteFilter(archived=self.archived, selecting=self.selecting, sort=self.sort, view=self.view)
        return replace(self, words=self.words.strip()) != everything


def read_filter(given: Mapping[str, Any]) -> NoteFilter:
    """Without its property. What cannot be read narrows nothing; an id that is none is nobody's."""
    dates = ((name, _day(given.get(name))) for name in DATES)
    return NoteFilter(
        topic=",".join(dict.fromkeys(_names(given.get("topic")))),
        words=read_q(given),
        folder=_id(given.get("folder")),
        archived=given.get("show") == "archived",
        selecting=given.get("select") == "1",
        kind=_one_of(KINDS, given.get("kind")),
        pinned=_one_of(PINNED, given.get("pinned")),
        heat=_one_of(TIERS, given.get("heat")),
        linked=_id(given.get("linked")),
        dates=tuple((name, day) for name, day in dates if day),
        sort=_one_of(SORTS, given.get("sort")),
        view=_one_of(("cards",), given.get("view")),
    )


def filter_query(wanted: NoteFilter) -> dict[str, str]:
    """The same as parts of an address, in one order for all."""
    given = {
        "topic": wanted.topic, "q": wanted.words, "folder": str(wanted.folder or ""), "kind": wanted.kind,
        "pinned": wanted.pinned, "heat": wanted.heat, "linked": str(wanted.linked or ""),
        **{name: day.isoformat() for name, day in wanted.dates}, **(wanted.prop.query if wanted.prop else {}),
        "show": "archived" if wanted.archived else "", "sort": wanted.sort, "view": wanted.view,
        "select": "1" if wanted.selecting else "",
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


def filter_clauses(
    wanted: NoteFilter, first: int, families: Sequence[Sequence[UUID]] = (), time_zone: str = "UTC"
) -> tuple[str, list[Any]]:
    """SQL that begins with `and`, its parameters numbered from `first`; `families`: the ids that each topic goes by."""
    parts: list[tuple[str, Any]] = [(BY_TOPIC, list(family)) for family in families]
    parts += [(part, value) for part, value in ((IN_FOLDER, wanted.folder), (OF_KIND, wanted.kind)) if value]
    parts += [(LINKED, wanted.linked)] if wanted.linked else []
    parts += [*_warmth(wanted.heat), *_spans(wanted.dates, time_zone)]
    sql = "".join(part.format(number) for number, (part, _) in enumerate(parts, first)) + PINNED.get(wanted.pinned, "")
    values = [value for _, value in parts]
    if wanted.prop:
        sql += clauses("n.id", first + len(values))[wanted.prop.match]
        values += wanted.prop.values
    return sql, values


def _warmth(tier: str) -> list[tuple[str, Any]]:
    now = datetime.now(UTC)
    bounds = {"hot": ((WARMER, HOT),), "warm": ((WARMER, WARM), (COOLER, HOT)), "cold": ((COOLER, WARM),)}
    return [(part, least_warmth(bound, now)) for part, bound in bounds.get(tier, ())]


def _spans(dates: Sequence[tuple[str, date]], time_zone: str) -> list[tuple[str, Any]]:
    """Days as they begin where the reader lives; the last one belongs to the span."""
    zone = ZoneInfo(time_zone)
    days = [(name, day + timedelta(days=1) if name.endswith("_to") else day) for name, day in dates]
    return [(SPANS[name], datetime.combine(day, time(), zone)) for name, day in days]


def _names(given: Any) -> list[str]:
    names = (name.strip().lstrip("#") for name in str(given or "").replace("\0", "").split(","))
    return [name[:200] for name in names if name][:MOST_TOPICS]


def _one_of(known: Any, given: Any) -> str:
    return str(given) if given in known else ""


def _id(given: Any) -> UUID | None:
    try:
        return UUID(str(given)) if given else None
    except ValueError:
        raise NotFound from None


def _day(given: Any) -> date | None:
    try:
        found = date.fromisoformat(str(given or ""))
    except ValueError:
        return None
    return found if 1 < found.year < 9999 else None
