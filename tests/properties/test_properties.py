"""Properties on a record's page: shown, added, changed, renamed, taken away, and the way back from each."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from app.importing.front_matter import json_safe, storable
from app.kinds import KINDS
from app.properties.queries import set_property
from tests.conftest import work_through, write

HTMX = {"hx-request": "true", "hx-target": "properties"}
UNDO = re.compile(r'action="(/history/[0-9a-f-]{36}/undo)"')


class FormValues(HTMLParser):
    """What a browser would send of the property's form: inputs, the textarea, what is selected."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, str] = {}
        self.inside = False
        self.area = self.select = ""
        # The dialogs behind every page have forms of their own.
        self.feed(html.partition("<hearth-switcher")[0])

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("class") == "property-form"
        elif not self.inside:
            return
        elif tag == "input":
            self.values[given["name"]] = given.get("value") or ""
        elif tag == "textarea":
            self.area = given["name"]
            self.values[self.area] = ""
        elif tag == "select":
            self.select = given["name"]
            self.values.setdefault(self.select, "")
        elif tag == "option" and "selected" in given and self.select:
            self.values[self.select] = given["value"] or ""

    def handle_data(self, data):
        if self.area:
            self.values[self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.values[self.area] = self.values[self.area].removeprefix("\n")
            self.area = ""
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.inside = False


def home(record) -> str:
    return f"/records/{record}/properties"


async def form_of(browser, record, name: str) -> dict[str, str]:
    answer = await browser.http.get(home(record), params={"edit": name})
    assert answer.status_code == 200, answer.text
    return {key: value for key, value in FormValues(answer.text).values.items() if key != "_csrf_token"}


async def change(browser, record, former: str, headers: dict[str, str] | None = None, **typed: str):
    return await browser.post(home(record), {**await form_of(browser, record, former), **typed}, **headers or {})


async def add(browser, record, name: str, value: str, kind: str = "", **headers: str):
    form = {"former": "", "stamp": "", "shown_as": "", "name": name, "value": value, "kind": kind}
    return await browser.post(home(record), form, **headers)


async def fields(owner, record) -> dict:
    return json.loads(await owner.fetchval("select custom_fields from notes where id = $1", record))


def shown(page: str) -> dict[str, str]:
    """Name → value of the property list, as words."""
    rows = re.findall(r'<div class="property">\s*<dt>(.*?)</dt>\s*<dd>(.*?)</dd>', page, re.DOTALL)
    plain = re.compile(
        r"<span class=\"visually-hidden\">.*?</span>|<span aria-hidden=\"true\">≈</span>|<[^>]*>", re.DOTALL
    )
    return {unescape(name): " ".join(unescape(plain.sub("", value)).split()) for name, value in rows}


async def test_a_page_shows_each_type_as_it_is_read(alices, database, reactor, alice):
    lisbon = await write(database, alice, "Lisbon")
    note = await write(database, alice, "Trip", custom_fields={
        "rating": 4.5, "year": 2026, "day": "2024-03-01", "at": "2024-03-01T18:30", "read": True, "kinds": ["a", "b"],
        "in": "[[Lisbon|there]]", "to": "[[Nowhere]]", "site": "https://example.org/", "write": "ana@example.org",
        "nothing": None, "hook": {"a": [1.5]}, "_sha256": "undercover",
    })  # fmt: skip
    page = (await alices.get(f"/notes/{note}")).text
    assert shown(page) == {
        "at": "1 March 2024, 6:30 PM", "day": "1 March 2024", "hook": 'Several parts{ "a": [ 1.5 ] }', "in": "there",
        "kinds": "a, b", "nothing": "–", "rating": "4.5", "read": "yes", "site": "example.org", "to": "Nowhere",
        "write": "ana@example.org", "year": "2026",
    }  # fmt: skip
    assert "undercover" not in page
    assert f'class="wiki" href="/notes/{lisbon}"' in page
    assert 'class="missing" href="/notes/new?title=Nowhere"' in page
    assert 'href="https://example.org/" rel="noopener noreferrer nofollow"' in page
    assert 'href="mailto:ana@example.org"' in page
    assert list(shown(page)) == sorted(shown(page))


async def test_a_note_without_properties_offers_to_add_one_and_shows_no_empty_list(alices, database, alice):
    note = await write(database, alice, "Plain")
    page = (await alices.get(f"/notes/{note}")).text
    assert '<section id="properties" class="property-list" hidden>' in page
    assert f'href="{home(note)}?add=1"' in page


async def test_a_property_is_added_changed_renamed_and_taken_away(alices, database, owner, alice):
    note = await write(database, alice, "Book")
    answer = await add(alices, note, "rating", "4.50")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/notes/{note}")
    assert await owner.fetchval("select custom_fields::text from notes") == '{"rating": 4.50}'
    assert "Added: rating" in (await alices.get(f"/notes/{note}")).text
    assert (await form_of(alices, note, "rating"))["value"] == "4.50"
    await change(alices, note, "rating", value="5")
    await change(alices, note, "rating", name="Stars")
    assert await fields(owner, note) == {"Stars": 5}
    await change(alices, note, "Stars", kind="text", value="five")
    assert await fields(owner, note) == {"Stars": "five"}
    answer = await alices.post(f"{home(note)}/remove", await form_of(alices, note, "Stars"))
    assert answer.status_code == 303
    assert await fields(owner, note) == {}


async def test_any_kind_of_record_has_properties(alices, owner):
    path = (await alices.post("/people", {"full_name": "Tomás"})).headers["location"]
    person = path.rpartition("/")[2]
    answer = await add(alices, person, "born", "1980-05-04")
    assert answer.headers["location"] == path
    page = (await alices.get(path)).text
    assert shown(page) == {"born": "4 May 1980"}
    assert "/people?property=born&amp;is=1980-05-04" in page
    topic = await owner.fetchval("select id from contacts where not is_self")
    assert str(topic) == person


async def test_htmx_gets_the_list_and_the_toast_and_no_page(alices, database, alice):
    note = await write(database, alice, "Book")
    answer = await add(alices, note, "rating", "5", **HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert '<section id="properties"' in answer.text
    assert '<div id="toasts" hx-swap-oob="innerHTML">' in answer.text
    assert "Added: rating" in answer.text and UNDO.search(answer.text)
    assert "hearth_said" not in answer.headers.get("set-cookie", "")
    form = (await alices.get(f"{home(note)}?edit=rating", **HTMX)).text
    assert form.lstrip().startswith("<section") and 'name="value"' in form and "<html" not in form


async def test_each_change_is_undone_and_leaves_the_others_alone(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"place": "Faro"})
    first = UNDO.search((await add(alices, note, "rating", "5", **HTMX)).text)[1]
    second = UNDO.search((await change(alices, note, "place", HTMX, value="Lisbon")).text)[1]
    await alices.post(first)
    assert await fields(owner, note) == {"place": "Lisbon"}
    await alices.post(second)
    assert await fields(owner, note) == {"place": "Faro"}
    gone = await alices.post(f"{home(note)}/remove", await form_of(alices, note, "place"), **HTMX)
    await alices.post(UNDO.search(gone.text)[1])
    assert await fields(owner, note) == {"place": "Faro"}


async def test_an_undo_leaves_what_was_changed_again_since(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"place": "Faro"})
    first = UNDO.search((await change(alices, note, "place", HTMX, value="Lisbon")).text)[1]
    await change(alices, note, "place", value="Porto")
    await alices.post(first)
    assert await fields(owner, note) == {"place": "Porto"}
    assert "changed again since" in (await alices.get("/history")).text


