"""A content is there as long as anybody's row names it, and no longer than two nights after."""

from __future__ import annotations

import asyncio
import io
import os
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.account.removing import delete_contents, remove_who_leave
from app.core.database import Database
from app.core.errors import HearthError
from app.history.undoing import undo_action
from app.kinds import KINDS
from app.notes import attachments, service
from app.notes.measuring import measure_pictures
from app.ports.blobs import BlobStore
from app.ports.pictures import thumbnail
from app.trash.purging import purge_trash
from app.trash.service import sweep_blobs
from tests.conftest import make_person, write
from tests.history.test_undoing import act, last_action
from tests.notes.test_attaching import picture

CONTENTS = [picture(colour) for colour in ("red", "green", "blue")]
WHO, WHAT = st.integers(0, 1), st.integers(0, 2)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("upload"), WHO, WHAT, WHAT, st.booleans(), st.booleans()),
        st.tuples(st.just("discard"), WHO, WHAT), st.tuples(st.just("discard_note"), WHO, WHAT),
        st.tuples(st.just("undo"), WHO), st.tuples(st.just("night"), st.sampled_from([1, 95])),
    ),
    min_size=5, max_size=16,
)  # fmt: skip


class House:
    """What two people do with files, and what the nights do; notes and contents by their number."""

    def __init__(self, database: Database, worker: Database, owner: asyncpg.Connection, blobs: BlobStore) -> None:
        self.database, self.worker, self.owner, self.blobs = database, worker, owner, blobs
        self.people: list = []
        self.notes: dict[tuple[int, int], UUID] = {}

    async def upload(self, who: int, what: int, where: int, is_shown: bool, is_seen: bool) -> None:
        person = self.people[who]
        if (note := self.notes.get((who, where))) is None:
            note = self.notes[who, where] = await write(self.database, person, f"Note {where}")
        arrived = attachments.receive(self.blobs, "a.png", io.BytesIO(CONTENTS[what]), 10**6)
        if is_seen:
            await thumbnail(self.blobs, arrived.blob.sha256, 320)
        async with self.database.reading(person.id, action_id=uuid4()) as connection:
            await attachments.attach_files(connection, person.id, note, [arrived], 10**9, show=is_shown)

    async def discard(self, who: int, which: int) -> None:
        person = self.people[who]
        async with self.database.reading(person.id, action_id=uuid4()) as connection:
            rows = await connection.fetch("select id from attachments where deleted_at is null order by id")
            if rows:
                await attachments.discard_file(connection, person.id, rows[which % len(rows)][0])

    async def discard_note(self, who: int, where: int) -> None:
        if note := self.notes.pop((who, where), None):
            await act(self.database, self.people[who], service.discard_note, note)

    async def undo(self, who: int) -> None:
        person = self.people[who]
        if action := await last_action(self.owner, person):
            await undo_action(self.database, person.id, action, KINDS)

    async def night(self, days: int) -> None:
        """One that comes that many days later: contents and trash are so much older then."""
        await purge_trash(self.worker, self.blobs, KINDS, datetime.now(UTC) + timedelta(days=days + 1))

    async def named(self) -> set[str]:
        return {row[0] for row in await self.owner.fetch("select distinct sha256 from attachments")}

    def kept(self) -> set[str]:
        return {blob.sha256 for blob in self.blobs}


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)
@given(deeds=DEEDS)
def test_no_content_that_a_row_names_is_missing_and_no_other_stays(deeds, settings, tmp_path_factory):
    asyncio.run(live(deeds, settings, BlobStore(tmp_path_factory.mktemp("house") / "blobs")))


async def live(deeds, settings, blobs: BlobStore) -> None:
    database, worker = Database(settings.app_database_url), Database(settings.worker_database_url)
    owner = await asyncpg.connect(settings.database_url)
    try:
        await owner.execute("truncate users cascade")
        house = House(database, worker, owner, blobs)
        house.people = [await make_person(owner, name) for name in ("Alice", "Bob")]
        for deed, *values in deeds:
            try:
                await getattr(house, deed)(*values)
            except HearthError as refused:
                # Undone already, overtaken, in the trash: said in a sentence or found gone, and nothing happened.
                assert refused.status in (404, 409)
            assert await house.named() <= house.kept(), deed
        for _time in range(2):
            await house.night(1)
        assert await house.named() == house.kept()
        assert {path.name.partition(".")[0] for path in blobs.drafts().glob("??/??/*")} <= house.kept()
    finally:
        for door in (database, worker, owner):
            await door.close()


