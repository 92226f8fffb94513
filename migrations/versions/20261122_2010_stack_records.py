"""Stacks: records in an order that a person gave them."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_2010"
down_revision = "20261122_2000"

# `summary` is a person's; without one a stack tells the beginnings of what lies on it. `cluster_id` or `topic_id`:
# what it was made from, of which what is not on it yet is offered.
STACKS = """
create table stacks (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    name text not null check (length(name) between 1 and 200),
    summary text not null default '' check (length(summary) <= 4000),
    is_pinned boolean not null default false,
    cluster_id uuid,
    topic_id uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    unique (user_id, id),
    foreign key (user_id, cluster_id) references clusters (user_id, id) on delete set null (cluster_id),
    foreign key (user_id, topic_id) references records (user_id, id) on delete set null (topic_id)
)"""

# What was taken off stays known, so that it can be put back where it lay and is not offered again.
ITEMS = """
create table stack_items (
    user_id uuid not null,
    stack_id uuid not null,
    record_id uuid not null,
    place integer not null,
    added_at timestamptz not null default now(),
    removed_at timestamptz,
    primary key (stack_id, record_id),
    foreign key (user_id, stack_id) references stacks (user_id, id) on delete cascade,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""


def upgrade() -> None:
    run_sql(STACKS, ITEMS)
    own_table("stacks", app=WRITE, worker=WRITE)
    own_table("stack_items", app=WRITE, worker=WRITE)
    run_sql(
        "create index stacks_of on stacks (user_id, updated_at desc)",
        "create index stack_items_in_order on stack_items (stack_id, place)",
        "create index stack_items_of on stack_items (user_id, record_id)",
    )
