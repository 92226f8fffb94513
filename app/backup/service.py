"""Backup and restore of a whole house: database, files, secrets."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg

from app.backup.archive import DUMP, Head, check_archive, extract_archive, write_archive
from app.backup.dumping import dump_database, load_database
from app.backup.kept import MOMENT, prune_backups
from app.core.errors import HearthError, Invalid
from app.core.migrating import is_known, make_roles, migrate
from app.embedded.instance import hold_lock, instance, started, with_urls
from app.ports.blobs import open_blobs
from app.settings import Settings


def make_backup(settings: Settings, file: Path) -> int:
    """Write all of the house into one file; its size in bytes. `settings` have their URLs filled in."""
    assert settings.database_url
    if not file.parent.is_dir():
        raise Invalid(f"There is no folder {file.parent} to put the backup in.")
    schema = asyncio.run(read_schema(settings.database_url))
    if schema is None:
        raise Invalid("The database is still empty: there is nothing to back up yet.")
    head = Head(1, version("hearth"), schema, datetime.now(UTC).isoformat(timespec="seconds"))
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".hearth-") as draft, write_archive(file, head) as archive:
        # First the database, then the files: a file may come in between, but none that it names goes.
        dump_database(settings.database_url, Path(draft) / DUMP)
        archive.add_file(DUMP, Path(draft) / DUMP)
        for path in sorted(settings.secrets_dir.glob("[!.]*")):
            archive.add_file(f"secrets/{path.name}", path)
        blobs = open_blobs(settings)
        for blob in blobs:
            with blobs.at_hand(blob.sha256) as path:
                archive.add_file(f"blobs/{blob.sha256}", path)
    return file.stat().st_size


async def read_schema(url: str) -> str | None:
    """The revision of a database's schema, None while it is empty."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("select to_regclass('alembic_version') is null"):
            return None
        return await connection.fetchval("select version_num from alembic_version")  # type: ignore[no-any-return]
    finally:
        await connection.close()


def restore_backup(settings: Settings, file: Path) -> Head:
    """Bring a backup back into an empty data directory (and an empty external database).

    The file is read to its end before anything is touched; what fails later leaves the directory as empty as it was.
    """
    head = check_archive(file)
    if not is_known(head.schema):
        raise Invalid(f"This backup was made by a newer Hearth ({head.version}); restore it with that version.")
    with hold_lock(settings):
        _refuse_unless_empty(settings)
        try:
            _restore(settings, file)
        except BaseException:
            _remove(settings)
            raise
    return head


def _restore(settings: Settings, file: Path) -> None:
    draft = settings.data_dir / "restore"
    extract_archive(file, draft)
    if (draft / "secrets").exists():
        (draft / "secrets").rename(settings.secrets_dir)
    blobs = open_blobs(settings)
    for path in (draft / "blobs").glob("*"):
        if blobs.adopt(path).sha256 != path.name:
            raise Invalid(f"The file {path.name} in the backup is not what its name says.")
    with started(settings) as servers:
        running = with_urls(settings, *servers.urls())
        asyncio.run(make_roles(running))
        assert running.database_url
        load_database(running.database_url, draft / DUMP)
        asyncio.run(migrate(running))
    shutil.rmtree(draft)


def _refuse_unless_empty(settings: Settings) -> None:
    taken = [
        path for path in (settings.data_dir / "postgres", settings.blobs_dir, settings.secrets_dir) if path.exists()
    ]
    if taken:
        raise Invalid(
            f"{settings.data_dir} is not empty; restore into another --data-dir, or move this one away first."
        )
    # What another house keeps there would be taken for nobody's, and swept.
    if settings.blobs_url and next(iter(open_blobs(settings)), None):
        raise Invalid("The bucket of HEARTH_BLOBS_URL is not empty; restore into another one, or under another prefix.")
    if settings.database_url and asyncio.run(read_schema(settings.database_url)) is not None:
        raise Invalid("The external database is not empty; restore into a new one. Nothing was changed.")


def _remove(settings: Settings) -> None:
    for name in ("restore", "postgres", "valkey", "blobs", "secrets"):
        shutil.rmtree(settings.data_dir / name, ignore_errors=True)


def backup_for(settings: Settings, reason: str, before: str = "") -> Path:
    """A backup among those that Hearth keeps by itself: `nightly`, or `before` a migration to a revision."""
    folder = settings.backups_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    moment = datetime.now(UTC).strftime(MOMENT)
    file = folder / (f"hearth-before-{before}-{moment}.tar" if reason == "before" else f"hearth-{moment}.tar")
    make_backup(settings, file)
    prune_backups(folder, reason)
    return file


def back_up_before(settings: Settings, pending: list[str]) -> Path | None:
    """Before a migration changes what is there; None where there is nothing yet, or backups are switched off."""
    assert settings.database_url
    if not pending or not settings.backups or asyncio.run(read_schema(settings.database_url)) is None:
        return None
    try:
        return backup_for(settings, "before", pending[-1])
    except HearthError as error:
        raise HearthError(
            f"Nothing was migrated, because no backup could be made first: {error} "
            "(HEARTH_BACKUPS=false migrates without one.)"
        ) from None


def run_nightly(settings: Settings) -> str:
    """Make tonight's backup and write down what came of it; the sentence for whoever started it."""
    os.nice(10)
    with instance(settings) as running:
        assert running.database_url
        asyncio.run(_write_down(running.database_url, None, ""))
        try:
            file = backup_for(running, "nightly")
        except (HearthError, OSError) as error:
            asyncio.run(_write_down(running.database_url, False, str(error)))
            raise
        sentence = f"{file.name}: {file.stat().st_size / 2**20:.1f} MiB"
        asyncio.run(_write_down(running.database_url, True, sentence))
    return sentence


async def _write_down(url: str, is_well: bool | None, output: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "insert into chores (name, began_at) values ('backup', now()) on conflict (name) do update "
            "set began_at = case when $1::boolean is null then now() else chores.began_at end, "
            "ended_at = case when $1::boolean is not null then now() end, is_well = $1, output = $2",
            is_well, output,
        )  # fmt: skip
    finally:
        await connection.close()
