"""Who may be one and the same is shown with the evidence, merged as a person says, and never asked twice."""

from __future__ import annotations

import re

import pytest

from app.contacts.duplicates import compare_names, find_duplicates, rate
from app.contacts.fields import Labelled, Phone
from tests.conftest import work_through, write
from tests.contacts.test_merging import add, crowd, merge

__all__ = ["crowd"]


async def kinds_of(database, user, *pair) -> set[str]:
    async with database.reading(user.id) as connection:
        found = await find_duplicates(connection, user.id)
    return {e.kind for one in found if {one.one, one.other} == set(pair) for e in one.evidence}


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Jörg Müller", "Mueller, Joerg", ""), ("Jörg Müller", "Müller, Jörg", "same_name"),
        ("Ana García", "ana garcia", "same_name"), ("Ana García", "Ana Gracía", "like_name"),
        ("Jon Smithers", "John Smithers", "like_name"), ("J. Smithers", "John Smithers", "initials"),
        ("Ana Lind", "Bo Lind", ""), ("Max", "Mex", ""),
    ],
)  # fmt: skip
def test_names_meet_by_slips_swapped_words_and_initials(one, other, kind):
    from app.core.text import fold

    found = [evidence.kind for _pair, evidence in compare_names([(1, fold(one)), (2, fold(other))])]
    assert found == ([kind] if kind else [])


async def test_what_both_are_reached_by_is_evidence_and_a_company_s_number_is_none(database, alice):
    first = await add(database, alice, "Ana", phones=(Phone("", "+49 171 2345678"),))
    second = await add(database, alice, "A. G.", phones=(Phone("", "+49 (171) 2345678"),))
    mail = await add(database, alice, "Bo", emails=(Labelled("", "X@Example.org"),))
    same_mail = await add(database, alice, "Cy", emails=(Labelled("", "x@example.org"),))
    many = [await add(database, alice, f"Clerk {n}", phones=(Phone("", "+49 30 1234567"),)) for n in range(9)]
    assert await kinds_of(database, alice, first, second) == {"phone"}
    assert await kinds_of(database, alice, mail, same_mail) == {"email"}
    assert await kinds_of(database, alice, many[0], many[1]) == set()


async def test_being_named_together_adds_to_a_name_that_is_alike(database, alice, reactor):
    one, other = await add(database, alice, "Ana García"), await add(database, alice, "Ana Gracía")
    await write(database, alice, "Trip", "[[Ana García]] and [[Ana Gracía]]")
    await work_through(reactor)
    assert await kinds_of(database, alice, one, other) == {"like_name", "links"}


async def test_who_was_told_apart_is_not_asked_of_again_until_that_is_undone(alices, database, alice, owner):
    one, other = await add(database, alice, "Ana Lind"), await add(database, alice, "Ana Lind")
    assert "the same name" in (await alices.get("/people/duplicates")).text
    answer = await alices.post("/people/duplicates/apart", {"one": str(other), "other": str(one)})
    assert answer.status_code == 303
    assert "the same name" not in (await alices.get("/people/duplicates")).text
    action = await owner.fetchval("select action_id from change_log where kind = 'distinction'")
    assert (await alices.post(f"/history/{action}/undo")).status_code == 303
    assert "the same name" in (await alices.get("/people/duplicates")).text


async def test_a_merge_by_the_page_takes_what_was_chosen_and_keeps_whom_was_chosen(alices, database, alice, owner):
    one = await add(database, alice, "Ana", company="Mill", emails=(Labelled("", "a@x"), Labelled("", "old@x")))
    other = await add(database, alice, "Ana García", company="Farm", emails=(Labelled("", "b@x"),))
    page = (await alices.get(f"/people/merge?id={one}&id={other}")).text
    assert all(word in page for word in ("Mill", "Farm", "old@x", "b@x", "Ana García"))
    form = [
        ("is_whole", "1"), ("id", one), ("id", other), ("keep", other), ("pick.full_name", "1"), ("pick.company", "0"),
        ("take.emails", "0"), ("take.emails", "2"), ("notes", "met at the mill"),
    ]  # fmt: skip
    answer = await alices.post("/people/merge", {name: [str(v) for n, v in form if n == name] for name, _ in form})
    assert answer.headers["location"] == f"/people/{other}"
    row = await owner.fetchrow("select * from contacts where id = $1", other)
    assert (row["full_name"], row["company"], row["notes"]) == ("Ana García", "Mill", "met at the mill")
    assert re.findall(r'"value": "([^"]*)"', row["emails"]) == ["b@x", "a@x"]
    assert await owner.fetchval("select merged_into from contacts where id = $1", one) == other


async def test_who_was_changed_since_the_page_was_shown_is_looked_at_once_more(alices, database, alice, owner):
    one, other = await add(database, alice, "Ana"), await add(database, alice, "Ana G")
    form = {"is_whole": "1", "id": [str(one), str(other)], f"version.{one}": "7"}
    answer = await alices.post("/people/merge", form)
    assert answer.status_code == 409
    assert await owner.fetchval("select count(*) from contacts where merged_into is not null") == 0


async def test_contact_zero_is_offered_and_stays(alices, database, alice, owner):
    own = await owner.fetchval("select id from contacts where user_id = $1 and is_self", alice.id)
    async with database.reading(alice.id) as connection:
        await connection.execute(
            """update contacts set emails = '[{"label": "", "value": "me@x.org"}]' where id = $1""", own
        )
    other = await add(database, alice, "Me Again", emails=(Labelled("", "me@x.org"),))
    assert await kinds_of(database, alice, own, other) == {"email"}
    page = (await alices.get(f"/people/merge?id={other}&id={own}")).text
    assert "stays: this is you" in page
    refused = await alices.post("/people/merge", {"id": [str(own), str(other)], "keep": str(other)})
    assert refused.status_code == 400
    assert (await alices.post("/people/merge", {"id": [str(other), str(own)]})).headers["location"] == f"/people/{own}"


async def test_bob_sees_none_of_it(bobs, alices, database, alice):
    one, other = await add(database, alice, "Ana Lind"), await add(database, alice, "Ana Lind")
    assert "Ana" not in (await bobs.get("/people/duplicates")).text
    assert (await bobs.get(f"/people/merge?id={one}&id={other}")).status_code == 404
    assert (await bobs.post("/people/merge", {"id": [str(one), str(other)]})).status_code == 404
    assert (await bobs.post("/people/duplicates/apart", {"one": str(one), "other": str(other)})).status_code == 404


async def test_a_merged_person_is_no_duplicate_any_more(database, alice):
    one, other = await add(database, alice, "Ana Lind"), await add(database, alice, "Ana Lind")
    await merge(database, alice, one, other)
    assert await kinds_of(database, alice, one, other) == set()


def test_each_witness_takes_of_the_doubt():
    from app.contacts.duplicates import Evidence

    assert rate([Evidence("email", "")]) < rate([Evidence("email", ""), Evidence("same_name", "")]) < 1
