"""`hearth export`: whose account, where it goes, and what it says."""

from __future__ import annotations

import asyncio
import stat
import zipfile
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

from app.cli import hearth
from app.core.errors import Invalid


@pytest.fixture
def run(settings, monkeypatch: pytest.MonkeyPatch):
    """`hearth …` against the test's own database."""
    for name in ("database_url", "app_database_url", "worker_database_url", "redis_url"):
        monkeypatch.setenv(f"HEARTH_{name.upper()}", str(getattr(settings, name)))

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(hearth, [*map(str, arguments), "--data-dir", str(settings.data_dir)])

    return invoke


@pytest.fixture
def add_user(settings):
    async def make(email: str) -> None:
        connection = await asyncpg.connect(settings.database_url)
        await connection.execute("select gate_create_user($1, 'X', '', 'member', 'UTC', 'en', false)", email)
        await connection.close()

    return lambda email: asyncio.run(make(email))


def test_out_and_in_again(run, add_user, tmp_path: Path):
    add_user("alice@example.org")
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "a.md").write_text("---\ntags: [x]\n---\ntext")
    run("import", tmp_path / "vault")
    out = tmp_path / "out.zip"
    result = run("export", out)
    assert result.exit_code == 0, result.exception
    assert "1 notes, 1 contacts" in result.stdout
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
    again = run("import", out)
    assert again.stdout.startswith("0 added, 0 changed, 1 unchanged, 0 failed")


def test_a_file_of_that_name_is_written_over_only_by_force(run, add_user, tmp_path: Path):
    add_user("alice@example.org")
    out = tmp_path / "out.zip"
    out.write_text("precious")
    result = run("export", out)
    assert isinstance(result.exception, Invalid)
    assert "--force" in str(result.exception)
    assert out.read_text() == "precious"
    assert run("export", "--force", "--history", out).exit_code == 0
    assert zipfile.is_zipfile(out)


def test_what_cannot_be_done_is_one_sentence(run, add_user, tmp_path: Path):
    assert "no user yet" in str(run("export", tmp_path / "a.zip").exception)
    add_user("alice@example.org")
    add_user("bob@example.org")
    assert "--user EMAIL" in str(run("export", tmp_path / "a.zip").exception)
    assert "no folder" in str(run("export", tmp_path / "none" / "a.zip").exception)
    assert "no user carol@example.org" in str(
        run("export", "--user", "carol@example.org", tmp_path / "a.zip").exception
    )
    assert list(tmp_path.iterdir()) == []
