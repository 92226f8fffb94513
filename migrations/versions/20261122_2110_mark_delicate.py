"""How delicate a record is: what the rules found in it, and what its person said of it."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_2110"
down_revision = "20261122_2100"

# Only what is more than normal has a row. It is for lists; whatever is sent is judged again at that moment.
FOUND = """
create table sensitivities (
    record_id uuid primary key,
    user_id uuid not null,
    level text not null check (level in ('high', 'critical')),
    reasons text[] not null,
    judged_at timestamptz not null default now(),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# A person's word stands in the record itself, where History shows it and an undo takes it back; this row says that the
# value there is one, against which no rule counts. Once the record says otherwise it says nothing.
CHOSEN = """
create table sensitivity_choices (
    record_id uuid primary key,
    user_id uuid not null,
    level text not null check (level in ('low', 'normal', 'high', 'critical')),
    at timestamptz not null default now(),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# What was written before there were rules is looked at in the background, behind what people write meanwhile.
LOOK = """
insert into pipeline as p (record_id, slot, user_id, seq, backlog)
select r.id, 'connect', r.user_id, nextval(pg_get_serial_sequence('public.change_log', 'seq')), true
  from records r where r.deleted_at is null
on conflict on constraint pipeline_pkey do nothing"""


def upgrade() -> None:
    run_sql(FOUND, CHOSEN)
    own_table("sensitivities", app="select", worker=WRITE)
    own_table("sensitivity_choices", app=WRITE, worker=WRITE)
    run_sql(
        "create index sensitivities_of on sensitivities (user_id, level)",
        "create index sensitivity_choices_of on sensitivity_choices (user_id)",
        "alter table records no force row level security",
        "alter table pipeline no force row level security",
        LOOK,
        "alter table records force row level security",
        "alter table pipeline force row level security",
    )