async def test_an_upload_that_is_still_on_its_way_is_not_swept(worker_database, settings, alice):
    blobs = BlobStore(settings.blobs_dir)
    here = blobs.put(b"nobody names it yet").sha256
    old = blobs.put(b"nobody did for days").sha256
    os.utime(blobs.path(old), (1, 1))
    async with worker_database.anonymous() as connection:
        assert await sweep_blobs(connection, blobs, datetime.now(UTC)) == 1
    assert {blob.sha256 for blob in blobs} == {here}


async def test_what_is_put_again_between_look_and_deletion_stays(settings):
    blobs = BlobStore(settings.blobs_dir)
    name = blobs.put(b"lamp").sha256
    os.utime(blobs.path(name), (1, 1))
    batches = blobs.kept_before(time.time() - 60, 10)
    assert next(batches) == [name]
    blobs.put(b"lamp")
    assert not blobs.delete_if_kept_before(name, time.time() - 60)
    assert blobs.size(name) == 4


async def test_a_sweep_that_breaks_off_is_finished_by_the_next(worker_database, settings, alice, monkeypatch):
    blobs = BlobStore(settings.blobs_dir)
    for content in CONTENTS:
        name = blobs.put(content).sha256
        await thumbnail(blobs, name, 320)
        os.utime(blobs.path(name), (1, 1))
    delete, gone = BlobStore.delete_if_kept_before, []

    def break_off(self: BlobStore, sha256: str, moment: float) -> bool:
        if gone:
            # As far as a deletion may have come when the power went: what was made of it is gone, it is not.
            self._forget_derived(sha256)
            raise OSError("the power is gone")
        gone.append(sha256)
        return delete(self, sha256, moment)

    monkeypatch.setattr(BlobStore, "delete_if_kept_before", break_off)
    for _night in range(2):
        try:
            async with worker_database.anonymous() as connection:
                await sweep_blobs(connection, blobs, datetime.now(UTC))
        except OSError as error:
            assert "power" in str(error)
        monkeypatch.undo()
    assert [path for path in blobs.root.rglob("*") if path.is_file()] == []


async def test_an_account_takes_its_thumbnails_along_and_leaves_what_another_has(
    database, worker_database, owner, alice, bob, settings
):
    blobs = BlobStore(settings.blobs_dir)
    house = House(database, worker_database, owner, blobs)
    house.people = [alice, bob]
    for who, what in ((0, 0), (1, 0), (1, 1)):
        await house.upload(who, what, 0, False, True)
    shared = blobs.put(CONTENTS[0]).sha256
    await owner.execute("update users set leaves_at = now() - interval '1 day' where id = $1", bob.id)
    assert await remove_who_leave(worker_database, blobs, datetime.now(UTC)) == 1
    assert {path.name.partition(".")[0] for path in blobs.root.rglob("*") if path.is_file()} == {shared}
    delete_contents(blobs, [shared], time.time() + 60)
    assert [path for path in blobs.root.rglob("*") if path.is_file()] == []


async def test_pictures_that_came_before_they_were_measured_are_measured_at_night(
    database, worker_database, owner, alice, bob, settings
):
    blobs = BlobStore(settings.blobs_dir)
    given = {"a.png": CONTENTS[0], "b.png": b"<html>no picture", "c.png": b"\x89PNG\r\n\x1a\n broken", "gone.png": None}
    for person in (alice, bob):
        for name, content in given.items():
            sha256 = blobs.put(content).sha256 if content else "0" * 64
            async with database.reading(person.id) as connection:
                await connection.execute(
                    "insert into attachments (user_id, name, folded, path, sha256, size, media_type) "
                    "values ($1, $2, $2, $2, $3, 9, 'image/png')", person.id, name, sha256,
                )  # fmt: skip
    logged = await owner.fetchval("select count(*) from change_log")
    assert [await measure_pictures(worker_database, blobs) for _night in range(2)] == [2, 0]
    rows = await owner.fetch("select name, media_type, width, height from attachments where user_id = $1", bob.id)
    assert {tuple(row) for row in rows} == {
        ("a.png", "image/png", 40, 20), ("b.png", "text/html", None, None), ("c.png", "image/png", None, None),
        ("gone.png", "image/png", None, None),
    }  # fmt: skip
    assert await owner.fetchval("select count(*) from change_log") == logged
