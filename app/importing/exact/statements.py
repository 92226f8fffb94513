"""SQL for tables that are known by the catalogue alone: composed of names that Postgres itself quoted, never of values.

Rows travel as the JSON that an export wrote, so that every number keeps its digits; `patches` is what is put over each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from app.exporting.catalogue import Table

QUOTE = "select array(select quote_ident(c) from unnest($1::text[]) c)"

UNIQUE = """
select array(select a.attname::text from unnest(i.indkey::smallint[]) with ordinality k(number, place)
               join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number order by k.place) as columns,
       pg_get_expr(i.indpred, i.indrelid) as predicate, i.indnullsnotdistinct as nulls_too
  from pg_index i
 where i.indrelid = $1::text::regclass and i.indisunique and not i.indisprimary and i.indexprs is null
 order by i.indexrelid"""

_ROWS = """unnest($1::text[], $2::text[]) with ordinality f(line, patch, place)
  cross join lateral jsonb_populate_record(null::{table}, f.line::jsonb || f.patch::jsonb) i"""

OWN = "select id from {table} where user_id = $1 and id = any($2)"
REMOVE = "delete from {table} where user_id = $1 and id = $2"
INSERT = "insert into {table} ({columns}) select {incoming} from " + _ROWS + " order by f.place {conflict}"  # noqa: S608
NOTHING = "on conflict do nothing returning id"
KEYLESS = "on conflict do nothing returning 1"
OVER = "on conflict ({key}) do update set {sets} returning 1"

# What stands here, where the row differs from it in anything that is not of this account alone.
COMPARE = """
select f.place, to_jsonb(t)::text as here
  from unnest($1::text[], $2::text[]) with ordinality f(line, patch, place)
  join {table} t on t.user_id = $3 and t.id = (f.patch::jsonb ->> 'id')::uuid
 where to_jsonb(jsonb_populate_record(t, (f.line::jsonb || f.patch::jsonb) - $4::text[])) <> to_jsonb(t)"""

UPDATE = """
update {table} t set {sets}
  from unnest($1::text[], $2::text[]) with ordinality f(line, patch, place)
  cross join lateral jsonb_populate_record(null::{table}, f.line::jsonb || f.patch::jsonb) i
 where t.user_id = $3 and t.id = i.id"""

TWIN = """
select f.place, t.id, to_jsonb(t)::text as here
  from unnest($1::text[], $2::text[]) with ordinality f(line, patch, place)
 cross join lateral (select * from jsonb_populate_record(null::{table}, f.line::jsonb || f.patch::jsonb)
                      where {predicate}) i
  join (select * from {table} where user_id = $3 and {predicate}) t on {equal}
 where t.id <> i.id"""


@dataclass(frozen=True, slots=True)
class Unique:
    """One row of a person for each value of these columns (besides user_id); `find` gives who has them already."""

    columns: tuple[str, ...]
    find: str


@dataclass(frozen=True, slots=True)
class Statements:
    table: Table
    name: str
    quoted: dict[str, str]
    uniques: tuple[Unique, ...]

    def fill(self, statement: str, **parts: str) -> str:
        for key, part in {"table": self.name, **parts}.items():
            statement = statement.replace("{" + key + "}", part)
        return statement

    def insert(self, columns: Sequence[str], conflict: str) -> str:
        names = [self.quoted[column] for column in columns]
        key = ", ".join(self.quoted[column] for column in self.table.key if column in self.quoted)
        others = [
            name for name, column in zip(names, columns, strict=True) if column not in (*self.table.key, "user_id")
        ]
        return self.fill(
            INSERT, columns=", ".join(names), incoming=", ".join(f"i.{name}" for name in names), conflict=conflict,
            key=key, sets=", ".join(f"{name} = excluded.{name}" for name in others),
        )  # fmt: skip

    def update(self, columns: Sequence[str]) -> str:
        return self.fill(UPDATE, sets=", ".join(f"{self.quoted[c]} = i.{self.quoted[c]}" for c in columns))


async def read_statements(connection: asyncpg.Connection, table: Table) -> Statements:
    name, *names = await connection.fetchval(QUOTE, [table.name, *table.columns])
    quoted = dict(zip(table.columns, names, strict=True))
    uniques = [
        _unique(row, name, quoted) for row in await connection.fetch(UNIQUE, table.name)
        if "id" not in row["columns"] and set(row["columns"]) <= set(quoted)
    ]  # fmt: skip
    return Statements(table, name, quoted, tuple(uniques))


def _unique(row: asyncpg.Record, name: str, quoted: dict[str, str]) -> Unique:
    columns = [column for column in row["columns"] if column != "user_id"]
    sign = "is not distinct from" if row["nulls_too"] else "="
    equal = " and ".join(f"t.{quoted[column]} {sign} i.{quoted[column]}" for column in columns) or "true"
    find = TWIN.replace("{table}", name).replace("{predicate}", row["predicate"] or "true").replace("{equal}", equal)
    return Unique(tuple(columns), find)
