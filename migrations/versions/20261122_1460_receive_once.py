"""Lines of a log that a browser kept until it could send them."""

from migrations.tables import own_table, run_sql

revision = "20261122_1460"
down_revision = "20261122_1440"


def upgrade() -> None:
    run_sql(
        # The ids under which lines came, so that one which is sent again is not written again. A browser may hold a
        # line for as long as it lies in a drawer, so none of these rows is ever too old; each is some 100 bytes.
        "create table sent_lines (user_id uuid not null references users (id) on delete cascade, "
        "client_id uuid not null, digest bytea not null, received_at timestamptz not null default now(), "
        "primary key (user_id, client_id))"
    )
    own_table("sent_lines", app="select, insert")
