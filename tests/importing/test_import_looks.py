"""Front matter that Hearth has a field for, and categories, which are topics."""

from __future__ import annotations

import json

import pytest

from app.contacts.service import ContactFields, add_contact
from app.importing.looks import Looks, read_looks
from app.importing.service import import_path
from app.ports.blobs import BlobStore
from tests.conftest import work_through


@pytest.fixture
def bring(database, settings, alice, tmp_path):
    async def bring_file(front: str, body: str = "x") -> None:
        (tmp_path / "Bees.md").write_text(f"---\n{front}\n---\n{body}")
        await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)

    return bring_file


async def read(owner, *columns: str) -> tuple:
    return tuple(await owner.fetchrow(f"select {', '.join(columns)} from notes"))  # noqa: S608


@pytest.mark.parametrize(
    ("properties", "looks"),
    [
        ({"Icon": " 🐝 ", "color": "#2e8b57"}, Looks("🐝", "moss", None, None, frozenset({"Icon", "color"}))),
        (
            {"colour": "Purple", "template": "Daily"},
            Looks(None, "plum", "log", None, frozenset({"colour", "template"})),
        ),
        ({"color": "#abc", "template": True}, Looks(None, "sky", "note", None, frozenset({"color", "template"}))),
        ({"icon": "LiHome", "color": "#888", "template": "[[Other]]"}, Looks()),
        ({"icon": ["x"], "color": 7, "template": False, "author": ["Ana"]}, Looks()),
        ({"author": "[[Ana Lima]]"}, Looks(author="ana lima")),
    ],
)
def test_what_fits_becomes_a_field_and_the_rest_stays_a_property(properties, looks):
    assert read_looks(properties) == looks


async def test_fields_are_filled_from_front_matter_and_unknown_keys_kept(bring, database, owner, alice):
    async with database.writing(alice.id) as session:
        ana = (await add_contact(session, alice.id, ContactFields("Ana Lima"))).id
    await bring("icon: 🐝\ncolor: green\nauthor: Ana Lima\ntemplate: true\nhive: 7\nicon_set: x")
    columns = ("icon", "colour", "template_for", "author_contact_id")
    assert await read(owner, *columns) == ("🐝", "moss", "note", ana)
    fields = json.loads((await read(owner, "custom_fields"))[0])
    assert {key: value for key, value in fields.items() if not key.startswith("_")} == {
        "author": "Ana Lima", "hive": 7, "icon_set": "x"
    }  # fmt: skip
    assert "color: green" in fields["_front_matter"]


async def test_a_changed_file_changes_what_it_says_differently_and_nothing_else(bring, owner):
    await bring("icon: 🐝\ncolor: green")
    await owner.execute("update notes set icon = '🍯', colour = 'sky'")
    await bring("icon: 🐝\ncolor: red", "y")
    assert await read(owner, "icon", "colour", "content") == ("🍯", "ember", "y")
    await bring("tags: [a]", "z")
    assert await read(owner, "icon", "colour", "content") == (None, None, "z")


async def test_an_author_whom_nobody_knows_or_two_could_be_stays_a_name(bring, database, owner, alice):
    async with database.writing(alice.id) as session:
        for _ in range(2):
            await add_contact(session, alice.id, ContactFields("Twin"))
    await bring("author: Twin")
    assert await read(owner, "author_contact_id", "custom_fields ->> 'author'") == (None, "Twin")


async def test_a_category_is_a_topic(bring, owner, reactor):
    await bring('category: Home repair\ncategories: [Roof, "Home repair"]\ntags: tin lead')
    await work_through(reactor)
    assert [row[0] for row in await owner.fetch("select label from topics order by label")] == [
        "Home repair", "Roof", "lead", "tin"
    ]  # fmt: skip
