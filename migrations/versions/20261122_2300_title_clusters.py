"""What a language model would call a cluster, for as long as every record that it was given stands there unchanged."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_2300"
down_revision = "20261122_2220"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# An empty title says that nothing could be used of the answer, so that it is not asked for again before one of its
# records changes.
TITLES = """
create table cluster_titles (
    cluster_id uuid primary key,
    user_id uuid not null,
    title text not null check (length(title) <= 80),
    locale text not null,
    model text not null,
    titled_at timestamptz not null default now(),
    unique (user_id, cluster_id),
    foreign key (user_id, cluster_id) references clusters (user_id, id) on delete cascade
)"""

# Every record that the model was given, and when it had last been changed by then.
SOURCES = """
create table title_sources (
    user_id uuid not null,
    cluster_id uuid not null,
    record_id uuid not null,
    updated_at timestamptz not null,
    primary key (cluster_id, record_id),
    foreign key (user_id, cluster_id) references cluster_titles (user_id, cluster_id) on delete cascade,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# With a record that is deleted for ever goes whatever was made from it, whoever deletes it.
WITHDRAW = f"""
create function withdraw_title() returns trigger language plpgsql {HEAD} as $$
begin
    delete from cluster_titles t where t.user_id = old.user_id and t.cluster_id = old.cluster_id;
    return null;
end $$"""


def upgrade() -> None:
    run_sql(TITLES, SOURCES, WITHDRAW)
    own_table("cluster_titles", app="select, delete", worker=WRITE)
    own_table("title_sources", app="select, delete", worker=WRITE)
    run_sql(
        "create index title_sources_of on title_sources (user_id, record_id)",
        "create trigger withdraw_title after delete on title_sources for each row execute function withdraw_title()",
        "revoke execute on function withdraw_title from public",
    )
