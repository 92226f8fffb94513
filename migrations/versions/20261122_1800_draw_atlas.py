"""Where each record stands on the page of the whole graph, and when that was computed."""

from migrations.tables import READ, WRITE, gate_function, own_table, run_sql

revision = "20261122_1800"
down_revision = "20261122_1710"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# `number` names a node to the browser in two bytes instead of sixteen; a record keeps it as long as it has a place.
PLACES = """
create table atlas_places (
    user_id uuid not null,
    record_id uuid primary key,
    number integer not null check (number >= 0),
    x real not null,
    y real not null,
    community integer not null,
    unique (user_id, number),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# `graph` tells the nodes and links that were laid out from any others; `laid` is how many nodes there were when all of
# them were last laid out; `seq` is the newest change that had been seen; `seconds` is what it cost.
CHARTS = """
create table atlas_charts (
    user_id uuid primary key references users (id) on delete cascade,
    graph text not null,
    laid integer not null,
    seq bigint not null,
    seconds real not null,
    charted_at timestamptz not null default now()
)"""

# Whose records changed since, once their links have been found (the connect slot; an hour at most), and rested: what
# took long is not done again at once, so that it never takes more than a twentieth of the machine's time.
WHOSE = f"""
create function gate_whose_graph_changed() returns setof uuid language sql stable security definer {HEAD} as $$
    select u.id from users u left join atlas_charts c on c.user_id = u.id
     where u.status = 'active'
       and coalesce((select max(l.seq) from change_log l where l.user_id = u.id), 0) > coalesce(c.seq, 0)
       and (c.charted_at is null or c.charted_at < now() - greatest(15, 20 * c.seconds) * interval '1 second')
       and (c.charted_at < now() - interval '1 hour' or not exists (
            select from pipeline p where p.user_id = u.id and p.slot = 'connect' and p.parked_at is null))
     order by u.id
$$"""


def upgrade() -> None:
    run_sql(PLACES, CHARTS)
    own_table("atlas_places", app=READ, worker=WRITE)
    own_table("atlas_charts", app=READ, worker="select, insert, update")
    run_sql(
        "create policy gate on atlas_charts for select to hearth_gate using (true)",
        "create policy gate on change_log for select to hearth_gate using (true)",
        "grant select on atlas_charts, change_log to hearth_gate",
    )
    gate_function(WHOSE, "gate_whose_graph_changed()", "hearth_worker")
