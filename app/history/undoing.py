"""Undo, one mechanism for every kind: all changes of an action are put back, newest first.

A field is put back only where it still is as the action left it: what was changed since stays, and is told. What an
action made goes to the trash and not for ever, for it may hold somebody's words. An undo is an action itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from app.core.database import Database
from app.core.errors import Conflict, NotFound
from app.core.record import Kind
from app.history import company
from app.web.locale import gettext as _

ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended($1, 12))"
UNDO = "insert into undoings (action_id, user_id, undoes) values ($1, $2, $3)"

# `expected`: what each column was when the next change to it came, so what this one had left there.
CHANGES = """
select c.record_id, c.kind, c.op, c.columns, c.before,
       case when c.op = 'update' then
           (select jsonb_object_agg(col, later.before -> col)
              from unnest(array_append(c.columns, 'updated_at')) col
             cross join lateral (
                select l.before from change_log l
                 where l.user_id = $1 and l.record_id = c.record_id and l.seq > c.seq and l.op = 'update'
                   and (col = 'updated_at' or col = any(l.columns))
                 order by l.seq limit 1) later) end as expected
  from change_log c where c.user_id = $1 and c.action_id = $2 order by c.seq desc"""

# What a person has gone on working on since it was made is theirs to keep.
TOUCHED = """
select distinct c.record_id from change_log c
 where c.user_id = $1 and c.record_id = any($2) and c.action_id <> $3 and c.actor in ('person', 'carddav')
   and c.op = 'update' and not is_undone(c.action_id)"""

PUT_BACK = """
select w.record_id, put_back($1::text::regclass, w.record_id, w.wanted, w.expected) as left_alone
  from unnest($2::uuid[], $3::jsonb[], $4::jsonb[]) w(record_id, wanted, expected)"""

# In SQL, where a number keeps its digits: what stands beside the key is not touched.
PUT_KEY_BACK = """
select put_back($1::text::regclass, $2, jsonb_build_object($3::text, (now.fields - $4::text)
           || case when was.fields ? $4::text then jsonb_build_object($4::text, was.fields -> $4::text) else '{}' end))
  from (select show_row($1::text::regclass, $2) -> $3::text as fields) now,
       (select before -> $3::text as fields from change_log where user_id = $5 and seq = $6) was"""

LAST_SEQ = 2**63 - 1  # a bigint's; no change has it
CHANGE = "select record_id, kind, columns, before from change_log where user_id = $1 and seq = $2 and op = 'update'"


@dataclass(frozen=True, slots=True)
class Undone:
    """`left_alone`: the columns, by record, that were changed since and so stay as they are."""

    action_id: UUID
    records: int
    left_alone: dict[UUID, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One change: what is to be put back where it still is as expected, and what cannot be put back."""

    record_id: UUID
    kind: str
    wanted: dict[str, Any]
    expected: dict[str, Any]
    lost: tuple[str, ...] = ()
    makes: bool = False


async def undo_action(database: Database, user_id: UUID, action_id: UUID, kinds: Mapping[str, Kind]) -> Undone:
    """Raises NotFound for no action of this user, Conflict when there is nothing to put back (any more)."""
    undo_id = uuid4()
    async with database.reading(user_id, "undo", undo_id) as connection:
        await connection.execute(ONE_AT_A_TIME, str(user_id))
        changes = await connection.fetch(CHANGES, user_id, action_id)
        if not changes:
            raise NotFound
        if await connection.fetchval("select is_undone($1)", action_id):
            raise Conflict(_("This was undone already."))
        steps = await _plan(connection, user_id, action_id, changes)
        undone = await _put_back(connection, _tables(kinds), undo_id, steps)
        made = (_made(changes, kind) for kind in company.TABLES)
        if not await company.discard_company(connection, user_id, *made) and not undone.records:
            raise Conflict(_("Nothing was undone: what this had changed was changed again since."))
        await connection.execute(UNDO, undo_id, user_id, action_id)
    return undone


