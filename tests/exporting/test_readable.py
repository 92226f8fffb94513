"""The part that lives without Hearth: Markdown with its head, names that every system takes, vCards; and back again."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import UTC, datetime

import pytest
import vobject
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.contacts.exporting import write_contact
from app.core.portable import Surroundings, write_head
from app.exporting.names import Names, safe_folder
from app.importing.front_matter import split_front_matter
from app.notes.exporting import write_note
from tests.conftest import work_through, write
from tests.exporting.conftest import PICTURE

LOOKALIKES = [
    "no", "2020-01-01", "1e3", "null", "~", "true", "12:30", "007", "- a", "a: b", "#x", "'", '"', "[x]", "{", "*a",
    "&a", "!x", "|", ">", "%", "@a", "`", "? ", "a #b", " a ", "\u2028", "\x85", "\x7f", "😀", "\ufeff", "---",
]  # fmt: skip
# What Postgres stores as text: all but NUL and halves of a pair.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
WORDS = st.one_of(st.sampled_from(LOOKALIKES), TEXT)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**17), 10**17), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)), max_leaves=6,
)  # fmt: skip


def note(**columns: object) -> dict:
    row = {
        "id": "01890000-0000-7000-8000-000000000000", "title": "T", "content": "", "custom_fields": {},
        "created_at": "2020-01-02T03:04:05+00:00", "updated_at": "2021-01-02T03:04:05+00:00", "date_key": None,
    }  # fmt: skip
    return row | columns


@given(fields=st.dictionaries(WORDS, VALUES, max_size=4), body=TEXT)
def test_a_head_says_what_was_meant_to_obsidian_and_to_the_importer(fields, body):
    text = write_head(fields.items()) + body
    front = split_front_matter(text)
    assert front.problem is None
    assert front.body == body
    assert front.properties == fields
    assert isinstance(yaml.safe_load(front.raw.strip().strip("-")) or {}, dict)


@given(title=WORDS, body=st.one_of(st.sampled_from(["---", "---\na: b\n---\n", "---\n...", "\n\n"]), TEXT),
       tags=st.lists(WORDS, max_size=3))  # fmt: skip
def test_the_text_of_a_note_stands_byte_for_byte_behind_its_head(title, body, tags):
    text = write_note(note(title=title, content=body), Surroundings(stem="x", tags=tuple(tags)))
    assert text.encode().endswith(body.encode())
    front = split_front_matter(text)
    assert (front.body, front.properties["title"]) == (body, title)


@given(names=st.lists(st.tuples(WORDS, WORDS), max_size=20))
def test_every_name_is_safe_and_no_two_differ_by_case_alone(names):
    taken = Names()
    paths = [taken.path("notes", name, ".md") for pair in names for name in (*pair, pair[0].swapcase())]
    assert len({path.casefold() for path in paths}) == len(paths)
    for path in paths:
        stem = path.removeprefix("notes/").removesuffix(".md")
        assert stem
        assert not re.search(r'[/\\:*?"<>|\x00-\x1f]', stem)
        assert not stem.startswith(".")
        assert not stem.endswith((" ", "."))
        assert len(path.encode()) < 250


@pytest.mark.parametrize("name", ["CON", "aux.txt", "a" * 400, "ß" * 300, "..", "", "/", "node_modules", "a/b", "Com1"])
def test_names_that_some_system_forbids(name):
    path = Names().path("n", name, ".md")
    stem = path[2:-3]
    assert 0 < len(stem.encode()) <= 160
    assert stem.upper() not in {"CON", "COM1", "NODE_MODULES"}
    assert "/" not in stem


def test_folders_that_nest_without_end_are_named_in_short():
    path = safe_folder("/".join(f"folder number {number} of very many" for number in range(200)))
    assert len(path.encode()) <= 600
    assert path.count("/") < 40


def test_what_is_as_it_always_is_stands_nowhere_and_the_rest_does():
    plain = write_note(note(content="text"), Surroundings(stem="T"))
    assert set(split_front_matter(plain).properties) == {"id", "created", "updated"}
    row = note(
        is_pinned=True, archived_at="2022-01-01T00:00:00+00:00", source="import", source_id="a/T.md", note_kind="log",
        date_key="2022-01-01", custom_fields={"tags": ["own"], "Wing": 12.5, "_sha256": "x"},
    )  # fmt: skip
    front = split_front_matter(write_note(row, Surroundings("T", "Birds", ("By Hand",), ("Other",)))).properties
    assert front["tags"] == ["own", "By Hand"]
    assert front["aliases"] == ["Other"]
    assert (front["pinned"], front["archived"], front["Wing"]) == (True, "2022-01-01T00:00:00+00:00", 12.5)
    assert (front["source"], front["source_id"], front["kind"], front["date_key"]) == (
        "import", "a/T.md", "log", "2022-01-01",
    )  # fmt: skip
    assert "_sha256" not in front


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(name=WORDS.filter(str.strip), notes=TEXT, fields=st.dictionaries(WORDS, WORDS, max_size=2))
def test_a_person_is_a_vcard_that_a_reader_takes(name, notes, fields):
    row = {"id": "1", "full_name": name, "notes": notes, "company": "A; B, C", "location": "Rue\n1",
           "updated_at": "2020", "custom_fields": fields,
           "emails": [{"label": "", "value": "a@example.org"}]}  # fmt: skip
    [card] = vobject.readComponents(write_contact(row, Surroundings(tags=("a,b",), aliases=("Z",))))
    assert card.email.value == "a@example.org"
    assert card.org.value == ["A; B, C"]
    assert card.x_hearth_alias.value == "Z"


async def test_the_layout_of_the_archive(full, take_out):
    with zipfile.ZipFile(await take_out()) as archive:
        names = set(archive.namelist())
        owls = archive.read("notes/Birds/Owls.md").decode()
        ana = archive.read("people/Ana García.vcf").decode()
        manifest = json.loads(archive.read("hearth/manifest.json"))
        assert archive.read("files/pics/Owl.PNG") == PICTURE
        assert all(info.external_attr >> 16 == 0o100600 for info in archive.infolist())
    assert "notes/Herons.md" not in names  # it lies in the trash: its exact row alone is carried
    assert owls.endswith("---\nSee [[Herons]] and #dusk @Ana")
    assert "Vogel\\; & S" in ana
    assert manifest["format"] == 1
    assert manifest["members"]["hearth/notes.jsonl"]["rows"] == 2


async def test_without_hearth_s_own_part_the_plain_importer_brings_notes_tags_and_dates(
    database, alice, bob, take_out, bring_in, owner, tmp_path, reactor
):
    dated = {"created_at": datetime(2020, 1, 2, tzinfo=UTC), "updated_at": datetime(2021, 2, 3, tzinfo=UTC)}
    await write(database, alice, "A/B: c", "one #walk\n", **dated)
    await write(database, alice, "no", "---\nx: y\n---\nrest", custom_fields={"tags": ["owned"]}, **dated)
    await work_through(reactor)
    plain = tmp_path / "plain.zip"
    with zipfile.ZipFile(await take_out()) as archive, zipfile.ZipFile(plain, "w") as other:
        for name in archive.namelist():
            if not name.startswith("hearth/"):
                other.writestr(archive.getinfo(name), archive.read(name))
    assert (await bring_in(plain, bob)).headline() == "2 added, 0 changed, 0 unchanged, 0 failed"
    await work_through(reactor)
    rows = await owner.fetch("select title, content, created_at, updated_at from notes where user_id = $1 "
                             "order by title", bob.id)  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("A/B: c", "one #walk\n", dated["created_at"], dated["updated_at"]),
        ("no", "---\nx: y\n---\nrest", dated["created_at"], dated["updated_at"]),
    ]
    topics = await owner.fetch("select label from topics where user_id = $1 order by 1", bob.id)
    assert [row[0] for row in topics] == ["owned", "walk"]
