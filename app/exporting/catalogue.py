"""What an account consists of, as the database's own catalogue has it: a table or column that is added comes along.

Every owned table is carried whole unless it is named here with the reason why not; a test walks the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

# By table, and why.
LEFT_OUT = {
    "records": "derived: the registry is kept by the triggers of the record tables",
    "record_words": "derived: the words to search are made by the same triggers",
    "contact_points": "derived: made from a person's row by a trigger",
    "property_values": "derived: made from custom_fields by a trigger",
    "group_members": "derived: who is in which group, from each person's own row by a trigger",
    "participants": "derived: who took part, from the interactions by a trigger",
    "contact_rhythm": "derived: from interactions, reminders and each night's scan",
    "frame_scores": "derived: computed each night, and for the nights before",
    "atlas_places": "derived: where the whole graph's nodes stand, computed by the worker",
    "atlas_charts": "derived: when that was computed",
    "sightings": "derived: names that the texts say, found anew by the connect slot",
    "told_names": "derived: what this house's language model said that texts name",
    "record_means": "derived: made each night from this house's model's vectors",
    "name_marks": "derived: by which names this house looked for mentions last",
    "insights": "derived: what this house noticed by night, found anew",
    "insight_evidence": "derived: goes with the insights",
    "insight_tellings": "derived: goes with the insights",
    "telling_sources": "derived: goes with the insights",
    "model_calls": "history: what this house sent where; it stays told in the house that sent it",
    "sensitivities": "derived: what the rules find in the texts",
    "cluster_findings": "derived: when this house last found clusters",
    "cluster_titles": "derived: what this house's language model calls its clusters",
    "title_sources": "derived: goes with the titles",
    "cluster_deeds": "history: how clusters were before, to be taken back in this house",
    "learned_evidence": "derived: where what was learned was counted; each night counts it anew",
    "sleep_runs": "what this house did by night",
    "digests": "mails that this house sent",
    "pipeline": "derived: the work that waits in this house",
    "passages": "derived: made by the index slot",
    "vectors": "derived: made by the index slot with this house's model",
    "withheld_texts": "derived: what this house's model was not given",
    "word_statistics": "derived: counted anew",
    "vocabulary": "derived: counted anew",
    "semantic_cache": "derived: questions read by this house's model",
    "change_log": "history: written on request, to be read; nobody may write history, so none is brought in",
    "undoings": "history: goes with the change log",
    "sessions": "a way into this house",
    "second_steps": "a way into this house",
    "recovery_codes": "a way into this house",
    "passkeys": "a way into this house, good under its name alone",
    "personal_tokens": "a way into this house",
    "own_cards": "an offer of an import that was made in this house",
    "card_names": "where cards lie in this house's address books; clients learn their new places in another",
    "log_floors": "history: of this house's change log",
    "account_links": "a way into this house",
    "feeds": "a way into this house",
    "sent_lines": "what browsers of this house have sent; the lines themselves are carried",
    "imports": "what was sent to this house; what came of it is carried",
    "exports": "archives that this house made",
}
HISTORY = ("change_log", "undoings")

# Of the row in `users`: what belongs to the account in this house and not to how the person wants things.
ACCOUNT = frozenset({
    "id", "email", "password_hash", "role", "status", "verified_at", "last_login_at", "created_at", "updated_at",
    "leaves_at", "digest_mail", "digest_at", "digest_from",
})  # fmt: skip
PERSON = "person"

# Rows that the house makes anew from what it holds. What was decided about them, or linked by hand, is carried; of
# what was noticed, what is pinned: a year later it is found no more.
CARRIED = {
    "names": "origin = 'alias'",
    "record_topics": "origin not in ('written', 'property')",
    "insights": "is_pinned",
    "insight_evidence": "insight_id in (select id from insights where is_pinned)",
    "learned": "confirmed_at is not null or corrected_at is not null or forgotten_at is not null",
    "entity_links": "origin not in ('written', 'extracted', 'inferred') or rejected_at is not null "
    "or valid_to is not null or accepted_at is not null",
}

TABLES = """
select c.relname::text as name,
       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
                and not a.attisdropped and a.attgenerated = '' and a.attidentity = '' order by a.attnum) as columns,
       array(select a.attname::text from pg_index i
               join lateral unnest(i.indkey) with ordinality k(number, place) on true
               join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
              where i.indrelid = c.oid and i.indisprimary order by k.place) as key,
       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
                and not a.attisdropped and a.atttypid in ('uuid'::regtype, 'uuid[]'::regtype)
                and a.attname not in ('id', 'user_id') and not exists (
                    select from pg_constraint k
                     where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any(k.conkey))) as loose,
       exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgname = 'record_changed') as is_kind
  from pg_class c
 where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
   and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'user_id' and not a.attisdropped)
 order by 1"""

REFERENCES = """
select r.relname::text as name, a.attname::text as column, t.relname::text as target, a.attnotnull as is_needed
  from pg_constraint k
  join pg_class r on r.oid = k.conrelid
  join pg_class t on t.oid = k.confrelid
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
 where k.contype = 'f' and r.relnamespace = 'public'::regnamespace and a.attname <> 'user_id' and t.relname <> 'users'
 order by 1, 2"""

PREFERENCES = """
select a.attname::text from pg_attribute a
 where a.attrelid = 'users'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
 order by a.attnum"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds the id of a row of another table."""

    column: str
    target: str
    is_needed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are those that are written, not generated; `key` is the primary key; `loose` hold ids of records,
    one or many, that no foreign key watches; `is_kind`: of a kind of record."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    loose: tuple[str, ...]
    is_kind: bool

    @property
    def owner(self) -> str | None:
        """The column that names what a row is a part of."""
        return next((reference.column for reference in self.references if reference.is_needed), None)

    @property
    def has_id(self) -> bool:
        return self.key == ("id",) and "id" in self.columns

    @property
    def space(self) -> str:
        """Whose ids its own are: records of all kinds have theirs in common."""
        return "records" if self.is_kind else self.name


