"""Cards brought, changed and thrown away by a client: through the same verbs as by hand, and nobody twice."""

from __future__ import annotations

import pytest

from app.contacts.fields import ContactFields, Labelled, Phone, Promise
from app.contacts.service import change_contact, discard_contact, restore_contact
from tests.dav.conftest import add_person, make_card, make_phone, sentence


async def rows(database, person, columns="full_name"):
    async with database.reading(person.id) as connection:
        return await connection.fetch(
            f"select {columns} from contacts where not is_self and deleted_at is null order by full_name"  # noqa: S608
        )


async def test_a_card_becomes_a_person_and_is_read_back(phone, database, alice):
    card = make_card("Ana Silva", "u-1", "EMAIL;TYPE=WORK:ana@example.org", "TEL;TYPE=CELL:+351 21 000 00 00",
                     "NOTE:Met in Lisbon\\, by the river", "X-COLOUR:green")  # fmt: skip
    answer = await phone.put("first.vcf", card, If_None_Match="*")
    assert answer.status_code == 201
    assert "etag" not in answer.headers
    got = await phone.ask("GET", "first.vcf")
    assert got.headers["content-type"].startswith("text/vcard")
    assert got.headers["etag"] == (await phone.etags())["first.vcf"]
    for line in ("UID:u-1", "FN:Ana Silva", "N:Silva;Ana;;;", "EMAIL;TYPE=WORK:ana@example.org", "X-COLOUR:green",
                 "NOTE:Met in Lisbon\\, by the river", "VERSION:3.0"):  # fmt: skip
        assert line in got.text.splitlines()
    row = (await rows(database, alice, "full_name, first_name, phones ->> 0 as phone, card_uid"))[0]
    assert tuple(row)[:2] == ("Ana Silva", "Ana")
    assert "+351210000000" in row["phone"]


async def test_history_says_that_an_address_book_did_it(phone, alices, database, alice):
    await phone.put("first.vcf", make_card("Ana Silva", "u-1"))
    async with database.reading(alice.id) as connection:
        actors = await connection.fetch("select actor from change_log where kind = 'contact' and actor <> 'hearth'")
    assert [row[0] for row in actors] == ["carddav"]
    assert "An address book" in (await alices.get("/history")).text


async def test_a_change_needs_to_know_what_it_changes(phone):
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    etag = (await phone.etags())["a.vcf"]
    assert (await phone.put("a.vcf", make_card("Ana B", "u-1"), If_None_Match="*")).status_code == 412
    assert (await phone.put("a.vcf", make_card("Ana B", "u-1"), If_Match='"other"')).status_code == 412
    assert (await phone.put("a.vcf", make_card("Ana B", "u-1"), If_Match=f'"other", {etag}')).status_code == 204
    assert (await phone.etags())["a.vcf"] != etag
    assert (await phone.put("a.vcf", make_card("Ana C", "u-1"), If_Match=etag)).status_code == 412
    assert (await phone.ask("DELETE", "a.vcf", If_Match=etag)).status_code == 412
    assert (await phone.put("b.vcf", make_card("Bea", "u-2"), If_Match="*")).status_code == 412


async def test_the_same_card_again_changes_nothing(phone, database, alice):
    card = make_card("Ana", "u-1", "EMAIL:ana@example.org")
    await phone.put("a.vcf", card)
    before = await phone.etags()
    assert (await phone.put("a.vcf", card)).status_code == 204
    for version in ("3.0", "4.0"):
        served = await phone.ask("GET", "a.vcf", Accept=f"text/vcard; version={version}")
        assert f"VERSION:{version}" in served.text
        assert (await phone.put("a.vcf", served.text)).status_code == 204
    assert await phone.etags() == before


async def test_nobody_comes_twice(phone, database, alice):
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    answer = await phone.put("b.vcf", make_card("Ana", "u-1"))
    assert answer.status_code == 409
    assert "no-uid-conflict" in answer.text
    assert f"{phone.book}a.vcf" in answer.text
    made = await add_person(database, alice, "Made by hand")
    assert (await phone.put("c.vcf", make_card("X", f"urn:uuid:{made}"))).status_code == 409
    assert (await phone.put("a.vcf", make_card("Ana", "another"))).status_code == 409
    assert [row[0] for row in await rows(database, alice)] == ["Ana", "Made by hand"]


