"""A saved link is read by the worker and found by what its page says; what goes wrong is said on the item."""

from __future__ import annotations

import asyncio
import io

import asyncpg
import pytest
from PIL import Image
from sqlalchemy import text

from app.enriching.noticing import notice_links
from app.enriching.visiting import LinkReader
from app.kinds import KINDS
from app.ports.fetching import FakeFetcher, Fetched, HttpFetcher
from app.ports.guarding import FetchError, TryLater
from app.reactions import Reactor
from tests.conftest import work_through
from tests.enriching.conftest import HTML, URL, catch, found, read_all, the_page
from tests.ports.page_server import page, page_server


async def test_a_link_gets_title_description_site_language_text_and_icon(database, alice, reactor, reader, seen):
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    row = await the_page(seen, caught)
    assert (row["state"], row["title"], row["site"]) == ("done", "Über die Kruste", "Backstube")
    assert (row["description"], row["language"]) == ("Warum sie kracht.", "de-at")
    assert "leise singt" in row["text"] and "Start" not in row["text"] and len(row["content_hash"]) == 64
    with Image.open(io.BytesIO(row["favicon"])) as shown:
        assert (shown.format, shown.size) == ("PNG", (64, 64))


async def test_its_text_is_found_by_words_and_by_meaning(database, alice, alices, reactor, reader, seen):
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    answer = await alices.get("/search?q=Sauerteig")
    assert f"/captures/{caught}" in answer.text
    passages = await seen.fetch("select text from passages where record_id = $1", caught)
    assert any("leise singt" in row["text"] for row in passages)


async def test_what_has_no_title_gets_that_of_its_page_and_keeps_its_own(database, alice, reactor, reader, seen):
    nameless, named = await catch(database, alice), await catch(database, alice, "https://bread.example/other")
    reader.fetcher.pages["https://bread.example/other"] = found()
    async with database.reading(alice.id) as connection:
        await connection.execute("update captures set title = 'Mine' where id = $1", named)
    await read_all(reactor, reader)
    titles = dict(await seen.fetch("select id, title from records where kind = 'capture'"))
    assert titles == {nameless: "Über die Kruste", named: "Mine"}


async def test_what_a_stranger_wrote_tags_and_mentions_nothing(database, alice, reactor, reader, internet, seen):
    internet.pages[URL] = found(HTML.replace("Der Dampf", "#bread [[Dampf]] @Ana: der Dampf"))
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    assert "#bread" in (await the_page(seen, caught))["text"]
    assert await seen.fetchval("select count(*) from entity_links where source_id = $1", caught) == 0
    assert await seen.fetchval("select count(*) from record_topics where record_id = $1", caught) == 0


async def test_the_same_link_is_asked_for_once(database, alice, reactor, reader, internet, seen):
    first = await catch(database, alice)
    await read_all(reactor, reader)
    second = await catch(database, alice)
    await read_all(reactor, reader)
    assert internet.asked.count(URL) == 1
    assert (await the_page(seen, second))["text"] == (await the_page(seen, first))["text"]
    async with database.writing(alice.id) as session:
        await session.execute(text("update captures set content = 'and a word'"))
    await read_all(reactor, reader)
    assert internet.asked.count(URL) == 1


async def test_another_link_is_read_and_none_forgets_the_page(database, alice, alices, reactor, reader, internet, seen):
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    other = "https://bread.example/crumb"
    internet.pages[other] = found(HTML.replace("Sauerteig", "Roggenteig"), other)
    async with database.reading(alice.id) as connection:
        await connection.execute("update captures set url = $1", other)
    await read_all(reactor, reader)
    assert "Roggenteig" in (await the_page(seen, caught))["text"]
    assert str(caught) not in (await alices.get("/search?q=Sauerteig")).text
    async with database.reading(alice.id) as connection:
        await connection.execute("update captures set url = null")
    await read_all(reactor, reader)
    assert await the_page(seen, caught) is None
    assert str(caught) not in (await alices.get("/search?q=Roggenteig")).text


@pytest.mark.parametrize("actor", ["import", "demo", "hearth"])
async def test_what_no_person_saved_is_not_asked_for(database, alice, reactor, reader, internet, actor):
    async with database.reading(alice.id, actor) as connection:
        await connection.execute("insert into captures (user_id, url) values ($1, $2)", alice.id, URL)
    await read_all(reactor, reader)
    assert internet.asked == []


async def test_who_switched_it_off_is_asked_for_nothing(database, alice, alices, reactor, reader, internet, seen):
    waiting = await catch(database, alice)
    await work_through(reactor)
    assert (await the_page(seen, waiting))["state"] == "waiting"
    assert (await alices.post("/settings/you", {"reads_links": "false"})).status_code == 303
    caught = await catch(database, alice, "https://bread.example/other")
    await read_all(reactor, reader)
    assert internet.asked == [] and await the_page(seen, waiting) is None
    # By hand it is read all the same.
    internet.pages["https://bread.example/other"] = found()
    await alices.post(f"/links/{caught}/read")
    await read_all(reactor, reader)
    assert (await the_page(seen, caught))["state"] == "done"


async def test_a_house_that_fetches_nothing_expects_nothing(database, alice, worker_database, seen):
    from app.ports.embedding import make_embedder
    from app.ports.models import Models

    caught = await catch(database, alice)
    await work_through(Reactor(worker_database, Models(make_embedder("fake")), "tests", reads_links=False))
    assert await the_page(seen, caught) is None


