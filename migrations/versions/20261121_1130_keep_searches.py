"""What is kept of searches: vectors of questions by their hash, queries under a name, and, if wanted, the last ones."""

from migrations.tables import own_table, run_sql

revision = "20261121_1130"
down_revision = "20261121_1120"

# By hash: what was asked cannot be read from it. The hash covers the model's name, so that none answers for another.
SEMANTIC_CACHE = """
create table semantic_cache (
    user_id uuid not null references users (id) on delete cascade,
    query_hash bytea not null check (length(query_hash) = 32),
    embedding halfvec not null,
    uses integer not null default 1,
    used_at timestamptz not null default now(),
    primary key (user_id, query_hash)
)"""

SAVED_SEARCHES = """
create table saved_searches (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    name text not null check (name <> '' and length(name) <= 100),
    query text not null check (query <> '' and length(query) <= 400),
    created_at timestamptz not null default now(),
    unique (user_id, name)
)"""

SEARCH_HISTORY = """
create table search_history (
    user_id uuid not null references users (id) on delete cascade,
    query text not null check (length(query) <= 400),
    at timestamptz not null default now(),
    primary key (user_id, query)
)"""


def upgrade() -> None:
    run_sql(
        SEMANTIC_CACHE, SAVED_SEARCHES, SEARCH_HISTORY,
        "create index semantic_cache_by_use on semantic_cache (user_id, used_at)",
        "create index search_history_by_time on search_history (user_id, at desc)",
        "alter table users add column keeps_searches boolean not null default false",
        "grant update (keeps_searches) on users to hearth_app",
    )  # fmt: skip
    own_table("semantic_cache", app="select, insert, update, delete", worker="select, delete")
    own_table("saved_searches", app="select, insert, update, delete")
    own_table("search_history", app="select, insert, update, delete")
