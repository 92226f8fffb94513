"""What a model said of an insight, for as long as every record that it was given says the same."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_2120"
down_revision = "20261122_2110"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# Apart from the insights, which hold no words. `sentences` is a list of {text, cites}; an empty one says that nothing
# could be used of the answer, so that it is not asked for again before something changes. `basis` is what of the
# insight itself it was told from, `until` the last day on which what it says of days can be so.
TELLINGS = """
create table insight_tellings (
    insight_id uuid primary key,
    user_id uuid not null,
    sentences jsonb not null default '[]',
    basis bytea not null,
    locale text not null,
    model text not null,
    is_local boolean not null,
    until date not null,
    told_at timestamptz not null default now(),
    unique (user_id, insight_id),
    foreign key (user_id, insight_id) references insights (user_id, id) on delete cascade
)"""

# Every record that the model was given, not only those that a sentence names: it may have spoken of any. `digest` is
# of the words as they were sent.
SOURCES = """
create table telling_sources (
    user_id uuid not null,
    insight_id uuid not null,
    record_id uuid not null,
    digest bytea not null,
    primary key (insight_id, record_id),
    foreign key (user_id, insight_id) references insight_tellings (user_id, insight_id) on delete cascade,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# With a record that is deleted for ever goes whatever was told from it, whoever deletes it.
WITHDRAW = f"""
create function withdraw_telling() returns trigger language plpgsql {HEAD} as $$
begin
    delete from insight_tellings t where t.user_id = old.user_id and t.insight_id = old.insight_id;
    return null;
end $$"""


def upgrade() -> None:
    run_sql(TELLINGS, SOURCES, WITHDRAW)
    own_table("insight_tellings", app="select, delete", worker=WRITE)
    own_table("telling_sources", app="select, delete", worker=WRITE)
    run_sql(
        "create index telling_sources_of on telling_sources (user_id, record_id)",
        "create trigger withdraw_telling after delete on telling_sources for each row "
        "execute function withdraw_telling()",
        "revoke execute on function withdraw_telling from public",
    )
