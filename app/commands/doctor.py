"""`hearth doctor`: looks at everything Hearth depends on and says what to do about what is missing."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import click

from app.commands import options
from app.core.errors import HearthError
from app.core.redis_ping import ping_redis
from app.embedded.instance import instance
from app.settings import Settings, load_settings

LEAST_FREE = 500 * 2**20
Check = Callable[[Settings], Awaitable[str]]


class Ailment(Exception):
    """What is wrong and what to do about it, in one sentence."""


@click.command()
@options.data_dir
def doctor(data_dir: Path | None) -> None:
    """Check everything Hearth depends on; exit code 1 when something is wrong."""
    with instance(load_settings(data_dir=data_dir)) as settings:
        healthy = asyncio.run(_examine(settings))
    sys.exit(0 if healthy else 1)


async def _examine(settings: Settings) -> bool:
    healthy = True
    for name, check in CHECKS.items():
        try:
            click.echo(f"ok  {name}: {await check(settings)}")
        except Exception as error:  # noqa: BLE001 (a doctor reports every ailment and goes on)
            healthy = False
            click.echo(f"!!  {name}: {error}")
    return healthy


async def _check_python(_settings: Settings) -> str:
    if not sys.flags.utf8_mode and sys.getfilesystemencoding() != "utf-8":
        raise Ailment("file names are not UTF-8 here; set LC_ALL=C.UTF-8.")
    return sys.version.split()[0]


async def _check_folder(settings: Settings) -> str:
    mode = settings.secrets_dir.stat().st_mode & 0o077 if settings.secrets_dir.exists() else 0
    if mode:
        raise Ailment(f"{settings.secrets_dir} is open to others; run chmod -R go= on it.")
    if not os.access(settings.data_dir, os.W_OK):
        raise Ailment(f"{settings.data_dir} cannot be written; give it to the user that runs Hearth.")
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE:
        raise Ailment(f"only {free // 2**20} MiB are free below {settings.data_dir}; make room.")
    return f"{settings.data_dir}, {free // 2**30} GiB free"


async def _check_postgres(settings: Settings) -> str:
    connection = await asyncpg.connect(settings.database_url)
    try:
        version = connection.get_server_version()
        if version.major < 18:
            raise Ailment(f"version {version.major} is too old; Hearth needs Postgres 18.")
        await connection.fetchval("select uuidv7()")
        return f"{version.major}.{version.micro}"
    finally:
        await connection.close()


async def _check_vector(settings: Settings) -> str:
    connection = await asyncpg.connect(settings.database_url)
    try:
        found = await connection.fetchval("select default_version from pg_available_extensions where name = 'vector'")
    finally:
        await connection.close()
    if found is None or tuple(int(part) for part in found.split(".")[:2]) < (0, 8):
        raise Ailment("pgvector 0.8 or newer is missing; install it beside Postgres.")
    return str(found)


async def _check_text_parser(settings: Settings) -> str:
    connection = await asyncpg.connect(settings.database_url)
    try:
        words = await connection.fetchval("select tsvector_to_array(to_tsvector('simple', 'l’été “garcía”'))")
    finally:
        await connection.close()
    if "garcía" not in words or "été" not in words:
        raise Ailment("typographic quotes stay inside words; make the database with locale provider builtin, C.UTF-8.")
    return "words end at typographic quotes"


async def _check_schema(settings: Settings) -> str:
    from app.core.migrating import pending

    waiting = await pending(settings)
    if waiting:
        raise Ailment(f"{len(waiting)} migrations wait; run `hearth migrate`.")
    return "up to date"


async def _check_roles(settings: Settings) -> str:
    for url in (settings.app_database_url, settings.worker_database_url):
        connection = await asyncpg.connect(url)
        try:
            if await connection.fetchval("select rolsuper or rolbypassrls from pg_roles where rolname = current_user"):
                raise Ailment("a role that serves pages bypasses row-level security; give Hearth roles of its own.")
        finally:
            await connection.close()
    return "hearth_app, hearth_worker"


async def _check_files(settings: Settings) -> str:
    if settings.blobs_url is None:
        return f"in {settings.blobs_dir}"
    from app.ports.blobs import open_blobs

    blobs, content = open_blobs(settings), b"hearth doctor looks whether it can write here"
    try:
        kept = await asyncio.to_thread(blobs.put, content)
        if b"".join(await asyncio.to_thread(list, blobs.pieces(kept.sha256, 0, kept.size))) != content:
            raise Ailment("what was put into the bucket of HEARTH_BLOBS_URL came back as something else.")
        await asyncio.to_thread(blobs.delete, kept.sha256)
    except HearthError as error:
        raise Ailment(f"{error} Look at HEARTH_BLOBS_URL, HEARTH_BLOBS_KEY and HEARTH_BLOBS_SECRET.") from error
    return settings.blobs_url.partition("?")[0]


async def _check_redis(settings: Settings) -> str:
    if not await ping_redis(settings.redis_url or ""):
        raise Ailment("no answer; pages work, but nothing is indexed until it is back.")
    return "answers"


async def _check_certificate(settings: Settings) -> str:
    if not settings.serves_tls:
        return "none; pages are served over plain HTTP (HEARTH_TLS)"
    from cryptography import x509

    from app.tls.authority import utc_now
    from app.tls.files import check_given_files, files_of

    check_given_files(settings)
    file = files_of(settings).certificate
    until = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    if until < utc_now():
        raise Ailment(f"{file} ran out on {until:%d %B %Y}; put a new one there and start Hearth again.")
    return f"lasts until {until:%d %B %Y}"


async def _check_model(settings: Settings) -> str:
    if settings.embedding != "minilm":
        return f"{settings.embedding} (chosen by HEARTH_EMBEDDING)"
    from app.ports.embedding import verify_model

    await asyncio.to_thread(verify_model)
    return "all-MiniLM-L6-v2, checksum right"


CHECKS: dict[str, Check] = {
    "Python": _check_python,
    "data directory": _check_folder,
    "Postgres": _check_postgres,
    "pgvector": _check_vector,
    "text parser": _check_text_parser,
    "schema": _check_schema,
    "roles": _check_roles,
    "files": _check_files,
    "Redis": _check_redis,
    "certificate": _check_certificate,
    "embedding model": _check_model,
}
