"""What the Related panel's templates see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.core.text import plain_sentence
from app.graph.entities import type_label
from app.graph.extracting.mentions import RULES
from app.graph.related import RELATIONS
from app.graph.wording import tell_relation, why_inferred
from app.web.locale import gettext as _

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """`doubt` says why a link waits for a word; empty where none does."""

    id: UUID
    href: str
    title: str
    relation: str
    sentence: str
    doubt: str
    can_accept: bool

    @property
    def path(self) -> str:
        return f"/links/{self.id}"


@dataclass(frozen=True, slots=True)
class SightedRow:
    type: str
    folded: str
    name: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class AddForm:
    to: str = ""
    relation: str = "related_to"
    evidence: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class RelatedPage:
    id: UUID
    title: str
    href: str
    rows: tuple[RelatedRow, ...]
    sighted: tuple[SightedRow, ...]
    merged: tuple[tuple[str, str], ...]
    relations: tuple[Choice, ...]
    can_edit: bool
    form: AddForm = AddForm()
    said: bool = False

    @property
    def address(self) -> str:
        return f"/records/{self.id}/related"


@dataclass(frozen=True, slots=True)
class LinkForm:
    id: UUID
    source: str
    target: str
    relation: str
    evidence: str
    relations: tuple[Choice, ...]
    back: str
    error: str = ""


def related_page(
    record: asyncpg.Record, kinds: Mapping[str, Kind], links: Iterable[asyncpg.Record],
    sighted: Iterable[asyncpg.Record], merged: Iterable[asyncpg.Record],
) -> RelatedPage:  # fmt: skip
    return RelatedPage(
        record["id"], shown_title(record), kinds[record["kind"]].url(record["id"]),
        tuple(_row(link, kinds) for link in links),
        tuple(SightedRow(s["type"], s["folded"], s["name"], type_label(s["type"]), plain_sentence(s["evidence"]))
              for s in sighted),
        tuple((one["name"], f"/names/{one['id']}/split") for one in merged),
        relations(), record["deleted_at"] is None,
    )  # fmt: skip


def _row(link: asyncpg.Record, kinds: Mapping[str, Kind]) -> RelatedRow:
    told = tell_relation(link["relation"], outgoing=link["is_outgoing"])
    doubt = ""
    if not link["is_accepted"] and link["is_ambiguous"]:
        doubt = _("Perhaps: several are called so")
    elif not link["is_accepted"] and link["confidence"] < 0.5:
        doubt = _("Perhaps")
    elif not link["is_accepted"] and link["origin"] == "inferred":
        doubt = _("Inferred: %(relation)s") % {"relation": told}
    elif not link["is_accepted"] and link["origin"] == "extracted" and link["created_by"] != RULES:
        doubt = _("Read by %(model)s") % {"model": link["created_by"]}
    return RelatedRow(
        link["id"], kinds[link["kind"]].url(link["other_id"]), shown_title(link),
        told, plain_sentence(link["evidence"]) or why_inferred(link["basis"]), doubt, not link["is_accepted"],
    )  # fmt: skip


def link_form(link: asyncpg.Record, back: str, error: str = "", **given: str) -> LinkForm:
    return LinkForm(
        link["id"], link["source_title"] or _("Untitled"), link["target_title"] or _("Untitled"),
        given.get("relation", link["relation"]), given.get("evidence", link["evidence"]), relations(), quote(back),
        error,
    )  # fmt: skip


def relations() -> tuple[Choice, ...]:
    return tuple((name, _(relation.label)) for name, relation in RELATIONS.items())


def shown_title(row: asyncpg.Record) -> str:
    return row["title"] or row["preview"][:80] or _("Untitled")
