"""vCards come in as people: once, with their pictures, and out again by one Undo; going out and in changes nothing."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from app.contacts.cards.card import Card
from app.contacts.cards.reading import read_cards
from app.history.undoing import undo_action
from app.importing.people import own_card
from app.importing.running import ImportRunner
from app.importing.service import import_path
from app.importing.staging import Staging
from app.kinds import KINDS
from app.ports.blobs import BlobStore

PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAsAAAALCAQAAAADpb+tAAAAQklEQVQI122PQQ4AMAjCKv//Mzs4M0zmRYKkamEwWQVoRJogk4PuRoOoMC/EK8"
       "nYb+l08WGvSxKlNHO5kxnp/WXrAzsSERN1N6q5AAAAAElFTkSuQmCC")  # fmt: skip
ANA = (
    "BEGIN:VCARD\nVERSION:3.0\nUID:ana-1\nFN:Ana García\nTEL:0171 23\nEMAIL:ana@x.org\nX-ODD:k\n"
    f"PHOTO;ENCODING=b:{PNG}\nEND:VCARD\n"
)
BO = "BEGIN:VCARD\nVERSION:4.0\nFN:Bo Lind\nEMAIL:bo@x.org\nEND:VCARD\n"


@pytest.fixture
def blobs(settings):
    return BlobStore(settings.blobs_dir)


@pytest.fixture
def run_import(worker_database, blobs, settings):
    """As the worker does it."""
    return ImportRunner(worker_database, blobs, Staging(settings.imports_dir), "worker 1").run_next


@pytest.fixture
def bring_text(database, blobs, tmp_path):
    async def bring(text: str, user, action_id=None):
        path = tmp_path / "people.vcf"
        path.write_bytes(text.encode())
        return await import_path(database, blobs, user.id, path, action_id=action_id)

    return bring


async def people(owner, user) -> list:
    rows = await owner.fetch("select * from contacts where user_id = $1 and not is_self and deleted_at is null "
                             "order by full_name, id", user.id)  # fmt: skip
    return [dict(row) for row in rows]


async def test_cards_become_people_with_their_pictures(bring_text, alice, owner, blobs):
    report = await bring_text(ANA + BO + "BEGIN:VCARD\nBDAY:19700714\nEND:VCARD\n", alice)
    assert report.others["contacts"] == {"added": 2, "changed": 0, "unchanged": 0}
    assert [why for _what, why in report.failed] == [
        "The card names nobody: it has no name, no company, no address and no number."
    ]
    ana, bo = await people(owner, alice)
    assert (ana["full_name"], bo["full_name"], ana["card_uid"]) == ("Ana García", "Bo Lind", "ana-1")
    assert json.loads(ana["card_extra"]) == [["x-odd", {}, "unknown", "k"]]
    assert blobs.size(ana["avatar"]) > 50
    # As any picture of a person: small, upright, bare of what its camera wrote, and so it is shown.
    looks = await owner.fetchrow("select media_type, width, height from attachments where sha256 = $1", ana["avatar"])
    assert tuple(looks) == ("image/webp", 11, 11)
    assert await owner.fetchval("select record_id from attachments where sha256 = $1", ana["avatar"]) == ana["id"]


async def test_the_same_again_changes_nothing_and_a_changed_card_changes_that(bring_text, alice, owner):
    await bring_text(ANA + BO, alice)
    again = await bring_text(ANA + BO, alice)
    assert again.others["contacts"] == {"added": 0, "changed": 0, "unchanged": 2}
    newer = await bring_text(ANA.replace("TEL:0171 23", "TEL:0171 23\nTITLE:Miller\nTEL:0171 99"), alice)
    assert newer.others["contacts"]["changed"] == 1
    ana, _bo = await people(owner, alice)
    assert (ana["role_title"], len(json.loads(ana["phones"]))) == ("Miller", 2)


async def test_what_was_written_here_outlives_the_same_card(bring_text, alice, owner, database):
    await bring_text(BO, alice)
    async with database.reading(alice.id) as connection:
        await connection.execute("update contacts set full_name = 'Bo the Great' where full_name = 'Bo Lind'")
    await bring_text(BO, alice)
    assert [one["full_name"] for one in await people(owner, alice)] == ["Bo the Great"]


async def test_one_undo_takes_the_whole_import_back_and_another_brings_it_again(bring_text, alice, owner, database):
    await bring_text(ANA + BO, alice, action := uuid4())
    await undo_action(database, alice.id, action, KINDS)
    assert await people(owner, alice) == []
    await bring_text(ANA + BO, alice)
    assert len(await people(owner, alice)) == 2
    assert await owner.fetchval("select count(*) from contacts where user_id = $1 and not is_self", alice.id) == 2


async def test_who_lies_in_the_trash_by_a_person_s_hand_stays_there(bring_text, alice, owner, database):
    await bring_text(BO, alice)
    async with database.reading(alice.id) as connection:
        await connection.execute("update contacts set deleted_at = now() where full_name = 'Bo Lind'")
    report = await bring_text(BO, alice)
    assert report.in_trash == ["people.vcf: Bo Lind"]
    assert await people(owner, alice) == []


async def test_one_s_own_card_doubles_nobody_and_changes_nothing(bring_text, alice, owner):
    own = await owner.fetchrow("select * from contacts where user_id = $1 and is_self", alice.id)
    address = json.loads(own["emails"])[0]["value"]
    report = await bring_text(f"BEGIN:VCARD\nFN:Me Elsewhere\nEMAIL:{address.upper()}\nEND:VCARD\n", alice)
    assert report.notices == [("people.vcf: Me Elsewhere", own_card())]
    assert await owner.fetchrow("select * from contacts where user_id = $1 and is_self", alice.id) == own
    assert await people(owner, alice) == []


async def groups_of(owner, user) -> list[tuple[str, str]]:
    rows = await owner.fetch(
        "select g.name, c.full_name from group_members m join groups g on g.id = m.group_id join contacts c "
        "on c.id = m.contact_id where m.user_id = $1 and g.deleted_at is null and c.deleted_at is null order by 1, 2",
        user.id,
    )
    return [tuple(row) for row in rows]


async def test_categories_become_groups_once_and_those_that_cannot_survive(bring_text, alice, owner):
    cards = ANA.replace("END:", "CATEGORIES:Choir,Tea\nEND:") + BO.replace("END:", "CATEGORIES:choir\nEND:")
    await bring_text(cards.replace("Tea", "x" * 300), alice)
    assert await groups_of(owner, alice) == [("Choir", "Ana García"), ("Choir", "Bo Lind")]
    ana, _bo = await people(owner, alice)
    assert ["categories", {}, "unknown", "x" * 300] in json.loads(ana["card_extra"])
    report = await bring_text(cards.replace("Tea", "x" * 300), alice)
    assert report.others["contacts"]["unchanged"] == 2
    assert await owner.fetchval("select count(*) from groups where user_id = $1", alice.id) == 1


async def test_an_undone_import_takes_its_groups_along_and_the_next_brings_them_back(
    bring_text, alice, alices, owner, database
):
    cards = BO.replace("END:", "CATEGORIES:Choir\nEND:")
    await bring_text(cards, alice, action := uuid4())
    await undo_action(database, alice.id, action, KINDS)
    assert await groups_of(owner, alice) == []
    await bring_text(cards, alice)
    assert await groups_of(owner, alice) == [("Choir", "Bo Lind")]
    [group] = await owner.fetch("select id from groups where user_id = $1", alice.id)
    await alices.post(f"/groups/{group['id']}/discard")
    await bring_text(cards.replace("END:", "TITLE:Miller\nEND:"), alice)
    assert await groups_of(owner, alice) == []
    assert await owner.fetchval("select count(*) from groups where user_id = $1", alice.id) == 1


async def test_groups_go_out_as_categories(bring_text, alices, alice):
    await bring_text(BO.replace("END:", "CATEGORIES:Choir,Tea\\, green\nEND:"), alice)
    [card] = read_cards((await alices.get("/people/people.vcf")).text)
    assert isinstance(card, Card)
    assert card.categories == ("Choir", "Tea, green")


async def test_two_who_share_a_picture_both_show_it(bring_text, alices, alice, owner):
    await bring_text(ANA + ANA.replace("ana-1", "ana-2").replace("Ana", "Eva").replace("ana@", "eva@"), alice)
    for one in await people(owner, alice):
        assert 'class="portrait" src=' in (await alices.get(f"/people/{one['id']}")).text


@pytest.mark.parametrize("version", ["3.0", "4.0"])
async def test_all_that_goes_out_changes_nothing_when_it_comes_in_again(
    bring_text, shared_data, alices, alice, owner, version
):
    files = sorted((shared_data / "vcard").glob("*.vcf"))
    for path in files[:8] + files[22:50]:
        for card in read_cards(path.read_bytes()):
            assert card
        await bring_text(path.read_bytes().decode("latin-1" if path.name == "010.vcf" else "utf-8"), alice)
    form = {"full_name": "By Hand", "is_whole": "1", "is_favourite": "1", "how_met": "tea, a; b", "domain": "business"}
    await alices.post("/people", form | {"dates.0.label": "birthday", "dates.0.date": "--02-29"})
    before = await people(owner, alice)
    assert len(before) > 40
    answer = await alices.get(f"/people/people.vcf?version={version}")
    assert answer.headers["content-type"].startswith("text/vcard")
    assert len([card for card in read_cards(answer.text) if isinstance(card, Card)]) == len(before)
    report = await bring_text(answer.text, alice)
    assert report.others["contacts"] == {"added": 0, "changed": 0, "unchanged": len(before)}
    assert report.failed == report.notices == []
    assert await people(owner, alice) == before


async def test_one_person_goes_out_alone_and_to_nobody_else(bring_text, alices, bobs, alice, owner):
    await bring_text(ANA, alice)
    [ana] = await people(owner, alice)
    answer = await alices.get(f"/people/{ana['id']}/card.vcf?version=3.0")
    assert "VERSION:3.0" in answer.text
    [card] = read_cards(answer.text)
    assert isinstance(card, Card)
    assert card.photo
    assert (await bobs.get(f"/people/{ana['id']}/card.vcf")).status_code == 404
    assert (await bobs.get("/people/people.vcf")).text == ""


async def test_a_table_is_asked_about_previewed_and_brought_in(alices, alice, database, settings, owner, run_import):
    text = "Vorname;Nachname;Mail\nAna;García;ana@x.org\n"
    page = await alices.http.post(
        "/people/import", files={"files": ("x.csv", text.encode("cp1252"))}, data={"_csrf_token": alices.csrf}
    )
    assert page.status_code == 200
    assert "Ana García" in page.text
    form = {"name": "x.csv", "text": text, "column.0": "first_name", "column.1": "company", "column.2": "email:work"}
    assert "García · ana@x.org" in (await alices.post("/people/import/table", form | {"preview": "1"})).text
    answer = await alices.post("/people/import/table", form | {"column.1": "last_name"})
    assert answer.status_code == 303
    await run_import()
    [ana] = await people(owner, alice)
    assert (ana["full_name"], ana["last_name"], json.loads(ana["emails"])[0]["label"]) == (
        "Ana García",
        "García",
        "work",
    )
    assert "1 person is in." in (await alices.get(answer.headers["location"])).text


async def test_cards_that_a_browser_brings_are_brought_in_by_the_worker(alices, alice, owner, run_import):
    answer = await alices.http.post(
        "/people/import", files={"files": ("p.vcf", (ANA + BO).encode())}, data={"_csrf_token": alices.csrf}
    )
    assert answer.status_code == 303
    await run_import()
    assert len(await people(owner, alice)) == 2
    page = (await alices.get(answer.headers["location"])).text
    assert "2 people are in." in page
    assert "Undo this import" in page


async def test_what_is_neither_is_told(alices):
    for name, content in (("x.txt", b"hello"), ("x.csv", b"just one line"), ("", b"")):
        answer = await alices.http.post(
            "/people/import", files={"files": (name, content)}, data={"_csrf_token": alices.csrf}
        )
        assert answer.status_code == 422
