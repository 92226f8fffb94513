"""App passwords: made for one device, shown once, taken back at any time."""

from __future__ import annotations

import re
from base64 import b64encode

from tests.conftest import make_client

PASSWORD = re.compile(r'value="((?:[a-z2-7]{5}-){5}[a-z2-7]{5})"')


async def make(browser, name="Ana’s phone") -> str:
    answer = await browser.post("/account/phones", {"name": name})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return PASSWORD.search(answer.text)[1]


async def get_in(application, password, email="alice@example.org") -> int:
    basic = b64encode(f"{email}:{password}".encode()).decode()
    async with make_client(application) as http:
        headers = {"Authorization": f"Basic {basic}", "Depth": "0"}
        return (await http.request("PROPFIND", "/dav/", headers=headers)).status_code


async def test_it_opens_the_book_and_is_shown_once(alices, application, owner, alice):
    password = await make(alices)
    assert await get_in(application, password) == 207
    page = (await alices.get("/account/phones")).text
    assert password not in page
    assert "Ana’s phone" in page
    await owner.execute("select set_config('app.user_id', $1, false)", str(alice.id))
    kept = await owner.fetchval("select to_jsonb(t)::text from personal_tokens t")
    assert password.replace("-", "") not in kept


async def test_the_page_says_where_the_book_is_and_for_whom(alices):
    page = (await alices.get("/account/phones")).text
    assert "http://127.0.0.1/dav/" in page
    assert 'value="alice@example.org"' in page


async def test_when_it_was_last_used_is_told_and_keeps_it_alive(alices, application, owner, alice):
    password = await make(alices)
    assert "never used" in (await alices.get("/account/phones")).text
    await owner.execute("select set_config('app.user_id', $1, false)", str(alice.id))
    await owner.execute("update personal_tokens set expires_at = now() + interval '1 day'")
    await get_in(application, password)
    assert "never used" not in (await alices.get("/account/phones")).text
    assert await owner.fetchval("select expires_at > now() + interval '11 months' from personal_tokens")


async def test_taken_back_it_opens_nothing_any_more(alices, bobs, application):
    password = await make(alices)
    revoke = re.search(r"/account/phones/[\w-]+/revoke", (await alices.get("/account/phones")).text)[0]
    assert (await bobs.post(revoke)).status_code == 404
    assert await get_in(application, password) == 207
    assert (await alices.post(revoke)).status_code == 303
    assert await get_in(application, password) == 401


async def test_it_is_no_token_among_the_tokens_and_they_are_not_taken_back_here(alices):
    await make(alices)
    assert "Ana’s phone" not in (await alices.get("/account/tokens")).text
    await alices.post("/account/tokens", {"name": "Script", "scopes": "read", "days": "30"})
    other = re.search(r"/account/tokens/([\w-]+)/revoke", (await alices.get("/account/tokens")).text)[1]
    assert (await alices.post(f"/account/phones/{other}/revoke")).status_code == 404


async def test_a_device_needs_a_name(alices):
    for name in (" ", "x" * 101):
        answer = await alices.post("/account/phones", {"name": name})
        assert answer.status_code == 422
        assert "which device" in answer.text
        assert not PASSWORD.search(answer.text)


async def test_there_are_at_most_fifty(alices):
    for number in range(50):
        await make(alices, f"Phone {number}")
    answer = await alices.post("/account/phones", {"name": "One more"})
    assert answer.status_code == 422
    assert "fifty" in answer.text
    assert 'value="One more"' in answer.text
