"""Personal tokens: as far as they say, until they end, and never a word of them kept."""

from __future__ import annotations

import re

import pytest

from tests.conftest import make_client

TOKEN = re.compile(r'value="(hearth_[\w-]{43})"')


async def make(browser, **fields) -> str:
    answer = await browser.post("/account/tokens", {"name": "Phone", "scopes": "read", "days": "30", **fields})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return TOKEN.search(answer.text)[1]


@pytest.fixture
async def program(application):
    async with make_client(application) as http:
        yield lambda token: http.get("/api/me", headers={"Authorization": f"Bearer {token}"})


async def test_a_token_opens_what_is_its_person_s(alices, bobs, program):
    token, other = await make(alices), await make(bobs)
    told = (await program(token)).json()
    assert (told["name"], told["token"], told["scopes"]) == ("Alice", "Phone", ["read"])
    assert (await program(other)).json()["name"] == "Bob"


async def test_it_is_shown_once_and_only_its_hash_is_kept(alices, owner, alice):
    token = await make(alices)
    assert token not in (await alices.get("/account/tokens")).text
    await owner.execute("select set_config('app.user_id', $1, false)", str(alice.id))
    kept = await owner.fetchval("select to_jsonb(t)::text from personal_tokens t")
    assert token not in kept
    assert token.removeprefix("hearth_") not in kept


async def test_it_does_what_its_scopes_say_and_no_more(alices, program):
    answer = await program(await make(alices, scopes="capture"))
    assert answer.status_code == 403
    assert "“read”" in answer.json()["error"]


async def test_it_ends_when_it_said_or_is_taken_back_or_its_person_is_suspended(alices, bobs, bob, owner, program):
    ended, taken, theirs = await make(bobs), await make(alices), await make(bobs)
    await owner.execute("select set_config('app.user_id', $1, false)", str(bob.id))
    await owner.execute(
        "update personal_tokens set expires_at = now() where id = (select min(id::text)::uuid from personal_tokens)"
    )
    assert (await program(ended)).status_code == 401
    page = (await alices.get("/account/tokens")).text
    await alices.post(re.search(r"/account/tokens/[\w-]+/revoke", page)[0])
    assert (await program(taken)).status_code == 401
    assert (await program(theirs)).status_code == 200
    await alices.post(f"/members/{bob.id}/suspend")
    assert (await program(theirs)).status_code == 401


async def test_when_it_was_last_used_is_told(alices, program):
    token = await make(alices)
    assert "never used" in (await alices.get("/account/tokens")).text
    await program(token)
    assert "never used" not in (await alices.get("/account/tokens")).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [({"name": " "}, "what it is for"), ({"scopes": "all"}, "at least one thing"), ({"days": "9999"}, "how long"),
     ({"days": "²"}, "how long"), ({"name": "x" * 101}, "hundred letters")],
)  # fmt: skip
async def test_a_wish_that_cannot_be_granted_is_kept_and_explained(alices, fields, told):
    answer = await alices.post("/account/tokens", {"name": "Phone", "scopes": "read", "days": "30", **fields})
    assert answer.status_code == 422
    assert told in answer.text
    assert "hearth_" not in answer.text
    assert 'value="Phone"' in answer.text or "name" in fields


async def test_a_token_is_no_session(alices, program, application):
    token = await make(alices)
    async with make_client(application) as http:
        assert (await http.get("/notes", headers={"Authorization": f"Bearer {token}"})).status_code == 303


async def test_a_reset_takes_a_person_s_tokens_back(alices, bobs, bob, program, application):
    token = await make(bobs)
    link = re.search(r"/reset/[\w-]+", (await alices.post(f"/members/{bob.id}/reset")).text)[0]
    async with make_client(application) as http:
        page = (await http.get(link)).text
        form = re.search(r'name="_csrf_token" value="(\w+)"', page)[1]
        await http.post(link, data={"password": "another four words here", "_csrf_token": form})
    assert (await program(token)).status_code == 401
