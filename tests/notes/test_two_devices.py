"""Random saves of two devices, late and repeated ones too, between an importer's updates, undo and reverts.

Every word that is typed is new. None is lost unless a deed took it away on purpose, and each text that ever stood
there can be had again from the history.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.database import Database
from app.history.undoing import revert_field
from app.history.versions import list_versions, read_version, restore_version
from app.importing.service import import_path
from app.kinds import KINDS
from app.notes import service
from app.notes.joining import NoteMoved, Sent
from app.ports.blobs import BlobStore
from tests.conftest import make_person

START = "alpha beta gamma\n\ndelta epsilon\n\nzeta eta"
device, number = st.integers(0, 1), st.integers(0, 40)
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("type"), device, number),
        st.tuples(st.just("type"), device, number),
        st.tuples(st.just("add_paragraph"), device, number),
        st.tuples(st.just("take_a_word"), device, number),
        st.tuples(st.just("reload"), device),
        st.tuples(st.just("send_again"), number),
        st.tuples(st.just("import"), number),
        st.tuples(st.just("restore"), number),
        st.tuples(st.just("revert"), number),
    ),
    min_size=1, max_size=14,
)  # fmt: skip


class Desk:
    """One imported note, two devices that have it open, and the file that it came from."""

    def __init__(self, database: Database, owner: asyncpg.Connection, person, blobs: BlobStore, folder: Path) -> None:
        self.database, self.owner, self.person, self.blobs = database, owner, person, blobs
        self.file = folder / "plan.md"
        self.words, self.expected, self.states = 0, set[str](), set[str]()
        self.sent: list[Sent] = []

    async def begin(self) -> None:
        self.file.write_text(START)
        await self._bring_in()
        self.note: UUID = await self.owner.fetchval("select id from notes where user_id = $1", self.person.id)
        now = await self.stands()
        self.devices = [now, now]

    async def do(self, deed: str, *values: int) -> None:
        await getattr(self, f"do_{deed}")(*values)
        self.states |= {(await self.stands())[1]}

    async def do_type(self, device: int, place: int) -> None:
        version, text = self.devices[device]
        await self._save(device, version, _put(text, " ", place, self._new_word()))

    async def do_add_paragraph(self, device: int, place: int) -> None:
        version, text = self.devices[device]
        await self._save(device, version, _put(text, "\n\n", place, f"{self._new_word()} {self._new_word()}"))

    async def do_take_a_word(self, device: int, place: int) -> None:
        version, text = self.devices[device]
        words = text.split(" ")
        gone = words.pop(place % len(words))
        self.expected -= {word for word in self.expected if word in gone}
        await self._save(device, version, " ".join(words))

    async def do_reload(self, device: int) -> None:
        self.devices[device] = await self.stands()

    async def do_send_again(self, which: int) -> None:
        """The network delivers a request once more; nobody hears the answer."""
        before = await self.owner.fetchval("select max(seq) from change_log")
        if self.sent:
            try:
                await self._write(self.sent[which % len(self.sent)])
            except NoteMoved:
                assert await self.owner.fetchval("select max(seq) from change_log") == before

    async def do_import(self, place: int) -> None:
        self.file.write_text(_put(self.file.read_text(), "\n\n", place, self._new_word()))
        await self._bring_in()

    async def do_restore(self, which: int) -> None:
        async with self.database.reading(self.person.id) as connection:
            versions = await list_versions(connection, self.person.id, self.note, KINDS["note"])
        await restore_version(self.database, self.person.id, self.note, versions[which % len(versions)].seq, KINDS)
        await self._forgive()

    async def do_revert(self, which: int) -> None:
        rows = await self.owner.fetch(
            "select seq from change_log where record_id = $1 and 'content' = any(columns)", self.note
        )
        if rows:
            seq = rows[which % len(rows)]["seq"]
            await revert_field(self.database, self.person.id, seq, "content", KINDS)
            await self._forgive()

    async def check(self) -> None:
        everywhere = await self.owner.fetch("select content from notes where user_id = $1", self.person.id)
        text = "\n".join(row["content"] for row in everywhere)
        assert not {word for word in self.expected if word not in text}
        assert self.states <= await self._reachable()

    async def stands(self) -> tuple[int, str]:
        row = await self.owner.fetchrow("select version, content from notes where id = $1", self.note)
        return row["version"], row["content"]

    def _new_word(self) -> str:
        self.words += 1
        self.expected.add(word := f"w{self.words}w")
        return word

    async def _save(self, device: int, version: int, text: str) -> None:
        """As the pages do it: where both changed the same place, both texts are chosen."""
        self.sent.append(sent := Sent("plan", text, version))
        try:
            await self._write(sent)
        except NoteMoved as moved:
            choices = ["both"] * sum(not piece.is_agreed for piece in (moved.title, *moved.pieces))
            async with self.database.writing(self.person.id) as session:
                again = Sent("plan", text, moved.base)
                await service.write_chosen(session, self.note, again, moved.version, choices)
        self.states.add(text)
        self.devices[device] = await self.stands()

    async def _write(self, sent: Sent) -> None:
        async with self.database.writing(self.person.id) as session:
            given = (self.person.id, self.note, sent.version, sent.title, sent.content)
            await service.write_note(session, *given)

    async def _bring_in(self) -> None:
        await import_path(self.database, self.blobs, self.person.id, self.file.parent)

    async def _forgive(self) -> None:
        """An old text on purpose: what it lacks is not lost but in the history."""
        _version, text = await self.stands()
        self.expected = {word for word in self.expected if word in text}

    async def _reachable(self) -> set[str]:
        kind = KINDS["note"]
        async with self.database.reading(self.person.id) as connection:
            seqs = await connection.fetch("select seq from change_log where record_id = $1", self.note)
            texts = [
                (await read_version(connection, self.person.id, self.note, row["seq"], kind))[1] for row in seqs
            ]  # fmt: skip
        return {text for text in texts if text is not None}


def _put(text: str, blank: str, place: int, word: str) -> str:
    parts = text.split(blank)
    parts.insert(place % (len(parts) + 1), word)
    return blank.join(parts)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)
@given(deeds=deeds)
def test_no_word_is_lost_and_every_text_can_be_had_again(deeds, settings, tmp_path_factory):
    asyncio.run(_live(deeds, settings, tmp_path_factory.mktemp("vault")))


async def _live(deeds, settings, folder: Path) -> None:
    database, owner = Database(settings.app_database_url), await asyncpg.connect(settings.database_url)
    try:
        person = await make_person(owner, f"P{uuid4().hex}")
        desk = Desk(database, owner, person, BlobStore(settings.blobs_dir), folder)
        await desk.begin()
        for deed, *values in deeds:
            await desk.do(deed, *values)
            await desk.check()
    finally:
        await database.close()
        await owner.close()
