"""Groups: made, joined by one or many, left, and all of it undone; who is in one follows each person's own row."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image


async def meet(browser, name: str) -> UUID:
    answer = await browser.post("/people", {"full_name": name})
    return UUID(answer.headers["location"].rpartition("/")[2])


async def make_group(browser, name: str, **more: str) -> UUID:
    answer = await browser.post("/groups", {"name": name, **more})
    assert answer.status_code == 303, answer.text
    return UUID(answer.headers["location"].rpartition("/")[2])


async def members(owner, group: UUID) -> set[str]:
    rows = await owner.fetch(
        "select c.full_name from group_members m join contacts c on c.id = m.contact_id where m.group_id = $1", group
    )
    return {row[0] for row in rows}


async def undo_last(browser, owner) -> None:
    action = await owner.fetchval("select action_id from change_log where actor = 'person' order by seq desc limit 1")
    assert (await browser.post(f"/history/{action}/undo")).status_code == 303


@pytest.fixture
async def choir(alices) -> UUID:
    return await make_group(alices, "Choir", description="Sings on *Mondays*.", wished="30")


async def test_a_group_is_shown_changed_thrown_away_and_brought_back(alices, owner, choir):
    assert "Choir" in (await alices.get("/groups")).text
    page = (await alices.get(f"/groups/{choir}")).text
    assert "<em>Mondays</em>" in page and "in touch every 30 days" in page
    await alices.post(f"/groups/{choir}", {"name": "Chorus", "description": "x", "wished": ""})
    assert "Chorus" in (await alices.get("/groups")).text
    await undo_last(alices, owner)
    assert "Choir" in (await alices.get(f"/groups/{choir}/edit")).text
    await alices.post(f"/groups/{choir}/discard")
    assert "Choir" not in (await alices.get("/groups")).text
    await alices.post(f"/groups/{choir}/restore")
    assert "Choir" in (await alices.get("/groups")).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " "}, "A group needs a name."), ({"name": "chöir"}, "Another group is called so."),
        ({"name": "X", "wished": "0"}, "Between one day and ten years."),
        ({"name": "X", "wished": "soon"}, "Between one day and ten years."),
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_comes_back_as_it_was_typed(alices, choir, fields, sentence):
    answer = await alices.post("/groups", {**fields, "description": "my words"})
    assert answer.status_code == 422 and sentence in answer.text and "my words" in answer.text


async def test_people_join_by_name_and_leave_and_both_are_undone(alices, owner, choir):
    ana = await meet(alices, "Ana García")
    await meet(alices, "Tomás Silva")
    answer = await alices.post(f"/groups/{choir}/add", {"people": "Ana García, Tomás Silva"})
    assert answer.status_code == 303
    assert await members(owner, choir) == {"Ana García", "Tomás Silva"}
    page = (await alices.get(f"/groups/{choir}")).text
    assert "2 people" in page and f'href="/people/{ana}"' in page
    links = await owner.fetchval(
        "select count(*) from entity_links where relation = 'member' and target_id = $1", choir
    )
    assert links == 2
    await alices.post(f"/groups/{choir}/remove", {"person": str(ana)})
    assert await members(owner, choir) == {"Tomás Silva"}
    await undo_last(alices, owner)
    assert await members(owner, choir) == {"Ana García", "Tomás Silva"}
    answer = await alices.post(f"/groups/{choir}/add", {"people": "Nobody"})
    assert answer.status_code == 422 and 'value="Nobody"' in answer.text
    # Joining twice is being in it once.
    await alices.post(f"/groups/{choir}/add", {"people": "Ana García"})
    assert len(await owner.fetchval("select groups::text from contacts where id = $1", ana)) < 150


async def test_many_are_taken_at_once_into_a_group_that_is_made_for_them(alices, owner):
    people = [await meet(alices, name) for name in ("Ana", "Bert", "Cy")]
    page = (await alices.get("/people/select?q=er&group=Team")).text
    assert "Bert" in page and ">Ana<" not in page and 'value="Team"' in page
    form = {"id": [str(one) for one in people[:2]], "group": "Team"}
    answer = await alices.post("/people/selected/group", form)
    team = UUID(answer.headers["location"].rpartition("/")[2])
    assert await members(owner, team) == {"Ana", "Bert"}
    await undo_last(alices, owner)
    assert await members(owner, team) == set()
    await alices.post("/people/selected/tag", {"id": [str(one) for one in people], "topic": "tennis"})
    assert await owner.fetchval("select count(*) from filings where deleted_at is null") == 3
    await undo_last(alices, owner)
    assert await owner.fetchval("select count(*) from filings where deleted_at is null") == 0
    for verb in ("group", "tag"):
        assert (await alices.post(f"/people/selected/{verb}", {"group": "X", "topic": "x"})).status_code == 303


async def test_who_is_in_it_follows_the_row_whoever_writes_it(alices, owner, database, alice, choir):
    ana = await meet(alices, "Ana")
    async with database.reading(alice.id) as connection:
        for given in (
            f'[{{"group_id": "{choir}", "joined_at": "2020-01-02T00:00:00Z"}}]',
            '[{"group_id": "no"}]',
            "[]",
        ):
            await connection.execute("update contacts set groups = $2 where id = $1", ana, given)
            is_in = await connection.fetchval(
                "select joined_at::date::text from group_members where contact_id = $1", ana
            )
            assert is_in == ("2020-01-02" if str(choir) in given else None)
    with pytest.raises(Exception, match="permission denied"):
        async with database.reading(alice.id) as connection:
            await connection.execute("delete from group_members")


async def test_contact_zero_is_in_no_group(alices, owner, alice, choir):
    me = await owner.fetchval("select id from contacts where is_self and user_id = $1", alice.id)
    assert (await alices.post("/people/selected/group", {"id": str(me), "group": "Choir"})).status_code == 404
    async with owner.transaction():
        await owner.execute(
            "update contacts set groups = jsonb_build_array(jsonb_build_object('group_id', $2::uuid)) where id = $1",
            me, choir,
        )  # fmt: skip
    assert await members(owner, choir) == set()


async def test_a_group_has_a_banner_which_is_a_picture(alices, owner, choir):
    picture = BytesIO()
    Image.new("RGB", (40, 10), "teal").save(picture, "PNG")
    token = {"_csrf_token": alices.csrf}
    await alices.http.post(f"/groups/{choir}/banner", data=token, files={"files": ("text.txt", b"no picture")})
    assert "group-banner" not in (await alices.get(f"/groups/{choir}")).text
    await alices.http.post(f"/groups/{choir}/banner", data=token, files={"files": ("b.png", picture.getvalue())})
    page = (await alices.get(f"/groups/{choir}")).text
    address = page.partition('class="group-banner" src="')[2].partition('"')[0]
    assert (await alices.get(address)).status_code == 200
    await alices.post(f"/groups/{choir}/banner")
    assert "group-banner" not in (await alices.get(f"/groups/{choir}")).text
    await undo_last(alices, owner)
    assert "group-banner" in (await alices.get(f"/groups/{choir}")).text


async def test_nobody_reaches_another_s_groups(alices, bobs, owner, choir):
    ana = await meet(alices, "Secret")
    for path in (f"/groups/{choir}", f"/groups/{choir}/edit"):
        assert (await bobs.get(path)).status_code == 404
    for verb in ("", "/banner", "/add", "/remove", "/discard", "/restore"):
        fields = {"name": "mine", "people": "Bob", "person": str(ana)}
        assert (await bobs.post(f"/groups/{choir}{verb}", fields)).status_code == 404, verb
    own = await make_group(bobs, "Mine")
    assert (await bobs.post(f"/groups/{own}/remove", {"person": str(ana)})).status_code == 404
    assert (await bobs.post("/people/selected/group", {"id": str(ana), "group": "Mine"})).status_code == 404
    assert (await bobs.post("/people/selected/tag", {"id": str(ana), "topic": "x"})).status_code == 404
    assert "Secret" not in (await bobs.get("/people/select")).text and "Choir" not in (await bobs.get("/groups")).text


async def test_a_group_is_taken_along_as_vcards(alices, bobs, choir):
    for name in ("Ana García", "Bert"):
        await meet(alices, name)
    await alices.post(f"/groups/{choir}/add", {"people": "Ana García, Bert"})
    answer = await alices.get(f"/groups/{choir}/people.vcf")
    assert answer.headers["content-type"].startswith("text/vcard")
    assert answer.headers["content-disposition"].endswith("Choir.vcf")
    assert answer.text.count("BEGIN:VCARD") == 2 and "FN:Ana García" in answer.text
    assert (await bobs.get(f"/groups/{choir}/people.vcf")).status_code == 404
