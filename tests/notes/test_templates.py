"""Templates: what is filled in, what stays as it is, and who may read them."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from app.days.service import append_entry
from app.notes.templates import fill_template
from app.web.locale import use_locale
from tests.conftest import write

AT = datetime(2026, 3, 4, 8, 5, 9, tzinfo=ZoneInfo("Europe/Lisbon"))


@pytest.fixture(autouse=True)
def in_english():
    use_locale("en", "UTC")
    yield
    use_locale("en", "UTC")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{date}} {{time}} {{weekday}}", "2026-03-04 08:05 Wednesday"),
        ("# {{title}}\n\n{{ Title }}", "# Bees\n\nBees"),
        ("{{date:dddd, D MMMM YYYY}}", "Wednesday, 4 March 2026"),
        ("{{date:YYYY/MM/DD-YY M ddd MMM}}", "2026/03/04-26 3 Wed Mar"),
        ("{{time:HH:mm:ss}} {{date: h a}}", "08:05:09 8 AM"),
        ("{{date:[Week] W [D]}}", "Week 10 D"),
        ("{{unknown}} {{date {{x:y}} {{}} {date} {{title:x}}", "{{unknown}} {{date {{x:y}} {{}} {date} {{title:x}}"),
        ("[[{{date}}]]", "[[2026-03-04]]"),
    ],
)
def test_what_is_known_is_filled_in_and_all_else_stays(text, filled):
    assert fill_template(text, "Bees", AT) == filled


def test_names_are_in_the_reader_s_language_and_nothing_is_filled_in_twice():
    use_locale("de", "UTC")
    assert fill_template("{{weekday}}, {{date:D. MMMM}}", "", AT) == "Mittwoch, 4. März"
    assert fill_template("{{title}}", "{{date}}", AT) == "{{date}}"


def test_a_hostile_template_costs_no_more_than_its_length():
    text = "{{date:" * 50_000
    assert fill_template(text, "", AT) == text


async def test_a_new_note_begins_with_a_template_without_any_script(alices, database, owner, alice):
    await owner.execute("update users set time_zone = 'Pacific/Kiritimati' where id = $1", alice.id)
    template = await write(database, alice, "Meeting", "# {{title}}\n\n{{date}} & <b>", template_for="note")
    assert f'<option value="{template}">Meeting</option>' in (await alices.get("/notes/new")).text
    page = (await alices.get(f"/notes/new?template={template}&title=Roof")).text
    today = datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
    assert f"# Roof\n\n{today} &amp; &lt;b&gt;</textarea>" in page
    assert 'value="Roof"' in page
    assert f'<option value="{template}" selected>' in page
    assert await owner.fetchval("select count(*) from notes") == 1


async def test_the_editor_asks_for_templates_and_for_one_filled_in(alices, bobs, database, alice):
    template = await write(database, alice, "", "Dear {{title}},", template_for="note")
    await write(database, alice, "No template", "x")
    answer = await alices.get("/notes/templates", accept="application/json")
    assert answer.json() == [{"id": str(template), "title": "Dear {{title}},"}]
    assert (await bobs.get("/notes/templates", accept="application/json")).json() == []
    page = (await alices.get("/notes/templates", accept="text/html")).text
    assert f'href="/notes/new?template={template}"' in page
    text = await alices.get(f"/notes/templates/text?id={template}&title=Ana")
    assert (text.text, text.headers["content-type"]) == ("Dear Ana,", "text/plain; charset=utf-8")
    for browser, asked in ((bobs, template), (alices, uuid4()), (alices, "x"), (alices, "")):
        assert (await browser.get(f"/notes/templates/text?id={asked}")).status_code == 404
        assert (await browser.get(f"/notes/new?template={asked}")).status_code == (404 if asked else 200)
    assert (await alices.get("/notes/templates/text")).headers["location"] == "/notes/templates"


async def test_what_is_no_template_fills_nothing_in(alices, database, owner, alice):
    note = await write(database, alice, "Diary", "secret words")
    assert (await alices.get(f"/notes/templates/text?id={note}")).status_code == 404
    gone = await write(database, alice, "Gone", "x", template_for="note")
    await owner.execute("update notes set deleted_at = now() where id = $1", gone)
    assert (await alices.get(f"/notes/new?template={gone}")).status_code == 404


async def test_a_log_begins_with_its_template_once_whoever_writes_first(database, owner, alice, bob):
    await write(database, alice, "Day", "## {{weekday}} {{date}}\n\n## Log\n", template_for="log")
    now = datetime(2026, 3, 5, 9, 0, tzinfo=ZoneInfo("UTC"))

    async def line(person, text):
        async with database.reading(person.id, action_id=uuid4()) as connection:
            return await append_entry(connection, date(2026, 3, 4), text, now)

    made = await asyncio.gather(*[line(alice, f"line {number}") for number in range(6)])
    assert len(set(made)) == 1
    content = await owner.fetchval("select content from notes where id = $1", made[0])
    assert content.startswith("## Wednesday 2026-03-04\n\n## Log\n\n- line ")
    assert content.count("## Log") == 1
    assert content.count("\n- line ") == 6
    theirs = await line(bob, "mine")
    assert await owner.fetchval("select content from notes where id = $1", theirs) == "- mine"


async def test_one_template_begins_the_days_and_choosing_it_is_one_action(alices, database, owner, alice):
    first = await write(database, alice, "First", "1", template_for="log")
    second = await write(database, alice, "Second", "2")
    await alices.post(f"/notes/{second}/about", {"template_for": "log"})
    found = await owner.fetch("select title, template_for from notes order by title")
    assert [tuple(row) for row in found] == [("First", "note"), ("Second", "log")]
    action = await owner.fetchval("select action_id from change_log where record_id = $1 order by seq desc", second)
    await alices.post(f"/history/{action}/undo")
    assert await owner.fetchval("select template_for from notes where id = $1", first) == "log"
    assert await owner.fetchval("select template_for from notes where id = $1", second) is None
