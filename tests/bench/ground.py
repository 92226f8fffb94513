"""The ground a bench stands on: servers of its own, a person, and notes that look like notes."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from app.account.service import open_session
from app.core.database import Database
from app.core.migrating import migrate
from app.embedded.instance import instance
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from app.search.counting import attend_words
from app.settings import Settings, kept_secret
from app.web.auth import COOKIE, csrf_token

GARDEN = Path(__file__).resolve().parents[3] / "shared" / "data" / "garden.zip"
WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "that",
    "for",
    "it",
    "as",
    "with",
    "was",
    "on",
    "be",
    "by",
    "at",
    "this",
    "from",
    "or",
    "an",
    "are",
    "not",
    "but",
    "have",
    "they",
    "which",
    "one",
    "all",
    "memory",
    "garden",
    "winter",
    "river",
    "letter",
    "morning",
    "question",
    "answer",
    "stone",
    "paper",
    "evening",
    "window",
    "kitchen",
    "mother",
    "city",
    "train",
]
LINKS_EACH = 4


@dataclass(frozen=True)
class Ground:
    """`cookie` and `csrf` are those of a signed-in person who owns every note."""

    settings: Settings
    user_id: UUID
    cookie: str
    csrf: str


@contextmanager
def ground(notes: int) -> Iterator[Ground]:
    """Embedded servers with `notes` notes, linked and warmed; passages play no part in what is measured here."""
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        Path(folder).chmod(0o755)  # as root, Postgres is another user
        with instance(Settings(data_dir=Path(folder) / "data", embedding="fake", port=0)) as settings:
            yield asyncio.run(_prepare(settings, notes))


async def _prepare(settings: Settings, notes: int) -> Ground:
    await migrate(settings)
    owner = await asyncpg.connect(settings.database_url)
    user_id = await owner.fetchval("select gate_create_user('ana@example.org', 'Ana', '', 'owner', 'UTC', 'en', false)")
    async with open_doors(settings) as (web, worker):
        async with web.reading(user_id, "import") as connection:
            await connection.executemany(
                "insert into notes (user_id, title, content, created_at, updated_at) values ($1, $2, $3, $4, $4)",
                [(user_id, *note) for note in make_notes(notes)],
            )
        reactor = Reactor(worker, Models(make_embedder("fake")), "bench")
        while any([await reactor.run_batch(slot) for slot in ("connect", "heat")]):
            continue
        await attend_words(worker)
        token = await open_session(web, user_id, agent="bench")
    await owner.execute("vacuum analyze")
    await owner.close()
    secret = kept_secret(settings, "csrf_key").encode()
    return Ground(settings, user_id, f"{COOKIE}={token}", csrf_token(secret, token))


@asynccontextmanager
async def open_doors(settings: Settings) -> AsyncIterator[tuple[Database, Database]]:
    """The web's and the worker's."""
    assert settings.app_database_url and settings.worker_database_url
    web, worker = Database(settings.app_database_url), Database(settings.worker_database_url)
    try:
        yield web, worker
    finally:
        await web.close()
        await worker.close()


def make_notes(count: int, characters: int = 900) -> Iterator[tuple[str, str, datetime]]:
    """(title, text, date), the same at each run; dated over four years, the newest yesterday."""
    chance = random.Random(20261121)
    newest = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    for number in range(count):
        links = [f"[[Note {chance.randrange(count)}]]" for _ in range(LINKS_EACH)]
        text = make_text(chance, characters, links)
        yield f"Note {number}", text, newest - timedelta(minutes=number * 4 * 365 * 1440 // count)


def make_text(chance: random.Random, characters: int, links: list[str]) -> str:
    """Paragraphs, a heading, a list, a little emphasis, with the links among the words."""
    blocks = ["## " + " ".join(chance.choices(WORDS, k=4)).capitalize()]
    waiting = list(links)
    while sum(map(len, blocks)) < characters or waiting:
        words = chance.choices(WORDS, k=chance.randrange(25, 60))
        words[3] = f"*{words[3]}*"
        if waiting:
            words.insert(7, waiting.pop())
        blocks.append(" ".join(words).capitalize() + ".")
    blocks.append("\n".join(f"- {' '.join(chance.choices(WORDS, k=6))}" for _ in range(3)))
    return "\n\n".join(blocks)