async def test_history_tells_each_property_and_puts_one_back(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"place": "Faro", "x": 1, "_sha256": "a"})
    await change(alices, note, "place", value="Lisbon")
    await add(alices, note, "read", "true")
    page = (await alices.get(f"/records/{note}/history")).text
    told = re.findall(r'<p class="soft">(\w+)</p>\s*<p><del>(.*?)</del> <ins>(.*?)</ins></p>', page)
    assert told == [("read", "nothing", "yes"), ("place", "Faro", "Lisbon")]
    revert = re.findall(r'action="(/history/changes/\d+/revert)".*?name="key" value="(\w+)"', page)
    assert [key for _, key in revert] == ["read", "place"]
    await alices.post(revert[1][0], {"column": "custom_fields", "key": "place"})
    assert await fields(owner, note) == {"place": "Faro", "read": True, "x": 1, "_sha256": "a"}
    await alices.post(revert[0][0], {"column": "custom_fields", "key": "read"})
    assert await fields(owner, note) == {"place": "Faro", "x": 1, "_sha256": "a"}


async def test_whoever_was_slower_sees_both_values_and_loses_none(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"place": "Faro"})
    slow = await form_of(alices, note, "place")
    await change(alices, note, "place", value="Lisbon")
    answer = await alices.post(home(note), {**slow, "value": "Porto"}, **HTMX)
    assert answer.status_code == 409
    assert "<q>Lisbon</q>" in answer.text
    kept = FormValues(answer.text).values
    assert kept["value"] == "Porto"
    assert await fields(owner, note) == {"place": "Lisbon"}
    assert (await alices.post(home(note), kept)).status_code == 303
    assert await fields(owner, note) == {"place": "Porto"}


async def test_what_was_taken_away_meanwhile_is_added_again_by_saving(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"place": "Faro"})
    slow = await form_of(alices, note, "place")
    await alices.post(f"{home(note)}/remove", slow)
    answer = await alices.post(home(note), {**slow, "value": "Porto"})
    assert answer.status_code == 409 and "taken away meanwhile" in answer.text
    assert (await alices.post(home(note), FormValues(answer.text).values)).status_code == 303
    assert await fields(owner, note) == {"place": "Porto"}


