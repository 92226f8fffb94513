"""A person's links, an internet of the test's own, and hands that read its pages."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from PIL import Image

from app.captures.service import CaptureFields, capture
from app.core.database import Database
from app.enriching.visiting import LinkReader
from app.kinds import KINDS
from app.ports.fetching import FakeFetcher, Fetched
from app.reactions import Reactor
from tests.conftest import Person, work_through

URL = "https://bread.example/crust"
HTML = """<html lang="de-AT"><head><title>Über die Kruste</title>
<meta property="og:site_name" content="Backstube"><meta name="description" content="Warum sie kracht.">
<link rel="icon" href="/i.png"></head><body><nav><a href="/">Start</a></nav><article><h1>Über die Kruste</h1>
<p>Ein Sauerteig, der über Nacht in der Kälte steht, bekommt eine Kruste, die beim Abkühlen leise singt und kracht.</p>
<p>Der Dampf im Ofen hält sie weich, bis das Brot aufgegangen ist; erst danach darf sie braun und hart werden.</p>
</article></body></html>"""


def found(html: str = HTML, url: str = URL, charset: str = "utf-8") -> Fetched:
    return Fetched(url, "text/html", charset, html.encode())


def icon(side: int = 200) -> Fetched:
    drawn = io.BytesIO()
    Image.new("RGB", (side, side), "orange").save(drawn, "PNG")
    return Fetched("https://bread.example/i.png", "image/png", "", drawn.getvalue())


@pytest.fixture
def internet() -> FakeFetcher:
    return FakeFetcher({URL: found(), "https://bread.example/i.png": icon()})


@pytest.fixture
def reader(worker_database: Database, internet: FakeFetcher) -> LinkReader:
    return LinkReader(worker_database, internet, KINDS, "tests", 0, 0)


async def catch(database: Database, person: Person, url: str | None = URL, content: str = "") -> UUID:
    async with database.writing(person.id) as session:
        return (await capture(session, person.id, CaptureFields(content, url=url))).id


async def the_page(owner: asyncpg.Connection, record_id: UUID) -> asyncpg.Record | None:
    return await owner.fetchrow("select * from link_pages where record_id = $1", record_id)


@pytest.fixture
async def seen(database: Database, alice: Person, settings: object) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees everything of Alice's."""
    connection = await asyncpg.connect(settings.database_url)  # type: ignore[attr-defined]
    await connection.execute("select set_config('app.user_id', $1, false)", str(alice.id))
    yield connection
    await connection.close()


async def read_all(reactor: Reactor, reader: LinkReader) -> None:
    await work_through(reactor)
    while await reader.run_batch():
        continue
    await work_through(reactor)
