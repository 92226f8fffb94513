"""The page of a person: all at a glance, changed in place, and each change taken back."""

from __future__ import annotations

import json
import re

import pytest

from app.contacts.fields import ContactFields, Handle, ImportantDate, Labelled, Phone, Promise, Relation
from app.contacts.service import add_contact
from tests.conftest import work_through, write

UNDO = re.compile(r'action="(/history/[0-9a-f-]{36}/undo)"')


@pytest.fixture
def meet(database, alice):
    async def make(name: str = "Ágota Kis", **fields) -> str:
        async with database.writing(alice.id) as session:
            contact = await add_contact(session, alice.id, ContactFields(name, **fields))
        return str(contact.id)

    return make


async def kept(owner, person: str, column: str):
    value = await owner.fetchval(f"select {column} from contacts where id = $1::text::uuid", person)  # noqa: S608
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value


async def undo(browser, person: str) -> None:
    page = await browser.get(f"/people/{person}")
    assert (await browser.post(UNDO.search(page.text)[1])).status_code == 303


async def test_the_page_says_who_how_when_what_is_owed_and_what_comes_next(alices, database, alice, meet, reactor):
    person = await meet(
        role="friend", company="Tea Ltd", how_met="On a boat", dates=(ImportantDate("birthday", "--02-29"),),
        promises=(Promise("a", "me", "lend the atlas", "2031-01-02"), Promise("b", "them", "a recipe")),
    )  # fmt: skip
    await write(database, alice, "Trip", "We saw @[[Ágota Kis]] in Lisbon. #travel")
    await work_through(reactor)
    page = (await alices.get(f"/people/{person}")).text
    for said in ("friend · Tea Ltd", "On a boat", "lend the atlas", "a recipe", "Trip", "#travel", "Birthday"):
        assert said in page
    assert "near-graph" in page


async def test_every_list_and_field_of_the_form_comes_back_as_it_was_sent(alices, owner, meet):
    other = await meet("Béla")
    answer = await alices.post("/people", {
        "is_whole": "1", "full_name": "Ana", "first_name": "Ana", "last_name": "Lima", "pronouns": "she",
        "emails.0.value": "ana@example.org", "emails.0.label": "work", "emails.1.value": "b@example.org",
        "phones.0.value": "+49 171 2345678", "handles.0.service": "mastodon", "handles.0.value": "@ana",
        "urls.0.value": "ana.example.org", "addresses.0.city": "Porto", "dates.0.label": "birthday",
        "dates.0.date": "1980-02-29", "relations.0.contact_id": other, "relations.0.relation": "child",
        "domain": "hybrid", "status": "dormant", "is_favourite": "1", "wished_days": "30", "topics": "choir, tea",
    })  # fmt: skip
    assert answer.status_code == 303
    person = answer.headers["location"].rpartition("/")[2]
    assert [row["value"] for row in await kept(owner, person, "emails")] == ["ana@example.org", "b@example.org"]
    assert (await kept(owner, person, "phones"))[0]["e164"] == "+491712345678"
    assert await owner.fetchval("select is_favourite and wished_days = 30 and domain = 'hybrid' from contacts "
                                "where id = $1::text::uuid", person)  # fmt: skip
    assert await owner.fetchval("select count(*) from filings where record_id = $1::text::uuid", person) == 2
    page = (await alices.get(f"/people/{person}")).text
    assert "#choir" in page
    assert "Béla" in page
    # The inverse stands on the other one's page.
    assert re.search(r"Parent</span> <a[^>]*>Ana<", (await alices.get(f"/people/{other}")).text)
    form = (await alices.get(f"/people/{person}/edit")).text
    assert 'value="ana@example.org"' in form
    assert 'value="choir, tea"' in form


async def test_a_button_answers_the_form_with_another_row_and_keeps_what_was_typed(alices, owner, meet):
    person = await meet()
    fields = {"is_whole": "1", "version": "1", "full_name": "Ágota Kis", "emails.0.value": "half", "add_row": "emails"}
    answer = await alices.post(f"/people/{person}", fields)
    assert answer.status_code == 200
    assert 'value="half"' in answer.text
    assert 'name="emails.1.value"' in answer.text
    fewer = await alices.post(f"/people/{person}", {**fields, "add_row": "", "remove_row": "emails.0"})
    assert 'value="half"' not in fewer.text
    assert await kept(owner, person, "emails") == []


