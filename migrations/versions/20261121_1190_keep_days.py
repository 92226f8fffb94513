"""One log for each person and day: the diary."""

from migrations.tables import run_sql

revision = "20261121_1190"
down_revision = "20261121_1180"

# Of the daily files that an import brought, the first of each day is its log; another stays a note of that day. Without
# the triggers, for nobody did anything: neither history nor heat tells of it.
FIRST_OF_EACH_DAY = """
update notes n set note_kind = 'log'
 where n.id in (select distinct on (user_id, date_key) id from notes where date_key is not null
                 order by user_id, date_key, deleted_at nulls first, created_at, id)"""


def upgrade() -> None:
    run_sql(
        "alter table notes disable trigger user, no force row level security",
        FIRST_OF_EACH_DAY,
        "alter table notes enable trigger user, force row level security",
        # In the trash, too: a line that is written into a day whose log was thrown away brings it back.
        "create unique index notes_log_of_day on notes (user_id, date_key) where note_kind = 'log'",
    )
