"""Capturing from the page and from the outbox: what arrives only fills in, what is sent is kept once, as its writer."""

from __future__ import annotations

import asyncio
import re
from uuid import uuid4

import pytest

from app.web.auth import user_key

JSON = {"accept": "application/json"}


async def captured(owner, person) -> list[str]:
    rows = await owner.fetch(
        "select coalesce(nullif(content, ''), title, url) from captures where user_id = $1 order by id", person.id
    )
    return [row[0] for row in rows]


def outbox_form(person, text: str, **more: str) -> dict[str, str]:
    return {"client_id": str(uuid4()), "owner": user_key(person.id), "text": text, "content": text, **more}


async def test_an_address_fills_in_the_page_and_keeps_nothing(alices, owner, alice):
    page = await alices.get("/capture?text=Tea+at+five&url=https%3A%2F%2Fexample.org&title=Tea&source=bookmarklet")
    assert "\nTea at five</textarea>" in page.text
    assert 'value="https://example.org"' in page.text and 'name="source" value="bookmarklet"' in page.text
    assert await captured(owner, alice) == []


async def test_what_another_app_shares_fills_in_the_page_without_a_token(alices, owner, alice):
    form = {"title": "Fado", "text": "Listen", "url": "https://example.org/fado"}
    answer = await alices.http.post("/share", data=form, files={"files": ("a.txt", b"words")})
    assert answer.status_code == 200
    assert "\nListen</textarea>" in answer.text and "did not come along" in answer.text
    assert await captured(owner, alice) == []


