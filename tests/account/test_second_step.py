"""The second step: a code by the clock or from the paper, each taken once, and no way around it."""

from __future__ import annotations

import re
import time

import httpx
import pyotp
import pytest

from app.account.second_step import find_step, open_half, seal_half
from app.account.service import hash_password
from tests.account.test_members import fill, reset_link
from tests.conftest import PASSWORD, Browser, make_client

CODES = re.compile(r"<code>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</code>")


@pytest.fixture
async def guarded(alices, owner, alice) -> tuple[str, list[str]]:
    """Alice with the second step switched on: its secret, and the codes on her paper."""
    await owner.execute("update users set password_hash = $2 where id = $1", alice.id, await hash_password(PASSWORD))
    return await switch_on(alices)


async def switch_on(browser: Browser) -> tuple[str, list[str]]:
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", (await browser.get("/account/second-step")).text)[1]
    answer = await browser.post("/account/second-step", {"code": pyotp.TOTP(secret).now()})
    assert answer.headers["cache-control"] == "no-store"
    return secret, CODES.findall(answer.text)


def next_code(secret: str) -> str:
    """One that was not used to switch it on, and is right whenever the half-minute turns."""
    return pyotp.TOTP(secret).at(time.time() + 30)


@pytest.fixture
async def stranger(application) -> httpx.AsyncClient:
    async with make_client(application) as http:
        yield http


async def give_password(http: httpx.AsyncClient, person) -> httpx.Response:
    return await fill(http, "/sign-in", {"email": person.email, "password": PASSWORD, "next": "/people"})


async def give_code(http: httpx.AsyncClient, code: str) -> httpx.Response:
    return await fill(http, "/sign-in/code?next=/people", {"code": code, "next": "/people"})


async def test_the_password_alone_opens_nothing(guarded, stranger, alice):
    answer = await give_password(stranger, alice)
    assert answer.headers["location"] == "/sign-in/code?next=%2Fpeople"
    assert (await stranger.get("/notes")).status_code == 303
    assert "hearth_session" not in stranger.cookies


async def test_the_code_of_now_opens_and_leads_on(guarded, stranger, alice):
    await give_password(stranger, alice)
    answer = await give_code(stranger, next_code(guarded[0]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    assert (await stranger.get("/people")).status_code == 200


async def test_a_code_is_taken_once(guarded, application, alice):
    code = next_code(guarded[0])
    for expected in (303, 422):
        async with make_client(application) as http:
            await give_password(http, alice)
            assert (await give_code(http, code)).status_code == expected


async def test_a_code_on_paper_opens_once(guarded, application, alice):
    assert len(set(guarded[1])) == 10
    for expected in (303, 422):
        async with make_client(application) as http:
            await give_password(http, alice)
            assert (await give_code(http, guarded[1][3].upper().replace("-", " "))).status_code == expected


async def test_tries_are_counted(guarded, stranger, alice):
    await give_password(stranger, alice)
    answers = [(await give_code(stranger, "000000")).status_code for _try in range(12)]
    assert answers[0] == 422
    assert answers[-1] == 429
    assert (await give_code(stranger, next_code(guarded[0]))).status_code == 429


async def test_without_the_password_there_is_no_second_step(guarded, stranger):
    assert (await stranger.get("/sign-in/code")).headers["location"] == "/sign-in"
    stranger.cookies.set("hearth_half", "forged.9999999999.word")
    assert (await stranger.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_a_form_token_is_no_word_for_half_a_sign_in(guarded, stranger, alice):
    plain = f"half:{alice.id}.{int(time.time()) + 300}"
    stranger.cookies.set("hearth_visit", plain)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', (await stranger.get("/sign-in")).text)[1]
    stranger.cookies.set("hearth_half", f"{plain.removeprefix('half:')}.{token}")
    assert (await stranger.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_a_first_code_that_is_wrong_switches_nothing_on(alices, owner):
    await alices.get("/account/second-step")
    answer = await alices.post("/account/second-step", {"code": "123"})
    assert answer.status_code == 422
    assert await owner.fetchval("select confirmed_at from second_steps") is None


async def test_it_is_switched_off_with_the_password(guarded, alices, owner):
    assert (await alices.post("/account/second-step/off", {"password": "wrong wrong wrong"})).status_code == 422
    assert await owner.fetchval("select count(*) from second_steps") == 1
    assert (await alices.post("/account/second-step/off", {"password": PASSWORD})).status_code == 303
    assert await owner.fetchval("select count(*) from second_steps") == 0
    assert await owner.fetchval("select count(*) from recovery_codes") == 0


async def test_a_reset_by_an_administrator_lifts_it(alices, bobs, bob, owner, stranger):
    await switch_on(bobs)
    await fill(stranger, await reset_link(alices, bob), {"password": PASSWORD})
    assert (await give_password(stranger, bob)).headers["location"] == "/people"


async def test_nothing_of_it_is_kept_in_the_open(guarded, owner):
    rows = await owner.fetch("select to_jsonb(c)::text from recovery_codes c")
    assert not any(code in str(rows) or code.replace("-", "") in str(rows) for code in guarded[1])


def test_clocks_may_differ_by_half_a_minute():
    secret, now = pyotp.random_base32(), 1_800_000_000.0
    totp = pyotp.TOTP(secret)
    assert [find_step(secret, totp.at(now + shift), now) is not None for shift in (-60, -30, 0, 30, 60)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    for code in ("", "12345", "1234567", "abcdef", "１２３４５６"):
        assert find_step(secret, code, now) is None


def test_half_a_sign_in_runs_out(monkeypatch, alice_id="01000000-0000-7000-8000-000000000000"):
    sealed = seal_half(b"key", alice_id)
    assert str(open_half(b"key", sealed)) == alice_id
    assert open_half(b"another", sealed) is None
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert open_half(b"key", sealed) is None
