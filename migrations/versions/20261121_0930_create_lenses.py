"""What is derived from every record: links, passages, heat; and the files that records show."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261121_0930"
down_revision = "20261121_0920"

# `target_name` is the folded name as written; the target stays null until a record of that name exists.
ENTITY_LINKS = """
create table entity_links (
    id uuid primary key default uuidv7(),
    user_id uuid not null,
    source_id uuid not null,
    target_id uuid,
    target_name text,
    relation text not null default 'links_to',
    origin text not null check (origin in ('manual', 'written', 'structural', 'extracted', 'inferred')),
    confidence real not null default 1 check (confidence between 0 and 1),
    strength real not null default 1,
    evidence text not null default '',
    anchor text,
    written_as text,
    is_ambiguous boolean not null default false,
    created_by text not null default 'hearth',
    created_at timestamptz not null default now(),
    valid_from timestamptz not null default now(),
    valid_to timestamptz,
    rejected_at timestamptz,
    check (target_id is not null or target_name is not null),
    check (target_id <> source_id),
    foreign key (user_id, source_id) references records (user_id, id) on delete cascade,
    foreign key (user_id, target_id) references records (user_id, id) on delete set null (target_id)
)"""

EMBEDDING_MODELS = """
create table embedding_models (
    id smallint generated always as identity primary key,
    provider text not null,
    name text not null,
    dimensions integer not null,
    state text not null default 'active' check (state in ('active', 'filling', 'retired')),
    created_at timestamptz not null default now(),
    unique (provider, name)
)"""

# No dimension on the column: each model's vectors stand beside the next one's. An exact scan of a user's own
# rows serves small users; a partial index per user and model is for large ones.
PASSAGES = """
create table passages (
    user_id uuid not null,
    record_id uuid not null,
    model_id smallint not null references embedding_models (id) on delete cascade,
    ordinal integer not null,
    heading text not null default '',
    body_start integer not null,
    body_end integer not null,
    text text not null,
    text_hash bytea not null,
    embedding halfvec not null,
    primary key (record_id, model_id, ordinal),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# Forward-decayed: warmth = log2(raw) + t / half-life orders records by heat at any time without a rewrite.
RECORD_HEAT = """
create table record_heat (
    record_id uuid primary key,
    user_id uuid not null,
    warmth double precision not null,
    seq bigint not null default 0,
    opened_at timestamptz,
    edited_at timestamptz,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

ATTACHMENTS = """
create table attachments (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    record_id uuid,
    name text not null,
    folded text not null,
    path text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    size bigint not null check (size >= 0),
    media_type text not null,
    created_at timestamptz not null default now(),
    unique (user_id, path),
    foreign key (user_id, record_id) references records (user_id, id) on delete set null (record_id)
)"""


# When each role last said that it lives; nothing in it belongs to a user.
HEARTBEATS = """
create table heartbeats (
    role text primary key,
    at timestamptz not null default now()
)"""


def upgrade() -> None:
    # The core image ships without extensions of contrib; pgvector is the only one used anywhere.
    run_sql("create extension if not exists vector")
    run_sql(ENTITY_LINKS, EMBEDDING_MODELS, PASSAGES, RECORD_HEAT, ATTACHMENTS, HEARTBEATS)
    for table in ("entity_links", "passages", "record_heat"):
        own_table(table, app=WRITE, worker=WRITE)
    own_table("attachments", app=WRITE, worker="select")
    run_sql(
        "grant select on embedding_models, heartbeats to hearth_app",
        "grant select, insert, update on heartbeats to hearth_worker",
        "grant select, insert, update on embedding_models to hearth_worker",
        # A written link is known by the name in the text, whatever it is bound to; all others by their two ends.
        "create unique index entity_links_written on entity_links (source_id, relation, target_name) "
        "where origin = 'written'",
        "create unique index entity_links_ends on entity_links (source_id, relation, target_id, origin) "
        "where origin <> 'written'",
        "create index entity_links_of on entity_links (user_id, source_id)",
        "create index entity_links_to on entity_links (user_id, target_id) where target_id is not null",
        "create index entity_links_waiting on entity_links (user_id, target_name) where target_id is null",
        "create index entity_links_by_name on entity_links (user_id, target_name)",
        "create index passages_of_model on passages (user_id, model_id)",
        "create index record_heat_warmest on record_heat (user_id, warmth desc)",
        "create index attachments_by_name on attachments (user_id, folded)",
    )
