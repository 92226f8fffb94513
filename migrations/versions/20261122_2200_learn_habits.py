"""What the house has learned of how a person does things: counted anew each night, and what they say of it."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_2200"
down_revision = "20261122_2120"

# `value` (of a usual folder: `folder_id`) is what was counted, `hits` of `seen` times; what a person says instead
# stands beside it in `said`, where no night writes. A forgotten one stays as an empty row that no night fills. What is
# about a record is known by it and not by a name, so that it goes with the record and is carried to another house.
LEARNED = """
create table learned (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    category text not null check (length(category) between 1 and 40),
    key text not null default '' check (length(key) <= 40),
    about_id uuid,
    value text not null default '' check (length(value) <= 500),
    folder_id uuid,
    hits integer not null default 0 check (hits between 0 and seen),
    seen integer not null default 0 check (seen >= 0),
    confidence real not null default 0 check (confidence between 0 and 1),
    said text not null default '' check (length(said) <= 500),
    said_folder_id uuid,
    learned_at timestamptz not null default now(),
    counted_at timestamptz not null default now(),
    confirmed_at timestamptz,
    corrected_at timestamptz,
    forgotten_at timestamptz,
    unique (user_id, id),
    unique nulls not distinct (user_id, category, key, about_id),
    foreign key (user_id, about_id) references records (user_id, id) on delete cascade,
    foreign key (user_id, folder_id) references folders (user_id, id) on delete set null (folder_id),
    foreign key (user_id, said_folder_id) references folders (user_id, id) on delete set null (said_folder_id)
)"""

# Some of the records that it was counted in, the newest first.
EVIDENCE = """
create table learned_evidence (
    user_id uuid not null,
    learned_id uuid not null,
    record_id uuid not null,
    place smallint not null,
    primary key (learned_id, record_id),
    foreign key (user_id, learned_id) references learned (user_id, id) on delete cascade,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""


def upgrade() -> None:
    run_sql(LEARNED, EVIDENCE)
    own_table("learned", app=WRITE, worker=WRITE)
    own_table("learned_evidence", app=WRITE, worker=WRITE)
    run_sql(
        "create index learned_about on learned (user_id, about_id) where about_id is not null",
        "create index learned_folder on learned (user_id, folder_id) where folder_id is not null",
        "create index learned_said_folder on learned (user_id, said_folder_id) where said_folder_id is not null",
        "create index learned_evidence_of on learned_evidence (user_id, record_id)",
    )
