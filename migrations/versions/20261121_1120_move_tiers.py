"""Tiers of heat as a column: others can react when a record cools, and what was once hot is known."""

from migrations.tables import gate_function, run_sql

revision = "20261121_1120"
down_revision = "20261121_1110"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# `peak` is the highest score that the record ever had, at `peak_at`.
COLUMNS = """
alter table record_heat
    add column tier text not null default 'cold' check (tier in ('hot', 'warm', 'cold')),
    add column peak real not null default 0,
    add column peak_at timestamptz"""

# Warmth needs no rewriting as time goes by, only its bounds move: rows that stay in their tier are not touched.
COOL = f"""
create function gate_cool(hot double precision, warm double precision) returns integer language plpgsql {HEAD} as $$
declare
    moved integer;
begin
    with cooled as (
        update record_heat h set tier = case when h.warmth > warm then 'warm' else 'cold' end
         where h.tier = 'hot' and h.warmth <= hot or h.tier = 'warm' and h.warmth <= warm
        returning h.record_id, h.user_id),
    told as (
        insert into pipeline (record_id, slot, user_id, seq, backlog)
        select c.record_id, 'react', c.user_id, 0, true from cooled c on conflict do nothing)
    select count(*) into moved from cooled;
    return moved;
end $$"""


def upgrade() -> None:
    run_sql(
        COLUMNS,
        "create index record_heat_tiers on record_heat (tier, warmth) where tier <> 'cold'",
        "create index record_heat_peaks on record_heat (user_id, peak desc) where tier = 'cold'",
        "create policy gate on record_heat to hearth_gate using (true) with check (true)",
        "create policy gate on pipeline to hearth_gate using (true) with check (true)",
        "grant select, update (tier) on record_heat to hearth_gate",
        "grant insert on pipeline to hearth_gate",
        # What stands there gets its tier now; as of when it was hottest is known for what is warmed from here on.
        "alter table record_heat no force row level security",
        "update record_heat set tier = case when raw > 1.2039728 then 'hot' when raw > 0.2231435 then 'warm' "
        "else 'cold' end from (select record_id as id, power(2, greatest(warmth - extract(epoch from now() "
        "- '2020-01-01T00:00:00Z'::timestamptz) / 604800, -900)) as raw from record_heat) h where record_id = h.id",
        "alter table record_heat force row level security",
    )
    gate_function(COOL, "gate_cool(double precision, double precision)", "hearth_worker")