async def test_another_change_of_the_record_is_no_conflict(alices, database, owner, alice):
    note = await write(database, alice, "Book", "one", custom_fields={"place": "Faro", "x": 1})
    slow = await form_of(alices, note, "place")
    await alices.post(f"/notes/{note}", {"version": "1", "title": "Book", "content": "two"})
    await change(alices, note, "x", value="2")
    assert (await alices.post(home(note), {**slow, "value": "Lisbon"})).status_code == 303
    assert await fields(owner, note) == {"place": "Lisbon", "x": 2}


async def test_the_same_form_sent_twice_changes_once(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"place": "Faro"})
    slow = await form_of(alices, note, "place")
    for form in ({**slow, "value": "Lisbon"}, {"name": "rating", "value": "5"}):
        assert [(await alices.post(home(note), form)).status_code for _time in range(2)] == [303, 303]
    assert await fields(owner, note) == {"place": "Lisbon", "rating": 5}
    slow = await form_of(alices, note, "place")
    assert [(await alices.post(f"{home(note)}/remove", slow)).status_code for _time in range(2)] == [303, 303]
    assert await owner.fetchval("select version from notes") == 4


@pytest.mark.parametrize(
    ("name", "value", "kind", "sentence"),
    [("", "kept", "", "needs a name"), ("PLACÉ", "kept", "", "of this name already"), ("tags", "kept", "", "#garden"),
     ("new", "kept", "number", "no number"), ("new", "kept", "url", "https://"), ("new", "kept\0", "", "NUL"),
     ("new", "kept" * 3000, "", "at most 10000"), ("n" * 101, "kept", "", "at most 100"),
     ("new", "kept", "nonsense", "no such type")],
)  # fmt: skip
async def test_what_cannot_be_stored_comes_back_in_the_form(
    alices, database, owner, alice, name, value, kind, sentence
):
    note = await write(database, alice, "Book", custom_fields={"place": "Faro"})
    for headers in ({}, HTMX):
        answer = await add(alices, note, name, value, kind, **headers)
        assert answer.status_code == 422
        assert sentence in unescape(answer.text)
        assert "kept" in FormValues(answer.text).values["value"]
        assert 'aria-invalid="true"' in answer.text
    assert await fields(owner, note) == {"place": "Faro"}


async def test_a_changed_value_that_does_not_fit_comes_back_in_the_form(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"day": "2024-03-01"})
    answer = await change(alices, note, "day", value="soon")
    assert answer.status_code == 422
    kept = FormValues(answer.text).values
    assert (kept["value"], kept["former"]) == ("soon", "day")
    assert "no date" in answer.text


async def test_a_record_holds_no_more_than_its_history_can_keep(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={f"k{number}": "x" * 9_900 for number in range(20)})
    assert (await add(alices, note, "more", "x" * 5_000)).status_code == 422
    assert (await change(alices, note, "k1", value="shorter")).status_code == 303
    assert UNDO.search((await alices.get("/history")).text)


async def test_a_chosen_type_is_remembered_for_the_name(alices, database, owner, alice, bobs):
    notes = [await write(database, alice, "One", custom_fields={"Score": value}) for value in ("12", "twelve", 3)]
    await change(alices, notes[0], "Score", kind="number")
    assert await fields(owner, notes[0]) == {"Score": 12}
    pages = [(await alices.get(f"/notes/{note}")).text for note in notes]
    assert [shown(page)["Score"] for page in pages] == ["12", "twelve no number", "3"]
    assert [await fields(owner, note) for note in notes[1:]] == [{"Score": "twelve"}, {"Score": 3}]
    other = await write(database, alice, "Two")
    await add(alices, other, "score", "7")
    assert await fields(owner, other) == {"score": 7}
    assert (await add(alices, await write(database, alice, "Three"), "score", "many")).status_code == 422


async def test_what_has_several_parts_stays_when_its_name_changes(alices, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"hook": {"a": [1.5, {"b": None}]}, "x": 1})
    form = await form_of(alices, note, "hook")
    assert "value" not in form
    assert (
        await alices.post(home(note), {**form, "name": "hooks", "value": "gone", "kind": "text"})
    ).status_code == 303
    assert await fields(owner, note) == {"hooks": {"a": [1.5, {"b": None}]}, "x": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8,
)  # fmt: skip


