"""What the house noticed while nobody was there: without a word of the records that it is about."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_1910"
down_revision = "20261122_1900"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# No kind of record, against the design's first list: a record's words go into search, passages, previews and the
# history, and there what an insight said of a note would outlive that note. So it holds no words at all: `facts` are
# numbers, days and ids, `insight_evidence` leads to the records, and title and body are written when it is read, from
# what those records are called by then, in the reader's language. `key` is what it is about, so that no night says
# twice what another said.
INSIGHTS = """
create table insights (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    kind text not null check (length(kind) between 1 and 60),
    key text not null check (length(key) between 1 and 200),
    facts jsonb not null default '{}',
    cores smallint not null default 0 check (cores >= 0),
    confidence real not null check (confidence between 0 and 1),
    priority real not null check (priority between 0 and 1),
    valid_from date not null,
    valid_until date,
    week_start date,
    week_end date,
    is_pinned boolean not null default false,
    verdict text check (verdict in ('useful', 'not_useful', 'dismissed')),
    judged_at timestamptz,
    snoozed_until date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (user_id, id),
    unique (user_id, kind, key),
    check ((week_start is null) = (week_end is null))
)"""

# Without one of its `is_core` records an insight says nothing; the others only go along.
EVIDENCE = """
create table insight_evidence (
    user_id uuid not null,
    insight_id uuid not null,
    record_id uuid not null,
    place smallint not null,
    is_core boolean not null,
    primary key (insight_id, record_id),
    foreign key (user_id, insight_id) references insights (user_id, id) on delete cascade,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# Apart from the insights, which come and go: what a person says of a kind counts on.
VERDICTS = """
create table insight_verdicts (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    insight_id uuid not null,
    kind text not null check (length(kind) between 1 and 60),
    verdict text not null check (verdict in ('useful', 'not_useful', 'dismissed')),
    at timestamptz not null default now(),
    unique (user_id, insight_id)
)"""

# With a record that is deleted for ever goes what was noticed of it, whoever deletes it.
WITHDRAW = f"""
create function withdraw_insight() returns trigger language plpgsql {HEAD} as $$
begin
    delete from insights i where i.user_id = old.user_id and i.id = old.insight_id;
    return null;
end $$"""


def upgrade() -> None:
    run_sql(INSIGHTS, EVIDENCE, VERDICTS, WITHDRAW)
    own_table("insights", app=WRITE, worker=WRITE)
    own_table("insight_evidence", app=WRITE, worker=WRITE)
    own_table("insight_verdicts", app=WRITE, worker=WRITE)
    run_sql(
        "create unique index insights_of_week on insights (user_id, week_start) where week_start is not null",
        "create index insights_to_show on insights (user_id, valid_from, valid_until)",
        "create index insight_evidence_of on insight_evidence (user_id, record_id)",
        "create index insight_verdicts_of on insight_verdicts (user_id, kind, at)",
        "create trigger withdraw_insight after delete on insight_evidence for each row when (old.is_core) "
        "execute function withdraw_insight()",
        "revoke execute on function withdraw_insight from public",
    )
