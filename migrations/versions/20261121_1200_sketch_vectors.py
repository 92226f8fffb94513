"""A sketch of each vector in the index that finds a person's: what is near is guessed there, and measured exactly."""

from migrations.tables import run_sql

revision = "20261121_1200"
down_revision = "20261121_1190"

# One bit for each dimension, its sign. The scan of a person's vectors reads 56 bytes more in an index whose entries of
# one person lie together, instead of 800 in the table: with 100,000 of them the difference of 20 ms and 300
# (tests/bench/scale.py). A graph index (HNSW) for each person would be dearer to keep than this is to read.
SKETCH = "alter table vectors add column sketch bit varying generated always as (binary_quantize(embedding)) stored"


def upgrade() -> None:
    run_sql(
        SKETCH,
        "alter table vectors drop constraint vectors_pkey",
        "alter table vectors add primary key (user_id, model_id, text_hash) include (sketch)",
    )
