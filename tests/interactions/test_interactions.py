"""Interactions: logged in a tap or by a form, with several people; when last follows them by every road."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tests.conftest import work_through


async def meet(browser, name: str) -> UUID:
    answer = await browser.post("/people", {"full_name": name})
    return UUID(answer.headers["location"].rpartition("/")[2])


async def log(browser, *people: UUID, **fields: object):
    return await browser.post("/interactions", {"person": [str(one) for one in people], **fields})


async def last_with(owner, person: UUID) -> date | None:
    return await owner.fetchval("select last_contact_at::date from contact_rhythm where contact_id = $1", person)


async def only(owner):
    return await owner.fetchrow("select * from interactions where deleted_at is null")


async def undo_last(browser, owner) -> None:
    action = await owner.fetchval("select action_id from change_log where actor = 'person' order by seq desc limit 1")
    assert (await browser.post(f"/history/{action}/undo")).status_code == 303


@pytest.fixture
async def ana(alices) -> UUID:
    return await meet(alices, "Ana García")


async def test_one_tap_logs_what_happened_just_now(alices, owner, ana):
    answer = await alices.post("/interactions", {"person": str(ana), "interaction_type": "call"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/people/{ana}")
    row = await only(owner)
    assert (row["interaction_type"], row["direction"], row["participant_ids"]) == ("call", "both", [ana])
    assert abs(row["occurred_at"] - datetime.now(UTC)) < timedelta(minutes=1)
    await undo_last(alices, owner)
    assert await only(owner) is None
    assert await last_with(owner, ana) is None


async def test_the_form_is_prefilled_and_keeps_everything_in_the_person_s_time(alices, owner, alice, ana):
    await owner.execute("update users set time_zone = 'Asia/Kolkata' where id = $1", alice.id)
    await meet(alices, "Tomás Silva")
    form = (await alices.get(f"/interactions/new?person={ana}")).text
    assert re.search(rf'name="person" value="{ana}" checked>Ana García', form)
    await log(
        alices, ana, interaction_type="meeting", day="2026-03-01", clock="04:30", direction="them", is_notable="1",
        summary="The *boat*\r\nis sold.", added="Tomás Silva", author="Ana García",
    )  # fmt: skip
    row = await only(owner)
    assert row["occurred_at"] == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert (row["direction"], row["is_notable"], row["summary"]) == ("them", True, "The *boat*\nis sold.")
    assert (row["author_contact_id"], len(row["participant_ids"])) == (ana, 2)
    page = (await alices.get(f"/interactions/{row['id']}")).text
    assert "<em>boat</em>" in page and "Tomás Silva" in page and "1 March" in page
    form = (await alices.get(f"/interactions/{row['id']}/edit")).text
    assert 'value="2026-03-01"' in form and 'value="04:30"' in form


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Say with whom."), ({"added": "Nobody Here"}, "Nobody is called"),
        ({"added": "Ana García", "day": "soon"}, "Say on which day it was."),
        ({"added": "Ana García", "day": "2100-01-01"}, "This has not happened yet"),
        ({"added": "Ana García", "author": "Nobody Here"}, "Nobody is called"),
        ({"added": "Ana García", "direction": "up"}, "choice that there is not"),
        ({"added": "Ana García", "interaction_type": "duel"}, "choice that there is not"),
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_comes_back_as_it_was_typed(alices, owner, ana, fields, sentence):
    answer = await log(alices, summary="my words", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text and "my words" in answer.text
    assert await only(owner) is None


async def test_several_people_by_name_are_linked_and_each_page_lists_it(alices, owner, reactor, ana):
    tomas, ines = await meet(alices, "Tomás Silva"), await meet(alices, "Inês")
    await log(alices, added="Tomás Silva, Inês, Ana García", interaction_type="dm", summary="Plans for May")
    row = await only(owner)
    links = await owner.fetch("select target_id, relation, origin from entity_links where source_id = $1", row["id"])
    assert {tuple(link) for link in links} == {(one, "participant", "structural") for one in (ana, tomas, ines)}
    for one in (ana, tomas, ines):
        assert "Plans for May" in (await alices.get(f"/people/{one}/interactions")).text
    await work_through(reactor)
    assert "Plans for May" in (await alices.get("/search?q=plans")).text
    await alices.post(f"/interactions/{row['id']}", {"version": str(row["version"]), "person": [str(ana)], "day": ""})
    links = await owner.fetch("select target_id from entity_links where source_id = $1", row["id"])
    assert [link[0] for link in links] == [ana]
    await undo_last(alices, owner)
    links = await owner.fetch("select target_id from entity_links where source_id = $1", row["id"])
    assert {link[0] for link in links} == {ana, tomas, ines}


async def test_when_last_is_the_newest_whatever_becomes_of_the_others(alices, owner, ana):
    for day in ("2026-01-01", "2026-03-03", "2026-02-02"):
        await log(alices, ana, day=day)
    assert await last_with(owner, ana) == date(2026, 3, 3)
    newest = await owner.fetchval("select id from interactions order by occurred_at desc limit 1")
    await alices.post(f"/interactions/{newest}/discard")
    assert await last_with(owner, ana) == date(2026, 2, 2)
    await undo_last(alices, owner)
    assert await last_with(owner, ana) == date(2026, 3, 3)
    await alices.post(f"/interactions/{newest}/discard")
    await alices.post(f"/interactions/{newest}/restore")
    assert await last_with(owner, ana) == date(2026, 3, 3)
    version = await owner.fetchval("select version from interactions where id = $1", newest)
    changed = {"version": str(version), "person": str(ana), "day": "2025-12-24", "interaction_type": "call"}
    await alices.post(f"/interactions/{newest}", changed)
    assert await last_with(owner, ana) == date(2026, 2, 2)
    await undo_last(alices, owner)
    assert await last_with(owner, ana) == date(2026, 3, 3)


async def test_when_last_follows_plain_sql_too(owner, database, alice, alices, ana):
    tomas = await meet(alices, "Tomás")
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into interactions (user_id, occurred_at, participant_ids) values ($1, '2026-01-01', $2), "
            "($1, '2026-02-01', $3)", alice.id, [ana, tomas], [ana],
        )  # fmt: skip
    assert (await last_with(owner, ana), await last_with(owner, tomas)) == (date(2026, 2, 1), date(2026, 1, 1))
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "update interactions set participant_ids = $1 where occurred_at > '2026-01-15'", [tomas]
        )
    assert (await last_with(owner, ana), await last_with(owner, tomas)) == (date(2026, 1, 1), date(2026, 2, 1))
    async with database.reading(alice.id) as connection:
        await connection.execute("update interactions set deleted_at = now() where occurred_at > '2026-01-15'")
    assert await last_with(owner, tomas) == date(2026, 1, 1)
    async with database.reading(alice.id) as connection:
        await connection.execute("delete from interactions")
    assert (await last_with(owner, ana), await last_with(owner, tomas)) == (None, None)
    assert await owner.fetchval("select count(*) from participants") == 0


async def test_an_import_may_bring_what_happened_before_the_person(owner, database, alice):
    person = "0195a1b2-0000-7000-8000-000000000001"
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into interactions (user_id, occurred_at, participant_ids) values ($1, '2026-01-01', $2)",
            alice.id, [UUID(person)],
        )  # fmt: skip
        await connection.execute(
            "insert into contacts (id, user_id, full_name) values ($1, $2, 'Ana')", UUID(person), alice.id
        )
    assert await last_with(owner, UUID(person)) == date(2026, 1, 1)


async def test_the_application_cannot_write_what_is_derived(database, alice, ana):
    import asyncpg

    for statement in (
        "update contact_rhythm set last_contact_at = now()", "delete from participants", "delete from frame_scores",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.reading(alice.id) as connection:
                await connection.execute(statement)


async def test_two_who_change_one_at_once_are_told_and_a_conflict_keeps_what_was_typed(alices, owner, ana):
    await log(alices, ana)
    row = await only(owner)
    fields = {"person": str(ana), "interaction_type": "call", "summary": "first"}
    await alices.post(f"/interactions/{row['id']}", {"version": str(row["version"]), **fields})
    answer = await alices.post(
        f"/interactions/{row['id']}", {"version": str(row["version"]), **fields, "summary": "second"}
    )
    assert answer.status_code == 409 and "second" in answer.text


async def test_files_come_to_an_interaction_and_leave_it(alices, owner, ana):
    token = {"_csrf_token": alices.csrf}
    await alices.http.post(
        "/interactions", data={**token, "person": str(ana), "interaction_type": "meeting"},
        files={"files": ("plan.txt", b"the plan")},
    )  # fmt: skip
    row = await only(owner)
    await alices.http.post(f"/interactions/{row['id']}/files", data=token, files={"files": ("map.txt", b"the map")})
    page = (await alices.get(f"/interactions/{row['id']}")).text
    assert "plan.txt" in page and "map.txt" in page
    file_id = await owner.fetchval("select id from attachments where name = 'map.txt'")
    answer = await alices.post(f"/files/{file_id}/rename", {"name": "chart.txt"})
    assert answer.headers["location"] == f"/interactions/{row['id']}#files"
    answer = await alices.post(f"/files/{file_id}/discard")
    assert answer.headers["location"] == f"/interactions/{row['id']}#files"
    assert "chart.txt" not in (await alices.get(f"/interactions/{row['id']}")).text
    await undo_last(alices, owner)
    assert "chart.txt" in (await alices.get(f"/interactions/{row['id']}")).text
    assert (await alices.http.post(f"/interactions/{row['id']}/files", data=token)).status_code == 303


async def test_the_list_of_a_person_goes_on_and_on(alices, database, alice, ana):
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into interactions (user_id, occurred_at, participant_ids, summary) "
            "select $1, timestamptz '2026-01-01' - n * interval '1 day', $2, 'talk ' || n "
            "from generate_series(1, 70) n",
            alice.id, [ana],
        )  # fmt: skip
    path, seen = f"/people/{ana}/interactions", []
    while path:
        page = (await alices.get(path, **{"hx-target": "pager", "hx-request": "true"})).text
        seen += re.findall(r"talk (\d+)<", page)
        following = re.search(r'hx-get="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [str(number) for number in range(1, 71)]


async def test_nobody_reaches_another_s_interactions(alices, bobs, owner, ana):
    await log(alices, ana, summary="Secret")
    row = await only(owner)
    base = f"/interactions/{row['id']}"
    for path in (base, f"{base}/edit", f"/people/{ana}/interactions"):
        assert (await bobs.get(path)).status_code == 404
    for verb in ("", "/files", "/discard", "/restore"):
        assert (await bobs.post(base + verb, {"version": "1"})).status_code == 404
    assert (await bobs.post("/interactions", {"person": str(ana), "interaction_type": "call"})).status_code == 404
    assert "Ana" not in (await bobs.get(f"/interactions/new?person={ana}")).text


async def test_a_person_s_page_says_when_last_and_what_comes_next_and_logs_by_a_tap(alices, owner, alice, ana):
    await log(alices, ana, day="2026-01-02", interaction_type="meeting", summary="The *boat* is sold")
    await alices.post(f"/records/{ana}/reminders", {"text": "Send the papers", "day": "2026-02-03"})
    await alices.post("/groups", {"name": "Sailors"})
    await alices.post("/people/selected/group", {"id": str(ana), "group": "Sailors", "back": f"/people/{ana}"})
    page = (await alices.get(f"/people/{ana}")).text
    assert "The boat is sold" in page and "Send the papers" in page and ">Sailors</a>" in page
    assert 'class="frame-number">' in page and "Last contact: " in page
    buttons = re.findall(r'name="interaction_type" value="(\w+)"', page)
    assert buttons == ["call", "meeting", "message"]
    me = await owner.fetchval("select id from contacts where is_self and user_id = $1", alice.id)
    own = (await alices.get(f"/people/{me}")).text
    assert 'name="interaction_type"' not in own and "frame-number" not in own


async def test_one_without_words_is_named_by_what_it_was_and_when(alices, owner, alice, ana):
    await log(alices, ana, interaction_type="call", day="2026-05-03", clock="12:00")
    row = await only(owner)

    async def shown() -> str:
        return await owner.fetchval("select preview from records where id = $1", row["id"])

    assert await shown() == "Call, 3 May 2026"
    # In the small graph beside the person, too.
    page = (await alices.get(f"/people/{ana}")).text
    assert "Call, 3 May 2026" in page[page.index("near-graph") :]
    assert await owner.fetchval("select count(*) from names where record_id = $1", row["id"]) == 0
    await owner.execute("update users set locale = 'de' where id = $1", alice.id)
    await owner.execute("update interactions set interaction_type = 'meeting'")
    assert await shown() == "Treffen, 3.5.2026"
    await owner.execute("update interactions set summary = 'The boat'")
    assert await shown() == "The boat"
