"""Pages that are open hear of changes: their own person's alone, and as long as the session lasts."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from uuid import uuid4

import pytest

from app.web import live
from app.web.auth import hash_token
from app.web.changes import MOST_STREAMS, Changes, TooManyStreams
from tests.conftest import write
from tests.notes.test_notes import save


@pytest.fixture
async def shared(settings, database):
    changes = Changes(settings.app_database_url, can_listen=True)
    yield _Shared(database, changes)
    changes.end()


class _Shared:
    def __init__(self, database, changes) -> None:
        self.database, self.changes = database, changes


def session_of(browser) -> bytes:
    return hash_token(browser.http.cookies["hearth_session"])


async def next_change(words) -> int:
    """The version of the next event; heartbeats and the opening line are passed over."""
    async for word in words:
        if word.startswith("event: changed"):
            return int(word.split("data: ")[1])
    raise AssertionError("the stream ended")


async def test_a_change_is_heard_at_once_and_once(alices, database, alice, shared):
    note = await write(database, alice, "One", "start")
    async with aclosing(live._tell(shared, session_of(alices), alice.id, note, 1)) as words:
        waiting = asyncio.create_task(next_change(words))
        while not shared.changes.is_listening:
            await asyncio.sleep(0.02)
        await save(alices, note, 1, "One", "changed")
        assert await asyncio.wait_for(waiting, 10) == 2


async def test_what_happened_before_one_listened_is_told_first(alices, database, alice, shared):
    note = await write(database, alice, "One", "start")
    await save(alices, note, 1, "One", "changed")
    async with aclosing(live._tell(shared, session_of(alices), alice.id, note, 1)) as words:
        assert await asyncio.wait_for(next_change(words), 10) == 2


async def test_a_stream_ends_with_its_session(alices, database, alice, shared):
    note = await write(database, alice, "One", "start")

    async def listen() -> list[str]:
        return [word async for word in live._tell(shared, session_of(alices), alice.id, note, 1)]

    listening = asyncio.create_task(listen())
    while not shared.changes.is_listening:
        await asyncio.sleep(0.02)
    await alices.post("/sign-out")
    heard = await asyncio.wait_for(listening, 10)
    assert not [word for word in heard if word.startswith("event")]


async def test_a_stream_ends_when_its_record_is_gone_and_when_the_server_goes(alices, database, alice, owner, shared):
    words = live._tell(shared, session_of(alices), alice.id, uuid4(), 0)
    assert [word async for word in words] == ["retry: 3000\n\n"]
    note = await write(database, alice, "One", "start")
    stream = live._tell(shared, session_of(alices), alice.id, note, 1)
    await anext(stream)
    await anext(stream)
    shared.changes.end()
    assert [word async for word in stream] == []


async def test_nobody_hears_of_another_person_s_record(bobs, database, alice):
    note = await write(database, alice, "One", "start")
    assert (await bobs.get(f"/records/{note}/live")).status_code == 404


async def test_another_site_is_told_nothing(alices, database, alice):
    note = await write(database, alice, "One", "start")
    answer = await alices.get(f"/records/{note}/live", **{"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_one_person_has_so_many_streams_and_nobody_else_is_held_up(alice, bob):
    changes = Changes("postgresql://nowhere", can_listen=False)
    held = [changes.following(alice.id, uuid4()) for _ in range(MOST_STREAMS)]
    for one in held:
        one.__enter__()
    with pytest.raises(TooManyStreams), changes.following(alice.id, uuid4()):
        pass
    with changes.following(bob.id, uuid4()) as event:
        assert not event.is_set()
    for one in held:
        one.__exit__(None, None, None)
    with changes.following(alice.id, uuid4()):
        pass


async def test_one_stream_too_many_is_refused_before_it_begins(application, alices, database, alice):
    note = await write(database, alice, "One", "start")
    held = [application.state.changes.following(alice.id, uuid4()) for _ in range(MOST_STREAMS)]
    for one in held:
        one.__enter__()
    try:
        assert (await alices.get(f"/records/{note}/live")).status_code == 429
    finally:
        for one in held:
            one.__exit__(None, None, None)


async def test_where_nothing_can_listen_one_looks_from_time_to_time(alices, database, alice, monkeypatch):
    monkeypatch.setattr(live, "LOOK_WITHOUT_EAR", 0.05)
    note = await write(database, alice, "One", "start")
    shared = _Shared(database, Changes("postgresql://nowhere", can_listen=False))
    async with aclosing(live._tell(shared, session_of(alices), alice.id, note, 1)) as words:
        waiting = asyncio.create_task(next_change(words))
        await save(alices, note, 1, "One", "changed")
        assert await asyncio.wait_for(waiting, 10) == 2
