"""What is sent may be meant for the inbox."""

from migrations.tables import run_sql

revision = "20261122_1440"
down_revision = "20261122_1430"


def upgrade() -> None:
    run_sql(
        "alter table imports add column place text not null default 'notes' check (place in ('notes', 'inbox'))",
    )
