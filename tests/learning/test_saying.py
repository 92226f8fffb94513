"""What a person says of what was learned, and what the inbox makes of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.database import Database
from app.core.errors import HearthError
from app.learning import service
from app.learning.counting import LEARNT
from app.learning.measuring import lower_bound
from tests.conftest import make_person, work_through, write
from tests.learning.conftest import count_anew, see


@pytest.fixture
async def song(learn, put, folder_named, database, alice):
    """The id of what was learned of a topic."""
    choir = await folder_named("Choir")
    await folder_named("Home")
    await put(6, "#song", folder_id=choir)
    await learn("folder")
    return (await see(database, alice))[-1].id


async def known(database, alice, category="folder"):
    return [one for one in await see(database, alice) if one.category == category]


async def test_the_page_tells_it_with_count_confidence_and_evidence(alices, song):
    page = (await alices.get("/learned")).text
    assert "Choir" in page and "6 of 6 times, at least 60 % sure" in page and "5 records that say so" in page
    assert "/notes/" in page and "Told from 4 times and 40 % on." in page


async def test_an_empty_house_says_so(alices):
    assert "Nothing was seen often enough to say it." in (await alices.get("/learned")).text


async def test_what_is_corrected_no_night_writes_over(alices, song, owner, put, learn, database, alice):
    home = await owner.fetchval("select id from folders where name = 'Home'")
    assert (await alices.post(f"/learned/{song}/correct", {"value": str(home)})).status_code == 303
    await put(6, "#song", folder_id=await owner.fetchval("select id from folders where name = 'Choir'"), title="More")
    assert await learn("folder") == {"song": "Home"}
    (one,) = await known(database, alice)
    assert (one.state, one.counted, one.hits) == ("corrected", "Choir", 12)
    await alices.post(f"/learned/{song}/reconsider")
    assert [one.value for one in await known(database, alice)] == ["Choir"]


async def test_what_is_confirmed_stays_when_its_evidence_goes(alices, song, learn, database, alice):
    await alices.post(f"/learned/{song}/confirm")
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set folder_id = null")
    assert await learn("folder") == {"song": "Choir"}
    (one,) = await known(database, alice)
    assert (one.state, one.hits, one.evidence) == ("confirmed", 0, ())
    await alices.post(f"/learned/{song}/reconsider")
    assert await known(database, alice) == []


async def test_what_is_forgotten_does_not_come_back_until_that_is_taken_back(
    alices, song, put, learn, database, alice, owner
):
    await alices.post(f"/learned/{song}/forget")
    await put(24, "#song", folder_id=await owner.fetchval("select id from folders where name = 'Home'"), title="More")
    assert await learn("folder") == {}
    (row,) = await owner.fetch("select value, folder_id, said, hits from learned where forgotten_at is not null")
    assert tuple(row) == ("", None, "", 0)
    page = (await alices.get("/learned")).text
    assert "Where topics lie: song" in page
    assert (await alices.post(f"/learned/{song}/confirm")).status_code == 409
    home = await owner.fetchval("select id from folders where name = 'Home'")
    assert (await alices.post(f"/learned/{song}/correct", {"value": str(home)})).status_code == 409
    await alices.post(f"/learned/{song}/reconsider")
    assert await owner.fetchval("select kind from sleep_runs where state = 'waiting'") == "learn"
    assert await learn("folder") == {"song": "Home"}


async def test_what_it_cannot_be_is_said(alices, song, person_named, put, learn, database, alice):
    for wrong in ("", "nowhere", str(uuid4())):
        answer = await alices.post(f"/learned/{song}/correct", {"value": wrong})
        assert answer.status_code == 400 and "There is no such folder any more" in answer.text
    ana = await person_named("Ana García")
    await put(4, "Ana came by.", target_contact_ids=[ana], title="Visit")
    await learn("name")
    (name,) = await known(database, alice, "name")
    assert (await alices.post(f"/learned/{name.id}/correct", {"value": "x" * 201})).status_code == 400
    assert (await alices.post(f"/learned/{name.id}/correct", {"value": "<b>Anni</b>"})).status_code == 303
    assert "&lt;b&gt;Anni" in (await alices.get("/learned")).text


async def test_bob_sees_and_says_nothing(bobs, song, owner):
    for verb in ("confirm", "correct", "forget", "reconsider"):
        assert (await bobs.post(f"/learned/{song}/{verb}", {"value": "x"})).status_code == 404
    assert "Choir" not in (await bobs.get("/learned")).text
    assert await owner.fetchval("select count(*) from learned where forgotten_at is null and said = ''") == 1


async def test_the_inbox_suggests_the_usual_folder_and_says_why(alices, song, catch):
    item = await catch("Sing #song tomorrow")
    page = (await alices.get(f"/inbox/one?at={item}")).text
    assert "Note in Choir" in page and "Where #song lies: 6 of 6 times, at least 60 % sure." in page
    await alices.post(f"/learned/{song}/confirm")
    assert "You said that #song lies there." in (await alices.get(f"/inbox/one?at={item}")).text
    await alices.post(f"/learned/{song}/forget")
    assert "Where #song lies" not in (await alices.get(f"/inbox/one?at={item}")).text


async def test_the_inbox_knows_people_by_what_they_are_called(alices, put, learn, person_named, catch, database, alice):
    ana = await person_named("Ana García")
    await put(5, "Ana came by.", target_contact_ids=[ana])
    item = await catch("Ask ana about the boat")
    assert f"/people/{ana}" not in (await alices.get(f"/inbox/one?at={item}")).text
    await learn("name")  # by then the connect slot has found her in the capture, too
    page = (await alices.get(f"/inbox/one?at={item}")).text
    assert "Add to Ana García" in page and "You call them Ana: 6 of 6 times" in page
    (one,) = await known(database, alice, "name")
    await alices.post(f"/learned/{one.id}/correct", {"value": "Anni"})
    assert "call them" not in (await alices.get(f"/inbox/one?at={item}")).text
    other = await catch("anni has the keys")
    assert "You said that you call them Anni." in (await alices.get(f"/inbox/one?at={other}")).text


DEEDS = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 1), st.integers(1, 5)),
    st.tuples(st.just("trash"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("restore"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("move"), st.integers(0, 30), st.integers(0, 2)),
    st.tuples(st.just("confirm"), st.just(0), st.just(0)),
    st.tuples(st.just("correct"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("forget"), st.just(0), st.just(0)),
    st.tuples(st.just("reconsider"), st.just(0), st.just(0)),
    st.tuples(st.just("night"), st.just(0), st.just(0)),
)


@pytest.mark.slow
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)
@given(deeds=st.lists(DEEDS, min_size=4, max_size=20))
def test_whatever_is_done_each_night_counts_what_is_there_and_keeps_what_was_said(deeds, settings):
    asyncio.run(live(deeds, settings))


async def live(deeds, settings) -> None:
    from app.ports.embedding import make_embedder
    from app.ports.models import Models
    from app.reactions import Reactor

    owner, database = await asyncpg.connect(settings.database_url), Database(settings.app_database_url)
    worker = Database(settings.worker_database_url)
    try:
        house = House(database, worker, Reactor(worker, Models(make_embedder("fake")), "tests"),
                      await make_person(owner, f"P{uuid4().hex[:10]}"))  # fmt: skip
        await house.begin()
        for deed in [*deeds, ("night", 0, 0)]:
            await house.do(*deed)
    finally:
        await owner.close()
        await database.close()
        await worker.close()


class House:
    """Notes of one topic in two folders, and what the house should know: counted by the book, or as it was told."""

    def __init__(self, database, worker, reactor, person) -> None:
        self.database, self.worker, self.reactor, self.person = database, worker, reactor, person
        self.notes: list[list] = []  # [id, folder or None, is there]
        self.said, self.is_forgotten = None, False

    async def begin(self) -> None:
        async with self.database.reading(self.person.id) as connection:
            self.folders = [
                await connection.fetchval(
                    "insert into folders (user_id, name) values ($1, $2) returning id", self.person.id, name
                )
                for name in ("Choir", "Home")
            ]
            self.topic = await connection.fetchval(
                "insert into topics (user_id, label, slug) values ($1, 'song', 'song') returning id", self.person.id
            )

    async def do(self, deed: str, one: int, other: int) -> None:
        if deed == "night":
            return await self.night()
        if deed == "write":
            for _time in range(other):
                note = await write(self.database, self.person, "Song", "#song", folder_id=self.folders[one])
                self.notes.append([note, self.folders[one], True])
        elif deed in ("trash", "restore", "move"):
            await self.change(deed, one, other)
        else:
            await self.say(deed, one)
        return None

    async def change(self, deed: str, nth: int, where: int) -> None:
        if not self.notes:
            return
        note = self.notes[nth % len(self.notes)]
        async with self.database.reading(self.person.id) as connection:
            if deed == "move":
                note[1] = [*self.folders, None][where]
                await connection.execute("update notes set folder_id = $2 where id = $1", note[0], note[1])
            else:
                note[2] = deed == "restore"
                statement = "update notes set deleted_at = case when $2 then null else now() end where id = $1"
                await connection.execute(statement, note[0], note[2])

    async def say(self, deed: str, one: int) -> None:
        async with self.database.reading(self.person.id) as connection:
            row = await connection.fetchrow("select * from learned where category = 'folder'")
            if row is None:
                return
            # What is forgotten takes no word, and what nobody said anything of has nothing to be taken back.
            with suppress(HearthError):
                if deed == "correct":
                    await service.correct(connection, row["id"], str(self.folders[one]))
                    self.said = self.folders[one]
                elif deed == "confirm":
                    await service.confirm(connection, row["id"])
                    self.said = row["folder_id"]
                elif deed == "forget":
                    await service.forget(connection, row["id"])
                    self.said, self.is_forgotten = None, True
                else:
                    await service.take_back(connection, row["id"])
                    self.said, self.is_forgotten = None, False

    async def night(self) -> None:
        await work_through(self.reactor)
        await count_anew(self.worker, self.person)
        found = [one for one in await see(self.database, self.person) if one.category == "folder"]
        states = {one.state for one in found}
        if self.is_forgotten:
            assert states == {"forgotten"} and found[0].value == "" and not found[0].evidence
            return
        best, hits, seen = self.counted()
        bounds = LEARNT["folder"].bounds
        is_habit = seen >= bounds.seen and lower_bound(hits, seen) >= bounds.confidence
        if self.said is None:
            assert [(one.folder_id, one.hits, one.seen) for one in found] == ([(best, hits, seen)] if is_habit else [])
            return
        ((one),) = found
        assert one.folder_id == self.said and one.state in ("confirmed", "corrected")
        assert (one.hits, one.seen) == ((hits, seen) if is_habit else (0, 0))

    def counted(self):
        there = [folder for _id, folder, is_there in self.notes if is_there]
        best = min(self.folders, key=lambda folder: (-there.count(folder), folder))
        return best, there.count(best), len(there)
