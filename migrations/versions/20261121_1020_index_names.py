"""What the quick switcher asks of names: their initials, and which records were open last."""

from migrations.tables import run_sql

revision = "20261121_1020"
down_revision = "20261121_1010"


def upgrade() -> None:
    run_sql(
        # "Trip to Portugal" is also ttp; marks between words ("day-book", "a/b") begin a word too.
        r"""alter table names add column initials text generated always as
            (left(regexp_replace(folded, '[^\w]*(\w)\w*[^\w]*', '\1', 'g'), 32)) stored""",
        "create index record_heat_opened on record_heat (user_id, opened_at desc) where opened_at is not null",
    )
