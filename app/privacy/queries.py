"""What the pages of privacy read: calls, what they sent, and what is held back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

PAGE_SIZE = 40

# One at a time; of what a model in this house reads for its meaning, which is everything, the totals are enough.
CALLS = """
select id, purpose, provider, model, host, is_local, record_ids, state, error, tokens_in, tokens_out, is_guessed, cost,
       milliseconds, at
  from model_calls where user_id = app_user_id() and not (is_local and purpose in ('meaning', 'question'))
   and ($1::uuid is null or (at, id) < (select o.at, o.id from model_calls o where o.id = $1))
 order by at desc, id desc limit 41"""
CALLS_OF = """
select id, purpose, provider, model, host, is_local, record_ids, state, error, tokens_in, tokens_out, is_guessed, cost,
       milliseconds, at
  from model_calls where user_id = app_user_id() and $1 = any(record_ids) order by at desc, id desc limit 100"""
# By where it went, what left the house first.
TOTALS = """
select host, model, is_local, count(*)::int as calls,
       (select count(distinct r) from model_calls o, unnest(o.record_ids) r
         where o.user_id = app_user_id() and (o.host, o.model, o.is_local) = (c.host, c.model, c.is_local))::int
           as records,
       sum(tokens_in + tokens_out)::bigint as tokens, sum(cost) as cost, max(at) as at
  from model_calls c where user_id = app_user_id() group by host, model, is_local order by is_local, max(at) desc"""
TITLES = "select id, kind, title, preview from records where id = any($1) and deleted_at is null"
# What the person said of a record counts before what the rules found in it.
HELD = """
select r.id, r.kind, r.title, r.preview, coalesce(s.reasons, '{}') as reasons, l.level, l.is_chosen, r.updated_at
  from records r left join sensitivities s on s.record_id = r.id
  left join sensitivity_choices c on c.record_id = r.id and c.level = r.sensitivity
 cross join lateral (select case when c.level is not null then c.level
                                 when 'critical' in (r.sensitivity, s.level) then 'critical'
                                 when 'high' in (r.sensitivity, s.level) then 'high' else r.sensitivity end as level,
                            c.level is not null as is_chosen) l
 where r.user_id = app_user_id() and r.deleted_at is null and l.level in ('high', 'critical')
 order by l.level, r.updated_at desc, r.id limit 101"""
MODEL = "select provider, address, name, is_local, price_in, price_out from language_model"
# Models of meaning, which stand on a page of their own, and how many records each was not given.
READERS = """
select m.name, m.address, (select count(*) from withheld_texts w where w.model_id = m.id) as held
  from embedding_models m where m.state in ('active', 'filling') and m.address <> '' order by m.state"""
WISH = "select may_leave from users where id = app_user_id()"
ALLOW = "update users set may_leave = $1, updated_at = now() where id = app_user_id()"
RECORD = """
select r.id, r.kind, r.title, r.preview, r.deleted_at, r.sensitivity as said, c.level as chosen from records r
  left join sensitivity_choices c on c.record_id = r.id where r.id = $1"""
PUT = "select put_back($1::text::regclass, $2, jsonb_build_object('sensitivity', $3::text))"
CHOOSE = """
insert into sensitivity_choices (record_id, user_id, level) values ($1, app_user_id(), $2)
on conflict (record_id) do update set level = excluded.level, at = now()"""
FORGET = "delete from sensitivity_choices where record_id = $1"


async def list_calls(
    connection: asyncpg.Connection, before: UUID | None
) -> tuple[Sequence[asyncpg.Record], UUID | None]:
    """The newest before that one, and the last of them where more follow."""
    rows = await connection.fetch(CALLS, before)
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1]["id"] if len(rows) > PAGE_SIZE else None


async def list_calls_of(connection: asyncpg.Connection, record_id: UUID) -> Sequence[asyncpg.Record]:
    """The newest hundred that sent this record."""
    return await connection.fetch(CALLS_OF, record_id)


async def read_totals(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(TOTALS)


async def read_titles(connection: asyncpg.Connection, calls: Sequence[asyncpg.Record]) -> dict[UUID, asyncpg.Record]:
    """Of the records that these calls sent, as they are called now; what is gone is missing."""
    ids = {record for call in calls for record in call["record_ids"]}
    return {row["id"]: row for row in await connection.fetch(TITLES, list(ids))}


async def list_held(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """What is critical or high, a hundred and one at most."""
    return await connection.fetch(HELD)


async def read_model(connection: asyncpg.Connection) -> asyncpg.Record | None:
    return await connection.fetchrow(MODEL)


async def read_readers(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(READERS)


async def read_wish(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval(WISH))


async def allow(connection: asyncpg.Connection, wish: str) -> None:
    """What stayed so far is looked at once more."""
    await connection.execute(ALLOW, wish)
    await connection.execute("select read_again(null)")


async def read_record(connection: asyncpg.Connection, record_id: UUID) -> asyncpg.Record | None:
    """(id, kind, title, preview, deleted_at, said, chosen)"""
    return await connection.fetchrow(RECORD, record_id)


async def choose_level(connection: asyncpg.Connection, table: str, record_id: UUID, level: str) -> None:
    """The record itself says so from now on, which History shows; the choice is what makes it a person's word."""
    await connection.execute(CHOOSE, record_id, level)
    await connection.execute(PUT, table, record_id, level)


async def leave_to_rules(connection: asyncpg.Connection, table: str, record_id: UUID) -> None:
    await connection.execute(FORGET, record_id)
    await connection.execute(PUT, table, record_id, "normal")
