"""A house goes into one file and comes out of it whole, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from app.backup.archive import HEAD, check_archive
from app.backup.kept import is_due, list_backups, prune_backups
from app.backup.service import back_up_before
from app.core.errors import HearthError, Invalid
from app.core.migrating import migrate
from app.embedded.instance import find_running, instance
from app.ports.blobs import BlobStore
from app.settings import Settings
from tests.house import House

PNG = bytes.fromhex("89504e470d0a1a0a")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def lived_in(place: Path) -> Iterator[House]:
    """A house that runs, with notes, a picture and a past."""
    house = House(place / "data").start()
    house.add_person()
    vault = place / "vault"
    vault.mkdir()
    for number in range(30):
        (vault / f"Note {number}.md").write_text(f"[[Note {number + 1}]] #topic{number % 3} ![[picture.png]]")
    (vault / "picture.png").write_bytes(PNG + os.urandom(5000))
    house.run("import", str(vault))
    house.run("drain", "--timeout", "60")
    yield house
    house.stop()


@pytest.fixture(scope="module")
def backup(lived_in: House, place: Path) -> Path:
    done = lived_in.run("backup", str(place / "house.tar"))
    assert "MiB" in done.stdout
    return place / "house.tar"


@pytest.fixture
def empty(place: Path) -> House:
    """A house that nobody has been in; its folder lets Postgres's user through when the tests run as root."""
    folder = Path(tempfile.mkdtemp(dir=place))
    folder.chmod(0o755)
    return House(folder / "data")


async def fingerprint(settings: Settings) -> dict[str, object]:
    """The checksum of every note, link, change and blob."""
    connection = await asyncpg.connect(settings.database_url)
    tables = {}
    for table in ("users", "notes", "contacts", "topics", "entity_links", "change_log", "record_heat", "passages"):
        rows = await connection.fetch(f"select to_jsonb(t)::text as row from {table} t order by 1")  # noqa: S608
        tables[table] = (len(rows), hashlib.sha256("\n".join(row[0] for row in rows).encode()).hexdigest())
    await connection.close()
    blobs = sorted(blob.sha256 for blob in BlobStore(settings.blobs_dir))
    return tables | {"blobs": blobs}


def read_fingerprint(house: House) -> dict[str, object]:
    with instance(Settings(data_dir=house.data_dir)) as settings:
        return asyncio.run(fingerprint(settings))


def test_what_is_restored_is_what_was_backed_up(lived_in: House, backup: Path, empty: House):
    done = empty.run("restore", str(backup))
    assert "Restored" in done.stdout
    restored, first = read_fingerprint(empty), read_fingerprint(lived_in)
    assert restored == first
    assert restored["notes"][0] == 30
    assert len(restored["blobs"]) == 1
    empty.start()
    try:
        assert empty.status()["records"] == lived_in.status()["records"]
        # The sessions' and forms' key came along, and whoever could sign in still can.
        assert (empty.data_dir / "secrets" / "csrf_key").read_text() == (
            lived_in.data_dir / "secrets" / "csrf_key"
        ).read_text()
    finally:
        assert empty.stop() == 0


def test_a_backup_is_nobody_else_s_to_read(backup: Path):
    assert backup.stat().st_mode & 0o777 == 0o600


def damaged(backup: Path, place: Path, how: str) -> Path:
    data = bytearray(backup.read_bytes())
    if how == "truncated":
        data = data[: len(data) // 2]
    elif how == "cut at the end":
        data = data[:-12_000]
    elif how == "altered":
        data[data.index(b"PGDMP") + 5000] ^= 1
    elif how == "foreign":
        return foreign(place)
    else:
        data = bytearray(b"not a backup")
    file = place / "damaged.tar"
    file.write_bytes(data)
    return file


def foreign(place: Path) -> Path:
    with tarfile.open(place / "damaged.tar", "w") as tar:
        tar.addfile(info := tarfile.TarInfo("holiday.jpg"), io.BytesIO(b""))
        assert info.size == 0
    return place / "damaged.tar"


@pytest.mark.parametrize("how", ["truncated", "cut at the end", "altered", "foreign", "text"])
def test_a_damaged_file_is_refused_with_a_sentence_and_changes_nothing(backup, place, empty: House, how):
    done = empty.run("restore", str(damaged(backup, place, how)), check=False)
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not empty.data_dir.exists()


def test_a_newer_one_is_refused_with_a_sentence(backup, place, empty: House):
    newer = place / "newer.tar"
    newer.write_bytes(backup.read_bytes().replace(b'"schema": "2026', b'"schema": "3026', 1))
    done = empty.run("restore", str(newer), check=False)
    assert done.returncode == 1
    assert "altered" in done.stderr  # a forged head; a true one is told by its version:
    with pytest.raises(Invalid, match="newer Hearth"):
        from app.backup import service

        head = check_archive(backup)
        original = service.check_archive
        service.check_archive = lambda _file: type(head)(1, "9.0", "30261121_0000", head.made_at)
        try:
            service.restore_backup(Settings(data_dir=empty.data_dir), newer)
        finally:
            service.check_archive = original


def test_where_something_is_nothing_is_restored(lived_in: House, backup: Path, empty: House):
    assert "is running" in lived_in.run("restore", str(backup), check=False).stderr
    empty.run("restore", str(backup))
    done = empty.run("restore", str(backup), check=False)
    assert (done.returncode, "is not empty" in done.stderr) == (1, True)
    assert read_fingerprint(empty)["notes"][0] == 30


def test_a_restore_that_fails_half_way_leaves_nothing(backup: Path, empty: House, monkeypatch):
    from app.backup import service

    def fail(*_values: object) -> None:
        raise HearthError("pg_restore failed")

    monkeypatch.setattr(service, "load_database", fail)
    with pytest.raises(HearthError):
        service.restore_backup(Settings(data_dir=empty.data_dir), backup)
    assert {path.name for path in empty.data_dir.iterdir()} <= {"run"}
    monkeypatch.undo()
    empty.run("restore", str(backup))


def test_only_names_that_hearth_writes_are_laid_out(backup: Path, place: Path):
    from app.backup.archive import extract_archive

    evil = place / "evil.tar"
    with tarfile.open(evil, "w") as tar:
        for name in ("../out", "/abs", "secrets/../../out", "secrets/.hidden", "blobs/a/b", "database.dump"):
            info = tarfile.TarInfo(name)
            info.size = 1
            tar.addfile(info, io.BytesIO(b"x"))
    target = place / "laid-out"
    extract_archive(evil, target)
    assert [path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()] == ["database.dump"]


def test_an_older_schema_is_migrated_when_it_is_restored(place: Path, empty: House):
    older = House(place / "older")
    with instance(Settings(data_dir=older.data_dir)) as settings:
        asyncio.run(migrate_to(settings, "20261121_0940"))
        older.run("backup", str(place / "older.tar"))
    assert check_archive(place / "older.tar").schema == "20261121_0940"
    empty.run("restore", str(place / "older.tar"))
    with instance(Settings(data_dir=empty.data_dir)) as settings:
        assert asyncio.run(scalar(settings, "select to_regclass('undoings') is not null"))


async def migrate_to(settings: Settings, revision: str) -> None:
    from alembic import command
    from sqlalchemy.ext.asyncio import create_async_engine

    from app.core.database import sqlalchemy_url
    from app.core.migrating import _configuration, make_roles

    await make_roles(settings)
    engine = create_async_engine(sqlalchemy_url(settings.database_url or ""))
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_configuration(sync), revision))
    await engine.dispose()