async def test_a_record_without_a_link_waits_for_nothing(database, alice, reactor, seen):
    caught = await catch(database, alice, None, "a thought")
    await work_through(reactor)
    assert await the_page(seen, caught) is None


async def test_what_lies_in_the_trash_is_not_asked_for(database, alice, reactor, reader, internet):
    caught = await catch(database, alice)
    await work_through(reactor)
    async with database.reading(alice.id) as connection:
        await connection.execute("update captures set deleted_at = now() where id = $1", caught)
    await read_all(reactor, reader)
    assert internet.asked == []
    async with database.reading(alice.id) as connection:
        await connection.execute("update captures set deleted_at = null where id = $1", caught)
    await read_all(reactor, reader)
    assert URL in internet.asked


async def test_trouble_puts_it_off_longer_each_time_and_then_says_so(database, alice, reactor, reader, internet, seen):
    internet.pages[URL] = TryLater("unreachable")
    caught = await catch(database, alice)
    await work_through(reactor)
    pauses = []
    for _time in range(5):
        assert await reader.run_batch() == 1 and await reader.run_batch() == 0
        row = await the_page(seen, caught)
        pauses.append(round((row["due_at"] - row["tried_at"]).total_seconds() / 60))
        await seen.execute("update link_pages set due_at = now()")
    assert pauses[:4] == [1, 4, 16, 64]
    assert (row["state"], row["error"]) == ("failed", "unreachable")


async def test_what_will_never_come_is_asked_for_once(database, alice, reactor, reader, internet, seen):
    internet.pages[URL] = FetchError("status", "404")
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    assert ((row := await the_page(seen, caught))["state"], row["error_detail"]) == ("failed", "404")


async def test_a_host_that_names_a_time_rests_for_everybody(database, alice, bob, reactor, reader, internet, seen):
    internet.pages[URL] = TryLater("status", "429", pause=3600, is_told=True)
    caught = await catch(database, alice)
    await catch(database, bob, "https://bread.example/other")
    await work_through(reactor)
    # One of a host at a time: whose turn it is does not matter.
    await seen.execute("update link_pages set due_at = now() - interval '1 hour' where record_id = $1", caught)
    assert await reader.run_batch() == 1
    assert await reader.run_batch() == 0
    assert internet.asked == [URL]


async def test_one_page_of_a_host_at_a_time_with_a_pause(database, alice, reactor, worker_database):
    async with page_server() as server:
        for number in range(3):
            server.answers[f"/{number}"] = page(HTML)
            await catch(database, alice, f"http://127.0.0.1:{server.port}/{number}")
        await work_through(reactor)
        fetcher = HttpFetcher([f"127.0.0.1:{server.port}"])
        readers = [LinkReader(worker_database, fetcher, KINDS, f"tests {n}", 3600, 0) for n in range(2)]
        assert sorted(await asyncio.gather(*(reader.run_batch() for reader in readers))) == [0, 1]
        assert await readers[0].run_batch() == 0
        readers[0].pause_seconds = 0
        while await readers[0].run_batch():
            continue
        assert server.most_at_once == 1 and {"/0", "/1", "/2"} <= set(server.paths)


async def test_a_killed_worker_s_page_is_read_by_the_next(database, alice, reactor, reader, worker_database, seen):
    caught = await catch(database, alice)
    await work_through(reactor)
    dead = LinkReader(worker_database, FakeFetcher(), KINDS, "dead")
    async with worker_database.anonymous() as connection:
        await connection.fetch("select * from gate_lease_link_pages('dead', 60, 3, 0)")
    assert await reader.run_batch() == 0
    await seen.execute("update link_pages set claimed_until = now() - interval '1 second'")
    assert await reader.run_batch() == 1
    assert (await the_page(seen, caught))["state"] == "done"
    # What the dead one would still say comes too late.
    row = await the_page(seen, caught)
    await dead._tell(_errand(row), "update link_pages set title = '' where record_id = $1 and claimed_by = $2", "dead")
    assert (await the_page(seen, caught))["title"]


def _errand(row: asyncpg.Record):
    from app.enriching.visiting import Errand

    return Errand(row["record_id"], row["user_id"], row["url"], 1)


async def test_a_stopped_worker_gives_its_page_back(database, alice, reactor, worker_database, seen):
    class Slow(FakeFetcher):
        async def fetch(self, url: str, *_args: object) -> Fetched:  # type: ignore[override]
            self.asked.append(url)
            await asyncio.sleep(60)
            raise AssertionError

    caught, slow = await catch(database, alice), Slow()
    await work_through(reactor)
    work = asyncio.create_task(LinkReader(worker_database, slow, KINDS, "tests").run_batch())
    while not slow.asked:
        await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    row = await the_page(seen, caught)
    assert (row["state"], row["claimed_by"], row["attempts"]) == ("waiting", None, 0)


async def test_noticing_twice_changes_nothing(database, alice, reactor, reader, worker_database, seen):
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    before = await the_page(seen, caught)
    async with worker_database.reading(alice.id, "hearth") as connection:
        await notice_links(connection, alice.id, KINDS, [caught])
    assert await the_page(seen, caught) == before
