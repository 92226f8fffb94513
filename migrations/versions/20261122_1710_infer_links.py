"""Links that nobody said: what they rest upon, and the mean of what each record's passages mean."""

from migrations.tables import READ, WRITE, own_table, run_sql

revision = "20261122_1710"
down_revision = "20261122_1700"

# `texts` tells the passages that the mean was made of; `looked_at` is null until its neighbours were looked for.
RECORD_MEANS = """
create table record_means (
    record_id uuid primary key,
    user_id uuid not null,
    model_id smallint not null references embedding_models (id) on delete cascade,
    texts bytea not null,
    mean halfvec not null,
    looked_at timestamptz,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# Whoever was merged lies in the trash and stands for another.
STANDS_FOR = """
create function stands_for(this uuid) returns uuid language sql stable as $$
    select coalesce(
        (select merged_into from contacts where id = this), (select merged_into from entities where id = this),
        (select merged_into from topics where id = this),
        (select coalesce(merged_into, became_contact_id) from notes where id = this), this)
$$"""


def upgrade() -> None:
    run_sql(RECORD_MEANS, STANDS_FOR, "alter table entity_links add column basis jsonb")
    own_table("record_means", app=READ, worker=WRITE)
    run_sql(
        "create index record_means_of on record_means (user_id, model_id)",
        # Each night all of a person's are gone through, and pages count them.
        "create index entity_links_inferred on entity_links (user_id, relation) where origin = 'inferred'",
    )
