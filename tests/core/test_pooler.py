"""Nothing needs a session of Postgres: a few journeys through Debian's pgbouncer in transaction mode."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from app.core.database import Database
from app.embedded.children import give_to_service_user, start_child, stop_child
from app.main import create_app
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from app.settings import Settings
from tests.conftest import sign_in_as, work_through

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.fixture
def pooled(settings: Settings) -> Iterator[Settings]:
    """The settings of a house behind a pooler that hands each transaction another connection."""
    if PGBOUNCER is None:
        if os.environ.get("HEARTH_REQUIRE_BROWSER") == "1":
            pytest.fail("HEARTH_REQUIRE_BROWSER=1, but there is no pgbouncer")
        pytest.skip("needs Debian's pgbouncer")
    with tempfile.TemporaryDirectory(prefix="pgb-") as name:
        folder = Path(name)
        configure(folder, settings)
        give_to_service_user(folder)
        with (folder / "log").open("wb") as log:
            child = start_child([PGBOUNCER, folder / "ini"], log=log, unprivileged=True)
        try:
            wait_for_socket(folder, child)
            database = urlsplit(settings.database_url or "").path
            yield replace(
                settings,
                app_database_url=f"postgresql://hearth_app@{database}?host={folder}",
                worker_database_url=f"postgresql://hearth_worker@{database}?host={folder}",
                transaction_pooler=True,
            )
        finally:
            stop_child(child)


def configure(folder: Path, settings: Settings) -> None:
    host = parse_qs(urlsplit(settings.database_url or "").query)["host"][0]
    (folder / "users").write_text('"hearth_app" ""\n"hearth_worker" ""\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={host} port=5432\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {folder}\n"
        f"listen_port = 5432\nauth_type = trust\nauth_file = {folder}/users\npool_mode = transaction\n"
        "default_pool_size = 3\nignore_startup_parameters = extra_float_digits,application_name\n"
    )
    for path in folder.iterdir():
        path.chmod(0o644)


def wait_for_socket(folder: Path, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while not (folder / ".s.PGSQL.5432").exists():
        assert child.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.02)


async def test_journeys_hold_behind_a_transaction_pooler(pooled: Settings, alice, bob):
    assert pooled.app_database_url and pooled.worker_database_url
    web = Database(pooled.app_database_url, transaction_pooler=True)
    worker = Database(pooled.worker_database_url, transaction_pooler=True)
    app = create_app(pooled)
    alices, bobs = await sign_in_as(app, web, alice), await sign_in_as(app, web, bob)
    note, target = uuid4(), uuid4()
    fields = {"version": "0", "title": "Trip", "content": "To [[Lisbon]] #travel"}
    assert (await alices.post(f"/notes/{note}", fields)).status_code == 303
    assert (await alices.post(f"/notes/{target}", {**fields, "title": "Lisbon", "content": "light"})).status_code == 303
    await work_through(Reactor(worker, Models(make_embedder("fake")), "tests"))
    for _round in range(10):
        mine, theirs = await asyncio.gather(alices.get(f"/notes/{target}"), bobs.get(f"/notes/{target}"))
        assert (mine.status_code, theirs.status_code) == (200, 404)
        assert f'href="/notes/{note}"' in mine.text
        listed, empty = await asyncio.gather(alices.get("/notes"), bobs.get("/notes"))
        assert str(note) in listed.text
        assert str(note) not in empty.text
    assert "Lisbon" in (await alices.get("/search?q=light")).text
    for door in (web, worker, app.state.database):
        await door.close()
    for browser in (alices, bobs):
        await browser.http.aclose()
