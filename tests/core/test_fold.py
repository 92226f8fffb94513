"""A name means the same to Python, which looks it up, and to Postgres, which stored it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.text import fold

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=30)


@pytest.mark.parametrize(
    "name",
    [
        "Café",
        "αγρός",
        "πόλις",
        "Straße",
        "Ærø",
        "Łódź",
        "한국어",
        "がぎぐ",
        "İstanbul",
        "ﬃ",
        "Þór",
        "ﬀ a\u00a0b",
        "हिन्दी",
    ],
)
async def test_known_names_fold_alike(owner: asyncpg.Connection, name: str):
    assert await owner.fetchval("select fold_text($1)", name) == fold(name)


def test_any_name_folds_alike(servers):
    async def fold_there(names: list[str]) -> list[str]:
        connection = await asyncpg.connect(servers.database_url)
        try:
            return [row[0] for row in await connection.fetch("select fold_text(n) from unnest($1::text[]) n", names)]
        finally:
            await connection.close()

    @settings(max_examples=40, deadline=None)
    @given(st.lists(NAMES, min_size=1, max_size=50))
    def compare(names: list[str]) -> None:
        for name, there in zip(names, asyncio.run(fold_there(names)), strict=True):
            assert there == fold(name), ascii(name)

    compare()