async def scalar(settings: Settings, query: str) -> object:
    connection = await asyncpg.connect(settings.database_url)
    value = await connection.fetchval(query)
    await connection.close()
    return value


def test_before_a_migration_what_is_there_is_backed_up(place: Path):
    house = House(place / "migrated")
    with instance(Settings(data_dir=house.data_dir)) as settings:
        assert back_up_before(settings, ["20261121_0900"]) is None  # nothing is there yet
        asyncio.run(migrate_to(settings, "20261121_0940"))
        done = house.run("migrate")
        assert "Backed up to" in done.stdout
        [file] = list_backups(settings.backups_dir, "before")
        assert check_archive(file).schema == "20261121_0940"
        assert back_up_before(settings, []) is None
        assert asyncio.run(migrate(settings)) == []


def test_the_page_asks_for_a_backup_and_shows_what_came_of_it(lived_in: House):
    (lived_in.data_dir / "run" / "backup-wanted").touch()
    folder = lived_in.data_dir / "backups"
    lived_in.wait_for(lambda: list_backups(folder, "nightly"), 30)
    settings = Settings(data_dir=lived_in.data_dir, database_url=find_running(Settings(data_dir=lived_in.data_dir))[
        "database_url"])  # fmt: skip
    told = "select is_well from chores where name = 'backup'"
    lived_in.wait_for(lambda: asyncio.run(scalar(settings, told)), 20)
    check_archive(list_backups(folder, "nightly")[0])


def test_seven_nights_are_kept(tmp_path: Path):
    for day in range(1, 13):
        (tmp_path / f"hearth-202611{day:02}-020000.tar").touch()
    (tmp_path / "hearth-before-20261121_1000-20261101-020000.tar").touch()
    (tmp_path / "mine.tar").touch()
    prune_backups(tmp_path, "nightly")
    assert [path.name[13:15] for path in list_backups(tmp_path, "nightly")] == [
        "12", "11", "10", "09", "08", "07", "06",
    ]  # fmt: skip
    assert len(list(tmp_path.iterdir())) == 9


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-11-21 12:30", False), (None, "2026-11-21 13:01", True),
        ("20261121-023000", "2026-11-22 02:31", True), ("20261121-023000", "2026-11-21 04:00", False),
        ("20261121-120000", "2026-11-22 03:00", False), ("20261121-120000", "2026-11-22 16:01", True),
    ],
)  # fmt: skip
def test_a_backup_is_made_at_night_or_when_the_machine_wakes(tmp_path: Path, last, now, due):
    if last:
        (tmp_path / f"hearth-{last}.tar").touch()
    started = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert is_due(tmp_path, datetime.fromisoformat(now).replace(tzinfo=UTC), started) is due


async def test_only_who_looks_after_the_house_sees_backups(alices, bobs):
    assert (await alices.get("/backups")).status_code == 200
    assert (await bobs.get("/backups")).status_code == 403
    assert (await bobs.post("/backups/run")).status_code == 403
    assert (await alices.post("/backups/run")).status_code == 409  # nobody watches over this one


def test_a_head_is_the_first_thing_in_the_file(backup: Path):
    with tarfile.open(backup) as tar:
        first = tar.next()
        assert first and first.name == HEAD
        head = json.loads(tar.extractfile(first).read())
    assert datetime.now(UTC) - datetime.fromisoformat(head["made_at"]) < timedelta(hours=1)
