"""The list of notes: narrowed by filters that combine, in several orders, and changed many at once."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sqlalchemy import text

from app.core.names import add_alias
from app.notes.filters import NoteFilter, filter_query, read_filter
from app.notes.queries import LIST, ORDER, narrow_list
from app.notes.sorting import ORDERS
from tests.conftest import work_through, write

TITLE = r'<span class="row-title">([^<]*)</span>'


async def listed(browser, path: str) -> list[str]:
    return re.findall(TITLE, (await browser.get(path)).text)


async def all_pages(browser, path: str) -> list[str]:
    found: list[str] = []
    while path:
        page = (await browser.get(path)).text
        found += re.findall(TITLE, page)
        match = re.search(r'hx-get="(/notes\?[^"]*after=[^"]*)"', page)
        path = match[1].replace("&amp;", "&") if match else ""
    return found


def days_ago(days: int) -> datetime:
    return datetime(2026, 6, 30, 12, tzinfo=UTC) - timedelta(days=days)


async def test_filters_combine_and_live_in_the_address(database, reactor, owner, alice, alices):
    target = await write(database, alice, "Target")
    folder = await owner.fetchval("select id from folders where user_id = $1 limit 1", alice.id)
    both = "#one #two [[Target]]"
    await write(database, alice, "Right", both, folder_id=folder, is_pinned=True, created_at=days_ago(1))
    await write(database, alice, "Not pinned", both, folder_id=folder, created_at=days_ago(1))
    await write(database, alice, "No folder", both, is_pinned=True, created_at=days_ago(1))
    await write(
        database, alice, "One topic", "#one [[Target]]", folder_id=folder, is_pinned=True, created_at=days_ago(1)
    )
    await write(database, alice, "No link", "#one #two", folder_id=folder, is_pinned=True, created_at=days_ago(1))
    await write(database, alice, "Too old", both, folder_id=folder, is_pinned=True, created_at=days_ago(40))
    await work_through(reactor)
    query = f"topic=one%2Ctwo&folder={folder}&pinned=yes&linked={target}&created_from=2026-06-01&created_to=2026-06-29"
    assert await listed(alices, f"/notes?{query}&kind=note&heat=hot") == ["Right"]
    assert await listed(alices, f"/notes?{query}&kind=log") == []
    for part, more in (
        ("pinned=yes", "Not pinned"), (f"folder={folder}", "No folder"), ("%2Ctwo", "One topic"),
        (f"linked={target}", "No link"), ("created_from=2026-06-01", "Too old"),
    ):  # fmt: skip
        assert set(await listed(alices, "/notes?" + query.replace(part, ""))) == {"Right", more}, part


async def test_each_filter_is_a_chip_that_takes_it_away(database, reactor, owner, alice, alices):
    target = await write(database, alice, "The target")
    await write(database, alice, "Right", "#one #two [[The target]]")
    await work_through(reactor)
    page = (await alices.get(f"/notes?topic=one%2Ctwo&linked={target}&heat=hot&updated_to=2099-01-01")).text
    chips = dict(re.findall(r'<a class="chip" aria-current="true" href="([^"]+)">([^<]+)<span', page))
    assert set(chips.values()) == {"#one", "#two", "Hot", "Links to The target", "Changed up to 1 January 2099"}
    for href, label in chips.items():
        assert await listed(alices, href.replace("&amp;", "&")) == ["Right"], label


@pytest.mark.parametrize(
    "query", ["linked=nonsense", "folder=nonsense", "linked=01000000-0000-7000-8000-000000000000"]
)  # fmt: skip
async def test_a_filter_by_what_is_not_there_is_told_so(alices, query):
    assert (await alices.get(f"/notes?{query}")).status_code == 404


async def test_what_cannot_be_read_narrows_nothing(database, alice, alices):
    await write(database, alice, "Here")
    assert await listed(alices, "/notes?kind=x&pinned=x&heat=x&created_from=soon&sort=x&view=x") == ["Here"]


def test_an_address_says_the_same_when_it_is_read_again():
    given = {"topic": "a,b", "q": "words", "kind": "log", "pinned": "no", "heat": "cold", "created_from": "2026-01-02",
             "updated_to": "2026-02-03", "show": "archived", "sort": "title", "view": "cards"}  # fmt: skip
    assert filter_query(read_filter(given)) == given


async def test_days_are_those_of_the_reader(database, owner, alice, alices):
    await owner.execute("update users set time_zone = 'Asia/Tokyo' where id = $1", alice.id)
    await write(database, alice, "Late", created_at=datetime(2026, 6, 1, 20, tzinfo=UTC))
    assert await listed(alices, "/notes?created_from=2026-06-02&created_to=2026-06-02") == ["Late"]
    assert await listed(alices, "/notes?created_to=2026-06-01") == []


async def test_each_order_is_paged_without_gaps_or_repeats(database, reactor, owner, alice, alices):
    for number in range(70):
        title = "" if number % 9 == 0 else f"{'ÄBcaé'[number % 5]} {number}"
        await write(database, alice, title, f"untitled {number}", created_at=days_ago(number))
    await work_through(reactor)
    await owner.execute("delete from record_heat where record_id in (select id from notes where content like '%3')")
    everything = set(await all_pages(alices, "/notes"))
    assert len(everything) == 70
    for sort in ORDERS:
        found = await all_pages(alices, f"/notes?sort={sort}")
        assert len(found) == 70, sort
        assert set(found) == everything, sort
    titled = [title for title in await all_pages(alices, "/notes?sort=title") if not title.startswith("untitled")]
    assert titled == sorted(titled, key=lambda title: title.lower().replace("ä", "a").replace("é", "e"))
    assert (await all_pages(alices, "/notes?sort=title"))[-1].startswith("untitled")
    newest = await all_pages(alices, "/notes?sort=created")
    assert [int(title.split()[1]) for title in newest] == list(range(70))


async def test_the_warmest_come_first(database, reactor, owner, alice, alices):
    for name, warmth in (("Cool", 10.0), ("Hot", 30.0), ("Warm", 20.0)):
        note = await write(database, alice, name)
        await work_through(reactor)
        await owner.execute("update record_heat set warmth = $2 where record_id = $1", note, warmth)
    assert await listed(alices, "/notes?sort=warm") == ["Hot", "Warm", "Cool"]


async def test_orders_and_filters_hold_in_the_archive_too(database, reactor, alice, alices):
    for number in range(3):
        await write(database, alice, f"Old {number}", "#one", archived_at=datetime.now(UTC))
    await write(database, alice, "Current", "#one")
    await work_through(reactor)
    for sort in ("", *ORDERS):
        assert set(await listed(alices, f"/notes?show=archived&topic=one&sort={sort}")) == {"Old 0", "Old 1", "Old 2"}


async def test_no_order_sorts_what_an_index_has_in_order(database, owner, alice):
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into notes (user_id, title, content, created_at) select $1, case when n % 50 = 0 then '' else "
            "'Note ' || n end, 'text', now() - n * interval '1 minute' from generate_series(1, 3000) n", alice.id,
        )  # fmt: skip
    await owner.execute("alter table record_heat no force row level security")
    await owner.execute(
        "insert into record_heat (record_id, user_id, warmth) select id, user_id, random() from notes where title <> ''"
    )
    await owner.execute("alter table record_heat force row level security")
    await owner.execute("analyze")
    indexes = {"created": "notes_by_creation", "title": "names_by_title", "warm": "record_heat_warmest"}
    for name, order in ORDERS.items():
        part = order.parts[0]
        async with database.reading(alice.id) as connection:
            rows = await connection.fetch("explain " + part.sql + part.order, *part.first)
        plan = "\n".join(row[0] for row in rows)
        assert indexes[name] in plan, plan
        assert "Sort" not in plan, plan
    sql, values = narrow_list(NoteFilter())
    async with database.reading(alice.id) as connection:
        rows = await connection.fetch("explain " + LIST["current"].replace(ORDER, sql + ORDER), *values)
    assert "notes_newest" in "\n".join(row[0] for row in rows)


async def test_cards_are_the_same_rows_by_another_look(database, alice, alices):
    await write(database, alice, "One", "Words of it")
    page = (await alices.get("/notes?view=cards")).text
    assert '<ul class="rows cards">' in page
    assert re.findall(TITLE, page) == ["One"]
    assert 'href="/notes?view=cards&amp;select=1"' in page


async def test_the_form_that_narrows_leads_to_a_clean_address(database, alice, alices):
    target = await write(database, alice, "Lisbon")
    page = (await alices.get("/notes/narrow?topic=one&q=words&property=rating")).text
    assert '<input type="hidden" name="q" value="words">' in page
    assert '<input type="hidden" name="property" value="rating">' in page
    answer = await alices.get(
        "/notes/narrow?narrow=1&topic=%23One%2C+City+Trips&linked_name=lisbon&kind=&heat=warm&created_from=&view=cards"
    )
    assert answer.headers["location"] == f"/notes?topic=one%2Ccity-trips&heat=warm&linked={target}&view=cards"
    answer = await alices.get("/notes/narrow?narrow=1&linked_name=Nobody+at+all&topic=one")
    assert answer.status_code == 422
    assert 'value="Nobody at all"' in answer.text


async def test_a_link_s_filter_is_taken_away_by_emptying_it(database, alice, alices):
    target = await write(database, alice, "Lisbon")
    same = await alices.get(f"/notes/narrow?narrow=1&linked={target}&linked_name=Lisbon")
    assert same.headers["location"] == f"/notes?linked={target}"
    assert (await alices.get(f"/notes/narrow?narrow=1&linked={target}&linked_name=")).headers["location"] == "/notes"


async def test_a_narrowed_list_is_saved_with_all_that_narrows_it(alices):
    kept = "topic=a%2Cb&kind=note&pinned=yes&heat=warm&created_from=2026-01-01&sort=title&view=cards"
    answer = await alices.post("/search/saved", {"name": "Mine", "place": "/notes", "q": "", "kept": kept})
    assert answer.headers["location"] == f"/notes?{kept}"
    assert f'href="/notes?{kept.replace("&", "&amp;")}"' in (await alices.get("/search/saved")).text
    form = (await alices.get(f"/properties/filter?list=/notes&{kept}")).text
    for name in ("topic", "kind", "pinned", "heat", "created_from", "sort", "view"):
        assert f'type="hidden" name="{name}"' in form, name


async def tagged(owner, label: str) -> set[str]:
    rows = await owner.fetch(
        "select distinct n.title from record_topics rt join notes n on n.id = rt.record_id "
        "join topics t on t.id = rt.topic_id where t.label = $1 and t.deleted_at is null", label,
    )  # fmt: skip
    return {row[0] for row in rows}


async def undo_from(browser, path: str) -> None:
    await browser.post(re.search(r"/history/[0-9a-f-]+/undo", (await browser.get(path)).text)[0])


async def test_twenty_notes_are_tagged_by_hand_and_it_is_undone(database, reactor, owner, alice, alices):
    notes = [await write(database, alice, f"Note {number}", "words") for number in range(20)]
    form = {"id": [str(note) for note in notes], "topic": "#Reading List", "back": "/notes"}
    assert (await alices.post("/notes/selected/tag", form)).status_code == 303
    assert len(await tagged(owner, "Reading List")) == 20
    async with database.writing(alice.id) as session:
        await session.execute(text("update notes set content = 'other words'"))
    await work_through(reactor)
    assert len(await tagged(owner, "Reading List")) == 20
    assert await owner.fetchval("select count(distinct action_id) from change_log where kind = 'filing'") == 1
    page = (await alices.get("/notes?topic=reading-list")).text
    assert "20 notes filed under #Reading List." in page
    await alices.post(re.search(r"/history/[0-9a-f-]+/undo", page)[0])
    assert await tagged(owner, "Reading List") == set()
    assert await owner.fetchval("select count(*) from topics where deleted_at is null") == 0
    assert "other words" in await owner.fetchval("select content from notes limit 1")


async def test_a_topic_by_hand_is_taken_away_and_one_of_the_text_is_told(database, reactor, owner, alice, alices):
    by_hand = await write(database, alice, "By hand")
    written = await write(database, alice, "Written", "#food")
    await work_through(reactor)
    form = {"id": [str(by_hand), str(written)], "topic": "food"}
    await alices.post("/notes/selected/tag", form)
    assert await tagged(owner, "food") == {"By hand", "Written"}
    await alices.post("/notes/selected/untag", form)
    assert await tagged(owner, "food") == {"Written"}
    page = (await alices.get("/notes")).text
    assert "1 note taken out of #food. 1 says it in its own words." in page
    await alices.post(re.search(r"/history/[0-9a-f-]+/undo", page)[0])
    assert await tagged(owner, "food") == {"By hand", "Written"}


async def test_taking_away_a_topic_that_is_none_makes_none(database, owner, alice, alices):
    note = await write(database, alice, "Note")
    await alices.post("/notes/selected/untag", {"id": [str(note)], "topic": "nothing"})
    assert "There is no topic of that name." in (await alices.get("/notes")).text
    assert await owner.fetchval("select count(*) from topics") == 0


async def test_all_that_match_are_changed_beyond_the_page(database, reactor, owner, alice, alices):
    for number in range(40):
        await write(database, alice, f"Note {number}", "#one" if number else "")
    await work_through(reactor)
    page = (await alices.get("/notes?topic=one&select=1")).text
    assert "All 39 notes that match" in page
    await alices.post("/notes/selected/archive", {"all": "1", "back": "/notes?topic=one"})
    assert await owner.fetchval("select count(*) from notes where archived_at is not null") == 39
    await undo_from(alices, "/notes")
    assert await owner.fetchval("select count(*) from notes where archived_at is not null") == 0


@pytest.mark.parametrize("verb", ["tag", "untag", "merge", "take"])
async def test_another_person_s_notes_are_in_no_selection(alices, bobs, database, owner, alice, bob, verb):
    theirs, mine = await write(database, alice, "Alice's", "secret"), await write(database, bob, "Bob's")
    form = {"id": [str(mine), str(theirs)], "topic": "mine", "keep": str(mine)}
    answer = await bobs.post(f"/notes/selected/{verb}", form)
    if verb == "take":
        assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == ["Bob's.md"]
    else:
        assert answer.status_code == 404
    assert await owner.fetchval("select max(version) from notes") == 1
    assert await owner.fetchval("select count(*) from filings") == 0


async def three(database, reactor, alice):
    first = await write(database, alice, "First", "One. #food", created_at=days_ago(3), custom_fields={"rating": 4})
    second = await write(
        database, alice, "Second", "Two. [[Elsewhere]]", created_at=days_ago(2),
        custom_fields={"Rating": 5, "tags": ["kept"]},
    )  # fmt: skip
    third = await write(database, alice, "", "Three.", created_at=days_ago(1), is_pinned=True)
    link = await write(database, alice, "Link", "[[Second]] and [[First]]")
    await work_through(reactor)
    return first, second, third, link


async def test_notes_are_merged_into_one_and_parted_again(database, reactor, owner, alice, alices):
    first, second, third, link = await three(database, reactor, alice)
    ids = [str(first), str(second), str(third)]
    page = (await alices.post("/notes/selected/merge", {"id": ids, "back": "/notes"})).text
    assert page.count('type="radio"') == 3
    assert f'value="{first}" checked' in page
    before = await owner.fetch("select id, content, custom_fields, is_pinned, deleted_at from notes order by id")
    answer = await alices.post("/notes/selected/merge", {"id": ids, "keep": str(first), "back": "/notes"})
    assert answer.headers["location"] == f"/notes/{first}"
    row = await owner.fetchrow("select content, custom_fields, is_pinned from notes where id = $1", first)
    assert row["content"] == "One. #food\n\n## Second\n\nTwo. [[Elsewhere]]\n\nThree.\n"
    assert (row["custom_fields"], row["is_pinned"]) == ('{"tags": ["kept"], "rating": 4}', True)
    targets = "select array_agg(target_id order by target_name) from entity_links where source_id = $1"
    assert await owner.fetchval(targets, link) == [first, first]
    await work_through(reactor)
    assert await owner.fetchval(targets, link) == [first, first]
    assert await tagged(owner, "kept") >= {"First"}
    undo = re.search(r"/history/[0-9a-f-]+/undo", (await alices.get(f"/notes/{first}")).text)[0]
    assert "It became part of" in (await alices.get(f"/notes/{second}")).text
    await alices.post(undo)
    assert (
        await owner.fetch("select id, content, custom_fields, is_pinned, deleted_at from notes order by id") == before
    )
    assert await owner.fetchval(targets, link) == [first, second]
    await work_through(reactor)
    assert await owner.fetchval(targets, link) == [first, second]


async def test_a_name_that_a_note_had_already_stays_its_own(database, reactor, owner, alice, alices):
    first, second, _third, _link = await three(database, reactor, alice)
    async with database.reading(alice.id) as connection:
        await add_alias(connection, alice.id, first, "second", "Second")
    await alices.post("/notes/selected/merge", {"id": [str(first), str(second)], "keep": str(first)})
    await undo_from(alices, f"/notes/{first}")
    names = "select array_agg(folded order by folded) from names where record_id = $1"
    assert await owner.fetchval(names, first) == ["first", "second"]
    assert await owner.fetchval(names, second) == ["second"]


async def test_another_than_the_oldest_may_stay(database, reactor, owner, alice, alices):
    first, second, _third, _link = await three(database, reactor, alice)
    await alices.post("/notes/selected/merge", {"id": [str(first), str(second)], "keep": str(second)})
    content = await owner.fetchval("select content from notes where id = $1", second)
    assert content == "## First\n\nOne. #food\n\n## Second\n\nTwo. [[Elsewhere]]\n"
    assert await owner.fetchval("select merged_into from notes where id = $1", first) == second


async def test_a_day_s_log_is_merged_into_nothing(database, alice, alices, owner):
    log = await write(database, alice, "Day", "08:00 up", note_kind="log", date_key=datetime(2026, 6, 1).date())
    note = await write(database, alice, "Note", "words")
    answer = await alices.post("/notes/selected/merge", {"id": [str(log), str(note)], "keep": str(note)})
    assert answer.status_code == 400
    assert "The log of a day" in answer.text
    assert await owner.fetchval("select count(*) from notes where deleted_at is not null") == 0
    await alices.post("/notes/selected/merge", {"id": [str(log), str(note)], "keep": str(log)})
    assert await owner.fetchval("select content from notes where id = $1", log) == "08:00 up\n\n## Note\n\nwords\n"


async def test_selected_notes_are_taken_along_as_markdown(database, reactor, alice, alices):
    note = await write(database, alice, "A/B: c?", "Text.\n", custom_fields={"rating": 5, "tags": ["x"]})
    same = await write(database, alice, "a b c", "Other.")
    await work_through(reactor)
    await alices.post("/notes/selected/tag", {"id": [str(note)], "topic": "by hand"})
    answer = await alices.post("/notes/selected/take", {"id": [str(note), str(same)]})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {"A B c.md", "a b c (2).md"}
    _, head, body = texts["A B c.md"].split("---\n", 2)
    front = yaml.safe_load(head)
    assert (front["id"], front["title"], front["tags"], front["rating"]) == (str(note), "A/B: c?", ["by hand", "x"], 5)
    assert body == "Text.\n"
