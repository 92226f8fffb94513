"""Triggers find their rows through indexes in a house that was empty a minute ago, too, and name a person once."""

from migrations.tables import run_sql

revision = "20261122_1600"
down_revision = "20261122_1500"

HEAD = "set search_path = pg_catalog, public, pg_temp"
# A plan that a trigger made while a table was nearly empty reads the whole of it, and stays until somebody analyses the
# table: the thousandth person of an import took 70 ms, ten times as long as the first.
BY_INDEX = "security definer set search_path = pg_catalog, public, pg_temp set enable_seqscan = off"

# As before (20261122_1300), from the rows that were written just now instead of making them a second time.
NAME = f"""
create or replace function name_contact(c contacts) returns void language sql {HEAD} as $$
    delete from names n where n.record_id = c.id and n.origin in ('nickname', 'email', 'phone', 'handle');
    insert into names (user_id, record_id, folded, name, origin)
    select distinct on (folded) c.user_id, c.id, folded, value, origin
      from (select left(case kind when 'phone' then regexp_replace(value, '\\D', '', 'g')
                                  else fold_text(value) end, 500) as folded, value, place,
                   case kind when 'name' then 'nickname' else kind end as origin
              from contact_points p
             where p.user_id = c.user_id and p.contact_id = c.id and place > 0
               and kind in ('name', 'email', 'phone', 'handle')) p
     where folded <> '' and not c.is_self
     order by folded, place
    on conflict (record_id, folded) do nothing $$"""

KEEP_POINTS = f"""
create or replace function keep_points() returns trigger language plpgsql {BY_INDEX} as $$
begin
    if tg_op = 'UPDATE' then
        delete from contact_points p where p.user_id = new.user_id and p.contact_id = new.id;
    end if;
    insert into contact_points (user_id, contact_id, place, kind, value, normal, label)
    select new.user_id, new.id, p.place, p.kind, p.value, p.normal, p.label from contact_points_of(new) p;
    perform name_contact(new);
    if tg_op = 'UPDATE' then
        insert into pipeline (record_id, slot, user_id, seq)
        select new.id, 'connect', new.user_id, max(c.seq) from change_log c
         where c.user_id = new.user_id and c.record_id = new.id having max(c.seq) is not null
        on conflict on constraint pipeline_pkey do update
           set seq = excluded.seq, due_at = now(), attempts = 0, error = null, parked_at = null;
    end if;
    return null;
end $$"""

# As before (20261122_1500), but what an import names stays behind what a person writes.
RENAMED = f"""
create or replace function name_changed() returns trigger language plpgsql {BY_INDEX} as $$
declare
    one record := case when tg_op = 'DELETE' then old else new end;
    named uuid := (to_jsonb(one) ->> case tg_argv[0] when 'names' then 'record_id' else 'id' end)::uuid;
begin
    insert into pipeline as p (record_id, slot, user_id, seq, backlog)
    select r.id, 'connect', r.user_id, nextval(pg_get_serial_sequence('public.change_log', 'seq')),
           coalesce(current_setting('app.actor', true) = 'import', false)
      from records r where r.user_id = one.user_id and r.id = named
    on conflict on constraint pipeline_pkey do update
       set seq = excluded.seq, backlog = p.backlog and excluded.backlog, due_at = now(), attempts = 0, error = null,
           parked_at = null;
    return null;
end $$"""


def upgrade() -> None:
    run_sql(NAME, KEEP_POINTS, RENAMED, "alter function record_changed() set enable_seqscan = off")
