"""From which cosine on a model's texts have to do with each other: each has a scale of its own."""

from migrations.tables import run_sql

revision = "20261121_1150"
down_revision = "20261121_1140"


def upgrade() -> None:
    # Empty for the model that comes along, whose bound the program knows.
    run_sql("alter table embedding_models add column least_cosine real check (least_cosine between -1 and 1)")
