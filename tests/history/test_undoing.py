"""Undo: every change can be taken back, and what was changed since is never lost."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.contacts.service import ContactFields, add_contact
from app.core.database import Database
from app.core.errors import Conflict, Invalid, NotFound
from app.history.undoing import revert_field, undo_action
from app.importing.service import import_path
from app.kinds import KINDS
from app.notes import service
from app.notes.about import about_of, change_about, read_about
from app.ports.blobs import BlobStore
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from tests.conftest import Person, make_person, work_through, write

TITLES = ["Garden", "House", "Ana", "garden", "Zoë"]
TEXTS = ["", "[[House]] #green", "[[Garden]] @Ana", "#green #Blue", "---", "[[Nowhere]]\n\n[[Garden]]"]
ICONS, TEMPLATES = ["", "🐝", "🏠"], ["", "note", "log"]
FILES = {
    "one.md": ["---\ntags: [old]\n---\n[[Garden]]", "---\ntags: [new]\n---\n[[House]]"],
    "below/two.md": ["#green ![[plan.png]]", "x"],
    "below/deeper/plan.png": ["a picture", "another picture"],
}


async def last_action(owner: asyncpg.Connection, person: Person) -> UUID:
    return await owner.fetchval(
        "select action_id from change_log where user_id = $1 and actor <> 'hearth' order by seq desc limit 1", person.id
    )


async def act(database: Database, person: Person, verb, *values) -> UUID:
    """One of the notes' verbs as an action of its own."""
    action_id = uuid4()
    async with database.writing(person.id, action_id=action_id) as session:
        await verb(session, *values)
    return action_id


async def field(owner, note, column):
    return await owner.fetchval(f"select {column} from notes where id = $1", note)  # noqa: S608


async def test_an_edit_is_undone_and_done_again(database, owner, alice):
    note = await write(database, alice, "Plan", "first")
    before = await field(owner, note, "updated_at")
    edit = await act(database, alice, service.write_note, alice.id, note, 1, "Plan B", "second")
    undone = await undo_action(database, alice.id, edit, KINDS)
    assert (await field(owner, note, "title"), await field(owner, note, "content")) == ("Plan", "first")
    assert await field(owner, note, "updated_at") == before
    assert undone.records == 1
    again = await undo_action(database, alice.id, undone.action_id, KINDS)
    assert await field(owner, note, "content") == "second"
    with pytest.raises(Conflict, match="already"):
        await undo_action(database, alice.id, undone.action_id, KINDS)
    await undo_action(database, alice.id, again.action_id, KINDS)
    assert await field(owner, note, "content") == "first"


async def test_what_was_changed_since_stays_and_is_told(database, owner, alice):
    note = await write(database, alice, "Plan", "first")
    edit = await act(database, alice, service.write_note, alice.id, note, 1, "Plan B", "second")
    await act(database, alice, service.write_note, alice.id, note, 2, "Plan B", "third")
    undone = await undo_action(database, alice.id, edit, KINDS)
    assert undone.left_alone == {note: ("content",)}
    assert (await field(owner, note, "title"), await field(owner, note, "content")) == ("Plan", "third")


async def test_when_everything_was_changed_since_nothing_is_undone(database, owner, alice):
    note = await write(database, alice, "Plan", "first")
    edit = await act(database, alice, service.write_note, alice.id, note, 1, "Plan", "second")
    await act(database, alice, service.write_note, alice.id, note, 2, "Plan", "third")
    with pytest.raises(Conflict, match="Nothing was undone"):
        await undo_action(database, alice.id, edit, KINDS)
    assert await owner.fetchval("select count(*) from undoings") == 0


async def test_a_new_note_is_undone_into_the_trash(database, owner, alice):
    note = await write(database, alice, "Plan", "words that took an hour")
    await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    assert await field(owner, note, "deleted_at") is not None
    assert await field(owner, note, "content") == "words that took an hour"


async def test_a_note_made_and_written_in_one_sitting_goes_to_the_trash_with_its_last_words(database, owner, alice):
    note, sitting = uuid4(), uuid4()
    for version, text in enumerate(("half", "half a", "half a sentence, and the other half")):
        async with database.writing(alice.id, action_id=sitting) as session:
            await service.write_note(session, alice.id, note, version, "Plan", text)
    undone = await undo_action(database, alice.id, sitting, KINDS)
    assert await field(owner, note, "deleted_at") is not None
    assert await field(owner, note, "content") == "half a sentence, and the other half"
    await undo_action(database, alice.id, undone.action_id, KINDS)
    assert await field(owner, note, "deleted_at") is None


async def test_a_bulk_archive_is_one_undo(database, owner, alice):
    notes = [await write(database, alice, f"Note {number}") for number in range(5)]
    action_id = uuid4()
    async with database.writing(alice.id, action_id=action_id) as session:
        for note in notes:
            await service.archive_note(session, note, True)
    undone = await undo_action(database, alice.id, action_id, KINDS)
    assert undone.records == 5
    assert await owner.fetchval("select count(*) from notes where archived_at is not null") == 0