async def test_a_row_that_is_wrong_comes_back_with_its_reason(alices, meet):
    person = await meet()
    answer = await alices.post(
        f"/people/{person}", {"is_whole": "1", "version": "1", "full_name": "Á", "emails.0.value": "nothing",
                              "dates.0.date": "1980-02-30"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "has an @ in it" in answer.text
    assert 'value="1980-02-30"' in answer.text


async def test_a_fact_is_changed_in_place_and_taken_back(alices, owner, meet):
    person = await meet(company="Tea Ltd", emails=(Labelled("work", "a@b.c"),))
    form = await alices.get(f"/people/{person}/facts/company", **{"hx-request": "true", "hx-target": "facts"})
    assert form.text.strip().startswith('<section id="facts"')
    await alices.post(f"/people/{person}/facts/company", {"version": "1", "company": "Coffee Ltd"})
    assert await kept(owner, person, "company") == "Coffee Ltd"
    assert (await kept(owner, person, "emails"))[0]["value"] == "a@b.c"
    await undo(alices, person)
    assert await kept(owner, person, "company") == "Tea Ltd"


async def test_a_list_is_changed_in_place_and_an_emptied_row_goes(alices, owner, meet):
    person = await meet(emails=(Labelled("work", "a@b.c"), Labelled("home", "d@e.f")))
    form = await alices.get(f"/people/{person}/facts/emails")
    assert 'name="emails.2.value"' in form.text
    fields = {"version": "1", "emails.0.value": "", "emails.0.label": "work", "emails.1.value": "d@e.f"}
    assert (await alices.post(f"/people/{person}/facts/emails", fields)).status_code == 303
    assert [row["value"] for row in await kept(owner, person, "emails")] == ["d@e.f"]
    late = await alices.post(f"/people/{person}/facts/emails", {"version": "1", "emails.0.value": "x@y.z"})
    assert late.status_code == 422
    assert 'value="x@y.z"' in late.text


async def test_a_promise_is_made_kept_opened_again_and_taken_away(alices, owner, meet):
    person = await meet()
    await alices.post(f"/people/{person}/promises", {"by": "them", "text": "a  recipe", "due": "2031-05-06"})
    [promise] = await kept(owner, person, "promises")
    assert (promise["by"], promise["text"], promise["due"], promise["done"]) == ("them", "a recipe", "2031-05-06", None)
    for verb, done in (("done", True), ("reopen", False), ("done", True)):
        await alices.post(f"/people/{person}/promises/{promise['id']}/{verb}")
        assert bool((await kept(owner, person, "promises"))[0]["done"]) == done
    await undo(alices, person)
    assert (await kept(owner, person, "promises"))[0]["done"] is None
    await alices.post(f"/people/{person}/promises/{promise['id']}/drop")
    assert await kept(owner, person, "promises") == []
    assert (await alices.post(f"/people/{person}/promises/{promise['id']}/done")).status_code == 404


async def test_a_favourite_and_the_archive_are_taken_back(alices, owner, meet):
    person = await meet()
    for verb, column in (("favourite", "is_favourite"), ("archive", "archived_at is not null")):
        await alices.post(f"/people/{person}/{verb}")
        assert await kept(owner, person, column) is True
        await undo(alices, person)
        assert await kept(owner, person, column) is False


async def test_who_is_looked_up_by_is_kept_by_a_trigger(owner, database, alice, meet):
    person = await meet(
        "Ágota  Kis", nickname="Gogo", first_name="Ágota", last_name="Kis-Nagy", emails=(Labelled("", "A@B.c"),),
        phones=(Phone("", "+36 1 234 5678"),), handles=(Handle("x", "@gogo"),),
    )  # fmt: skip
    points = await owner.fetch("select kind, normal from contact_points where contact_id = $1::text::uuid", person)
    assert {tuple(row) for row in points} >= {
        ("name", "agota kis"), ("name", "gogo"), ("name", "agota kis-nagy"), ("email", "a@b.c"),
        ("phone", "+3612345678"), ("handle", "gogo"),
    }  # fmt: skip
    async with database.reading(alice.id) as connection:
        await connection.execute("update contacts set nickname = null, emails = '[]' where id = $1::text::uuid", person)
    names = await owner.fetch("select folded from names where record_id = $1::text::uuid", person)
    assert {row[0] for row in names} == {"agota kis", "agota kis-nagy", "3612345678", "@gogo"}


async def test_a_nickname_binds_a_mention_that_waited_for_it(alices, database, alice, reactor, meet, owner):
    person = await meet()
    await write(database, alice, "Trip", "We met @Gogo.")
    await work_through(reactor)
    await alices.post(f"/people/{person}/facts/nickname", {"version": "1", "nickname": "Gogo"})
    await work_through(reactor)
    assert await owner.fetchval("select target_id::text from entity_links where target_name = 'gogo'") == person


async def test_relations_follow_their_column_and_undo(alices, owner, meet):
    other = await meet("Béla")
    person = await meet("Ana", relations=(Relation(other, "colleague"),))
    links = "select count(*) from entity_links where relation = 'colleague' and origin = 'structural'"
    assert await owner.fetchval(links) == 1
    await alices.post(f"/people/{person}", {"is_whole": "1", "version": "1", "full_name": "Ana"})
    assert await owner.fetchval(links) == 0
    await undo(alices, person)
    assert await owner.fetchval(links) == 1


async def test_links_in_what_is_known_of_them_lead_somewhere(alices, database, alice, reactor, meet):
    note = await write(database, alice, "Trip", "Lisbon")
    person = await meet(notes="See [[Trip]].")
    await work_through(reactor)
    assert f'href="/notes/{note}"' in (await alices.get(f"/people/{person}")).text


async def test_the_timeline_goes_on_and_says_each_thing_once(alices, database, alice, reactor, meet):
    person = await meet("Ana")
    for number in range(25):
        await write(database, alice, f"Day {number}", "With @Ana and @Ana.")
    await work_through(reactor)
    page = (await alices.get(f"/people/{person}")).text
    following = re.search(rf'hx-get="(/people/{person}/timeline\?after=[^"]+)"', page)[1]
    rest = (await alices.get(following)).text
    shown = re.findall(r'row-title">Day (\d+)<', page + rest)
    assert sorted(map(int, shown)) == list(range(25))


async def test_a_picture_is_made_small_and_taken_back(alices, owner, meet, shared_data):
    import io

    from PIL import Image

    person, file = await meet(), io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(file, "JPEG", exif=b"Exif\0\0secret camera")
    answer = await alices.http.post(
        f"/people/{person}/picture", files={"picture": ("me.jpg", file.getvalue(), "image/jpeg")},
        headers={"x-csrftoken": alices.csrf},
    )  # fmt: skip
    assert answer.status_code == 303
    page = (await alices.get(f"/people/{person}")).text
    picture = re.search(r'class="portrait" src="([^"]+)"', page)[1]
    sent = await alices.get(picture.replace("&amp;", "&"))
    assert sent.status_code == 200
    assert b"secret" not in sent.content
    await alices.post(UNDO.search(page)[1])
    assert await kept(owner, person, "avatar") is None
