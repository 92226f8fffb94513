"""A saved search may be a narrowed list: the list it belongs to, and what else its address says."""

from migrations.tables import run_sql

revision = "20261121_1170"
down_revision = "20261121_1160"


def upgrade() -> None:
    run_sql(
        "alter table saved_searches "
        "add column place text not null default '/search' check (place in ('/search', '/notes', '/people')), "
        # The rest of the address (a folder, a topic, a property), as it stands there.
        "add column kept text not null default '' check (length(kept) <= 1000), "
        "drop constraint saved_searches_query_check, "
        "add check (length(query) <= 400 and (query <> '' or kept <> ''))",
    )