async def read_tables(connection: asyncpg.Connection) -> dict[str, Table]:
    """All owned tables, those that are referred to before those that refer to them."""
    references: dict[str, list[Reference]] = {}
    for name, column, target, is_needed in await connection.fetch(REFERENCES):
        references.setdefault(name, []).append(Reference(column, target, is_needed))
    rows = await connection.fetch(TABLES)
    tables = [Table(row[0], tuple(row[1]), tuple(row[2]), tuple(references.get(row[0], ())), tuple(row[3]), row[4])
              for row in rows]  # fmt: skip
    return {table.name: table for table in _ordered(tables)}


async def read_preferences(connection: asyncpg.Connection) -> tuple[str, ...]:
    """The columns of `users` that say how the person wants things."""
    return tuple(row[0] for row in await connection.fetch(PREFERENCES) if row[0] not in ACCOUNT)


def carried_tables(tables: Mapping[str, Table]) -> list[Table]:
    return [table for name, table in tables.items() if name not in LEFT_OUT]


def _ordered(tables: list[Table]) -> list[Table]:
    """Each after all that it refers to; `records` stands for every kind, whose tables it is filled from."""
    kinds = {table.name for table in tables if table.is_kind}
    waiting = {table.name: table for table in tables}
    ordered: list[Table] = []
    while waiting:
        ready = [table for table in waiting.values() if not _needs(table, kinds) & waiting.keys()]
        # Of those that wait for one another a kind goes first: what is about records comes when all of them are here.
        ready = ready or sorted(waiting.values(), key=lambda table: not table.is_kind)[:1]
        ordered += [waiting.pop(table.name) for table in ready]
    return ordered


def _needs(table: Table, kinds: set[str]) -> set[str]:
    targets = {reference.target for reference in table.references}
    return (targets | kinds if "records" in targets else targets) - {table.name}
