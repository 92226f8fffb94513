"""`hearth capture`: a thought from a shell."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest
from click.testing import CliRunner

from app.cli import hearth


@pytest.fixture
def run(settings, monkeypatch):
    for name in ("database_url", "app_database_url", "worker_database_url", "redis_url"):
        monkeypatch.setenv(f"HEARTH_{name.upper()}", str(getattr(settings, name)))

    def invoke(*arguments, given=None):
        words = ["capture", *arguments, "--data-dir", str(settings.data_dir)]
        return CliRunner().invoke(hearth, words, input=given)

    return invoke


async def ask(settings, statement):
    connection = await asyncpg.connect(settings.database_url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


def test_a_line_in_a_shell_is_caught_once(run, settings):
    import asyncio

    asyncio.run(ask(settings, "select gate_create_user('ana@example.org', 'Ana', '', 'owner', 'UTC', 'en', false)"))
    client_id = str(uuid4())
    for _time in range(2):
        done = run("Where do owls sleep?", "--tag", "birds", "--client-id", client_id)
        assert done.exit_code == 0, done.output
        assert "as question" in done.output
    assert run("-", "--type", "idea", given="From a pipe\n").exit_code == 0
    rows = asyncio.run(ask(settings, "select capture_type, source from captures order by created_at"))
    assert [tuple(row) for row in rows] == [("question", "cli"), ("idea", "cli")]
    assert run(" ").exit_code != 0