async def test_an_import_is_undone_except_for_what_was_written_in_since(database, owner, alice, settings, tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.md").write_text(f"# {name}")
    await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)
    imported = await last_action(owner, alice)
    mine = await owner.fetchval("select id from notes where title = 'two'")
    await act(database, alice, service.write_note, alice.id, mine, 1, "two", "I went on")
    undone = await undo_action(database, alice.id, imported, KINDS)
    living = await owner.fetch("select title from notes where deleted_at is null and user_id = $1", alice.id)
    assert [row[0] for row in living] == ["two"]
    assert list(undone.left_alone) == [mine]


async def test_one_field_is_put_back_whatever_happened_since(database, owner, alice):
    note = await write(database, alice, "Plan", "first")
    await act(database, alice, service.write_note, alice.id, note, 1, "Plan B", "second")
    seq = await owner.fetchval("select max(seq) from change_log where record_id = $1", note)
    await act(database, alice, service.write_note, alice.id, note, 2, "Plan C", "third")
    await revert_field(database, alice.id, seq, "content", KINDS)
    assert (await field(owner, note, "title"), await field(owner, note, "content")) == ("Plan C", "first")
    with pytest.raises(NotFound):
        await revert_field(database, alice.id, seq, "id", KINDS)


async def test_a_value_too_large_to_be_kept_is_told_and_not_guessed(database, owner, alice):
    note = await write(database, alice, "Plan", "x" * 300_000)
    edit = await act(database, alice, service.write_note, alice.id, note, 1, "Plan B", "short")
    undone = await undo_action(database, alice.id, edit, KINDS)
    assert undone.left_alone == {note: ("content",)}
    assert (await field(owner, note, "title"), await field(owner, note, "content")) == ("Plan", "short")


async def test_nobody_undoes_what_another_did(database, owner, alice, bob):
    await write(database, alice, "Plan")
    with pytest.raises(NotFound):
        await undo_action(database, bob.id, await last_action(owner, alice), KINDS)


async def test_an_undone_rename_leaves_no_alias_and_catches_no_link(database, reactor, owner, alice):
    note = await write(database, alice, "Plan")
    await write(database, alice, "Other", "[[Plan B]]")
    await work_through(reactor)
    rename = await act(database, alice, service.write_note, alice.id, note, 1, "Plan B", "")
    await work_through(reactor)
    assert await owner.fetchval("select target_id from entity_links where target_name = 'plan b'") == note
    await undo_action(database, alice.id, rename, KINDS)
    await work_through(reactor)
    assert await owner.fetchval("select target_id from entity_links where target_name = 'plan b'") is None
    assert [row[0] for row in await owner.fetch("select folded from names where record_id = $1", note)] == ["plan"]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.sampled_from(TITLES), st.sampled_from(TEXTS)),
        st.tuples(st.just("edit"), st.integers(0, 5), st.sampled_from(TITLES), st.sampled_from(TEXTS)),
        st.tuples(st.just("about"), st.integers(0, 5), st.sampled_from(ICONS), st.sampled_from(TEMPLATES)),
        st.tuples(
            st.sampled_from(["pin", "today", "archive", "discard", "restore"]), st.lists(st.integers(0, 5), min_size=1)
        ),
        st.tuples(st.just("import"), st.lists(st.integers(0, 1), min_size=3, max_size=3)),
        st.tuples(st.just("undo"), st.integers(0, 9)),
        st.tuples(st.just("work")),
    ),
    max_size=10,
)


