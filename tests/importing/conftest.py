"""Folders and archives made for one test, and the import of them as one user."""

from __future__ import annotations

import zipfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from app.core.database import Database
from app.core.pipeline import SLOTS
from app.importing.report import Report
from app.importing.service import import_path
from app.ports.blobs import BlobStore
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor

Bring = Callable[..., Awaitable[Report]]
Rows = Callable[..., Awaitable[list[asyncpg.Record]]]


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """An empty folder to be imported."""
    folder = tmp_path / "vault"
    folder.mkdir()
    return folder


@pytest.fixture
def write_files(vault: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = vault / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return vault

    return write


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[..., Path]:
    def make(*entries: tuple[str | zipfile.ZipInfo, bytes], name: str = "vault.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in entries:
                archive.writestr(entry, content)
        return path

    return make


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def bring_in(database: Database, blobs: BlobStore, alice: object) -> Bring:
    """Import a path, as Alice unless somebody else is named."""

    async def bring(path: Path, person: object = alice) -> Report:
        return await import_path(database, blobs, person.id, path)  # type: ignore[attr-defined]

    return bring


@pytest.fixture
def rows(database: Database, alice: object) -> Rows:
    """What a query gives to Alice, or to whom is named."""

    async def fetch(query: str, *values: object, person: object = alice) -> list[asyncpg.Record]:
        async with database.reading(person.id) as connection:  # type: ignore[attr-defined]
            return list(await connection.fetch(query, *values))

    return fetch


@pytest.fixture
def react(worker_database: Database) -> Callable[[], Awaitable[None]]:
    """Let the slots work until nothing waits, as the worker would."""

    async def run() -> None:
        reactor = Reactor(worker_database, Models(make_embedder("fake")), "test")
        for slot in SLOTS:
            while await reactor.run_batch(slot):
                pass

    return run


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)
