"""People, and Contact Zero who is never lost."""

from __future__ import annotations

import asyncpg
import pytest

from tests.conftest import work_through, write


async def zero(owner, person):
    return await owner.fetchval("select id from contacts where user_id = $1 and is_self", person.id)


async def test_a_person_is_added_changed_and_shown(alices, owner):
    answer = await alices.post(
        "/people", {"full_name": "Tomás Ruiz", "emails.0.value": "t@example.org", "notes": "likes tea"}
    )
    path = answer.headers["location"]
    assert "Tomás Ruiz" in (await alices.get("/people")).text
    answer = await alices.post(path, {"version": "1", "full_name": "Tomás R.", "company": "Tea Ltd"})
    assert answer.status_code == 303
    assert "Tea Ltd" in (await alices.get(path)).text


async def test_an_old_version_of_the_form_overwrites_nothing_and_loses_nothing(alices, owner):
    path = (await alices.post("/people", {"full_name": "Ana"})).headers["location"]
    await alices.post(path, {"version": "1", "full_name": "Ana García"})
    answer = await alices.post(path, {"version": "1", "full_name": "Ana Maria"})
    assert answer.status_code == 409
    assert 'value="Ana Maria"' in answer.text
    assert await owner.fetchval("select full_name from contacts where not is_self") == "Ana García"


async def test_a_person_without_a_name_comes_back_in_the_form(alices):
    answer = await alices.post("/people", {"full_name": " ", "company": "Tea Ltd"})
    assert answer.status_code == 422
    assert 'value="Tea Ltd"' in answer.text


async def test_a_mention_binds_and_is_shown_with_its_sentence(alices, database, reactor, alice):
    path = (await alices.post("/people", {"full_name": "Tomás"})).headers["location"]
    await write(database, alice, "Trip", "We met @Tomás in Lisbon.")
    await work_through(reactor)
    assert "We met @Tomás in Lisbon." in (await alices.get(path)).text


async def test_contact_zero_is_in_no_list_but_has_a_page(alices, owner, alice):
    own = await zero(owner, alice)
    assert str(own) not in (await alices.get("/people")).text
    assert "This is you" in (await alices.get(f"/people/{own}")).text


async def test_contact_zero_cannot_be_discarded(alices, owner, alice):
    assert (await alices.post(f"/people/{await zero(owner, alice)}/discard")).status_code == 403


@pytest.mark.parametrize(
    "statement",
    [
        "update contacts set deleted_at = now() where is_self",
        "update contacts set archived_at = now() where is_self",
        "update contacts set is_self = false where is_self",
        "delete from contacts where is_self",
        "insert into contacts (user_id, full_name, is_self) select app_user_id(), 'Second', true",
    ],
)
async def test_not_even_sql_can_lose_or_double_contact_zero(database, alice, statement):
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with database.reading(alice.id) as connection:
            await connection.execute(statement)