class Garden:
    """A person's notes under a random sequence of deeds."""

    def __init__(self, database, reactor, owner, person, blobs: BlobStore, folder: Path) -> None:
        self.database, self.reactor, self.owner, self.person = database, reactor, owner, person
        self.blobs, self.folder = blobs, folder

    async def notes(self) -> list[UUID]:
        rows = await self.owner.fetch("select id from notes where user_id = $1 order by id", self.person.id)
        return [row[0] for row in rows]

    async def do(self, deed: str, *values) -> None:
        await getattr(self, f"do_{deed}", self.do_bulk)(*((deed, *values) if deed in BULK else values))

    async def do_work(self) -> None:
        await work_through(self.reactor)

    async def do_make(self, title: str, text: str) -> None:
        await write(self.database, self.person, title, text)

    async def do_edit(self, which: int, title: str, text: str) -> None:
        note = (await self.notes())[which % len(await self.notes())]
        version = await self.owner.fetchval("select version from notes where id = $1", note)
        await act(self.database, self.person, service.write_note, self.person.id, note, version, title, text)

    async def do_about(self, which: int, icon: str, template: str) -> None:
        note = (await self.notes())[which % len(await self.notes())]
        async with self.database.reading(self.person.id, action_id=uuid4()) as connection:
            about = about_of(await read_about(connection, note))
            # An undo may have taken Ana away; then the form says so and nothing changes.
            with suppress(Invalid):
                await change_about(connection, note, replace(about, icon=icon, template_for=template, added="Ana"))

    async def do_bulk(self, deed: str, which: list[int]) -> None:
        notes = await self.notes()
        async with self.database.writing(self.person.id, action_id=uuid4()) as session:
            for note in {notes[number % len(notes)] for number in which}:
                await BULK[deed](session, note)

    async def do_import(self, versions: list[int]) -> None:
        for (name, texts), version in zip(FILES.items(), versions, strict=True):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(texts[version])
        await import_path(self.database, self.blobs, self.person.id, self.folder)

    async def actions(self) -> list[UUID]:
        rows = await self.owner.fetch(
            "select action_id from change_log where user_id = $1 and actor <> 'hearth' group by 1 order by max(seq)",
            self.person.id,
        )
        return [row[0] for row in rows]

    async def do_undo(self, which: int) -> None:
        actions = await self.actions()
        try:
            await undo_action(self.database, self.person.id, actions[-1 - which % len(actions)], KINDS)
        except Conflict:
            return  # it says so and changes nothing, as other tests show

    async def state(self) -> dict[str, object]:
        await work_through(self.reactor)
        mine = self.person.id
        notes = await self.owner.fetch(
            "select to_jsonb(n) - 'version' from notes n where user_id = $1 and deleted_at is null order by id", mine
        )
        links = await self.owner.fetch(
            "select l.source_id, l.relation, l.target_name, t.id, l.evidence, l.rejected_at is null "
            "from entity_links l "
            "join records s on s.id = l.source_id and s.deleted_at is null "
            "left join records t on t.id = l.target_id and t.deleted_at is null "
            "where l.user_id = $1 order by 1, 2, 3, 4", mine,
        )  # fmt: skip
        topics = await self.owner.fetch(
            "select rt.record_id, t.slug, rt.origin from record_topics rt join topics t on t.id = rt.topic_id "
            "join records r on r.id = rt.record_id and r.deleted_at is null where rt.user_id = $1 order by 1, 2, 3",
            mine,
        )
        heat = await self.owner.fetch(
            "select h.record_id, h.warmth from record_heat h join notes n on n.id = h.record_id "
            "where h.user_id = $1 and n.deleted_at is null order by h.warmth, 1", mine,
        )  # fmt: skip
        folders = await self.owner.fetch(
            "select to_jsonb(f) from folders f where user_id = $1 and deleted_at is null order by id", mine
        )
        files = await self.owner.fetch(
            "select to_jsonb(a) from attachments a where user_id = $1 and deleted_at is null order by id", mine
        )
        state = {
            "notes": [json.loads(row[0]) for row in notes],
            "links": links,
            "topics": topics,
            "heat": heat,
            "folders": folders,
            "files": files,
        }
        return {name: [value if name == "notes" else tuple(value) for value in rows] for name, rows in state.items()}


BULK = {
    "pin": lambda session, note: service.pin_note(session, note, True),
    "today": lambda session, note: service.pin_to_today(session, note, True),
    "archive": lambda session, note: service.archive_note(session, note, True),
    "discard": service.discard_note,
    "restore": service.restore_note,
}


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)
@given(deeds=steps)
def test_undoing_everything_in_reverse_gives_the_first_state(deeds, settings, tmp_path_factory):
    asyncio.run(live_and_undo(deeds, settings, tmp_path_factory.mktemp("vault")))


async def live_and_undo(deeds, settings, folder: Path) -> None:
    database, worker = Database(settings.app_database_url), Database(settings.worker_database_url)
    owner = await asyncpg.connect(settings.database_url)
    try:
        person = await make_person(owner, f"P{uuid4().hex}")
        garden = Garden(database, Reactor(worker, Models(make_embedder("fake")), "tests"), owner, person,
                        BlobStore(settings.blobs_dir), folder)  # fmt: skip
        async with database.writing(person.id) as session:
            await add_contact(session, person.id, ContactFields("Ana"))
        await write(database, person, "Garden", "[[House]] #green")
        await write(database, person, "House", "[[Garden]] [[Nowhere]]", created_at=datetime(2020, 1, 1, tzinfo=UTC))
        first, known = await garden.state(), len(await garden.actions())
        for deed, *values in deeds:
            await garden.do(deed, *values)
        await work_through(garden.reactor)
        for action in (await garden.actions())[known:][::-1]:
            if not await is_undone(owner, person, action):
                await undo_action(database, person.id, action, KINDS)
        assert await garden.state() == first
    finally:
        for door in (database, worker, owner):
            await door.close()


async def is_undone(owner: asyncpg.Connection, person: Person, action: UUID) -> bool:
    return await owner.fetchval("select is_undone($1)", action)