@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=8), JSON, max_size=6), st.data())
async def test_editing_one_key_leaves_every_other_byte_for_byte(settings, alice, front_matter, data):
    kept = {storable(name): json_safe(value) for name, value in front_matter.items()}
    connection = await asyncpg.connect(settings.app_database_url)
    try:
        await connection.execute("begin")
        await connection.execute("select set_config('app.user_id', $1, true)", str(alice.id))
        note = await connection.fetchval("insert into notes (user_id, custom_fields) values ($1, $2::text::jsonb) "
                                         "returning id", alice.id, json.dumps(kept))  # fmt: skip
        each = "select key, value::text from jsonb_each((select custom_fields from notes where id = $1))"
        before = dict(await connection.fetch(each, note))
        name = data.draw(st.sampled_from(sorted(kept)) if kept else st.just(None))
        stamp = await connection.fetchval("select md5($1)", before[name]) if name is not None else ""
        outcome = await set_property(connection, "notes", note, name, stamp, "a new name", "1.50")
        after = dict(await connection.fetch(each, note))
        assert outcome == ("taken" if "a new name" in kept and name != "a new name" else "done")
        assert after.pop("a new name") == "1.50"
        assert after == {key: value for key, value in before.items() if key != name}
    finally:
        await connection.execute("rollback")
        await connection.close()


@pytest.mark.parametrize("value", ["<img src=x onerror=alert(1)>", "javascript:alert(1)", "https://x.org/\"><script>",
                                   "[[<script>alert(1)</script>]]", "x" * 9_000, "{{ 7*7 }}", "a\u202eb"])  # fmt: skip
async def test_hostile_values_and_names_are_words(alices, database, owner, alice, value):
    note = await write(database, alice, "Book")
    name = f"<script>{value[:80]}"
    assert (await add(alices, note, name, value)).status_code == 303
    page = (await alices.get(f"/notes/{note}")).text
    assert "<script>alert" not in page and "<img src=x" not in page and 'href="javascript' not in page
    assert "49" not in shown(page)[" ".join(name.split())]
    form = await form_of(alices, note, name)
    assert (form["name"], form["value"]) == (name, value)
    assert (await change(alices, note, name, value=value)).status_code == 303
    for path in (f"/records/{note}/history", "/notes?property=" + "x" * 900, "/properties/filter?list=//evil.org"):
        answer = await alices.get(path)
        assert answer.status_code == 200 and 'action="//evil' not in answer.text


async def test_a_second_user_finds_neither_the_record_nor_its_names(alices, bobs, database, owner, alice):
    note = await write(database, alice, "Book", custom_fields={"secret": "Faro"})
    form = await form_of(alices, note, "secret")
    await change(alices, note, "secret", kind="list")
    for path in (home(note), f"{home(note)}?edit=secret", f"{home(note)}?add=1"):
        assert (await bobs.get(path)).status_code == 404
    for path in (home(note), f"{home(note)}/remove"):
        assert (await bobs.post(path, {**form, "value": "mine"})).status_code == 404
    assert "secret" not in (await bobs.get("/properties/filter")).text
    assert "secret" in (await alices.get("/properties/filter")).text
    assert await fields(owner, note) == {"secret": ["Faro"]}


async def test_an_address_of_no_property_is_not_there(alices, database, alice):
    note = await write(database, alice, "Book", custom_fields={"_sha256": "a"})
    for path in (f"{home(note)}?edit=nothing", f"{home(note)}?edit=_sha256", home(UUID(int=7))):
        assert (await alices.get(path)).status_code == 404


async def test_values_are_found_by_their_words_until_they_go(alices, database, owner, reactor, alice):
    note = await write(database, alice, "Book", "written text", custom_fields={"place": "Olhão", "_own": "hiddenword"})
    assert str(note) in (await alices.get("/notes?q=olhao")).text
    assert str(note) not in (await alices.get("/notes?q=hiddenword")).text
    await alices.post(f"/notes/{note}", {"version": "1", "title": "Book", "content": "another text"})
    assert str(note) in (await alices.get("/notes?q=olhao")).text
    assert str(note) in (await alices.get("/notes?q=another")).text
    await alices.post(f"{home(note)}/remove", await form_of(alices, note, "place"))
    assert str(note) not in (await alices.get("/notes?q=olhao")).text
    assert str(note) in (await alices.get("/notes?q=another")).text


async def test_a_topic_of_a_file_follows_its_property(alices, database, owner, reactor, alice):
    note = await write(database, alice, "Book", custom_fields={"tags": ["novel"]})
    await work_through(reactor)
    answer = await alices.http.get(home(note), params={"edit": "tags"})
    assert "The topics follow" in answer.text
    await change(alices, note, "tags", value="novel\ntravel")
    await work_through(reactor)
    assert str(note) in (await alices.get("/notes?topic=travel")).text


async def test_every_record_table_keeps_its_values(database, owner, alice):
    for kind in KINDS.values():
        assert await owner.fetchval(
            "select exists (select from pg_trigger where tgrelid = $1::regclass and tgname = 'record_properties')",
            kind.table,
        ), kind.name