async def revert_field(
    database: Database, user_id: UUID, seq: int, column: str, kinds: Mapping[str, Kind], key: str | None = None
) -> tuple[UUID, UUID]:
    """Set one field, or one property in it, to what it was before a change; the record's and the new action's ids."""
    action_id = uuid4()
    async with database.reading(user_id, "person", action_id) as connection:
        change = await connection.fetchrow(CHANGE, user_id, min(seq, LAST_SEQ))
        if change is None or column not in change["columns"]:
            raise NotFound
        before = json.loads(change["before"])
        if column not in before:
            raise Conflict(_("The former value was too large to be kept."))
        step = Step(change["record_id"], change["kind"], {column: before[column]}, {})
        if key is None:
            await _put_back(connection, _tables(kinds), action_id, [step])
        else:
            table = _tables(kinds)[step.kind]
            await connection.execute(PUT_KEY_BACK, table, step.record_id, column, key, user_id, min(seq, LAST_SEQ))
    return change["record_id"], action_id


def _tables(kinds: Mapping[str, Kind]) -> dict[str, str]:
    return {**{name: kind.table for name, kind in kinds.items()}, **company.TABLES}


def _made(changes: Sequence[asyncpg.Record], kind: str) -> list[UUID]:
    return [change["record_id"] for change in changes if change["op"] == "create" and change["kind"] == kind]


async def _plan(
    connection: asyncpg.Connection, user_id: UUID, action_id: UUID, changes: Sequence[asyncpg.Record]
) -> list[Step]:
    made = {change["record_id"] for change in changes if change["op"] == "create"}
    touched = {row[0] for row in await connection.fetch(TOUCHED, user_id, list(made), action_id)} if made else set()
    now = datetime.now(UTC).isoformat()
    steps = []
    for change in changes:
        # What the action made goes to the trash as it stands now: its first half-written text would be no use there.
        if change["op"] == "update" and change["record_id"] not in made:
            steps.append(_back(change))
        elif change["op"] == "create" and change["kind"] not in company.TABLES:
            steps.append(_discard(change, now, kept=change["record_id"] in touched))
    return steps


def _discard(change: asyncpg.Record, now: str, *, kept: bool) -> Step:
    if kept:
        return Step(change["record_id"], change["kind"], {}, {}, ("created_at",))
    return Step(change["record_id"], change["kind"], {"deleted_at": now}, {"deleted_at": None}, makes=True)


def _back(change: asyncpg.Record) -> Step:
    before, expected = json.loads(change["before"]), json.loads(change["expected"] or "{}")
    lost = tuple(column for column in change["columns"] if column not in before)
    return Step(change["record_id"], change["kind"], before, expected, lost)


async def _put_back(
    connection: asyncpg.Connection, tables: Mapping[str, str], action_id: UUID, steps: Sequence[Step]
) -> Undone:
    moved: set[UUID] = set()
    left: dict[UUID, tuple[str, ...]] = {step.record_id: step.lost for step in steps if step.lost}
    try:
        for kind, run in groupby(steps, key=lambda step: step.kind):
            some = list(run)
            if kind == "folder":
                await company.make_room(connection, {step.record_id: step.wanted for step in some})
            for step, (record_id, alone) in zip(some, await _put(connection, tables[kind], some), strict=True):
                # Null: the record has gone for ever meanwhile.
                if alone is None:
                    continue
                # What was made and is in the trash already is where it should be.
                if alone and not step.makes and kind not in company.TABLES:
                    left[record_id] = (*left.get(record_id, ()), *alone)
                if set(step.wanted) - set(alone) - {"updated_at"}:
                    moved.add(record_id)
    except asyncpg.IntegrityConstraintViolationError:
        raise Conflict(_("This cannot be undone any more: something else stands in its place now.")) from None
    return Undone(action_id, len(moved), left)


async def _put(connection: asyncpg.Connection, table: str, steps: Sequence[Step]) -> Sequence[asyncpg.Record]:
    return await connection.fetch(
        PUT_BACK, table, [step.record_id for step in steps], [json.dumps(step.wanted) for step in steps],
        [json.dumps(step.expected) for step in steps],
    )  # fmt: skip
