"""Names that a language model found in a text, for as long as it says the same; nobody's texts are read so unasked."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_2320"
down_revision = "20261122_2310"

# `names` is a list of {name, type}; an empty one says that nothing could be used, so that it is not asked for again.
TOLD = """
create table told_names (
    record_id uuid primary key,
    user_id uuid not null,
    digest bytea not null,
    names jsonb not null default '[]',
    model text not null,
    told_at timestamptz not null default now(),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""


def upgrade() -> None:
    run_sql(TOLD)
    own_table("told_names", app="select, delete", worker=WRITE)
    run_sql(
        "create index told_names_of on told_names (user_id, told_at)",
        "alter table sightings add column created_by text not null default 'rules'",
        "alter table sightings drop constraint sightings_type_check",
        "alter table sightings add constraint sightings_type_check check "
        "(type in ('person', 'organisation', 'location', 'project', 'date', 'domain'))",
        # Off until somebody turns it on: it costs tokens, and the rules find most of it for nothing.
        "alter table users alter column sleep_without set default '{names}'",
        "update users set sleep_without = sleep_without || '{names}' where not 'names' = any(sleep_without)",
    )
