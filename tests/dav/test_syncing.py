"""RFC 6578: a client hears of each change once its transaction ended, misses none, and begins anew where it must."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.contacts.service import discard_contact
from app.dav.positions import Position, read_token, write_token
from app.trash.service import delete_forever
from tests.dav.conftest import DATA, Phone, add_person, make_card, name_of


async def page_through(phone: Phone, token: str = "", limit: int = 3) -> tuple[dict[str, int], str, int]:
    """(status by card, the last token, how many pages); a 507 stands on the book itself."""
    heard, pages = {}, 0
    while True:
        found, token = await phone.sync(token, limit)
        pages += 1
        is_cut = found.pop("", None)
        assert len(found) <= limit
        heard |= {name: entry.status for name, entry in found.items()}
        if is_cut is None:
            return heard, token, pages
        assert is_cut.status == 507


async def test_the_first_time_all_are_listed_and_then_what_changed(phone, database, alice):
    ana, bea = [await add_person(database, alice, name) for name in ("Ana", "Bea")]
    found, token = await phone.sync()
    assert set(found) == {f"{ana}.vcf", f"{bea}.vcf"}
    assert (await phone.sync(token))[0] == {}
    cleo = await add_person(database, alice, "Cleo")
    async with database.writing(alice.id) as session:
        await discard_contact(session, ana)
    found, token = await phone.sync(token)
    assert {name: entry.status for name, entry in found.items()} == {f"{ana}.vcf": 404, f"{cleo}.vcf": 200}
    assert (await phone.sync(token))[0] == {}


async def test_the_token_of_the_book_is_that_of_a_sync(phone, database, alice):
    await add_person(database, alice, "Ana")
    book = (await phone.propfind("", "<d:sync-token/>"))[phone.book]
    assert (await phone.sync(book.text("sync-token")))[0] == {}


async def test_cards_come_along_where_they_are_asked_for(phone, database, alice):
    await add_person(database, alice, "Ana")
    found, _token = await phone.sync(prop=DATA)
    assert "FN:Ana" in next(iter(found.values())).text("address-data")


async def test_a_long_list_comes_in_pages_and_misses_nobody(phone, database, alice):
    made = {f"{await add_person(database, alice, f'P{n}')}.vcf" for n in range(8)}
    heard, token, pages = await page_through(phone)
    assert (set(heard), pages) == (made, 3)
    async with database.writing(alice.id) as session:
        for name in sorted(made)[:5]:
            await discard_contact(session, UUID(name.removesuffix(".vcf")))
    more = [f"{await add_person(database, alice, f'Q{n}')}.vcf" for n in range(4)]
    heard, token, pages = await page_through(phone, token, 2)
    assert heard == dict.fromkeys(sorted(made)[:5], 404) | dict.fromkeys(more, 200)
    assert pages == 5
    assert (await phone.sync(token))[0] == {}


async def test_what_changes_while_a_long_list_is_read_is_heard_of(phone, database, alice):
    made = [await add_person(database, alice, f"P{n}") for n in range(6)]
    found, token = await phone.sync(limit=3)
    early = UUID(next(iter(found)).removesuffix(".vcf"))
    async with database.writing(alice.id) as session:
        await discard_contact(session, early)
    late = await add_person(database, alice, "Late")
    heard, token, _pages = await page_through(phone, token)
    after, _token, _pages = await page_through(phone, token)
    known = {name for name in found if name} | {name for name, status in heard.items() if status == 200}
    known |= {name for name, status in after.items() if status == 200}
    known -= {name for name, status in after.items() if status == 404}
    assert known == {f"{each}.vcf" for each in [*made, late] if each != early}


async def test_a_change_that_is_committed_late_is_not_missed(phone, database, alice):
    """Its place in the log was taken before that of a change that ended earlier."""
    slow = database.writing(alice.id)
    session = await slow.__aenter__()
    from app.contacts.fields import ContactFields
    from app.contacts.service import add_contact

    early = (await add_contact(session, alice.id, ContactFields(full_name="Early"))).id
    late = await add_person(database, alice, "Late")
    first, token = await phone.sync()
    assert set(first) == {f"{late}.vcf"}
    assert (await phone.sync(token))[0] == {}
    await slow.__aexit__(None, None, None)
    found, token = await phone.sync(token)
    assert f"{early}.vcf" in found
    assert (await phone.sync(token))[0] == {}


async def test_two_clients_hear_of_each_other(phone, application, database, alice):
    tablet = Phone(phone.http, alice, phone.password)
    (_none, mine), (_none, theirs) = await phone.sync(), await tablet.sync()
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    found, theirs = await tablet.sync(theirs)
    assert list(found) == ["a.vcf"]
    await tablet.put("a.vcf", make_card("Ana B", "u-1"), If_Match=found["a.vcf"].text("getetag"))
    await tablet.ask("DELETE", "b.vcf")
    found, mine = await phone.sync(mine)
    assert list(found) == ["a.vcf"]
    await phone.ask("DELETE", "a.vcf", If_Match=found["a.vcf"].text("getetag"))
    found, theirs = await tablet.sync(theirs)
    assert found["a.vcf"].status == 404


async def test_who_was_deleted_for_ever_is_still_told_of(phone, database, worker_database, alice):
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    _found, token = await phone.sync()
    async with database.reading(alice.id) as connection:
        made = await connection.fetchval("select id from contacts where not is_self")
    async with database.writing(alice.id) as session:
        await discard_contact(session, made)
    async with worker_database.reading(alice.id, "purge") as connection:
        from app.kinds import KINDS

        assert await delete_forever(connection, alice.id, {"contact": [made]}, KINDS) == 1
    found, token = await phone.sync(token)
    assert found["a.vcf"].status == 404
    await phone.put("a.vcf", make_card("Ana again", "u-1"))
    found, _token = await phone.sync(token)
    assert found["a.vcf"].status == 200


async def test_whose_log_was_shortened_begins_anew(phone, owner, database, alice):
    await add_person(database, alice, "Ana")
    _found, old = await phone.sync()
    await add_person(database, alice, "Bea")
    _found, new = await phone.sync(old)
    await owner.execute("select set_config('app.user_id', $1, false)", str(alice.id))
    await owner.execute("delete from change_log where user_id = $1", alice.id)
    answer = await phone.report("sync-collection", sync_body(old))
    assert answer.status_code == 403
    assert "valid-sync-token" in answer.text
    assert (await phone.sync(new))[0] == {}
    assert len((await phone.sync())[0]) == 2


@pytest.mark.parametrize("token", ["x", "urn:hearth:people:0", "urn:uuid:0197e5a0-0000-7000-8000-000000000000"])
async def test_a_token_that_was_never_given_is_refused(phone, token):
    answer = await phone.report("sync-collection", sync_body(token))
    assert answer.status_code == 403
    assert "valid-sync-token" in answer.text


async def test_a_token_is_of_one_person_and_one_database_and_of_no_future(phone, bobs_phone, alice):
    _found, mine = await phone.sync()
    life = mine.split(":")[4]
    assert read_token(mine, alice.id, life)
    future = write_token(alice.id, life, Position(2**60))
    elsewhere = write_token(alice.id, "0" * 16, Position(1))
    for asking, token in ((bobs_phone, mine), (phone, future), (phone, elsewhere)):
        answer = await asking.report("sync-collection", sync_body(token))
        assert (answer.status_code, "valid-sync-token" in answer.text) == (403, True)


async def test_what_a_sync_asks_for_is_checked(phone):
    for inner, status in (
        ("<d:sync-level>infinite</d:sync-level><d:prop/>", 403),
        ("<d:sync-level>1</d:sync-level>", 400),
        ("<d:sync-level>1</d:sync-level><d:limit><d:nresults>0</d:nresults></d:limit><d:prop/>", 400),
        ("<d:sync-level>1</d:sync-level><d:limit><d:nresults>x</d:nresults></d:limit><d:prop/>", 400),
    ):
        assert (await phone.report("sync-collection", inner)).status_code == status


async def test_others_writing_for_long_does_not_hide_a_change_for_ever(phone, bobs_phone, database, alice, bob):
    slow = database.writing(bob.id)
    session = await slow.__aenter__()
    from sqlalchemy import text

    await session.execute(text("update users set locale = 'en' where id = app_user_id()"))
    _found, token = await phone.sync()
    made = await add_person(database, alice, "Ana")
    _found, token = await phone.sync(token)
    await slow.__aexit__(None, None, None)
    found, _token = await phone.sync(token)
    assert list(found) == [f"{made}.vcf"]
    assert await name_of(database, alice, made) == "Ana"


def sync_body(token: str) -> str:
    return f"<d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop>"