async def test_another_site_may_not_even_fill_in(alices):
    answer = await alices.http.post("/share", data={"text": "x"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_a_form_without_a_script_is_kept_and_says_so(alices, owner, alice):
    answer = await alices.post("/captures", {"content": "Buy rope", "source": "page"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/capture")
    assert await captured(owner, alice) == ["Buy rope"]
    assert "Caught." in (await alices.get("/capture")).text


async def test_nothing_at_all_is_refused_with_what_was_chosen(alices):
    answer = await alices.post("/captures", {"content": " ", "type": "idea"})
    assert answer.status_code == 422
    assert "There is nothing to write down yet." in answer.text and '<option value="idea" selected>' in answer.text


async def test_without_a_token_nothing_is_kept(alices, owner, alice):
    answer = await alices.http.post("/captures", data=outbox_form(alice, "x"), headers=JSON)
    assert answer.status_code == 403 and answer.json()["error"]
    assert await captured(owner, alice) == []


async def test_what_the_outbox_sends_twice_at_once_is_kept_once(alices, owner, alice):
    form = outbox_form(alice, "Once", at="2026-11-20T08:14:00Z")
    answers = await asyncio.gather(*(alices.post("/captures", form, **JSON) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["href"] for answer in answers}) == 1
    assert all(answer.json()["is_same"] for answer in answers)
    assert await captured(owner, alice) == ["Once"]
    # It was written when it was written.
    assert str(await owner.fetchval("select created_at from captures")).startswith("2026-11-20 08:14")


async def test_other_words_under_the_same_id_are_told_and_not_taken(alices, owner, alice):
    form = outbox_form(alice, "First")
    await alices.post("/captures", form, **JSON)
    answer = await alices.post("/captures", {**form, "content": "Second"}, **JSON)
    assert answer.json()["is_same"] is False
    assert await captured(owner, alice) == ["First"]


@pytest.mark.parametrize("path", ["/captures", "/day"])
async def test_what_alice_wrote_is_never_sent_as_bob(bobs, owner, alice, path):
    answer = await bobs.post(path, outbox_form(alice, "Alice's"), **JSON)
    assert answer.status_code == 409 and "waits until they sign in" in answer.json()["error"]
    assert await owner.fetchval("select count(*) from captures") == 0
    assert await owner.fetchval("select count(*) from notes where note_kind = 'log'") == 0


@pytest.mark.parametrize("path", ["/captures", "/day"])
async def test_an_id_that_is_none_is_refused(alices, alice, path):
    answer = await alices.post(path, {**outbox_form(alice, "x"), "client_id": "seven"}, **JSON)
    assert answer.status_code == 400 and "reload the page" in answer.json()["error"]


async def test_whoever_is_signed_out_is_told_so_in_json(anybody):
    for path in ("/outbox/pass", "/inbox/nothing"):
        answer = await anybody.get(path, headers=JSON)
        assert answer.headers["content-type"] == "application/json", path
    assert (await anybody.get("/outbox/pass", headers=JSON)).status_code == 401


async def test_a_pass_says_who_is_signed_in_and_is_never_kept(alices, alice):
    answer = await alices.get("/outbox/pass", **JSON)
    assert answer.json() == {"owner": user_key(alice.id), "token": alices.csrf}
    assert answer.headers["cache-control"] == "no-store"


async def test_files_come_along_once(alices, owner, alice):
    form = {**outbox_form(alice, ""), "_csrf_token": alices.csrf}
    for _ in range(2):
        answer = await alices.http.post("/captures", data=form, files=[("files", ("map.txt", b"a map"))], headers=JSON)
        assert answer.status_code == 201, answer.text
    assert await captured(owner, alice) == ["map.txt"]
    held = await owner.fetch("select a.name from attachments a join captures c on c.id = a.record_id")
    assert [row["name"] for row in held] == ["map.txt"]


async def test_a_line_of_the_log_is_written_once_under_the_time_when_it_was_written(alices, owner, alice):
    form = outbox_form(alice, "Rain", at="2026-11-20T08:14:00Z", on="")
    answers = await asyncio.gather(*(alices.post("/day", form, **JSON) for _ in range(3)))
    assert [answer.json() for answer in answers] == [{"href": "/day?on=2026-11-20", "is_same": True}] * 3
    kept = await owner.fetchrow("select content, date_key::text from notes where note_kind = 'log'")
    assert tuple(kept) == ("- 08:14 Rain", "2026-11-20")
    other = await alices.post("/day", {**form, "text": "Sun"}, **JSON)
    assert other.json()["is_same"] is False
    await alices.post("/day", outbox_form(alice, "Rain", at="2026-11-20T08:14:00Z", on=""), **JSON)
    assert await owner.fetchval("select content from notes where note_kind = 'log'") == "- 08:14 Rain\n- 08:14 Rain"


async def test_a_line_that_is_refused_may_come_again_under_its_id(alices, owner, alice):
    form = outbox_form(alice, "x" * 20_001)
    refused = await alices.post("/day", form, **JSON)
    assert refused.status_code == 400 and "at most 20,000 characters" in refused.json()["error"]
    assert (await alices.post("/day", {**form, "text": "short"}, **JSON)).status_code == 201
    assert await owner.fetchval("select count(*) from sent_lines") == 1


async def test_a_clock_that_is_ahead_counts_as_now(alices, owner, alice):
    await alices.post("/captures", outbox_form(alice, "Ahead", at="2999-01-01T00:00:00Z"), **JSON)
    assert await owner.fetchval("select created_at < now() + interval '1 minute' from captures")


async def test_bob_sees_none_of_alices_lines_receipts(alices, bobs, owner, alice, bob, database):
    await alices.post("/day", outbox_form(alice, "Mine"), **JSON)
    async with database.reading(bob.id) as connection:
        assert await connection.fetchval("select count(*) from sent_lines") == 0


async def sent(http, url: str) -> int:
    async with http.stream("GET", url, headers={"accept-encoding": "br, gzip"}) as answer:
        assert answer.status_code == 200
        return sum([len(part) async for part in answer.aiter_raw()])


async def test_a_first_load_of_the_page_is_at_most_20_kb(alices):
    page = await alices.get("/capture")
    assert not re.search(r"/static/app\.", page.text)
    named = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:css|js|svg))"', page.text)) | {"/manifest.webmanifest"}
    assert len(named) == 5
    assert sum([await sent(alices.http, url) for url in ("/capture", *named)]) <= 20_000
