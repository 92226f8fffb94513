"""The picture of a card that is one's own is offered with the rest; until then it is a file of one's own page."""

from migrations.tables import run_sql

revision = "20261122_2310"
down_revision = "20261122_2300"


def upgrade() -> None:
    run_sql("alter table own_cards add column picture text not null default ''")
