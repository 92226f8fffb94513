"""Who is here: whatever a person does says so, and what a page asks for by itself does not."""

from __future__ import annotations

import pytest

from app.account.service import open_session
from app.web.auth import COOKIE, hash_token
from app.web.live import _look
from tests.conftest import write

LONG_AGO = "update sessions set last_seen_at = now() - interval '1 hour'"
IS_HERE = "select max(last_seen_at) > now() - interval '1 minute' from sessions"


@pytest.mark.parametrize("path", ["/", "/sleep", "/notes"])
async def test_a_page_that_is_opened_says_that_somebody_is_here(alices, owner, path):
    await alices.get(path)
    await owner.execute(LONG_AGO)
    await alices.get(path)
    assert await owner.fetchval(IS_HERE)


async def test_a_form_that_is_sent_says_so_whatever_it_claims(alices, owner):
    await owner.execute(LONG_AGO)
    await alices.post("/sleep/kinds", {"kind": "twins", "on": "1"}, **{"hearth-unattended": "1"})
    assert await owner.fetchval(IS_HERE)


@pytest.mark.parametrize("header", ["hearth-unattended", "hearth-ahead"])
async def test_what_a_page_fetches_by_itself_says_nothing(alices, owner, header):
    await owner.execute(LONG_AGO)
    for _time in range(2):  # first as a new session, then as a known one
        assert (await alices.get("/sleep", **{header: "1"})).status_code == 200
    assert not await owner.fetchval(IS_HERE)


async def test_a_stream_says_nothing_however_long_it_lives(application, alices, owner, database, alice):
    note = await write(database, alice, "Open on a desk")
    shared = application.dependencies["shared"].dependency()
    await owner.execute(LONG_AGO)
    for _time in range(2):
        assert await _look(shared, hash_token(alices.http.cookies[COOKIE]), note) is not None
    assert not await owner.fetchval(IS_HERE)
    await alices.get("/")
    assert await owner.fetchval(IS_HERE)


async def test_every_stream_is_one_that_nobody_sits_at(application):
    paths = ("/records/{record_id:uuid}/live", "/sleep/live")
    streams = [
        handler.opt.get("unattended")
        for route in application.routes if route.path in paths
        for handler in route.route_handlers if "GET" in handler.http_methods
    ]  # fmt: skip
    assert streams == [True, True]


async def test_a_session_that_is_not_one_opens_nothing_however_it_is_asked(database, alice):
    token = await open_session(database, alice.id, agent="tests")
    for hashed, is_one in ((hash_token(token), True), (hash_token("x"), False)):
        async with database.open_session(hashed, unattended=True) as (connection, row):
            assert (row is not None) is is_one
            assert bool(await connection.fetchval("select count(*) from users")) is is_one