async def test_who_was_made_by_hand_has_a_card_by_its_id(phone, database, alice):
    made = await add_person(database, alice, "Made by hand")
    got = await phone.ask("GET", f"{made}.vcf")
    assert f"UID:urn:uuid:{made}" in got.text
    assert (await phone.put(f"{made}.vcf", got.text.replace("Made by hand", "Renamed"))).status_code == 204
    assert [row[0] for row in await rows(database, alice)] == ["Renamed"]


async def test_what_a_card_does_not_say_stays(phone, database, alice):
    promise = Promise("0197e5a0-0000-7000-8000-000000000000", "me", "Send the photos")
    made = await add_person(
        database, alice, "Ana", how_met="On a train", role="friend", status="dormant", domain="business",
        is_favourite=True, wished_days=30, location="Lisbon", promises=(promise,),
    )  # fmt: skip
    kept = "how_met, role, status, domain, is_favourite, wished_days, location, promises"
    before = tuple((await rows(database, alice, kept))[0])
    card = (await phone.ask("GET", f"{made}.vcf")).text
    assert (await phone.put(f"{made}.vcf", card.replace("FN:Ana", "FN:Ana Maria"))).status_code == 204
    assert tuple((await rows(database, alice, kept))[0]) == before


async def test_lines_that_a_client_drops_for_not_knowing_them_stay(phone):
    await phone.put("a.vcf", make_card("Ana", "u-1", "X-COLOUR:green", "GENDER:F", "X-SIZE:9"))
    card = make_card("Ana", "u-1", "EMAIL:ana@example.org", "X-SIZE:10")
    await phone.put("a.vcf", card)
    got = (await phone.ask("GET", "a.vcf")).text
    for line in ("X-COLOUR:green", "GENDER:F", "X-SIZE:10", "EMAIL:ana@example.org"):
        assert line in got.splitlines()
    assert "X-SIZE:9" not in got


async def test_a_name_that_nobody_took_apart_comes_back_whole(phone, database, alice):
    made = await add_person(database, alice, "Ana Silva")
    card = (await phone.ask("GET", f"{made}.vcf")).text
    assert "Ana Silva;;;" in card
    await phone.put(f"{made}.vcf", card.replace(";X-HEARTH-GUESS=1", ""))
    assert tuple((await rows(database, alice, "full_name, first_name"))[0]) == ("Ana Silva", None)


async def test_numbers_that_were_not_changed_keep_how_the_world_dials_them(phone, database, alice):
    made = await add_person(database, alice, "Ana", phones=(Phone("cell", "0171 2345678", "+491712345678"),))
    card = (await phone.ask("GET", f"{made}.vcf")).text.replace("FN:Ana", "FN:Ana B")
    await phone.put(f"{made}.vcf", card)
    assert "+491712345678" in (await rows(database, alice, "phones ->> 0"))[0][0]


async def test_a_deleted_card_is_in_the_trash_and_comes_back_as_the_same_person(phone, database, alice):
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    made = (await rows(database, alice, "id"))[0][0]
    assert (await phone.ask("DELETE", "a.vcf")).status_code == 204
    assert (await phone.ask("GET", "a.vcf")).status_code == 404
    assert (await phone.ask("DELETE", "a.vcf")).status_code == 404
    assert (await phone.put("again.vcf", make_card("Ana Maria", "u-1"), If_None_Match="*")).status_code == 201
    assert [tuple(row) for row in await rows(database, alice, "id, full_name")] == [(made, "Ana Maria")]
    assert list(await phone.etags()) == ["again.vcf"]


async def test_out_of_the_trash_by_hand_it_has_its_old_address(phone, database, alice):
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    made = (await rows(database, alice, "id"))[0][0]
    async with database.writing(alice.id) as session:
        await discard_contact(session, made)
    assert await phone.etags() == {}
    async with database.writing(alice.id) as session:
        await restore_contact(session, made)
    assert list(await phone.etags()) == ["a.vcf"]


async def test_who_is_archived_stays_in_the_book(phone, database, alice):
    made = await add_person(database, alice, "Ana")
    async with database.reading(alice.id) as connection:
        await connection.execute("update contacts set archived_at = now() where id = $1", made)
    assert list(await phone.etags()) == [f"{made}.vcf"]


