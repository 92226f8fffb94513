"""Real Postgres and Valkey for the whole run; a fresh database, copied from a migrated template, for each test."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from app.account.service import open_session
from app.core.database import Database
from app.core.migrating import migrate
from app.core.pipeline import SLOTS
from app.embedded.instance import instance
from app.embedded.postgres import CONFIGURATION
from app.main import create_app
from app.notes.kind import Note
from app.ports.blobs import BlobStore
from app.ports.embedding import make_embedder
from app.ports.models import Models, Question
from app.reactions import Reactor
from app.settings import PROJECT, Settings, kept_secret
from app.web.auth import COOKIE, CsrfSecret, csrf_token
from tests.temporary import keep_in_memory

keep_in_memory()
SHARED_DATA = PROJECT.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes a quarter of an hour begins first, so that nobody waits for it alone at the end."""
    items.sort(key=lambda item: "test_whole_garden" not in item.nodeid)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if SHARED_DATA.is_dir():
        return SHARED_DATA
    if os.environ.get("HEARTH_REQUIRE_DATA") == "1":
        pytest.fail(f"HEARTH_REQUIRE_DATA=1, but {SHARED_DATA} is not there")
    pytest.skip("needs the shared data folder beside the project")


@pytest.fixture(scope="session")
def servers() -> Iterator[Settings]:
    """Settings of a running embedded Postgres (its owner's URL names the template database) and Valkey."""
    # What is lost with the machine's power is no test's business here (a whole house's servers are as they always
    # are), and a thousand databases are copied and dropped.
    CONFIGURATION.update(fsync="off", synchronous_commit="off", full_page_writes="off")
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", embedding="fake", port=0)
        with instance(settings) as running:
            asyncio.run(migrate(running))
            yield running


# Databases of tests that are over. Postgres waits a tenth of a second for whoever was just there to go; by the next
# test they are gone.
_over: list[str] = []


@pytest.fixture
def settings(servers: Settings) -> Iterator[Settings]:
    """Settings of an instance of the test's own: its database, its Valkey keys, its data folder."""
    name = f"t_{uuid4().hex}"
    drops = [f'drop database "{_over.pop()}" with (force)' for _one in tuple(_over)]
    asyncio.run(_run_as_owner(servers, f'create database "{name}" template hearth strategy file_copy', *drops))
    with tempfile.TemporaryDirectory(prefix="hearth-t-") as folder:
        yield replace(
            servers,
            data_dir=Path(folder),
            database_url=_other_database(servers.database_url, name),
            app_database_url=_other_database(servers.app_database_url, name),
            worker_database_url=_other_database(servers.worker_database_url, name),
        )
    _over.append(name)


async def _run_as_owner(servers: Settings, *statements: str) -> None:
    connection = await asyncpg.connect(_other_database(servers.database_url, "postgres"))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def _other_database(url: str | None, name: str) -> str:
    assert url
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@dataclass(frozen=True)
class Person:
    id: UUID
    email: str
    name: str


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the role that owns the schema."""
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The web's door (role hearth_app)."""
    assert settings.app_database_url
    door = Database(settings.app_database_url, connections=4)
    yield door
    await door.close()


@pytest.fixture
async def worker_database(settings: Settings) -> AsyncIterator[Database]:
    """The worker's door (role hearth_worker)."""
    assert settings.worker_database_url
    door = Database(settings.worker_database_url, connections=4)
    yield door
    await door.close()


async def make_person(owner: asyncpg.Connection, name: str, *, password_hash: str = "", role: str = "member") -> Person:
    email = f"{name.lower()}@example.org"
    user_id = await owner.fetchval(
        "select gate_create_user($1, $2, $3, $4, 'UTC', 'en', false)", email, name, password_hash, role
    )
    return Person(user_id, email, name)


@pytest.fixture
async def alice(owner: asyncpg.Connection) -> Person:
    return await make_person(owner, "Alice", role="owner")


@pytest.fixture
async def bob(owner: asyncpg.Connection) -> Person:
    return await make_person(owner, "Bob")


PASSWORD = "four words are easy"


@dataclass
class Browser:
    """A signed-in person's HTTP client, which sends forms as the pages would."""

    http: httpx.AsyncClient
    person: Person
    csrf: str

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        return await self.http.post(path, data={**(fields or {}), "_csrf_token": self.csrf}, headers=headers)


@cache
def _built_once(servers: Settings) -> Litestar:
    """Registering all the routes takes longer than most tests."""
    return create_app(servers)


@pytest.fixture
async def application(servers: Settings, settings: Settings) -> AsyncIterator[Litestar]:
    """The application as `create_app(settings)` makes it, on routes that are registered once."""
    app = _built_once(servers)
    given, before = app.dependencies["shared"], app.dependencies["shared"].dependency
    assert settings.app_database_url
    database = Database(settings.app_database_url, connections=settings.database_connections)
    shared = replace(
        before(), settings=settings, database=database, blobs=BlobStore(settings.blobs_dir),
        models=Models(make_embedder(settings.embedding)),
    )  # fmt: skip
    given.dependency = lambda: shared
    app.state.database, app.state.csrf_secret = database, CsrfSecret(kept_secret(settings, "csrf_key").encode())
    yield app
    given.dependency = before
    await database.close()


def make_client(app: Litestar, host: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(host, 50000))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def sign_in_as(app: Litestar, database: Database, person: Person) -> Browser:
    token = await open_session(database, person.id, agent="tests")
    http = make_client(app)
    http.cookies.set(COOKIE, token)
    return Browser(http, person, csrf_token(app.state.csrf_secret, token))


@pytest.fixture
async def alices(application: Litestar, database: Database, alice: Person) -> AsyncIterator[Browser]:
    browser = await sign_in_as(application, database, alice)
    yield browser
    await browser.http.aclose()


@pytest.fixture
async def bobs(application: Litestar, database: Database, bob: Person) -> AsyncIterator[Browser]:
    browser = await sign_in_as(application, database, bob)
    yield browser
    await browser.http.aclose()


@pytest.fixture
async def anybody(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client at this machine that is not signed in."""
    async with make_client(application) as http:
        yield http


@pytest.fixture
def reactor(worker_database: Database) -> Reactor:
    return Reactor(worker_database, Models(make_embedder("fake")), "tests")


async def work_through(reactor: Reactor) -> None:
    """Run every slot until nothing is due."""
    while any([await reactor.run_batch(slot) for slot in SLOTS]):
        continue


async def ask_model(connection: asyncpg.Connection, q: str) -> Question | None:
    """A question as the answering model of the tests reads it; None while it has read nothing."""
    model = await Models(make_embedder("fake")).answering(connection)
    return Question(model.id, model.embedder.embed_query(q)) if model else None


async def write(database: Database, person: Person, title: str, content: str = "", **columns: object) -> UUID:
    """A note of that person, written as the editor would."""
    async with database.writing(person.id) as session:
        note = Note(user_id=person.id, title=title, content=content, **columns)
        session.add(note)
        await session.flush()
        return note.id
