"""A card of an import that is one's own is offered, field by field; the address of the account stays one."""

from __future__ import annotations

import json
import re

import pytest

from app.importing.service import import_path
from app.ports.blobs import BlobStore
from tests.importing.test_import_people import PNG

CARD = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:Alice P. Liddell\nEMAIL:ALICE@example.org\nEMAIL;TYPE=work:al@work.example\n"
    "TITLE:Gardener\nTEL;TYPE=cell:+49171234567\nEND:VCARD\n"
)
WITH_PICTURE = CARD.replace("END:", f"PHOTO;ENCODING=b;TYPE=PNG:{PNG}\nEND:")


@pytest.fixture
def bring(database, settings, alice, tmp_path):
    async def bring(text: str = CARD):
        (tmp_path / "me.vcf").write_text(text)
        return await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path / "me.vcf")

    return bring


async def me(owner, person) -> dict:
    row = await owner.fetchrow("select * from contacts where user_id = $1 and is_self", person.id)
    return {**row, "emails": [one["value"] for one in json.loads(row["emails"])], "phones": json.loads(row["phones"])}


async def offered_id(owner) -> str:
    return str(await owner.fetchval("select id from own_cards where settled_at is null"))


async def test_what_is_chosen_is_taken_over_and_one_undo_takes_it_back(bring, alices, owner, alice, database):
    await bring()
    before = await me(owner, alice)
    page = (await alices.get("/people/own-card")).text
    assert all(said in page for said in ("Alice P. Liddell", "Gardener", "al@work.example", "+49171234567"))
    assert "See what it knows better" in (await alices.get(f"/people/{before['id']}")).text
    answer = await alices.post("/people/own-card", {"id": await offered_id(owner), "take": ["role_title", "emails.1"]})
    assert answer.headers["location"] == f"/people/{before['id']}"
    after = await me(owner, alice)
    assert (after["role_title"], after["emails"]) == ("Gardener", ["alice@example.org", "al@work.example"])
    assert (after["full_name"], after["phones"]) == (before["full_name"], [])
    action = await owner.fetchval(
        "select action_id from change_log where record_id = $1 order by seq desc", after["id"]
    )
    await alices.post(f"/history/{action}/undo")
    assert (await me(owner, alice))["role_title"] is None


async def test_what_was_left_is_not_offered_again_until_the_card_says_something_else(bring, alices, owner):
    await bring()
    await alices.post("/people/own-card", {"id": await offered_id(owner), "leave": "1", "take": ["role_title"]})
    await bring()
    assert "No card of yours" in (await alices.get("/people/own-card")).text
    await bring(CARD.replace("Gardener", "Miller"))
    assert "Miller" in (await alices.get("/people/own-card")).text


async def test_a_card_that_says_nothing_new_is_not_kept(bring, owner):
    await bring("BEGIN:VCARD\nFN:Alice\nEMAIL:alice@example.org\nEND:VCARD\n")
    assert await owner.fetchval("select count(*) from own_cards") == 0


async def test_nobody_else_sees_or_takes_it(bring, bobs, owner, bob):
    await bring()
    assert "Gardener" not in (await bobs.get("/people/own-card")).text
    taken = await bobs.post("/people/own-card", {"id": await offered_id(owner), "take": ["role_title"]})
    assert taken.status_code == 404
    assert (await bobs.post("/people/own-card", {"id": "x"})).status_code == 404
    assert await offered_id(owner)
    assert (await me(owner, bob))["role_title"] is None


@pytest.mark.parametrize("emails", ["[]", '[{"label": "home", "value": "else@example.org"}]'])
async def test_the_address_that_one_signs_in_with_stays_on_one_s_own_page(database, owner, alice, emails):
    async with database.reading(alice.id) as connection:
        await connection.execute("update contacts set emails = $1 where is_self", emails)
    found = (await me(owner, alice))["emails"]
    assert found == ["alice@example.org", *(one["value"] for one in json.loads(emails))]


async def test_it_moves_with_the_account_whatever_the_page_said_of_it(database, owner, alice):
    async with database.reading(alice.id) as connection:
        await connection.execute("""update contacts set emails = '[{"label": "", "value": "Alice@Example.org"},
            {"label": "work", "value": "al@work.example"}]' where is_self""")
        await connection.execute("update users set email = 'al@work.example'")
    assert (await me(owner, alice))["emails"] == ["al@work.example"]


async def test_its_picture_is_shown_and_taken_over_like_the_rest(bring, alices, owner, alice):
    await bring(WITH_PICTURE)
    page = (await alices.get("/people/own-card")).text
    picture = re.search(r'<img class="portrait" src="([^"]+)"', page)
    assert picture
    assert (await alices.get(picture[1].replace("&amp;", "&"))).headers["content-type"] == "image/webp"
    await alices.post("/people/own-card", {"id": await offered_id(owner), "take": ["avatar"]})
    mine = await me(owner, alice)
    assert mine["avatar"] == await owner.fetchval("select sha256 from attachments where record_id = $1", mine["id"])
    assert picture[1] in (await alices.get(f"/people/{mine['id']}")).text
    # The same card again knows no other picture.
    await bring(WITH_PICTURE.replace("Gardener", "Miller"))
    page = (await alices.get("/people/own-card")).text
    assert "Miller" in page
    assert '<img class="portrait"' not in page


async def test_a_picture_that_was_thrown_away_is_not_offered(bring, alices, owner, alice):
    await bring(WITH_PICTURE)
    await owner.execute("update attachments set deleted_at = now() where user_id = $1", alice.id)
    page = (await alices.get("/people/own-card")).text
    assert "Gardener" in page
    assert '<img class="portrait"' not in page
    await alices.post("/people/own-card", {"id": await offered_id(owner), "take": ["avatar", "role_title"]})
    mine = await me(owner, alice)
    assert (mine["avatar"], mine["role_title"]) == (None, "Gardener")


async def test_what_is_no_picture_stops_no_card(bring, alices, owner):
    await bring(CARD.replace("END:", "PHOTO;ENCODING=b;TYPE=PNG:aGVsbG8=\nEND:"))
    page = (await alices.get("/people/own-card")).text
    assert "Gardener" in page
    assert '<img class="portrait"' not in page
