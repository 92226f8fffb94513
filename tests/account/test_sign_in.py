"""Signing in: sessions that cannot be fixed, forms that cannot be forged, tries that are counted."""

from __future__ import annotations

import asyncio
import re

import pytest

from app.account.service import hash_password
from app.settings import kept_secret
from app.web.auth import ANONYMOUS_COOKIE, COOKIE, local_path
from tests.conftest import PASSWORD, make_client, make_person

TOKEN = re.compile(r'name="_csrf_token" value="([0-9a-f]+)"')


async def form_token(http, path: str) -> str:
    return TOKEN.search((await http.get(path)).text).group(1)


async def sign_in(http, email: str, password: str = PASSWORD, **fields: str):
    token = await form_token(http, "/sign-in")
    return await http.post("/sign-in", data={"email": email, "password": password, "_csrf_token": token, **fields})


@pytest.fixture
async def carol(owner):
    return await make_person(owner, "Carol", password_hash=await hash_password(PASSWORD))


async def set_up(http, token: str = "", **fields: str):
    token = token or await form_token(http, "/setup")
    data = {"name": "Ana", "email": "ana@example.org", "password": PASSWORD, "_csrf_token": token}
    return await http.post("/setup", data={**data, **fields})


async def test_the_first_run_makes_the_owner_and_signs_them_in(anybody, owner):
    answer = await set_up(anybody)
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    assert (await anybody.get("/")).status_code == 200
    assert await owner.fetchval("select role from users") == "owner"
    assert await owner.fetchval("select full_name from contacts where is_self") == "Ana"


async def test_setup_is_gone_once_somebody_lives_here(anybody, carol):
    assert (await anybody.get("/setup")).status_code == 404


async def test_two_setups_at_once_make_one_owner(application, owner):
    async with make_client(application) as one, make_client(application) as two:
        tokens = [await form_token(http, "/setup") for http in (one, two)]  # both have the form open
        await asyncio.gather(set_up(one, tokens[0]), set_up(two, tokens[1], email="other@example.org"))
    assert await owner.fetchval("select count(*) from users") == 1


@pytest.mark.parametrize("headers", [{}, {"x-forwarded-for": "127.0.0.1"}, {"host": "hearth.example.org"}])
async def test_setup_from_elsewhere_needs_the_code_of_the_console(application, settings, owner, headers):
    client = "127.0.0.1" if headers else "192.168.1.9"
    async with make_client(application, client) as http:
        http.headers.update(headers)
        assert (await set_up(http)).status_code == 422
        assert (await set_up(http, code="guess")).status_code == 422
        assert await owner.fetchval("select count(*) from users") == 0
        assert (await set_up(http, code=kept_secret(settings, "setup_code"))).status_code == 303


async def test_a_failed_setup_keeps_what_was_typed(anybody):
    answer = await set_up(anybody, password="short")
    assert answer.status_code == 422
    assert 'value="ana@example.org"' in answer.text
    assert "short" not in answer.text.replace("Shortest", "")


async def test_the_right_password_opens_a_new_session(anybody, carol):
    anybody.cookies.set(COOKIE, "chosen-by-somebody-else")
    answer = await sign_in(anybody, carol.email)
    assert answer.status_code == 303
    token = answer.cookies[COOKIE]
    assert token != "chosen-by-somebody-else"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert (await anybody.get("/notes")).status_code == 200


async def test_a_session_that_was_known_before_sign_in_is_worth_nothing_after_it(anybody, carol):
    first = (await sign_in(anybody, carol.email)).cookies[COOKIE]
    second = (await sign_in(anybody, carol.email)).cookies[COOKIE]
    assert first != second
    anybody.cookies.clear()
    anybody.cookies.set(COOKIE, first)
    assert (await anybody.get("/notes")).status_code == 303


@pytest.mark.parametrize("email", ["carol@example.org", "nobody@example.org"])
async def test_a_wrong_sign_in_does_not_tell_what_was_wrong(anybody, carol, email):
    answer = await sign_in(anybody, email, "not this password")
    assert answer.status_code == 422
    assert "do not fit together" in answer.text
    assert f'value="{email}"' in answer.text
    assert "not this password" not in answer.text


async def test_the_eleventh_try_has_to_wait(anybody, carol):
    for _try in range(10):
        assert (await sign_in(anybody, carol.email, "wrong password")).status_code == 422
    answer = await sign_in(anybody, carol.email)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"


async def test_signing_out_ends_the_session_on_the_server(alices):
    token = alices.http.cookies[COOKIE]
    assert (await alices.post("/sign-out")).status_code == 303
    alices.http.cookies.set(COOKIE, token)
    assert (await alices.get("/notes")).status_code == 303


async def test_a_suspended_person_is_out_at_once(alices, owner):
    await owner.execute("update users set status = 'suspended'")
    assert (await alices.get("/notes")).status_code == 303


@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_a_form_without_the_right_token_changes_nothing(alices, owner, token):
    answer = await alices.http.post("/people", data={"full_name": "Mallory", "_csrf_token": token})
    assert answer.status_code == 403
    assert await owner.fetchval("select count(*) from contacts where not is_self") == 0


async def test_a_form_token_of_another_session_is_refused(alices, bobs):
    answer = await alices.http.post("/people", data={"full_name": "Mallory", "_csrf_token": bobs.csrf})
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
async def test_a_form_from_another_site_is_refused(alices, headers):
    assert (await alices.post("/people", {"full_name": "Mallory"}, **headers)).status_code == 403


async def test_htmx_may_send_the_token_as_a_header(alices):
    answer = await alices.http.post("/people", data={"full_name": "Ana"}, headers={"x-csrftoken": alices.csrf})
    assert answer.status_code == 303


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "https://evil.example", "evil"])
def test_the_way_back_never_leads_to_another_site(address):
    assert local_path(address) == "/"


async def test_signing_in_leads_back_to_the_page_that_was_asked_for(anybody, carol):
    asked = await anybody.get("/notes?q=bread")
    assert asked.headers["location"] == "/sign-in?next=/notes%3Fq%3Dbread"
    answer = await sign_in(anybody, carol.email, next="/notes?q=bread")
    assert answer.headers["location"] == "/notes?q=bread"


async def test_htmx_is_sent_to_the_sign_in_by_a_header(anybody, carol):
    answer = await anybody.get("/notes", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=/notes")


async def test_a_new_password_ends_the_other_sessions(application, anybody, carol):
    await sign_in(anybody, carol.email)
    async with make_client(application) as other:
        await sign_in(other, carol.email)
        token = await form_token(anybody, "/account")
        wrong = {"current": "not it at all", "new": "another four words", "_csrf_token": token}
        assert (await anybody.post("/account/password", data=wrong)).status_code == 422
        right = {**wrong, "current": PASSWORD}
        assert (await anybody.post("/account/password", data=right)).status_code == 303
        assert (await anybody.get("/account")).status_code == 200
        assert (await other.get("/account")).status_code == 303


async def test_no_cookie_is_set_that_a_script_could_read(anybody, carol):
    answer = await anybody.get("/sign-in")
    assert ANONYMOUS_COOKIE in answer.cookies
    assert all("HttpOnly" in cookie for cookie in answer.headers.get_list("set-cookie"))
