"""What belongs together by its meaning: clusters that a night finds, who is in them, and what a person made of them."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_2000"
down_revision = "20261122_1910"

# `label` is a person's; without one a cluster is called by its `words`, which `named_at` dates: null asks the night to
# look for them anew. A locked one stays as it is; a shaped one (merged or split by hand) keeps whom it has and may get
# more. `version` moves with each deed of a person, so that none is taken back over a later one. `x` and `y` are its
# place on the map. One that is found no more, or became part of another, is dissolved: its id means nothing else.
CLUSTERS = """
create table clusters (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    label text not null default '' check (length(label) <= 200),
    words text[] not null default '{}' check (cardinality(words) <= 12),
    is_locked boolean not null default false,
    is_shaped boolean not null default false,
    version integer not null default 1,
    x real not null default 0,
    y real not null default 0,
    made_at timestamptz not null default now(),
    named_at timestamptz,
    dissolved_at timestamptz,
    merged_into uuid,
    unique (user_id, id),
    foreign key (user_id, merged_into) references clusters (user_id, id) on delete set null (merged_into)
)"""

# A row that is `removed_at` says that a person took the record out: no night puts it in again.
MEMBERS = """
create table cluster_members (
    user_id uuid not null,
    cluster_id uuid not null,
    record_id uuid not null,
    confidence real not null check (confidence between 0 and 1),
    pinned_at timestamptz,
    removed_at timestamptz,
    primary key (cluster_id, record_id),
    foreign key (user_id, cluster_id) references clusters (user_id, id) on delete cascade,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade,
    check (pinned_at is null or removed_at is null)
)"""

# When all was last found anew, among how many records, by which model; `moved` is how many were put somewhere since.
FINDINGS = """
create table cluster_findings (
    user_id uuid primary key references users (id) on delete cascade,
    model_id smallint not null references embedding_models (id) on delete cascade,
    records integer not null,
    moved integer not null default 0,
    found_at timestamptz not null default now()
)"""

# What a person did to clusters, with how they were before: what is taken back is put there again.
DEEDS = """
create table cluster_deeds (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    verb text not null check (verb in ('rename', 'lock', 'unlock', 'merge', 'split', 'pin', 'unpin', 'remove')),
    clusters uuid[] not null check (cardinality(clusters) between 1 and 2),
    before jsonb not null,
    versions integer[] not null,
    at timestamptz not null default now(),
    taken_back_at timestamptz,
    unique (user_id, id)
)"""


def upgrade() -> None:
    run_sql(CLUSTERS, MEMBERS, FINDINGS, DEEDS)
    for table in ("clusters", "cluster_members", "cluster_findings", "cluster_deeds"):
        own_table(table, app=WRITE, worker=WRITE)
    run_sql(
        "create index clusters_of on clusters (user_id, dissolved_at)",
        # A record is in one cluster at most.
        "create unique index cluster_members_one on cluster_members (record_id) where removed_at is null",
        "create index cluster_members_of on cluster_members (user_id, record_id)",
        "create index cluster_deeds_of on cluster_deeds (user_id, at desc)",
    )