async def test_contact_zero_is_in_no_book_and_is_not_made_again(phone, database, alice):
    async with database.reading(alice.id) as connection:
        zero = await connection.fetchval("select id from contacts where is_self")
    assert await phone.etags() == {}
    for method in ("GET", "DELETE"):
        assert (await phone.ask(method, f"{zero}.vcf")).status_code == 404
    for uid in (f"urn:uuid:{zero}", str(zero)):
        for name in ("me.vcf", f"{zero}.vcf"):
            answer = await phone.put(name, make_card("Alice", uid))
            assert answer.status_code == 409, (name, uid)
    assert sentence(answer) == "This card is you."
    assert await rows(database, alice) == []


async def test_both_sides_change_and_the_later_one_hears_of_it(phone, database, alice):
    made = await add_person(database, alice, "Ana")
    etag = (await phone.etags())[f"{made}.vcf"]
    async with database.writing(alice.id) as session:
        await change_contact(session, made, 1, ContactFields("Ana by hand", emails=(Labelled("", "a@b.c"),)))
    card = make_card("Ana by phone", f"urn:uuid:{made}")
    assert (await phone.put(f"{made}.vcf", card, If_Match=etag)).status_code == 412
    assert [row[0] for row in await rows(database, alice)] == ["Ana by hand"]


async def test_two_phones_that_bring_the_same_person_make_one(application, owner, alice, phone, database):
    import asyncio

    other = await make_phone(application, owner, alice)
    answers = await asyncio.gather(
        *(each.put(f"{n}.vcf", make_card("Ana", "u-1")) for n in range(3) for each in (phone, other))
    )
    assert sorted({answer.status_code for answer in answers}) == [201, 204, 409]
    assert len(await rows(database, alice)) == 1
    await other.http.aclose()


@pytest.mark.parametrize(
    ("body", "told"),
    [("", "One card"), ("nothing", "One card"), (make_card("A", "1") * 2, "One card"), (b"\xff\xfe", "UTF-8"),
     ("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nEND:VCARD\r\n", "names nobody"),
     (make_card("List", "1", "X-ADDRESSBOOKSERVER-KIND:group"), "list of people")],
)  # fmt: skip
async def test_what_is_no_card_is_refused_in_a_sentence(phone, body, told):
    answer = await phone.put("a.vcf", body)
    assert answer.status_code == 403
    assert "valid-address-data" in answer.text
    assert told in sentence(answer)


async def test_only_cards_are_taken_and_given(phone):
    answer = await phone.put("a.vcf", make_card("Ana", "1"), **{"Content-Type": "text/calendar"})
    assert answer.status_code == 415
    await phone.put("a.vcf", make_card("Ana", "1"))
    assert (await phone.ask("GET", "a.vcf", Accept="text/vcard; version=2.1")).status_code == 406
    head = await phone.ask("HEAD", "a.vcf")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 50
    etag = head.headers["etag"]
    assert (await phone.ask("GET", "a.vcf", If_None_Match=etag)).status_code == 304


async def test_odd_names_of_cards_are_quoted(phone):
    for name in ("a%20b.vcf", "%C3%A9%3Fx.vcf", "plain", "%26amp;.vcf"):
        assert (await phone.put(name, make_card("Ana", f"uid {name}"))).status_code == 201
        assert (await phone.ask("GET", name)).status_code == 200
    for path in await phone.etags():
        assert (await phone.ask("GET", path)).status_code == 200


async def test_who_has_contact_zero_s_address_is_not_made_beside_it(phone, database, alice):
    answer = await phone.put("me.vcf", make_card("Alice At Home", "u-me", "EMAIL:Alice@Example.org"))
    assert (answer.status_code, sentence(answer)) == (409, "This card is you.")
    assert await rows(database, alice) == []


async def test_who_was_merged_into_another_is_not_brought_back(phone, database, alice):
    ana, anna = [await add_person(database, alice, name) for name in ("Ana", "Anna")]
    _found, token = await phone.sync()
    async with database.reading(alice.id) as connection:
        await connection.execute("update contacts set merged_into = $2, deleted_at = now() where id = $1", anna, ana)
    found, _token = await phone.sync(token)
    assert found[f"{anna}.vcf"].status == 404
    assert (await phone.put("x.vcf", make_card("Anna", f"urn:uuid:{anna}"))).status_code == 409
    assert [row[0] for row in await rows(database, alice)] == ["Ana"]
