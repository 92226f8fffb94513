"""A record's nearest in meaning: few, alike, its person's own, and never what is put away."""

from __future__ import annotations

from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.search.near import find_near
from tests.conftest import work_through, write


async def near_titles(database, person, note) -> list[str]:
    async with database.reading(person.id) as connection:
        return [row["title"] for row in await find_near(connection, Models(make_embedder("fake")), note)]


async def test_the_likest_come_first_and_what_is_not_alike_not_at_all(database, reactor, alice, bob):
    note = await write(database, alice, "Bread", "rye bread with salt and butter")
    await write(database, alice, "Rye bread", "rye bread with salt")
    await write(database, alice, "Boats", "harbour sails wind weather ropes")
    await write(database, bob, "Bread", "rye bread with salt and butter")
    gone = await write(database, alice, "Bread", "rye bread with salt and butter too")
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set deleted_at = now() where id = $1", gone)
    await work_through(reactor)
    assert await near_titles(database, alice, note) == ["Rye bread"]


async def test_before_it_is_read_nothing_is_near_and_the_page_says_so(alices, database, alice):
    note = await write(database, alice, "Bread", "rye")
    assert await near_titles(database, alice, note) == []
    assert "Nothing is near to this yet." in (await alices.get(f"/records/{note}/near")).text


async def test_the_note_s_page_asks_for_them_once_it_stands(alices, database, reactor, alice):
    note = await write(database, alice, "Bread", "rye bread with salt")
    await write(database, alice, "Rye", "rye bread with salt")
    await work_through(reactor)
    assert f'hx-get="/records/{note}/near"' in (await alices.get(f"/notes/{note}")).text
    part = await alices.get(f"/records/{note}/near", **{"hx-request": "true", "hx-target": "near"})
    assert part.text.startswith('<section id="near"')
    assert "Rye" in part.text
