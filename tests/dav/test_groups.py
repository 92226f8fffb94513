"""Groups are a card's categories: read, written, made, and heard of when their name changes."""

from __future__ import annotations

import pytest

from app.groups.service import GroupFields, change_group, discard_group, ensure_group, join_group, restore_group
from app.kinds import KINDS
from app.trash.service import delete_forever
from tests.dav.conftest import add_person, make_card


@pytest.fixture
async def family(database, alice):
    """(the group, one who is in it, one who is not)"""
    ana, bea = [await add_person(database, alice, name) for name in ("Ana", "Bea")]
    async with database.reading(alice.id) as connection:
        group, _name = await ensure_group(connection, alice.id, "Family")
        await join_group(connection, [ana], group)
    return group, ana, bea


async def names(database, person, contact_id) -> list[str]:
    async with database.reading(person.id) as connection:
        rows = await connection.fetch(
            "select g.name from group_members m join groups g on g.id = m.group_id "
            "where m.contact_id = $1 and g.deleted_at is null order by 1",
            contact_id,
        )
    return [row[0] for row in rows]


async def test_a_card_names_its_groups(phone, family):
    _group, ana, bea = family
    assert "CATEGORIES:Family\r\n" in (await phone.ask("GET", f"{ana}.vcf")).text
    assert "CATEGORIES" not in (await phone.ask("GET", f"{bea}.vcf")).text


async def test_categories_put_people_into_groups_and_make_those_that_are_not_there(phone, family, database, alice):
    _group, ana, bea = family
    card = (await phone.ask("GET", f"{bea}.vcf")).text
    await phone.put(f"{bea}.vcf", card.replace("END:VCARD", "CATEGORIES:family,Climbing\r\nEND:VCARD"))
    assert await names(database, alice, bea) == ["Climbing", "Family"]
    card = (await phone.ask("GET", f"{ana}.vcf")).text
    await phone.put(f"{ana}.vcf", card.replace("CATEGORIES:Family\r\n", ""))
    assert await names(database, alice, ana) == []


async def test_when_somebody_joined_stays_while_the_card_changes(phone, family, database, alice):
    _group, ana, _bea = family
    joined = "select joined_at from group_members where contact_id = $1"
    async with database.reading(alice.id) as connection:
        before = await connection.fetchval(joined, ana)
    card = (await phone.ask("GET", f"{ana}.vcf")).text
    await phone.put(
        f"{ana}.vcf", card.replace("CATEGORIES:Family", "CATEGORIES:Other,Family").replace("FN:Ana", "FN:A")
    )
    async with database.reading(alice.id) as connection:
        assert before in {row[0] for row in await connection.fetch(joined, ana)}


async def test_an_iphone_that_knows_no_categories_takes_nobody_out_of_a_group(phone, family, database, alice):
    _group, ana, _bea = family
    card = make_card("Ana", f"urn:uuid:{ana}", "PRODID:-//Apple Inc.//iOS 17.0//EN", "EMAIL:a@b.c")
    assert (await phone.put(f"{ana}.vcf", card)).status_code == 204
    assert await names(database, alice, ana) == ["Family"]


async def test_who_reads_by_token_hears_of_a_renamed_group(phone, family, database, alice):
    group, ana, bea = family
    before = await phone.etags()
    _found, token = await phone.sync()
    async with database.reading(alice.id) as connection:
        await change_group(connection, group, GroupFields("Kin"))
    found, token = await phone.sync(token)
    assert set(found) == {f"{ana}.vcf"}
    after = await phone.etags()
    assert after[f"{ana}.vcf"] == found[f"{ana}.vcf"].text("getetag") != before[f"{ana}.vcf"]
    assert after[f"{bea}.vcf"] == before[f"{bea}.vcf"]
    assert (await phone.sync(token))[0] == {}


async def test_a_group_in_the_trash_is_in_no_card_and_comes_back_with_its_people(phone, family, database, alice):
    group, ana, _bea = family
    before = await phone.etags()
    _found, token = await phone.sync()
    async with database.reading(alice.id) as connection:
        await discard_group(connection, group)
    found, token = await phone.sync(token)
    assert set(found) == {f"{ana}.vcf"}
    card = (await phone.ask("GET", f"{ana}.vcf")).text
    assert "CATEGORIES" not in card
    await phone.put(f"{ana}.vcf", card.replace("END:VCARD", "CATEGORIES:New\r\nEND:VCARD"))
    async with database.reading(alice.id) as connection:
        await restore_group(connection, group)
    assert await names(database, alice, ana) == ["Family", "New"]
    assert await phone.etags() != before


async def test_a_group_that_is_gone_for_ever_is_heard_of(phone, family, database, worker_database, alice):
    group, ana, _bea = family
    _found, token = await phone.sync()
    async with database.reading(alice.id) as connection:
        await discard_group(connection, group)
    async with worker_database.reading(alice.id, "purge") as connection:
        await delete_forever(connection, alice.id, {"group": [group]}, KINDS)
    found, _token = await phone.sync(token)
    assert f"{ana}.vcf" in found


async def test_categories_of_a_new_card_make_groups_once(phone, database, alice):
    for number in range(3):
        await phone.put(f"{number}.vcf", make_card(f"P{number}", f"u{number}", "CATEGORIES:Choir"))
    async with database.reading(alice.id) as connection:
        assert await connection.fetchval("select count(*) from groups") == 1
        assert await connection.fetchval("select count(*) from group_members") == 3


async def test_a_name_that_no_group_can_have_is_refused(phone):
    answer = await phone.put("a.vcf", make_card("Ana", "u", f"CATEGORIES:{'x' * 300}"))
    assert (answer.status_code, "valid-address-data" in answer.text) == (403, True)
