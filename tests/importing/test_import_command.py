"""`hearth import`: whose notes, what is printed, and what a database that goes away does to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

import app.importing.service as service
from app.cli import hearth
from app.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`hearth import …` against the test's own database."""
    for name in ("database_url", "app_database_url", "worker_database_url", "redis_url"):
        monkeypatch.setenv(f"HEARTH_{name.upper()}", str(getattr(settings, name)))

    def invoke(*arguments: object) -> Result:
        given = [str(argument) for argument in arguments]
        return CliRunner().invoke(hearth, ["import", *given, "--data-dir", str(settings.data_dir)])

    return invoke


@pytest.fixture
def add_user(settings: Settings) -> Callable[[str], None]:
    async def make(email: str) -> None:
        connection = await asyncpg.connect(settings.database_url)
        await connection.execute("select gate_create_user($1, 'X', '', 'member', 'UTC', 'en', false)", email)
        await connection.close()

    return lambda email: asyncio.run(make(email))


@pytest.fixture
def garden(vault: Path) -> Path:
    (vault / "a.md").write_text("[[b]] [[nothing]]")
    (vault / "b.md").write_text("text")
    return vault


def test_the_only_user_need_not_be_named(run: Run, add_user, garden: Path):
    add_user("alice@example.org")
    result = run(garden)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "2 added, 0 changed, 0 unchanged, 0 failed"
    assert "Links: 1 of 2 names lead to a note, the others to none yet." in lines
    assert "hearth status" in lines[-1]
    assert "2 of 2" in result.stderr


def test_of_several_users_one_must_be_named(run: Run, add_user, garden: Path):
    add_user("alice@example.org")
    add_user("bob@example.org")
    assert "--user EMAIL" in str(run(garden).exception)
    assert "no user carol@example.org" in str(run(garden, "--user", "carol@example.org").exception)
    assert run(garden, "--user", "BOB@example.org").stdout.startswith("2 added")
    assert run(garden, "--user", "alice@example.org").stdout.startswith("2 added")


def test_without_a_user_it_says_how_to_make_one(run: Run, garden: Path):
    assert "no user yet" in str(run(garden).exception)


def test_the_report_is_one_json_object_on_request(run: Run, add_user, garden: Path):
    add_user("alice@example.org")
    (garden / "broken.md").write_bytes(b"\x89PNG\0\0" * 40)
    report = json.loads(run(garden, "--json").stdout)
    assert (report["added"], report["changed"], report["links"]) == (2, 0, {"resolved": 1, "unresolved": 1})
    assert [failure["path"] for failure in report["failed"]] == ["broken.md"]
    assert report["most_linked"] == [{"title": "b", "notes": 1}]


def test_waiting_ends_at_once_when_no_worker_lives(run: Run, add_user, garden: Path):
    add_user("alice@example.org")
    assert run(garden, "--wait").stdout.startswith("2 added")


async def test_an_import_goes_on_when_the_database_comes_back(write_files, bring_in, rows, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 10)
    monkeypatch.setattr(service, "PAUSES", (0.01, 0.01, 0.01))
    written = service.write_notes
    batches = 0

    async def lose_the_connection_in_the_second(connection: asyncpg.Connection, *rest: object) -> object:
        nonlocal batches
        batches += 1
        fates = await written(connection, *rest)
        if batches == 2:
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")
        return fates

    monkeypatch.setattr(service, "write_notes", lose_the_connection_in_the_second)
    report = await bring_in(write_files({f"{number}.md": "" for number in range(30)}))
    assert report.headline() == "30 added, 0 changed, 0 unchanged, 0 failed"
    assert len(await rows("select from notes")) == 30


CARDS = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:Ana García\nEMAIL:ana@x.org\nCATEGORIES:Choir\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:4.0\nFN:Bo Lind\nTEL:+4917123\nEND:VCARD\nBEGIN:VCARD\nBDAY:1970\nEND:VCARD\n"
)
TABLE = "Vorname;Nachname;E-Mail;Geburtstag\nAna;García;ana@x.org;1980-02-29\nBo;Lind;;\n"


def people_in(settings: Settings) -> list[tuple[str, str, str]]:
    async def read() -> list[tuple[str, str, str]]:
        owner = await asyncpg.connect(settings.database_url)
        rows = await owner.fetch(
            "select full_name, coalesce(emails -> 0 ->> 'value', ''), coalesce(dates -> 0 ->> 'date', '') "
            "from contacts where not is_self order by 1"
        )
        await owner.close()
        return [tuple(row) for row in rows]

    return asyncio.run(read())


def test_cards_become_people_and_again_nothing_new(run: Run, add_user, tmp_path: Path, settings: Settings):
    add_user("alice@example.org")
    (tmp_path / "people.vcf").write_text(CARDS)
    result = run(tmp_path / "people.vcf")
    assert result.exit_code == 0
    assert "contacts: 2 added, 0 changed, 0 unchanged" in result.stdout
    assert "The card names nobody" in result.stdout
    assert "3 of 3" in result.stderr
    assert people_in(settings) == [("Ana García", "ana@x.org", ""), ("Bo Lind", "", "")]
    assert "contacts: 0 added, 0 changed, 2 unchanged" in run(tmp_path / "people.vcf").stdout


def test_a_table_becomes_people_by_what_its_columns_are_called(run: Run, add_user, tmp_path: Path, settings: Settings):
    add_user("alice@example.org")
    (tmp_path / "leute.csv").write_bytes(TABLE.encode("cp1252"))
    result = run(tmp_path / "leute.csv", "--json")
    assert json.loads(result.stdout)["others"] == {"contacts": {"added": 2, "changed": 0, "unchanged": 0}}
    assert people_in(settings) == [("Ana García", "ana@x.org", "1980-02-29"), ("Bo Lind", "", "")]


def test_a_table_that_is_none_is_listed_and_brings_nobody(run: Run, add_user, tmp_path: Path, settings: Settings):
    add_user("alice@example.org")
    (tmp_path / "x.csv").write_text("just one line")
    assert "This is no table of people" in run(tmp_path / "x.csv").stdout
    assert people_in(settings) == []
