"""A stack that was made of a saved search offers what that finds later."""

from migrations.tables import run_sql

revision = "20261122_2410"
down_revision = "20261122_2400"


def upgrade() -> None:
    run_sql(
        "alter table saved_searches add unique (user_id, id)",
        "alter table stacks add column search_id uuid, "
        "add foreign key (user_id, search_id) references saved_searches (user_id, id) on delete set null (search_id)",
    )
